// The page over https in a real Chromium that is told, by the flag for test certificates, to
// take this one key.
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const { CHROMIUM, WSS_URL: url, WSS_DIR: folder } = process.env;
const certificate = new X509Certificate(readFileSync(`${folder}/cert.pem`));
const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
const hash = createHash('sha256').update(spki).digest('base64');
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
    '--disable-background-networking', '--disable-component-update', `--ignore-certificate-errors-spki-list=${hash}`],
});
let code = 0;
try {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(30000);
  await page.goto(url.replace('wss:', 'https:'));
  const address = await page.getByLabel('URL').inputValue();
  assert.ok(address.startsWith(url), `the page's own URL is ${address}`);
  await page.getByLabel('URL').fill(`${url}/echo`);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByRole('status').filter({ hasText: /^open$/ }).waitFor();
  await page.getByLabel('Message', { exact: true }).fill('over TLS');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('listitem').filter({ hasText: 'over TLS' }).nth(1).waitFor(); // sent, and back
  const seen = await page.evaluate(async (target) => {
    const socket = new WebSocket(target);
    socket.binaryType = 'arraybuffer';
    await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject; });
    socket.send(new Uint8Array(4 << 20));
    const { data } = await new Promise((resolve) => { socket.onmessage = resolve; });
    const closed = new Promise((resolve) => { socket.onclose = resolve; });
    socket.close(1000);
    const { code: closeCode, wasClean } = await closed;
    return [data.byteLength, closeCode, wasClean];
  }, `${url}/echo`);
  assert.deepEqual(seen, [4 << 20, 1000, true]);
  console.log('ok Chromium opens the page over https, and its WebSockets over wss, and parts cleanly');
} catch (error) {
  code = 1;
  console.log(`FAILED Chromium over https and wss: ${error.message.replace(/\s+/g, ' ').slice(0, 600)}`);
}
await browser.close();
process.exit(code);
