// Tests of several connections as tabs, each with a log, fields and a draft of its own; and of connections that are
// saved under a name, with their messages, and copied between browsers as a file.
import assert from 'node:assert/strict';
import { readFile, writeFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forEachOpening } from './openings.mjs';
import { alert, button, check, connect, connected, entries, entryWith, open, say, showTools, state, until } from './support.mjs';

const tabOf = (page, name) => page.getByRole('tab', { name });
const logged = async (page) => (await entries(page).allInnerTexts()).filter((text) => /sent|received/.test(text)).map((text) => /(sent|received) (\S+)/.exec(text.replace(/\s+/g, ' '))?.[2]);
const openSaved = async (page) => {
  const shows = page.getByRole('button', { name: /^Saved connections/ });
  if (await shows.getAttribute('aria-expanded') === 'false') await shows.click();
};
const saveAs = async (page, name) => {
  await openSaved(page);
  await page.getByLabel('Save this connection as').fill(name);
  await button(page, 'Save connection').click();
};

forEachOpening((way) => {
  /** A pattern for the name of the tab of a connection to this path, followed by `rest`. */
  const at = (path, rest = '') => new RegExp(`^${(way.isServed ? '' : way.host) + (way.isServed ? path.slice(1) : path)}${rest}`);

  check('several connections are open at once, each with its own log, URL and draft', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    assert.equal(await tabOf(page, at('/echo')).isVisible(), false, 'one connection needs no tabs');
    await say(page, 'to-the-first');
    await entryWith(page, 'received', 'to-the-first').waitFor();
    await page.getByLabel('Message', { exact: true }).fill('a draft for the first');
    await button(page, 'New connection').click();
    await state(page, 'closed');
    assert.equal(await entries(page).count(), 0);
    assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), '');
    await connect(page, way.at('/chat/garden'));
    await state(page, 'open');
    await tabOf(page, at('/chat/garden', ', open')).waitFor();
    await page.getByLabel('Message', { exact: true }).fill('a draft for the second');
    await tabOf(page, at('/echo', ', open')).click();
    assert.equal(await page.getByLabel('URL').inputValue(), way.at('/echo'));
    assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), 'a draft for the first');
    assert.deepEqual(await logged(page), ['to-the-first', 'to-the-first']);
    await page.getByLabel('Message', { exact: true }).press('Enter');
    await entryWith(page, 'received', 'a draft for the first').waitFor();
    await tabOf(page, at('/chat/garden', ', open')).click();
    assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), 'a draft for the second');
    assert.equal(await entryWith(page, 'to-the-first').count(), 0);
    assert.equal(await page.getByLabel('URL').inputValue(), way.at('/chat/garden'));
  });

  check('a tab tells its state and what is unread, and so does the title', async () => {
    let peer;
    const { at: url } = await way.foreign((client) => { peer = client; });
    const page = await connected(way.page(), url);
    await button(page, 'New connection').click();
    for (let i = 0; i < 1200; i++) peer.send(`news ${i}`);
    await tabOf(page, /, open, 1\.2K new$/).waitFor();
    await until('the title counts', (title) => title.startsWith('1 of 2 open'), () => page.title());
    await connect(page, way.at('/echo'));
    await state(page, 'open');
    await until('the title counts both', (title) => title === `open: ${way.host} (2 of 2 open) · wshub`, () => page.title());
    await tabOf(page, /new$/).click();
    await entryWith(page, 'received', 'news 1199').waitFor();
    await until('nothing is unread', (count) => count === 0, () => tabOf(page, /new$/).count());
    await button(page, 'Disconnect').click();
    await state(page, 'closed');
    await until('the title tells one', (title) => title.startsWith('1 of 2 open'), () => page.title());
    await tabOf(page, /^127\.0\.0\.1:\d+, closed/).waitFor();
  });

  check('tabs go by arrow keys and close by Delete or their button; the last one leaves a new connection', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    await button(page, 'New connection').click();
    await connect(page, way.at('/chat/pond'));
    await state(page, 'open');
    await tabOf(page, at('/chat/pond', ', open')).focus();
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('tab', { name: at('/echo'), selected: true }).waitFor();
    await page.keyboard.press('Delete');
    await until('it has gone', (count) => count === 0, () => tabOf(page, at('/echo')).count());
    assert.equal(await page.getByLabel('URL').inputValue(), way.at('/chat/pond'));
    await button(page, 'New connection').click();
    await page.getByRole('button', { name: /^Close .*chat\/pond$/ }).click();
    await until('one is left', (isVisible) => !isVisible, () => page.getByRole('button', { name: /^Close / }).isVisible());
    assert.equal(await page.getByLabel('URL').inputValue(), way.isServed ? way.at('/broadcast') : 'ws://localhost:8765/broadcast');
    for (let count = 1; count < 8; count++) await button(page, 'New connection').click();
    assert.equal(await button(page, 'New connection').getAttribute('aria-disabled'), 'true', 'eight at most');
  });

  check('what a connection does by itself goes on while another one is looked at', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    await page.getByLabel('Message', { exact: true }).fill('tick');
    await page.getByLabel('every').fill('50');
    await button(page, 'Repeat').click();
    await button(page, 'Measure').click();
    await button(page, 'New connection').click();
    await button(page, 'Repeat').waitFor();
    await button(page, 'Measure').waitFor();
    await page.getByText('Send a message that is echoed, or press Measure.').waitFor();
    await tabOf(page, at('/echo', ', open, .* new$')).waitFor();
    await tabOf(page, at('/echo')).click();
    await button(page, 'Stop repeating').click();
    await button(page, 'Stop measuring').click();
    await page.getByText(/^([5-9]|\d\d+) samples\./).waitFor();
  });

  check('a pause, a choice and a reading place belong to their own log', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    await say(page, 'before');
    await entryWith(page, 'received', 'before').waitFor();
    await button(page, 'Pause').click();
    await say(page, 'meanwhile');
    await page.getByText(/paused, 2 waiting/).waitFor();
    await button(page, 'New connection').click();
    assert.equal(await button(page, 'Pause').getAttribute('aria-pressed'), 'false');
    await connect(page, way.at('/echo?second'));
    await say(page, 'shown-at-once');
    await entryWith(page, 'received', 'shown-at-once').waitFor();
    await tabOf(page, at('/echo')).first().click();
    assert.equal(await button(page, 'Pause').getAttribute('aria-pressed'), 'true');
    assert.deepEqual(await logged(page), ['before', 'before']);
    await button(page, 'Pause').click();
    await entryWith(page, 'received', 'meanwhile').waitFor();
  });

  check('the logs of all tabs are bounded together, and a tab says what that has cost it', async () => {
    const { at } = await way.foreign((client) => { for (let i = 0; i < 60; i++) client.send(`${i} ${'x'.repeat(1 << 20)}`); });
    const page = await connected(way.page(), at);
    const held = async () => Number(/^([\d,]+) entries/.exec(await page.getByText(/^[\d,]+ entries/).first().innerText())[1]);
    await page.getByText('61 entries', { exact: true }).waitFor();
    await button(page, 'Pause').click(); // the records that a paused log shows stay in memory, and count
    for (const number of [2, 3]) {
      await button(page, 'New connection').click();
      await connect(page, `${at}${number}`);
      await entryWith(page, 'received', '59 xxx').waitFor();
    }
    const sizes = [await held()];
    for (const number of [2, 1]) {
      await page.getByRole('tab', { name: /closed|open/ }).nth(number - 1).click();
      sizes.push(await held());
    }
    assert.ok(sizes.reduce((sum, one) => sum + one) < 132, `${sizes} MiB`);
    await page.getByText(/older dropped \(all logs together keep 128 MiB\)/).waitFor();
  });

  check('a connection that moves to another URL gets there although another tab is shown by then', async () => {
    const page = await connected(way.page(), way.at('/echo?old'));
    await button(page, 'New connection').click();
    await tabOf(page, at('/echo', ', open')).click();
    await page.getByLabel('URL').fill(way.at('/chat/pond'));
    await page.evaluate(() => {
      const click = (text, role) => [...document.querySelectorAll(role)].find(({ textContent }) => textContent.startsWith(text)).click();
      click('Connect to this URL', 'button');
      [...document.querySelectorAll('[role=tab][aria-selected=false][aria-controls=bench]')].at(-1).click();
    });
    await tabOf(page, at('/chat/pond', ', open')).waitFor();
    await tabOf(page, at('/chat/pond', ', open')).click();
    await entryWith(page, `Open: ${way.at('/chat/pond')}`).waitFor();
  });

  check('a reload brings all connections back, closed, with their logs and drafts', async () => {
    const page = await connected(way.page(), way.at('/echo?a=1'));
    await say(page, 'first-log');
    await entryWith(page, 'received', 'first-log').waitFor();
    await page.getByLabel('Message', { exact: true }).fill('first draft');
    await button(page, 'New connection').click();
    await connect(page, way.at('/chat/pond'));
    await state(page, 'open');
    await page.getByLabel('Message', { exact: true }).fill('second draft');
    await page.reload();
    await page.getByRole('tab', { name: at('/chat/pond', ', closed'), selected: true }).waitFor();
    assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), 'second draft');
    await tabOf(page, at('/echo', ', closed')).click();
    assert.equal(await page.getByLabel('URL').inputValue(), way.at('/echo?a=1'));
    assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), 'first draft');
    await entryWith(page, 'received', 'first-log').waitFor();
  });

  check('a connection is saved by name, opened again, and keeps the messages that were saved with it', async () => {
    const page = await open(way.page());
    await page.getByLabel('Message', { exact: true }).fill('for all');
    await button(page, 'Save').click();
    await page.getByRole('button', { name: /^Options/ }).click();
    await page.getByLabel('URL').fill(way.at('/echo?v=2').replace('://', '://ana:secret@'));
    await page.getByLabel('Subprotocols').fill('orders.v1, orders.v2');
    await saveAs(page, ' ');
    await alert(page, 'Write a name for the connection first.');
    await saveAs(page, 'orders');
    await page.getByRole('status').filter({ hasText: /^Saved$/ }).waitFor();
    await saveAs(page, 'orders');
    await page.getByRole('status').filter({ hasText: 'It replaces the connection of this name.' }).waitFor();
    await page.getByLabel('Message', { exact: true }).fill('{"list":"orders"}');
    await button(page, 'Save').click();
    await page.getByText('For orders').waitFor();
    await button(page, 'Name: {"list":"orders"}').click();
    await page.getByLabel('New name').fill('all orders');
    await page.keyboard.press('Enter');
    await button(page, 'Send saved: all orders').waitFor();
    assert.doesNotMatch(await page.evaluate(() => JSON.stringify({ ...localStorage })), /secret/);

    // A later visit: another tab of the browser does not have the session.
    const other = await page.context().newPage();
    await other.goto(way.page());
    await other.getByText('Saved (1)').click();
    await button(other, 'Edit: for all').waitFor();
    assert.equal(await button(other, 'Send saved: all orders').count(), 0);
    await openSaved(other);
    await button(other, 'Open orders').click();
    assert.equal(await other.getByLabel('URL').inputValue(), way.at('/echo?v=2').replace('://', '://ana@'));
    await button(other, 'Options (subprotocols: orders.v1, orders.v2)').waitFor();
    await other.getByText('Saved (2)').waitFor();
    await button(other, 'Edit: all orders').click();
    assert.equal(await other.getByLabel('Message', { exact: true }).inputValue(), '{"list":"orders"}');
    // A connection in use is kept: the saved one is opened beside it. The subprotocols go with their URL.
    await connect(other, way.at('/echo'));
    await state(other, 'open');
    await openSaved(other);
    await button(other, 'Open orders').click();
    await tabOf(other, /^orders, closed/).waitFor();
    await tabOf(other, at('/echo', ', open')).waitFor();
    await openSaved(other);
    await button(other, 'Delete orders').click();
    await page.getByText('No connection is saved in this browser yet.').waitFor();
  });

  check('saved connections go to another browser as a JSON file without passwords', async () => {
    const page = await open(way.page());
    await page.getByLabel('URL').fill('wss://ana:secret@example.test/live?x=1');
    await saveAs(page, 'Übung <b>');
    await page.getByLabel('Message', { exact: true }).fill('c0 ff ee');
    await page.getByLabel('Written as').selectOption('Hex bytes');
    await button(page, 'Save').click();
    const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Export connections').click()]);
    assert.equal(download.suggestedFilename(), 'wshub-connections.json');
    const text = await readFile(await download.path(), 'utf8');
    assert.deepEqual(JSON.parse(text), {
      format: 'wshub connections', version: 1,
      connections: [{ name: 'Übung <b>', url: 'wss://ana@example.test/live?x=1', subprotocols: [], messages: [{ name: '', mode: 'hex', text: 'c0 ff ee' }] }],
      messages: [],
    });

    const other = await open(way.page());
    const folder = await mkdtemp(join(tmpdir(), 'wshub-connections.'));
    const importText = async (content) => {
      const file = join(folder, 'file.json');
      await writeFile(file, content);
      await other.getByLabel('File of connections to read').setInputFiles(file);
    };
    await openSaved(other);
    const told = (words) => other.getByRole('status').filter({ hasText: words }).waitFor();
    await importText(text);
    await told('Imported 1 connection and 0 messages.');
    await button(other, 'Open Übung <b>').click();
    assert.equal(await other.getByLabel('URL').inputValue(), 'wss://ana@example.test/live?x=1');
    await other.getByText('Saved (1)').click();
    await button(other, 'Edit: c0 ff ee').waitFor();
    await openSaved(other);
    await importText('{');
    await told('Not imported: it is not JSON');
    await importText('{"format":"postman"}');
    await told('Not imported: it does not say "format": "wshub connections"');
    await importText(JSON.stringify({ format: 'wshub connections', version: 1, connections: [null, 7, { name: 'x', url: 'javascript:alert(1)' },
      { name: '', url: 'ws://a.test/' }, { name: 'y', url: 'ws://b:pw@b.test/', subprotocols: ['no('] }, { name: 'good', url: 'ws://u:hidden@b.test/', messages: 'none' }],
      messages: [{ mode: 'constructor', text: '' }, { mode: 'text', text: 'kept' }] }));
    await told('Imported 1 connection and 1 message. Skipped 6 entries that are not valid.');
    await button(other, 'Open good').waitFor();
    assert.doesNotMatch(await other.evaluate(() => JSON.stringify({ ...localStorage })), /hidden/);
  });
}, { overTls: false });
