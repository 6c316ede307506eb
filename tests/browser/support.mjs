// What every test of the page uses: a browser, our server, a server of another implementation, and the page's
// elements, which are found by labels, roles and texts, never by the names in its source. Started by ./run, which
// names the program and the browser.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { after, test } from 'node:test';
import { spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { chromium } from 'playwright-core';
import { WebSocketServer } from 'ws';
import { makeCertificate } from './certificate.mjs';

const { CHROMIUM, WSHUB_BIN } = process.env;
assert.ok(CHROMIUM && WSHUB_BIN, 'start this with tests/browser/run');

export const PATIENCE = 90000; // milliseconds for one condition; long enough for a machine that is busy building
const WHOLE_CHECK = 600000; // milliseconds
export const onDisk = new URL('../../www/index.html', import.meta.url).href;

/** The certificate of every TLS server here: the browser trusts it and no other one. */
export const trusted = makeCertificate('localhost');

function fingerprint({ cert }) {
  const key = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}

export const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  `--ignore-certificate-errors-spki-list=${fingerprint(trusted)}`];

let browser; // a promise of the browser, once a test needs it
after(async () => (await browser)?.close());

// The pages that the running check opened, their errors, and the check's clean-up functions. Checks may run in
// parallel, so each has its own.
const running = new AsyncLocalStorage();

/**
 * A test that also checks that no script failed, nothing was blocked or missing, no error was
 * logged, and no request went to another machine.
 */
export function check(name, body) {
  test(name, { timeout: WHOLE_CHECK }, (t) => running.run({ opened: [], ending: [] }, async () => {
    const { opened, ending } = running.getStore();
    try {
      await body(t);
    } finally {
      for (const { context } of opened) await context.close();
      for (const end of ending.reverse()) await end();
    }
    assert.deepEqual(opened.flatMap(({ faults }) => faults), []);
  }));
}

/** Registers a browser context of the running check, which closes it, and fails if there are errors in the list. */
export function faultsOf(context) {
  const faults = [];
  running.getStore().opened.push({ context, faults });
  return faults;
}

/** Registers a clean-up function for the end of the running check, however it ends. */
export const atEnd = (end) => running.getStore().ending.push(end);

export const isHere = (url) => /^(file|data|blob|about):/.test(url)
  || ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);

/**
 * Opens the page in a browser of its own. `mayFail`: connections are refused on purpose, and the
 * browser logs an error for each; `expected`: statuses that are answered on purpose.
 */
