// The page's first minutes: it is served, connects, sends, and tells why it cannot.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { alert, button, connect, connected, entries, entryWith, onDisk, open, say, startServer, state } from './support.mjs';

const server = await startServer();
const served = server.page;
const socketAt = server.at;

async function seeEachOther(first, second) {
  await say(first, 'from the first');
  await entryWith(second, 'received', 'from the first').waitFor();
  await say(second, 'from the second');
  for (const page of [first, second]) {
    await entryWith(page, 'received', 'from the second').waitFor();
    const heard = await entryWith(page, 'received').allInnerTexts();
    assert.deepEqual(heard.map((text) => /from the \w+/.exec(text)[0]), ['from the first', 'from the second']);
  }
  await entryWith(first, 'sent', 'from the first').waitFor();
}

test('the server sends the page as it is in www/, each file under a strict policy', async () => {
  const folder = new URL('../../www/', import.meta.url);
  const types = { html: 'text/html', css: 'text/css', js: 'text/javascript' };
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.\w+$/.test(name));
  assert.ok(names.length > 20, `${names}`);
  for (const name of names) {
    const answer = await fetch(served + (name === 'index.html' ? '' : name));
    assert.equal(answer.status, 200, name);
    assert.equal(await answer.text(), await readFile(new URL(name, folder), 'utf8'), `${name} is up to date`);
    assert.equal(answer.headers.get('content-type').split(';')[0], types[name.split('.').pop()], name);
    const policy = answer.headers.get('content-security-policy') ?? '';
    for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"]) {
      assert.ok(policy.split(/; */).includes(rule), `${rule} in the policy of ${name}`);
    }
  }
});

test('a newcomer presses Connect, types, and a second tab sees it', async () => {
  const first = await open(served);
  await state(first, 'closed');
  await connect(first);
  await state(first, 'open');
  const [second] = await Promise.all([
    first.context().waitForEvent('page'),
    first.getByRole('link', { name: 'second tab' }).click(),
  ]);
  await connect(second);
  await state(second, 'open');
  await seeEachOther(first, second);
});

test('pages from 127.0.0.1 and from localhost see each other', async () => {
  await seeEachOther(await connected(served), await connected(`http://localhost:${server.port}/`));
});

test('the page opened from disk sees other pages, from disk and served', async () => {
  const first = await connected(onDisk, socketAt('/broadcast'));
  await seeEachOther(first, await connected(onDisk, socketAt('/broadcast')));
  await button(first, 'Clear').click();
  await seeEachOther(first, await connected(served));
});

test('an echo comes back as it was, with white space, lines and its size in bytes', async () => {
  const page = await connected(served, socketAt('/echo'));
  const message = page.getByLabel('Message');
  await message.fill('Grüße  👋');
  await message.press('Shift+Enter');
  await message.pressSequentially('  and a second line');
  await message.press('Control+Enter');
  const answer = entryWith(page, 'received', 'and a second line', '33 bytes');
  await answer.waitFor();
  assert.match(await answer.innerText(), /Grüße  👋\n  and a second line/);
  assert.equal(await message.inputValue(), '');
});

test('everything can be done by keyboard', async () => {
  const page = await open(`${served}#echo`);
  const isConnect = () => page.evaluate(() => document.activeElement.textContent === 'Connect');
  for (let presses = 0; presses < 12 && !await isConnect(); presses++) await page.keyboard.press('Tab');
  assert.ok(await isConnect(), 'Tab reaches Connect');
  await page.keyboard.press('Enter');
  await state(page, 'open');
  await page.keyboard.type('no mouse'); // the message field has the focus now
  await page.keyboard.press('Enter');
  await entryWith(page, 'received', 'no mouse').waitFor();
});

