// Where to connect to, and what the page does when a connection ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alert, button, connect, connected, entries, entryWith, foreignServer, onDisk, open, startServer, state, until } from './support.mjs';

const server = await startServer();
const served = server.page;

const openOptions = (page) => page.getByText('Options', { exact: true }).click();

test('a link fills the address in and connects nowhere by itself', async () => {
  const page = await open(`${served}?url=${encodeURIComponent('ws://localhost:9/somewhere')}`);
  assert.equal(await page.getByLabel('URL').inputValue(), 'ws://localhost:9/somewhere');
  await state(page, 'closed');
  assert.equal(await entries(page).count(), 0);
  const fromDisk = await open(`${onDisk}?room=garden`);
  assert.equal(await fromDisk.getByRole('tab', { name: 'Chat' }).getAttribute('aria-selected'), 'true');
  assert.equal(await fromDisk.getByLabel('Room', { exact: true }).inputValue(), 'garden');
  const hostile = await open(`${served}?url=${encodeURIComponent('javascript:alert(1)')}&view=<b>`);
  await button(hostile, 'Connect').click();
  await alert(hostile, 'not a URL');
});

test('addresses used before are offered, and forgotten when asked', async () => {
  const page = await connected(served, server.at('/echo?first'));
  await button(page, 'Disconnect').click();
  await state(page, 'closed');
  await page.reload();
  const offered = () => page.locator('datalist option').evaluateAll((options) => options.map(({ value }) => value));
  assert.deepEqual(await offered(), [server.at('/echo?first')]);
  await openOptions(page);
  await button(page, 'Forget the addresses used before').click();
  await page.reload();
  assert.deepEqual(await offered(), []);
});

test('subprotocols are offered in order, and the one that was chosen is told', async () => {
  const { at } = await foreignServer(() => {}, { handleProtocols: (offered) => [...offered][1] });
  const page = await open(served);
  await openOptions(page);
  await page.getByLabel('Subprotocols').fill('chat.v1, chat.v2');
  await connect(page, at);
  await entryWith(page, 'Subprotocol: chat.v2').waitFor();
  await button(page, 'Disconnect').click();
  await state(page, 'closed');
  await page.getByLabel('Subprotocols').fill('a b, a');
  await button(page, 'Connect').click();
  await alert(page, 'The same subprotocol stands there twice.');
  await page.getByLabel('Subprotocols').fill('no(');
  await button(page, 'Connect').click();
  await alert(page, 'is no subprotocol');
});

// code, reason, and what the page says of it
const ENDINGS = [
  [1000, 'done', 'normal closure'],
  [1002, '', 'protocol error'],
  [1008, 'too slow', 'policy violation'],
  [1011, 'oops', 'internal error'],
  [1013, '', 'try again later'],
  [3999, '', 'library or framework'],
  [4000, 'level <b>9</b> \u202E', 'application'],
];

test('an ending is told with its code, name, reason and meaning', async () => {
  const { at } = await foreignServer((client, { url }) => {
    const [code, reason] = ENDINGS[Number(url.slice(1))];
    client.close(code, reason);
  });
  const page = await open(served);
  for (const [row, [code, reason, name]] of ENDINGS.entries()) {
    await connect(page, `${at}${row}`);
    const told = entryWith(page, `Closed: ${code}`, name, '(clean)');
    await told.waitFor();
    const words = await told.innerText();
    if (reason) assert.ok(words.includes(`Reason given: “${reason.replace('\u202E', 'U+202E')}”`), words);
    assert.doesNotMatch(words, /\u202E/);
    await state(page, 'closed');
  }
  await foreignServer((client) => setTimeout(() => client.terminate(), 100)).then(({ at }) => connect(page, at));
  await entryWith(page, 'Closed: 1006', 'not clean', 'broke off without a goodbye').waitFor();
});

test('it connects again by itself after a break, with a countdown, and stops when told', async () => {
  let visits = 0;
  const { at } = await foreignServer((client) => {
    visits += 1;
    if (visits <= 2) setTimeout(() => client.terminate(), 50);
  });
  const page = await open(served);
  await openOptions(page);
  await page.getByLabel('Connect again when it breaks').check();
  await connect(page, at);
  await page.getByText(/^Connecting again in \d+ s$/).waitFor();
  await until('it connects again', (count) => count === 3, () => visits);
  await state(page, 'open');
  await entryWith(page, 'Connection 3').waitFor();
  assert.equal(await page.getByText(/^Connecting again in/).isVisible(), false);
  await button(page, 'Disconnect').click();
  await entryWith(page, 'Closed: 1000').waitFor();
  assert.equal(await page.getByText(/^Connecting again in/).isVisible(), false);

  visits = 0;
  await button(page, 'Connect').click();
  await button(page, 'Stop waiting').click();
  await state(page, 'closed');
  assert.equal(await page.getByText(/^Connecting again in/).isVisible(), false);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Connect');
});

for (const code of [1000, 1008]) {
  test(`it does not connect again after ${code}`, async () => {
    const { at, server: other } = await foreignServer((client) => client.close(code));
    const page = await open(served);
    await openOptions(page);
    await page.getByLabel('Connect again when it breaks').check();
    await connect(page, at);
    await entryWith(page, `Closed: ${code}`).waitFor();
    await state(page, 'closed');
    assert.equal(await page.getByText(/^Connecting again in/).isVisible(), false);
    other.close();
  });
}

test('a page from disk is told how a refused origin is let in', async () => {
  const strict = await startServer('--allow-origin', 'http://only.example');
  // This server lets the origin "null" in too: the other maker's server refuses it.
  const { at } = await foreignServer(() => {}, { verifyClient: ({ origin }) => origin !== 'null' && origin !== 'file://' });
  const page = await open(onDisk, { mayFail: true });
  await connect(page, at);
  await entryWith(page, 'Closed: 1006', 'origin "null"', '--allow-origin null').waitFor();
  const foreign = await open(served, { mayFail: true });
  await connect(foreign, strict.at('/echo'));
  await entryWith(foreign, 'Closed: 1006', `--allow-origin ${new URL(served).origin}`).waitFor();
});
