// Node's ws over TLS: as a client of our server, and as a server of our client.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import tls from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket, { WebSocketServer } from 'ws';

const { WSHUB_BIN: program, WSS_URL: url, WSS_DIR: folder } = process.env;
const ca = readFileSync(`${folder}/cert.pem`);
const key = readFileSync(`${folder}/key.pem`);

const isRustls = process.env.TLS_LIBRARY === 'rustls'; // no renegotiation, and only ciphers with forward secrecy

const checks = [];
const check = (sentence, run) => checks.push({ sentence, run });

const open = async (path, options = {}) => {
  const socket = new WebSocket(url + path, { ca, perMessageDeflate: false, maxPayload: 32 << 20, ...options });
  await once(socket, 'open');
  return socket;
};

const next = async (socket) => (await once(socket, 'message'))[0];

check('node ws gets its messages back, 16 MiB too, and parts cleanly', async () => {
  const socket = await open('/echo');
  for (const message of [Buffer.from('hello'), Buffer.alloc(0), Buffer.alloc(16 << 20, 'x')]) {
    const answer = next(socket);
    socket.send(message, { binary: true });
    assert.ok(message.equals(await answer), `${message.length} bytes`);
  }
  socket.close(3000, 'bye');
  assert.equal((await once(socket, 'close'))[0], 3000);
});

check('node ws is served over TLS 1.2, with each of its cipher families', async () => {
  const families = ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-RSA-CHACHA20-POLY1305'];
  if (!isRustls) families.push('AES128-SHA256');
  for (const ciphers of families) {
    const socket = await open('/echo', { maxVersion: 'TLSv1.2', ciphers });
    socket.send(ciphers);
    assert.equal(String(await next(socket)), ciphers);
    socket.terminate();
  }
});

/** A server of node's ws that echoes; `also` sees each socket. */
async function serve(options, also = () => {}) {
  const server = createServer({ cert: ca, key, ...options });
  new WebSocketServer({ server, maxPayload: 32 << 20 }).on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(data, { binary }));
    also(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

/** Our client with these lines; its exit code and output. */
async function connect(server, lines, { open = false } = {}) {
  const child = spawn(program, ['connect', '--cacert', `${folder}/cert.pem`, `wss://localhost:${server.address().port}/`]);
  let out = '';
  let error = '';
  child.stdout.on('data', (data) => { out += data; });
  child.stderr.on('data', (data) => { error += data; });
  child.stdin.on('error', () => {}); // it left early: its exit code tells
  child.stdin.write(lines);
  if (!open) child.stdin.end();
  const [code] = await once(child, 'close');
  return { code, out, error };
}

check('our client talks to a server of node ws, TLS 1.2 and 1.3', async () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const server = await serve({ minVersion: version, maxVersion: version });
    const lines = 'one\n'.repeat(5000);
    const { code, out, error } = await connect(server, lines);
    assert.deepEqual([code, out === lines], [0, true], error);
    server.close();
  }
});

if (!isRustls) check('our client goes through renegotiations of TLS 1.2, and what it sends meanwhile arrives', async () => {
  tls.CLIENT_RENEG_LIMIT = 100; // node takes more than three in a row for an attack
  let done = 0;
  const server = await serve({ maxVersion: 'TLSv1.2' }, (socket) => {
    const again = () => socket._socket.renegotiate({ rejectUnauthorized: false }, () => {
      done += 1;
      if (done < 5) again();
      else socket.close(1000);
    });
    socket.once('message', again);
  });
  const { code, out, error } = await connect(server, 'one\n', { open: true });
  assert.deepEqual([code, out, done], [0, 'one\n', 5], error);
  server.close();
});

check('our client tells of a server that ends TCP without a word', async () => {
  const server = await serve({}, (socket) => socket.on('message', () => socket._socket.destroy()));
  const { code } = await connect(server, 'one\n', { open: true });
  assert.equal(code, 1);
  server.close();
});

let failed = 0;
for (const { sentence, run } of checks) {
  try {
    await Promise.race([run(), sleep(40000, null, { ref: false }).then(() => { throw new Error('not done within 40 s'); })]);
    console.log(`ok ${sentence}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${sentence}: ${error.message.replace(/\s+/g, ' ').slice(0, 600)}`);
  }
}
process.exit(failed ? 1 : 0);
