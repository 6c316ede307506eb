// Tests of the URL field, and of what the page does when a connection ends.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { forEachOpening } from './openings.mjs';
import { alert, button, check, connect, connected, details, entries, entryWith, listenTo, open, state, until } from './support.mjs';

const openOptions = (page) => page.getByRole('button', { name: /^Options/ }).click();

forEachOpening((way) => {
  check('a link fills the address in and connects nowhere by itself', async () => {
    const page = await open(way.page({ url: 'ws://localhost:9/somewhere' }));
    assert.equal(await page.getByLabel('URL').inputValue(), 'ws://localhost:9/somewhere');
    await state(page, 'closed');
    assert.equal(await entries(page).count(), 0);
    const toARoom = await open(way.page({ room: 'garden' }));
    assert.equal(await toARoom.getByRole('tab', { name: 'Chat' }).getAttribute('aria-selected'), 'true');
    assert.equal(await toARoom.getByLabel('Room', { exact: true }).inputValue(), 'garden');
    const hostile = await open(way.page({ url: 'javascript:alert(1)', view: '<b>' }));
    await button(hostile, 'Connect').click();
    await alert(hostile, 'not a URL');
  });

  check('URLs used before are offered, and forgotten when asked', async () => {
    const page = await connected(way.page(), way.at('/echo?first'));
    await button(page, 'Disconnect').click();
    await state(page, 'closed');
    await page.reload();
    const offered = () => page.locator('datalist option').evaluateAll((options) => options.map(({ value }) => value));
    assert.deepEqual(await offered(), [way.at('/echo?first')]);
    await openOptions(page);
    await button(page, 'Forget the URLs used before').click();
    await page.reload();
    assert.deepEqual(await offered(), []);
  });

  check('subprotocols are offered in order, and the one that was chosen is told', async () => {
    const { at } = await way.foreign(() => {}, { handleProtocols: (offered) => [...offered][1] });
    const page = await open(way.page());
    await openOptions(page);
    await page.getByLabel('Subprotocols').fill('chat.v1, chat.v2');
    await connect(page, at);
    await entryWith(page, 'Subprotocol: chat.v2').waitFor();
    await button(page, 'Disconnect').click();
    await state(page, 'closed');
    await page.getByLabel('Subprotocols').fill('a b, a');
    await button(page, 'Connect').click();
    await alert(page, 'The same subprotocol is there twice.');
    await page.getByLabel('Subprotocols').fill('no(');
    await button(page, 'Connect').click();
    await alert(page, 'is not a valid subprotocol');
  });

  check('a subprotocol that the server does not choose is among the causes of an end', async () => {
    const page = await open(way.page(), { mayFail: true });
    await openOptions(page);
    const address = way.at('/echo');
    await page.getByLabel('Subprotocols').fill('chat.v7');
    await connect(page, address);
    await details(page).filter({ hasText: 'start it with --subprotocol chat.v7' }).waitFor();
    // The URL keeps its subprotocols; they are changed for this URL.
    await page.getByLabel('Subprotocols').fill('');
    await button(page, 'Connect').click();
    await state(page, 'open');
    await button(page, 'Disconnect').click();
    await state(page, 'closed');
  });

  check('the reason of a Close that a page sends comes back to it', async () => {
    const page = await open(way.page());
    const end = await page.evaluate((address) => new Promise((resolve) => {
      const socket = new WebSocket(address);
      socket.onopen = () => socket.close(4001, 'enough \u00e9');
      socket.onclose = ({ code, reason, wasClean }) => resolve([code, reason, wasClean]);
    }), way.at('/echo'));
    assert.deepEqual(end, [4001, 'enough \u00e9', true]);
  });

  // (code, reason, the page's explanation)
  const ENDINGS = [
    [1000, 'done', 'normal closure'],
    [1002, '', 'protocol error'],
    [1008, 'too slow', 'policy violation'],
    [1011, 'oops', 'internal error'],
    [1013, '', 'try again later'],
    [3999, '', 'library or framework'],
    [4000, 'level <b>9</b> \u202E', 'application'],
  ];

  check('an ending is told with its code, name, reason and meaning', async () => {
    const { at } = await way.foreign((client, { url }) => {
      const [code, reason] = ENDINGS[Number(url.slice(1))];
      client.close(code, reason);
    });
    const page = await open(way.page());
    for (const [row, [code, reason, name]] of ENDINGS.entries()) {
      await connect(page, `${at}${row}`);
      const told = entryWith(page, `Closed: ${code}`, name, '(clean)');
      await told.waitFor();
      const words = await told.innerText();
      if (reason) assert.ok(words.includes(`Reason: “${reason.replace('\u202E', 'U+202E')}”`), words);
      assert.doesNotMatch(words, /\u202E/);
      await state(page, 'closed');
    }
    await way.foreign((client) => setTimeout(() => client.terminate(), 100)).then(({ at }) => connect(page, at));
    await entryWith(page, 'Closed: 1006', 'not clean', 'broke without a Close frame').waitFor();
  });

  check('it connects again by itself after a break, with a countdown, and stops when told', async () => {
    let visits = 0;
    const { at } = await way.foreign((client) => {
      visits += 1;
      if (visits <= 2) setTimeout(() => client.terminate(), 50);
    });
    const page = await open(way.page());
    await openOptions(page);
    await page.getByLabel('Reconnect automatically').check();
    const told = await listenTo(page);
    await connect(page, at);
    await told(/^Connecting again in \d+ s$/);
    await until('it connects again', (count) => count === 3, () => visits);
    await state(page, 'open');
    await entryWith(page, 'Connection 3').waitFor();
    assert.equal(await page.getByText(/^Connecting again in/).isVisible(), false);
    await button(page, 'Disconnect').click();
    await entryWith(page, 'Closed: 1000').waitFor();
    assert.equal(await page.getByText(/^Connecting again in/).isVisible(), false);

    visits = -1000; // the connection breaks each time, however late the button is found
    await button(page, 'Connect').click();
    await button(page, 'Stop waiting').click();
    await state(page, 'closed');
    assert.equal(await page.getByText(/^Connecting again in/).isVisible(), false);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Connect');
  });

  check('a server that accepts and closes is called less and less often', async () => {
    const visits = [];
    const { at } = await way.foreign((client) => {
      visits.push(performance.now());
      client.terminate();
    });
    const page = await open(way.page());
    await openOptions(page);
    await page.getByLabel('Reconnect automatically').check();
    await connect(page, at);
    await until('it connects again', (count) => count >= 4, () => visits.length);
    // The third pause is 4 s, reduced by at most half.
    assert.ok(visits[3] - visits[2] >= 1900, `${visits}`);
    await button(page, 'Stop waiting').click();
  });

  check('details that were closed stay closed while the same server is tried again', async () => {
    const { at } = await way.foreign((client) => client.close(1011));
    const page = await open(way.page());
    await openOptions(page);
    await page.getByLabel('Reconnect automatically').check();
    await connect(page, at);
    await details(page).getByText('1011').first().waitFor();
    await button(page, 'Close details').click();
    await entryWith(page, 'Closed: 1011').nth(2).waitFor();
    assert.equal(await details(page).isVisible(), false);
  });

  check('a connection that brought something, or lasted, ends the row of failures, and chance shortens a pause by up to half', async () => {
    // (the random value, whether the server sends a message, after how long it closes, the pauses; in milliseconds)
    for (const [chance, says, lasts, expected] of [
      [0, true, 20, [1000, 1000, 1000]],
      [0, false, 20, [1000, 2000, 4000]],
      [0.999, false, 20, [500, 1000, 2000]],
      [0, false, 1300, [1000, 1000, 1000]], // longer than the pause before it
    ]) {
      const { at } = await way.foreign((client) => {
        if (says) client.send('hello');
        setTimeout(() => client.terminate(), lasts);
      });
      const page = await open(way.page(), { mayFail: true });
      await page.evaluate((chance) => {
        Math.random = () => chance;
        window.pauses = []; // the delays of those timers that are as long as a pause
        const { setTimeout: later } = window;
        window.setTimeout = (act, pause, ...rest) => {
          if (pause >= 450 && /begin/.test(String(act))) window.pauses.push(pause);
          return later(act, pause, ...rest);
        };
      }, chance);
      await openOptions(page);
      await page.getByLabel('Reconnect automatically').check();
      await connect(page, at);
      const pauses = await until('it connects again', ({ length }) => length >= 3, () => page.evaluate(() => window.pauses));
      assert.deepEqual(pauses.slice(0, 3).map((pause) => Math.round(pause / 10) * 10), expected);
      // Each attempt has a divider and an ending, of one line each.
      const heights = await entries(page).evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
      assert.ok(heights.length <= 4 * (says ? 3 : 2) && heights.every((height) => height <= 26), `${heights}`);
    }
  });

  for (const code of [1000, 1008]) {
    check(`it does not connect again after ${code}`, async () => {
      const { at, server: other } = await way.foreign((client) => client.close(code));
      const page = await open(way.page());
      await openOptions(page);
      await page.getByLabel('Reconnect automatically').check();
      await connect(page, at);
      await entryWith(page, `Closed: ${code}`).waitFor();
      await state(page, 'closed');
      assert.equal(await page.getByText(/^Connecting again in/).isVisible(), false);
      other.close();
    });
  }

  check('an attempt that nobody answers can be given up, and its sign does not turn where motion is reduced', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    for (const [reducedMotion, animation] of [['reduce', 'none'], ['no-preference', 'turn']]) {
      const page = await open(way.page(), { reducedMotion, mayFail: true });
      await connect(page, `${way.at('').split(':')[0]}://127.0.0.1:${silent.address().port}/`);
      await state(page, 'connecting');
      const sign = page.getByRole('status').filter({ hasText: 'connecting' });
      assert.equal(await sign.evaluate((one) => getComputedStyle(one, '::before').animationName), animation);
      await button(page, 'Disconnect').click();
      await entryWith(page, 'Closed: 1006', 'You ended the attempt').waitFor();
    }
    silent.close();
  });

  check('a page of a refused origin is told how it is let in', async () => {
    // For these tests our server also admits the origin "null"; for a page from disk, the other server refuses it.
    const strict = way.isServed ? await way.another('--allow-origin', 'http://only.example') : null;
    const address = strict?.at('/echo') ?? (await way.foreign(() => {}, { verifyClient: ({ origin }) => /^http/.test(origin) })).at;
    const page = await open(way.page(), { mayFail: true });
    await connect(page, address);
    await details(page).filter({ hasText: `--allow-origin ${way.origin}` }).waitFor();
  });
});
