// Access control as seen by a browser: passwords in its own prompt, pages of other origins, and DNS rebinding.
// Started by ./run, which names the program and the browser.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { chromium } from 'playwright-core';

const { CHROMIUM, WSHUB_BIN } = process.env;
assert.ok(CHROMIUM && WSHUB_BIN, 'start this with tests/browser/run');
const PATIENCE = 60000; // milliseconds; long enough for a machine that is busy building

let browser;
let ending = []; // the clean-up functions of the running test

before(async () => {
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
      '--host-resolver-rules=MAP evil.example 127.0.0.1'],
  });
});
after(() => browser?.close());
afterEach(async () => {
  for (const end of ending.reverse()) await end();
  ending = [];
});

async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

/** Starts the program's server: its port, and its log lines so far. */
async function serve(flags = [], env = {}) {
  const probe = createServer();
  const port = await listening(probe);
  await new Promise((done) => probe.close(done));
  const server = spawn(WSHUB_BIN, ['serve', '--listen', `127.0.0.1:${port}`, ...flags],
    { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
  const logged = { port, text: '' };
  server.stderr.setEncoding('utf8').on('data', (more) => { logged.text += more; });
  const ended = once(server, 'exit');
  ending.push(async () => { server.kill(); await ended; });
  await until(() => logged.text.includes('is listening'), () => `the server listens: ${logged.text}`);
  return logged;
}

async function until(isSo, what) {
  for (const end = Date.now() + PATIENCE; !isSo();) {
    assert.ok(Date.now() < end, `waited in vain until ${what()}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function open(options = {}) {
  const context = await browser.newContext(options);
  ending.push(() => context.close());
  context.setDefaultTimeout(PATIENCE);
  return context.newPage();
}

/** Whether a WebSocket to this address opens; runs in the page. */
const opens = (page, address) => page.evaluate((address) => new Promise((done) => {
  const socket = new WebSocket(address);
  socket.onopen = () => { done(true); socket.close(); };
  socket.onclose = () => done(false);
}), address);

const button = (page, name) => page.getByRole('button', { name, exact: true });

test('the page and its socket work behind a password, by the prompt of the browser', async () => {
  const [username, password] = ['ana', 'gehäim: 123'];
  const logged = await serve([], { WSHUB_BASIC_AUTH: `${username}:${password}` });
  const address = `http://127.0.0.1:${logged.port}/`;
  const page = await open({ httpCredentials: { username, password } });
  assert.equal((await page.goto(address)).status(), 200);
  await page.getByLabel('URL').fill(`ws://127.0.0.1:${logged.port}/echo`);
  await button(page, 'Connect').click();
  await page.getByRole('status').filter({ hasText: /^open$/ }).waitFor();
  await page.getByLabel('Message', { exact: true }).fill('let in');
  await button(page, 'Send').click();
  await page.getByRole('listitem').filter({ hasText: 'received' }).filter({ hasText: 'let in' }).waitFor();
  await page.close();
  await until(() => /close id=\d+ peer=\S+ user="ana" /.test(logged.text), () => `the log tells the user: ${logged.text}`);
  assert.match(logged.text, /open id=\d+ peer=\S+ user="ana" target="\/echo"/);
  assert.ok(!logged.text.includes('gehäim') && !logged.text.includes('123'), logged.text);
});

test('without the password there is no page and no socket', async () => {
  const logged = await serve([], { WSHUB_BASIC_AUTH: 'ana:secret' });
  const address = `http://127.0.0.1:${logged.port}/`;
  for (const httpCredentials of [undefined, { username: 'ana', password: 'guess' }]) {
    const page = await open({ httpCredentials });
    const answer = await page.goto(address).catch((error) => error);
    if (answer instanceof Error) assert.match(answer.message, /ERR_INVALID_AUTH_CREDENTIALS/);
    else assert.equal(answer.status(), 401);
    assert.equal(await page.getByLabel('Message', { exact: true }).count(), 0);
  }
  const page = await open();
  await page.goto(`${address}healthz`);
  assert.equal(await opens(page, `ws://127.0.0.1:${logged.port}/echo`), false);
});

test('a page from elsewhere has no password looked at, however it brings one', async () => {
  const [username, password] = ['ana', 'secret'];
  const logged = await serve([], { WSHUB_BASIC_AUTH: `${username}:${password}` });
  const elsewhere = createServer((_, answer) => {
    answer.setHeader('Content-Type', 'text/html');
    answer.end('<title>elsewhere</title>');
  });
  const port = await listening(elsewhere);
  ending.push(() => new Promise((done) => { elsewhere.closeAllConnections(); elsewhere.close(done); }));
  const foreign = await open();
  await foreign.goto(`http://127.0.0.1:${port}/`);
  for (let guess = 0; guess < 10; guess++) {
    assert.equal(await opens(foreign, `ws://ana:guess-${guess}@127.0.0.1:${logged.port}/echo`), false);
  }
  await until(() => logged.text.split('status=403').length > 10, () => `all are refused: ${logged.text}`);
  const own = await open({ httpCredentials: { username, password } });
  assert.equal((await own.goto(`http://127.0.0.1:${logged.port}/`)).status(), 200);
  assert.ok(!logged.text.includes('password is wrong'), logged.text);
});

test('a page from another origin is refused on /broadcast, one from the server itself is not', async () => {
  const logged = await serve();
  const socket = `ws://127.0.0.1:${logged.port}/broadcast`;
  const elsewhere = createServer((_, answer) => {
    answer.setHeader('Content-Type', 'text/html');
    answer.end('<title>elsewhere</title>');
  });
  const port = await listening(elsewhere);
  ending.push(() => new Promise((done) => { elsewhere.closeAllConnections(); elsewhere.close(done); }));
  const foreign = await open();
  await foreign.goto(`http://127.0.0.1:${port}/`);
  assert.equal(await opens(foreign, socket), false);
  const flag = `--allow-origin http://127.0.0.1:${port} `;
  await until(() => logged.text.includes(flag), () => `the log names the flag: ${logged.text}`);
  const own = await open();
  await own.goto(`http://127.0.0.1:${logged.port}/`);
  assert.equal(await opens(own, socket), true);
  // With the flag that names this page's origin, the page is admitted.
  const other = await serve(['--allow-origin', `http://127.0.0.1:${port}`]);
  assert.equal(await opens(foreign, `ws://127.0.0.1:${other.port}/broadcast`), true);
});

test('a name that suddenly means this machine gets nothing from it', async () => {
  const logged = await serve();
  const page = await open();
  const rebound = `evil.example:${logged.port}`;
  for (const path of ['/', '/metrics', '/closed', '/healthz']) {
    const answer = await page.goto(`http://${rebound}${path}`);
    assert.equal(answer.status(), 403, path);
    assert.match(await answer.text(), /--allow-host evil\.example /);
  }
  // The page of the refusal has the same origin as the WebSocket that it could try to open.
  assert.equal(await opens(page, `ws://${rebound}/broadcast`), false);
  const own = await open();
  await own.goto(`http://127.0.0.1:${logged.port}/healthz`);
  assert.equal(await opens(own, `ws://127.0.0.1:${logged.port}/broadcast`), true);
});
