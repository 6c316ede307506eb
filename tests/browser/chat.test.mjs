// Tests of the chat view: rooms, names, notices, history and unread counts.
import assert from 'node:assert/strict';
import { forEachOpening } from './openings.mjs';
import { alert, button, check, open, until } from './support.mjs';

async function join(page, name, room) {
  await page.getByRole('tab', { name: 'Chat' }).click();
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Room', { exact: true }).fill(room);
  await button(page, 'Join').click();
  await page.getByRole('tab', { name: `#${room}`, selected: true }).waitFor();
  await lines(page).getByText(`you are ${name} in #${room}`).waitFor();
}

async function enter(name, room, address) {
  const page = await open(address);
  await join(page, name, room);
  return page;
}

async function say(page, text) {
  await page.getByLabel('Your line').fill(text);
  await page.keyboard.press('Enter');
}

const lines = (page) => page.getByRole('tabpanel', { name: 'Lines' });
const members = (page) => page.getByRole('region', { name: /^In this room/ });

forEachOpening((way) => {
  check('two people talk in a room, in names of a steady colour', async () => {
    const ana = await enter('ana', 'tea', way.page());
    const bob = await enter('bob', 'tea', way.page());
    await lines(ana).getByText('bob joined (2 here)').waitFor();
    await say(ana, 'hello bob');
    await lines(bob).getByText('hello bob').waitFor();
    await say(bob, '/nick rob');
    await lines(ana).getByText('bob is now rob').waitFor();
    for (const page of [ana, bob]) {
      await until('both are listed', (text) => /In this room \(2\)/.test(text) && /ana/.test(text) && /rob/.test(text), () => members(page).innerText());
    }
    const colours = await Promise.all([ana, bob].map((page) => lines(page).getByText('ana', { exact: true }).first()
      .evaluate((one) => getComputedStyle(one).color)));
    assert.equal(colours[0], colours[1]);
    await ana.getByText('open as ana').waitFor();
    await bob.getByText('open as rob').waitFor();
    await button(bob, 'Leave chat').click();
    await lines(ana).getByText('rob left (1 here)').waitFor();
    await until('one is left', (text) => /In this room \(1\)/.test(text), () => members(ana).innerText());
  });

  check('rooms are tabs that count what is unread', async () => {
    const ana = await enter('anna', 'red', way.page());
    const bob = await enter('bert', 'red', way.page());
    await ana.getByLabel('Room', { exact: true }).fill('#blue');
    await button(ana, 'Join').click();
    await ana.getByRole('tab', { name: '#blue', selected: true }).waitFor();
    for (const text of ['one', 'two']) await say(bob, text);
    await ana.getByRole('tab', { name: '#red 2 unread' }).waitFor();
    await ana.getByRole('tab', { name: 'Chat 2' }).waitFor();
    assert.equal(await ana.title(), '(2) wshub');
    await ana.getByRole('tab', { name: '#blue' }).press('ArrowLeft');
    await lines(ana).getByText('two', { exact: true }).waitFor();
    assert.equal(await ana.title(), 'wshub: a workbench for WebSockets');
    await ana.getByRole('tab', { name: 'Workbench' }).click();
    await say(bob, 'three');
    await ana.getByRole('tab', { name: 'Chat 1' }).waitFor();
    await ana.getByRole('tab', { name: 'Chat 1' }).click();
    await lines(ana).getByText('three').waitFor();
    await say(ana, 'into red');
    await lines(bob).getByText('into red').waitFor();
    await button(ana, 'Leave this room').click();
    await lines(bob).getByText('anna left (1 here)').waitFor();
    assert.equal(await ana.getByRole('tab', { name: /^#red/ }).count(), 0);
  });

  check('a member who joins later sees the earlier messages, marked as such', async () => {
    const ana = await enter('early', 'past', way.page());
    await say(ana, 'said before');
    await lines(ana).getByText('said before').waitFor();
    const bob = await enter('late', 'past', way.page());
    await lines(bob).getByText('from here on it is live').waitFor();
    const old = lines(bob).getByText(/earlier.*early.*said before/);
    await old.waitFor();
    await say(ana, 'said now');
    await lines(bob).getByText('said now').waitFor();
    assert.doesNotMatch(await lines(bob).getByText(/early.*said now/).first().innerText(), /earlier/);
  });

  check('the answers of commands are shown in the conversation, and a refusal at its field', async () => {
    const ana = await enter('cleo', 'work', way.page());
    await say(ana, '/rooms');
    await lines(ana).getByText(/rooms: .*#work \(1\)/).waitFor();
    await say(ana, '/nonsense');
    await lines(ana).getByText('no such command: /nonsense').waitFor();
    await say(ana, '#1 is a good start');
    await lines(ana).getByText('#1 is a good start').waitFor();
    await say(ana, '/join play');
    await ana.getByRole('tab', { name: '#play', selected: true }).waitFor();
    await say(ana, '/leave');
    await ana.getByRole('tab', { name: '#work', selected: true }).waitFor();
    assert.equal(await ana.getByRole('tab', { name: /^#play/ }).count(), 0);
    await ana.getByLabel('Room', { exact: true }).fill('two words');
    await button(ana, 'Join').click();
    await alert(ana, 'A room’s name has 1 to 64');
  });

  check('a link to a room opens the chat there, and joins when asked to', async () => {
    const page = await open(way.page({ room: 'linked', url: way.at('/echo') }));
    assert.equal(await page.getByLabel('Room', { exact: true }).inputValue(), 'linked');
    await page.getByLabel('Your name').fill('guest');
    await button(page, 'Join').click();
    await lines(page).getByText('you are guest in #linked').waitFor();
    const link = page.getByRole('link', { name: 'Link to this room' });
    const other = await open(new URL(await link.getAttribute('href'), page.url()).href);
    await button(other, 'Join').click();
    await lines(page).getByText(/joined \(2 here\)/).waitFor();
  });

  check('a hostile chat server gets nothing but text onto the page', async () => {
    const { at } = await way.foreign((client) => {
      for (const line of ['* you are me in #room', '#room <img/src=x/onerror=window.harmed=1>: <script>window.harmed=1</script>',
        '#room eve: \u202Egnp.exe \u001b[2J\u0000', '#\u202Egnp\u001b eve: a room', '! \u202Eno\u001b', '#room * \u202E joined (1 here)', '#<b> * x', '! <i>no</i>', 'neither', '', '#room * eve joined (9 here)']) client.send(line);
      client.send(new Uint8Array([1, 2, 3]));
      for (let i = 0; i < 5000; i++) client.send(`#room-${i} x: y`);
      for (let i = 0; i < 5000; i++) client.send(`#room eve: line ${i}`);
    });
    const page = await open(way.page({ url: `${at}chat`, view: 'chat' }));
    await page.getByLabel('Room', { exact: true }).fill('room');
    await button(page, 'Join').click();
    await lines(page).getByText('line 4999').waitFor();
    assert.equal(await page.evaluate(() => window.harmed), undefined);
    assert.equal(await page.locator('main :is(img, script, i:not(.cell))').count(), 0);
    const text = await lines(page).innerText();
    assert.doesNotMatch(text, /[\u0000-\u0008\u202E\u001b]/);
    await page.getByRole('tab', { name: /^#\[U\+202E\]gnp/ }).click();
    const everywhere = await page.evaluate(() => [...document.querySelectorAll('body *')].flatMap((one) => [
      ...[...one.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data),
      ...['title', 'aria-label', 'placeholder'].map((name) => one.getAttribute(name) ?? '')]).join('\n'));
    assert.doesNotMatch(everywhere, /[\u0000-\u0008\u202E\u001b]/);
    assert.ok(await page.locator('.chat-line').count() <= 1000, 'lines are bounded');
    assert.ok(await page.getByRole('tab', { name: /^#/ }).count() <= 100, 'rooms are bounded');
  });

  check('an ending is told in the room, and Join goes back to all rooms', async () => {
    const going = await way.another();
    const page = await open(going.page(), { mayFail: true });
    await join(page, 'dora', 'one');
    await page.getByLabel('Room', { exact: true }).fill('two');
    await button(page, 'Join').click();
    await page.getByRole('tab', { name: '#two', selected: true }).waitFor();
    await going.stop();
    await lines(page).getByText(/Closed: 1001, going away \(clean\): server shutting down/).waitFor();
    await button(page, 'Join').click();
    await lines(page).getByText(/Closed: 1006/).waitFor();
  });
});