export async function open(address, { mayFail = false, expected = [], ...options } = {}) {
  browser ??= chromium.launch({ executablePath: CHROMIUM, args: flags });
  const context = await (await browser).newContext({ viewport: { width: 1100, height: 800 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  const faults = faultsOf(context);
  context.on('request', (request) => isHere(request.url()) || faults.push(`asked ${request.url()}`));
  context.on('response', (response) => response.status() >= 400 && !expected.includes(response.status())
    && faults.push(`${response.status()} ${response.url()}`));
  context.on('console', (line) => {
    const isRefusal = mayFail && /^WebSocket connection to .* failed/.test(line.text());
    const isAnswer = expected.some((status) => line.text().includes(`the server responded with a status of ${status}`));
    if (line.type() === 'error' && !isRefusal && !isAnswer) faults.push(line.text());
  });
  context.on('weberror', (error) => faults.push(error.error().stack));
  context.on('page', (one) => one.on('websocket', (socket) => isHere(socket.url()) || faults.push(`connected to ${socket.url()}`)));
  const page = await context.newPage();
  await page.goto(address);
  return page;
}

/**
 * Starts the program, over TCP and over TLS; returns `{ port, tlsPort, stop() }`. It ends with the check
 * that started it; a caller that starts it for several checks has to stop it.
 */
export async function startServer({ more = [], certificate = trusted } = {}) {
  const { certFile, keyFile } = certificate;
  const child = spawn(WSHUB_BIN, ['serve', '--listen', '127.0.0.1:0', '--allow-origin', 'null',
    '--tls-listen', '127.0.0.1:0', '--tls-cert', certFile, '--tls-key', keyFile, ...more],
    { stdio: ['ignore', 'ignore', 'pipe'] });
  let told = '';
  child.stderr.setEncoding('utf8');
  const [port, tlsPort] = await new Promise((found, failed) => {
    const late = setTimeout(() => failed(new Error(`the server does not start: ${told}`)), PATIENCE);
    child.stderr.on('data', (text) => {
      told = (told + text).slice(-10000);
      const [plain, tls] = ['http', 'https'].map((scheme) => new RegExp(`${scheme}://[^/\\s]*:(\\d+)/`).exec(told)?.[1]);
      if (!plain || !tls) return;
      clearTimeout(late);
      found([plain, tls]);
    });
    child.on('exit', () => failed(new Error(`the server ended at once: ${told}`)));
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 8000);
    await gone;
    clearTimeout(late);
  };
  running.getStore()?.ending.push(stop);
  return { port, tlsPort, stop };
}

/** Starts a server of another implementation, for endings and floods that ours never has. It ends with the check. */
export async function foreignServer(whenConnected, { isSecure = false, ...options } = {}) {
  const tls = isSecure ? createTlsServer({ cert: trusted.cert, key: trusted.key }).listen(0, '127.0.0.1') : null;
  const server = new WebSocketServer({ ...(tls ? { server: tls } : { host: '127.0.0.1', port: 0 }), ...options });
  await once(server, 'listening');
  server.on('connection', whenConnected);
  running.getStore().ending.push(() => new Promise((done) => {
    for (const client of server.clients) client.terminate();
    tls?.closeAllConnections();
    server.close(() => (tls ? tls.close(done) : done()));
  }));
  return { server, at: `${isSecure ? 'wss' : 'ws'}://127.0.0.1:${server.address().port}/` };
}

export const button = (page, name) => page.getByRole('button', { name, exact: true });
export const entries = (page) => page.getByRole('listitem');
export const entryWith = (page, ...texts) => texts.reduce((found, hasText) => found.filter({ hasText }), entries(page));
export const state = (page, word) => page.getByRole('status').filter({ hasText: new RegExp(`^${word}$`) }).waitFor();
export const alert = (page, hasText) => page.getByRole('alert').filter({ hasText }).waitFor();

export async function connect(page, url) {
  if (url !== undefined) await page.getByLabel('URL').fill(url);
  await button(page, 'Connect').click();
}

export async function connected(address, url, options) {
  const page = await open(address, options);
  await connect(page, url);
  await state(page, 'open');
  return page;
}

/** The details of an entry beside the log. */
export const details = (page) => page.getByRole('region', { name: 'Details' });

/** Chooses an entry and returns its details. */
export async function openDetails(page, ...texts) {
  await entryWith(page, ...texts).last().click();
  await details(page).waitFor();
  return details(page);
}

/** Shows the details as Text, JSON, Hex or On the wire. */
export const showAs = (page, name) => page.getByRole('tab', { name, exact: true }).click();

export async function say(page, text) {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await button(page, 'Send').click();
}

export async function showTools(page) {
  const shows = button(page, 'Tools');
  if (await shows.getAttribute('aria-expanded') === 'false') await shows.click();
}

/**
 * Records the page's texts from now on: a busy machine may look too late for a text that is shown for
 * a second. Returns a function that waits for a text. `within`: only texts in such elements.
 */
export async function listenTo(page, within = 'body') {
  await page.evaluate((within) => {
    window.said = [];
    new MutationObserver((changes) => {
      for (const { target, addedNodes } of changes) if (target.closest(within)) window.said.push(...[...addedNodes].map(({ textContent }) => textContent));
      window.said.splice(0, window.said.length - 5000);
    }).observe(document.body, { childList: true, subtree: true });
  }, within);
  return ({ source }) => page.waitForFunction((source) => window.said.some((text) => new RegExp(source).test(text)), source);
}

let clipboard = Promise.resolve(); // resolves when the clipboard is free

/** The whole browser has one clipboard: each check that uses it gets it exclusively. */
export function withClipboard(use) {
  const done = clipboard.then(use);
  clipboard = done.catch(() => {});
  return done;
}

/** Waits until a condition holds; fails with the last value. */
export async function until(what, isSo, read) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const value = await read();
    if (isSo(value)) return value;
    assert.ok(Date.now() < end, `${what}; last seen: ${JSON.stringify(value)}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
