// Tests of what is kept: the page's own address, and the drafts and logs before a reload.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { forEachOpening } from './openings.mjs';
import { alert, button, check, connect, connected, details, entries, entryWith, open, say, state, until, withClipboard } from './support.mjs';

const options = (page) => page.getByRole('button', { name: /^Options/ });

forEachOpening((way) => {
  check('a reload brings back the URL, the draft and the log, which says where it ends', async () => {
    const page = await connected(way.page(), way.at('/echo?key=secret'));
    await say(page, 'said before');
    await page.getByLabel('Written as').selectOption('Hex bytes');
    await say(page, '00 ff');
    await entryWith(page, 'received', '00 ff').waitFor();
    await page.getByLabel('Message', { exact: true }).fill('c0 ff ee');
    await page.getByLabel('Filter', { exact: true }).fill('-nothing of this');
    await page.getByLabel('Direction').selectOption('received');
    await page.reload();
    await entryWith(page, 'received', 'said before').waitFor();
    assert.equal(await page.getByLabel('Filter', { exact: true }).inputValue(), '-nothing of this');
    assert.equal(await page.getByLabel('Direction').inputValue(), 'received');
    assert.equal(await entryWith(page, 'sent', 'said before').count(), 0);
    await page.getByLabel('Direction').selectOption('all');
    await entryWith(page, 'From before the reload').waitFor();
    await entryWith(page, 'received', '00 ff').waitFor();
    assert.equal(await page.getByLabel('URL').inputValue(), way.at('/echo?key=secret'));
    assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), 'c0 ff ee');
    assert.equal(await page.getByLabel('Written as').inputValue(), 'hex');
    assert.doesNotMatch(page.url(), /secret/);
    await state(page, 'closed'); // the page does not connect by itself
    // Another tab starts without this one's session.
    const other = await page.context().newPage();
    await other.goto(way.page());
    assert.equal(await entries(other).count(), 0);
  });

  check('a large log is kept over a reload as far as there is room', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    await page.evaluate(() => {
      const field = document.querySelector('textarea[aria-label=Message]');
      for (let i = 0; i < 400; i++) {
        field.value = `number ${i} ${'x'.repeat(8000)}`;
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
      }
    });
    await entryWith(page, 'received', 'number 399').waitFor();
    await page.reload();
    await entryWith(page, 'From before the reload').waitFor();
    await entryWith(page, 'received', 'number 399').waitFor();
    const kept = Number(/(\d+) entries/.exec(await page.getByText(/^\d+ entries$/).innerText())[1]);
    assert.ok(kept > 50 && kept < 200, `${kept} entries`);
    await entryWith(page, 'From before the reload').click();
    await details(page).getByText(`${801 - (kept - 1)} older entries were not kept`).waitFor();
  });

  check('what is too large to be kept over a reload is said, and the rest is kept', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    await say(page, 'small-one');
    await entryWith(page, 'received', 'small-one').waitFor();
    await page.getByLabel('Message', { exact: true }).fill(`large ${'x'.repeat(3 << 20)}`);
    await page.getByLabel('Message', { exact: true }).press('Enter');
    await entryWith(page, 'received', 'large').waitFor();
    await page.getByLabel('Message', { exact: true }).fill('d'.repeat(300000));
    await page.reload();
    await entryWith(page, 'received', 'small-one').waitFor();
    await entryWith(page, 'sent: 3.0 MiB, too large to be kept over a reload').waitFor();
    await entryWith(page, 'received: 3.0 MiB, too large to be kept over a reload').waitFor();
    await entryWith(page, 'From before the reload').click();
    await details(page).getByText('The message that was being written was too long to be kept.').waitFor();
  });

  check('the address names the view, the room and the server, and Back goes through the views', async () => {
    const page = await open(way.page());
    const shows = (name) => page.getByRole('tab', { name, selected: true }).waitFor();
    await page.getByRole('tab', { name: 'Stress' }).click();
    await page.getByRole('tab', { name: 'Chat' }).click();
    await page.getByLabel('Your name').fill('ana');
    await page.getByLabel('Room', { exact: true }).fill('garden');
    await button(page, 'Join').click();
    await page.getByRole('tab', { name: '#garden', selected: true }).waitFor();
    await until('the address names the room', (url) => url.includes('view=chat') && url.includes('room=garden'), () => page.url());
    await page.goBack();
    await shows('Stress');
    await page.goBack();
    await shows('Workbench');
    await page.goForward();
    await shows('Stress');
    await page.reload();
    await shows('Stress');
    await page.getByRole('tab', { name: 'Workbench' }).click();
    await connect(page, `${way.at('/echo').replace('://', '://ana:secret@')}?token=secret`).catch(() => {});
    await page.getByLabel('URL').fill(way.at('/echo?token=secret'));
    // The first one while the connection above is open or being made, the second one once it has ended.
    await button(page, 'Connect to this URL').or(button(page, 'Connect')).click();
    await until('the address names the endpoint', (url) => url.includes('echo'), () => page.url());
    assert.doesNotMatch(page.url(), /secret/);
  });

  check('a saved message is sent without touching what is being written, and tabs keep each other\'s', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    const other = await page.context().newPage();
    await other.goto(way.page());
    for (const [tab, text] of [[page, 'from one'], [other, 'from the other']]) {
      await tab.getByLabel('Message', { exact: true }).fill(text);
      await button(tab, 'Save').click();
    }
    await page.getByText('Saved (2)').waitFor();
    await page.getByLabel('Message', { exact: true }).fill('a draft');
    await button(page, 'Send saved: from the other').click();
    await entryWith(page, 'received', 'from the other').waitFor();
    assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), 'a draft');
    await button(page, 'Delete: from one').click();
    await other.getByText('Saved (1)').waitFor();
  });

  check('more messages than can be saved are refused, and none is pushed out', async () => {
    const page = await open(way.page());
    await page.evaluate(() => localStorage.setItem('wshub.saved',
      JSON.stringify(Array.from({ length: 50 }, (_, at) => ({ name: '', mode: 'text', text: `number ${at}` })))));
    await page.reload();
    for (const [text, count] of [['one too many', 50], ['number 7', 50]]) {
      await page.getByLabel('Message', { exact: true }).fill(text);
      await button(page, 'Save').click();
      if (text !== 'number 7') await alert(page, 'Not saved: there are 50 saved messages already. Delete one first.');
      await page.getByText(`Saved (${count})`).waitFor();
    }
    await button(page, 'Delete: number 49').click();
    await page.getByText('Saved (49)').waitFor();
    await page.getByLabel('Message', { exact: true }).fill('one too many');
    await button(page, 'Save').click();
    await button(page, 'Send saved: one too many').waitFor();
  });

  check('a draft that something else takes the place of comes back with ArrowUp', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    const field = page.getByLabel('Message', { exact: true });
    const shows = (text) => until(`the field has ${text}`, (value) => value === text, () => field.inputValue());
    await field.fill('saved');
    await button(page, 'Save').click();
    await field.fill('first draft');
    await button(page, 'Edit: saved').click();
    await shows('saved');
    await field.press('Enter');
    await shows('');
    for (const text of ['saved', 'first draft']) {
      await field.press('ArrowUp');
      await shows(text);
    }
    await field.press('Enter');
    await entryWith(page, 'received', 'first draft').waitFor();
    await field.fill('second draft');
    await field.press('ArrowUp');
    await shows('first draft');
    await field.press('Enter'); // what was written meanwhile is not lost
    for (const text of ['first draft', 'second draft']) {
      await field.press('ArrowUp');
      await shows(text);
    }
  });

  check('what measures reaches nobody else, and counts nowhere', async () => {
    const page = await connected(way.page(), way.at('/broadcast'));
    await button(page, 'Measure').click();
    await alert(page, 'the messages would reach everybody');
    const other = await way.another('--allow-origin', 'any');
    await page.getByLabel('URL').fill(other.at('/chat/pond'));
    await button(page, 'Connect to this URL').click();
    await entryWith(page, 'Open:', other.at('/chat/pond')).waitFor();
    await button(page, 'Measure').click();
    await alert(page, 'the messages would reach everybody');
    await page.getByLabel('URL').fill(way.at('/echo'));
    await button(page, 'Connect to this URL').click();
    await entryWith(page, 'Open:', way.at('/echo')).waitFor();
    await say(page, 'one');
    await button(page, 'Measure').click();
    await page.getByText(/^([2-9]|\d\d+) samples\./).waitFor();
    await button(page, 'Disconnect').click();
    await entryWith(page, 'Closed: 1000', '1 message sent, 1 received').last().waitFor();
  });

  check('subprotocols belong to their URL, are seen, and are named when they may be the cause', async () => {
    const page = await open(way.page(), { mayFail: true });
    await options(page).click();
    await page.getByLabel('Subprotocols').fill('chat.v9');
    await options(page).click();
    await button(page, 'Options (subprotocols: chat.v9)').waitFor();
    await connect(page, way.at('/echo'));
    await details(page).getByText('none of the subprotocols that were offered (chat.v9)').waitFor();
    await page.getByLabel('URL').fill(way.at('/broadcast'));
    await button(page, 'Options').waitFor();
    await connect(page);
    await state(page, 'open');
    await page.reload();
    await page.getByLabel('URL').fill(way.at('/echo'));
    await button(page, 'Options (subprotocols: chat.v9)').waitFor();
  });

  check('other subprotocols for an open connection are offered, and what is wrong with them is said before it is closed', async () => {
    const { at } = await way.foreign(() => {}, { handleProtocols: (offered) => [...offered][0] });
    const page = await connected(way.page(), at);
    await options(page).click();
    await page.getByLabel('Subprotocols').fill('no(');
    await button(page, 'Connect to this URL').click();
    await alert(page, '“no(” is not a valid subprotocol');
    await state(page, 'open');
    await page.getByLabel('Subprotocols').fill('v2');
    await button(page, 'Connect to this URL').click();
    await entryWith(page, 'Open:').nth(1).waitFor();
    await entryWith(page, 'Open:').nth(1).click();
    await details(page).getByText('Subprotocol: v2').waitFor();
  });

  check('another server is not taken for this one', async () => {
    const { at } = await way.foreign((client) => client.close(1008, 'no'));
    const page = await open(way.page({ url: at }));
    // For a page from disk, any server on this machine counts as ours.
    if (way.isServed) assert.equal(await page.getByLabel('Endpoint').first().inputValue(), 'custom');
    await connect(page, at.replace(/\/$/, '/of/its/own'));
    await entryWith(page, 'Closed: 1008').waitFor();
    if (way.isServed) assert.doesNotMatch(await details(page).innerText(), /the page read too slowly/);
    await button(page, 'Connect').waitFor();
  });

  check('a port that browsers block is not blamed on the server', async () => {
    const page = await open(way.page(), { mayFail: true });
    await connect(page, `${way.at('').split(':')[0]}://127.0.0.1:6667/`);
    await details(page).getByText('Browsers refuse to connect to port 6667').waitFor();
    assert.doesNotMatch(await details(page).innerText(), /Nothing is listening/);
  });

  check('a chat says which server it joins, and when that server has none', async () => {
    const { at } = await way.foreign(() => {});
    const page = await open(way.page({ url: `${at}chat`, view: 'chat' }));
    await page.getByText(`Joins the chat of ${at.replace(/\/$/, '')}`).waitFor();
    await button(page, 'Join').click();
    await alert(page, 'does not answer like a chat of wshub');
    await page.getByRole('status').filter({ hasText: 'open, no room yet' }).waitFor();
    const elsewhere = await open(way.page());
    await elsewhere.getByLabel('URL').fill('wss://example.test/live');
    await elsewhere.getByRole('tab', { name: 'Chat' }).click();
    await elsewhere.getByText(way.isServed ? `Joins the chat of ${way.at('')}` : 'Joins the chat of ws://localhost:8765').waitFor();
  });

  check('Alt and a digit type in a field, and change the view elsewhere', async () => {
    const page = await open(way.page());
    await page.getByLabel('Message', { exact: true }).focus();
    await page.keyboard.press('Alt+2');
    await page.getByRole('tab', { name: 'Workbench', selected: true }).waitFor();
    await button(page, 'Pause').focus();
    await page.keyboard.press('Alt+3');
    await page.getByRole('tab', { name: 'Chat', selected: true }).waitFor();
  });

  check('Enter that ends the composing of a word sends nothing and finds nothing, in Safari too', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    await page.getByLabel('Message', { exact: true }).fill('かな');
    await page.getByLabel('Message', { exact: true }).evaluate((field) => field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true })));
    await page.getByLabel('Find', { exact: true }).fill('Connection');
    await page.getByLabel('Find', { exact: true }).evaluate((field) => field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true })));
    assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), 'かな');
    await page.getByText('1 found').waitFor();
  });

  check('the flags of England, Scotland and Wales are flags, and tag characters elsewhere are seen', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    const england = '\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}';
    await say(page, `flag ${england} and \u{E0041}`);
    const text = await entryWith(page, 'received', 'flag').innerText();
    assert.ok(text.includes(england), text);
    assert.ok(text.includes('U+E0041'), text);
  });

  check('repeated messages are counted as they were sent', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    for (const text of ['a', 'b', 'c']) await say(page, text);
    await page.getByLabel('Message', { exact: true }).fill('again');
    await page.getByLabel('every').fill('3600000');
    await button(page, 'Repeat').click();
    await page.getByText('1 message sent', { exact: true }).waitFor();
  });

  check('the theme is chosen, whatever the system has, and kept', async () => {
    const page = await open(way.page(), { colorScheme: 'light' });
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.getByLabel('Theme').selectOption('Dark theme');
    const dark = await ground();
    assert.notEqual(dark, light);
    await page.reload();
    assert.equal(await ground(), dark);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.getByLabel('Theme').selectOption('Light theme');
    assert.equal(await ground(), light);
    await page.getByLabel('Theme').selectOption('System theme');
    assert.equal(await ground(), dark);
  });

  check('what a page cannot do is a command line, quoted so that a shell reads it as it is', async () => {
    const page = await open(way.page(), { permissions: ['clipboard-read', 'clipboard-write'] });
    await options(page).click();
    await page.getByLabel('URL').fill('ws://ana:secret@host.test/a?b=1&c=$(x)');
    await page.getByLabel('Subprotocols').fill('v1, v2');
    const headers = ["Authorization: Bearer it's \"x\" $HOME `id` \\", 'X-Empty: !'];
    await page.getByLabel('Headers for the command line').fill(headers.join('\n'));
    const expected = ['wshub', 'connect', 'ws://ana@host.test/a?b=1&c=$(x)', '--subprotocol', 'v1', '--subprotocol', 'v2', '-H', headers[0], '-H', headers[1]];
    await withClipboard(async () => {
      await button(page, 'Copy for sh').click();
      await page.getByRole('status').filter({ hasText: /^Copied without the password$/ }).waitFor();
      const line = await page.evaluate(() => navigator.clipboard.readText());
      const read = execFileSync('sh', ['-c', `wshub() { printf '%s\\0' wshub "$@"; }; ${line}`], { encoding: 'utf8' });
      assert.deepEqual(read.split('\0').slice(0, -1), expected);
      await button(page, 'Copy for PowerShell').click();
      // Within single quotes, only those are special to PowerShell; they are doubled.
      const powerShell = `wshub connect 'ws://ana@host.test/a?b=1&c=$(x)' --subprotocol v1 --subprotocol v2 -H '${headers[0].replace("'", "''")}' -H '${headers[1]}'`;
      await until('the other line is copied', (text) => text === powerShell, () => page.evaluate(() => navigator.clipboard.readText()));
    });
    await page.getByLabel('Headers for the command line').fill('');
    await page.getByLabel('Endpoint').first().selectOption('Echo');
    await page.getByText(/^wshub connect wss?:\/\/[^ ]+\/echo\b/).waitFor(); // the line follows the choice
    await page.getByLabel('Headers for the command line').fill('no header');
    await alert(page, 'is not a header; write Name: value.');
  });

  check('JSON is checked and formatted while it is written, and a message is kept after sending', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    const field = page.getByLabel('Message', { exact: true });
    await field.fill('{"a":[1,');
    await page.getByText(/^not valid JSON: /).waitFor();
    assert.equal(await button(page, 'Format JSON').isVisible(), false);
    await field.fill('{"a":[1,12345678901234567890]}');
    await page.getByText('valid JSON', { exact: true }).waitFor();
    await button(page, 'Format JSON').click();
    assert.equal(await field.inputValue(), '{\n  "a": [\n    1,\n    12345678901234567890\n  ]\n}');
    await page.getByLabel('Keep after sending').check();
    await button(page, 'Send').click();
    await entryWith(page, 'received', '12345678901234567890').waitFor();
    assert.match(await field.inputValue(), /12345678901234567890/);
  });

  check('for how long a connection has been open is beside its state', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    await page.getByText(/^00:0[1-9]$/).waitFor();
    await button(page, 'Disconnect').click();
    await until('it is gone', (count) => count === 0, () => page.getByText(/^\d\d:\d\d$/).count());
  });

  check('the title tells the state of the connection', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    await until('it is open', (title) => title === `open: ${way.host} · wshub`, () => page.title());
    await button(page, 'Disconnect').click();
    await until('it is closed', (title) => title === 'wshub: a workbench for WebSockets', () => page.title());
  });
}, { overTls: false });