test('choosing another endpoint fills the URL, and moves an open connection there', async () => {
  const page = await open(served);
  const url = page.getByLabel('URL');
  assert.equal(await url.inputValue(), socketAt('/broadcast'));
  await page.getByRole('radio', { name: 'Chat lobby' }).check({ force: true });
  assert.equal(await url.inputValue(), socketAt('/chat'));
  await connect(page);
  await entryWith(page, 'received', '#lobby').first().waitFor();
  await page.getByRole('radio', { name: 'Echo' }).check({ force: true });
  await entryWith(page, 'Open:', socketAt('/echo')).waitFor();
  await state(page, 'open');
  await say(page, 'moved');
  await entryWith(page, 'received', 'moved').waitFor();
});

test('Disconnect closes with 1000, cleanly', async () => {
  const page = await connected(served);
  await button(page, 'Disconnect').click();
  await state(page, 'closed');
  await entryWith(page, 'Closed: 1000', 'normal closure', '(clean)').waitFor();
  await page.getByLabel('Message').fill('too late');
  await page.getByLabel('Message').press('Enter');
  await alert(page, 'Not sent');
});

test('a connection that never came about is explained', async () => {
  const page = await open(served, { mayFail: true });
  await connect(page, socketAt('/no-such-endpoint'));
  const refused = entryWith(page, 'Closed: 1006', 'not clean', '404', '/no-such-endpoint');
  await refused.waitFor();
  assert.doesNotMatch(await refused.innerText(), /allow-origin/);
  await state(page, 'closed');

  const fromDisk = await open(onDisk, { mayFail: true });
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port: silent } = taken.address();
  await new Promise((done) => taken.close(done));
  await connect(fromDisk, `ws://127.0.0.1:${silent}/echo`);
  await entryWith(fromDisk, 'Closed: 1006', `Nothing listens at 127.0.0.1:${silent}`, '--allow-origin null').waitFor();
});

test('a URL that cannot be used is refused in words, and a short one is completed', async () => {
  const page = await open(served);
  for (const [wrong, answer] of [['', 'Write where to connect'], ['http://localhost/', 'begins with ws://'],
    ['ws://', 'not a URL'], ['ws://localhost/#x', 'no # in it']]) {
    await connect(page, wrong);
    await alert(page, answer);
    await state(page, 'closed');
  }
  await connect(page, '/echo');
  await state(page, 'open');
  assert.equal(await page.getByLabel('URL').inputValue(), socketAt('/echo'));
});

test('hostile text is shown and does nothing', async () => {
  const page = await connected(served, socketAt('/echo'));
  const markup = '<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>';
  await say(page, `${markup} \u001b[2J \u202Egnp.exe \u0007\u0000 \u200B`);
  const answer = entryWith(page, 'received', markup);
  await answer.waitFor();
  const shown = await answer.innerText();
  for (const sign of ['ESC', 'U+202E', 'BEL NUL', 'U+200B']) assert.ok(shown.includes(sign), `${sign} in ${shown}`);
  assert.doesNotMatch(shown, /[\u0000-\u0008\u000B-\u001F\u200B\u202E]/);
  assert.equal(await page.locator('img, li script').count(), 0);
  assert.equal(await page.evaluate(() => window.harmed), undefined);
});

test('a long message is folded, binary is shown as hex', async () => {
  const page = await connected(served);
  await say(page, 'x'.repeat(5000) + ' the end');
  const long = entryWith(page, 'received', '5,008 bytes');
  await long.waitFor();
  assert.doesNotMatch(await long.innerText(), /the end/);
  await long.getByRole('button', { name: 'Show more' }).click();
  assert.match(await long.innerText(), /the end/);

  const other = await open(served);
  await other.evaluate((address) => new Promise((done) => {
    const socket = new WebSocket(address);
    socket.onopen = () => socket.send(new Uint8Array(100).fill(0xAB));
    socket.onmessage = done;
  }), socketAt('/broadcast'));
  await entryWith(page, 'binary', 'ab ab ab', 'and 36 bytes more', '100 bytes').waitFor();
});

test('a server that stops says so, and the page tells it', async () => {
  const stopping = await startServer();
  const page = await connected(stopping.page);
  await Promise.all([stopping.stop(), entryWith(page, 'Closed: 1001', 'going away', 'server shutting down', '(clean)').waitFor()]);
  await state(page, 'closed');
});
