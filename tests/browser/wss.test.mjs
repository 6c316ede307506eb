// The page over TLS: from https, and from disk to wss.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { alert, button, connect, connected, entryWith, onDisk, open, say, startServer, state, trust, until } from './support.mjs';

const folder = mkdtempSync(join(tmpdir(), 'wshub-wss-'));
after(() => rmSync(folder, { recursive: true }));

function certificate(name) {
  const [key, cert] = [join(folder, `${name}-key.pem`), join(folder, `${name}.pem`)];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return ['--tls-listen', '127.0.0.1:0', '--tls-cert', cert, '--tls-key', key];
}

const flags = certificate('trusted');
trust(readFileSync(join(folder, 'trusted.pem')));
const server = await startServer(...flags);
const page = `https://127.0.0.1:${server.tlsPort}/`;
const at = (path) => `wss://127.0.0.1:${server.tlsPort}${path}`;

test('over https a newcomer is connected over wss, and meets who came over ws', async () => {
  const first = await open(page);
  assert.equal(await first.getByLabel('URL').inputValue(), at('/broadcast'));
  await connect(first);
  await state(first, 'open');
  const second = await connected(server.page, server.at('/broadcast'));
  await say(first, 'from TLS');
  await entryWith(second, 'received', 'from TLS').waitFor();
  await say(second, 'from plain');
  await entryWith(first, 'received', 'from plain').waitFor();
  await button(first, 'Disconnect').click();
  await entryWith(first, 'Closed: 1000', '(clean)').waitFor();
});

test('over https a plain address elsewhere is refused in words', async () => {
  const first = await open(page);
  await connect(first, 'ws://192.0.2.1/echo');
  await alert(first, 'the browser allows wss:// only');
});

test('from disk to wss: text, bytes and round trips', async () => {
  const first = await connected(onDisk, at('/echo'));
  await say(first, 'Grüße');
  await entryWith(first, 'received', 'Grüße', '7 bytes', '↺').waitFor();
  await first.locator('input[type=file][multiple]').setInputFiles({ name: 'a.bin', mimeType: 'text/plain', buffer: Buffer.alloc(4 << 20, 7) });
  await entryWith(first, 'received', 'binary', '4,194,304 bytes').waitFor();
  await button(first, 'Measure').click();
  await first.getByText(/^Of \d\d+ echoes/).waitFor();
});

test('chat, stress and server views over https', async () => {
  const first = await open(`${page}?room=secret`);
  await first.getByLabel('Your name').fill('tess');
  await button(first, 'Join').click();
  await first.getByRole('tab', { name: '#secret', selected: true }).waitFor();
  await first.getByLabel('Your line').fill('over TLS');
  await first.keyboard.press('Enter');
  await first.getByRole('tabpanel', { name: 'Lines' }).getByText('over TLS').waitFor();

  await first.getByRole('tab', { name: 'Stress' }).click();
  await first.getByText(`Runs against ${at('/echo')}`).waitFor();
  await first.getByRole('spinbutton', { name: 'Sockets' }).fill('20');
  await button(first, 'Start').click();
  await first.getByText('20 of 20').waitFor();
  await until('some are received', (text) => /Received\s*[1-9]/.test(text), () => first.getByRole('tabpanel', { name: 'Stress' }).innerText());
  await button(first, 'Stop').click();
  await first.getByText('100%', { exact: true }).waitFor();

  await first.getByRole('tab', { name: 'Server' }).click();
  await first.getByText('Clients now').waitFor();
});

test('a certificate that is not trusted is named among the causes', async () => {
  const other = await startServer(...certificate('untrusted'));
  const first = await open(onDisk, { mayFail: true });
  await connect(first, `wss://127.0.0.1:${other.tlsPort}/echo`);
  await entryWith(first, 'Closed: 1006', 'The certificate of 127.0.0.1 is not trusted', `https://127.0.0.1:${other.tlsPort}/`).waitFor();
});
