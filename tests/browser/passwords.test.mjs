// Tests that a password in a URL is used, and neither shown nor stored. The page comes from another server than the
// one that asks for the password, so the browser's own prompt is not involved. (Chromium does not send a URL's
// password from a page that was opened from disk.)
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { button, check, connect, entryWith, onDisk, open, say, showTools, startServer, state } from './support.mjs';

const SECRET = 'ge:heim@7';
const WRITTEN = encodeURIComponent(SECRET);

/** Starts a server that requires this password from ana. */
async function serve() {
  const folder = mkdtempSync(join(tmpdir(), 'wshub-passwords-'));
  const file = join(folder, 'users');
  writeFileSync(file, `ana:${SECRET}\n`, { mode: 0o600 });
  const { port } = await startServer({ more: ['--basic-auth-file', file, '--allow-origin', 'any'] });
  rmSync(folder, { recursive: true });
  const pages = await startServer();
  const at = (user, path = '/echo') => `ws://${user}127.0.0.1:${port}${path}`;
  return { page: `http://127.0.0.1:${pages.port}/`, secret: at(`ana:${WRITTEN}@`), shown: at('ana@') };
}

/** All text that the page shows, and all that it stores in the browser. */
const all = (page) => page.evaluate(() => [
  document.documentElement.outerHTML, document.body.innerText, location.href,
  ...[...document.querySelectorAll('input, textarea, option, output')].map(({ value }) => value),
  JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }),
].join('\n'));

async function isNowhere(page) {
  const text = await all(page);
  for (const secret of [SECRET, WRITTEN, 'heim']) assert.ok(!text.includes(secret), `${secret} in ${text}`);
}

check('a password in a URL connects, again too, and is neither shown, logged, exported nor stored', async () => {
  const { page: address, secret, shown } = await serve();
  const page = await open(address);
  await connect(page, secret);
  await state(page, 'open');
  await say(page, 'hello');
  await entryWith(page, 'received', 'hello').waitFor();
  await entryWith(page, `Open: ${shown}`).waitFor();
  assert.equal(await page.getByLabel('URL').inputValue(), shown);
  await isNowhere(page);
  await showTools(page);
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Export').click()]);
  const exported = await readFile(await download.path(), 'utf8');
  assert.ok(exported.includes(`Open: ${shown}`) && !exported.includes('heim'), exported);
  await button(page, 'Disconnect').click();
  await state(page, 'closed');
  await button(page, 'Connect').click();
  await state(page, 'open');
  await page.getByRole('tab', { name: 'Stress' }).click();
  await page.getByRole('tabpanel', { name: 'Stress' }).getByLabel('Endpoint').selectOption('custom');
  await page.getByText(`Runs against ${shown}`).waitFor();
  await isNowhere(page);
  await page.reload();
  const offered = await page.locator('datalist option').evaluateAll((options) => options.map(({ value }) => value));
  assert.deepEqual(offered, [shown]);
  await isNowhere(page);
});

check('a password that is typed and not used is not kept over a reload, nor with a saved connection', async () => {
  const { page: address } = await serve();
  for (const typed of [`ws://ana:${WRITTEN}@localhost:9/x`, `ana:${WRITTEN}@localhost:9/x`]) {
    const page = await open(address);
    await page.getByLabel('URL').fill(typed);
    await page.getByRole('button', { name: /^Saved connections/ }).click();
    await page.getByLabel('Save this connection as').fill('one');
    await button(page, 'Save connection').click();
    await page.getByRole('status').filter({ hasText: /^Saved$/ }).waitFor();
    await page.reload();
    assert.equal(await page.getByLabel('URL').inputValue(), 'ws://ana@localhost:9/x');
    await isNowhere(page);
  }
});

check('a password in what is not a URL is not stored either', async () => {
  const { page: address } = await serve();
  for (const typed of [`ws://ana:${WRITTEN}/more@localhost/`, `ws://ana:${WRITTEN}@`, `ws://ana:${WRITTEN}@localhost:80800/`]) {
    const page = await open(address);
    await page.getByLabel('URL').fill(typed);
    await button(page, 'Connect').click();
    await page.getByRole('alert').filter({ hasText: 'This is not a URL' }).waitFor();
    await page.reload();
    await isNowhere(page);
  }
});

check('a password in a link is taken out of it, and connects', async () => {
  const { page: address, secret, shown } = await serve();
  const page = await open(`${address}?${new URLSearchParams({ url: secret })}`);
  assert.equal(await page.getByLabel('URL').inputValue(), shown);
  await isNowhere(page);
  await button(page, 'Connect').click();
  await state(page, 'open');
  await isNowhere(page);
});

check('a password that was stored before is forgotten', async () => {
  const page = await open(onDisk);
  const urls = [`ws://ana:${WRITTEN}@localhost:9/`, 'ws://ana@localhost:9/', `ws:////ana:${WRITTEN}@localhost:8/x`];
  await page.evaluate((urls) => localStorage.setItem('wshub.urls', JSON.stringify(urls)), urls);
  await page.reload();
  const offered = await page.locator('datalist option').evaluateAll((options) => options.map(({ value }) => value));
  assert.deepEqual(offered, ['ws://ana@localhost:9/', 'ws://ana@localhost:8/x']);
  await isNowhere(page);
});
