// node's ws as a client of our server: what goes out comes back, and connections end right.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import WebSocket from 'ws';
import { check, compression, main, sameMessage } from './checks.mjs';

const MIB = 1 << 20;
const LARGEST = 16 * MIB;

/** An open connection; like ws's own default, permessage-deflate is offered. */
async function open(url, protocols = [], options = {}) {
  const peer = new WebSocket(`${url}/echo`, protocols, { maxPayload: 2 * LARGEST, ...options });
  peer.once('upgrade', (response) => { peer.answer = response.headers; });
  await once(peer, 'open');
  return peer;
}

async function comesBack(url, ...messages) {
  const peer = await open(url);
  for (const message of messages) {
    peer.send(message);
    sameMessage(await once(peer, 'message'), message);
  }
  await closed(peer);
}

async function closed(peer, code = 1000, reason = '') {
  const end = once(peer, 'close');
  peer.close(code, reason);
  return end;
}

/** How the server ends a connection on which this is sent. */
async function endAfter(url, send) {
  const peer = await open(url);
  peer.on('error', () => {}); // the connection may end while we write
  const end = once(peer, 'close');
  send(peer);
  const [code, reason] = await end;
  return [code, reason.toString()];
}

check('node: texts come back as they were', (url) =>
  comesBack(url, 'hello', 'h\u00e9llo \u20ac \u{1f600}', 'a\0b\r\n', 'x'.repeat(125), 'x'.repeat(126), 'x'.repeat(65535), 'x'.repeat(65536)));

check('node: binary messages come back as they were', (url) =>
  comesBack(url, Buffer.from([0, 255, 254]), Buffer.alloc(125, 1), Buffer.alloc(126, 2), Buffer.alloc(65535, 3), Buffer.alloc(65536, 4)));

check('node: empty messages come back, text as text and binary as binary', (url) => comesBack(url, '', Buffer.alloc(0)));

check('node: 1 MiB comes back', (url) => comesBack(url, '\u00e9'.repeat(MIB / 2), Buffer.alloc(MIB, 'abc')));

check('node: 16 MiB exactly, the default limit, comes back', (url) =>
  comesBack(url, Buffer.alloc(LARGEST, 'abcdefg'), 'x'.repeat(LARGEST)));

check('node: one byte more than 16 MiB is answered with 1009 and the reason', async (url) => {
  const end = await endAfter(url, (peer) => peer.send(Buffer.alloc(LARGEST + 1)));
  assert.deepEqual(end, [1009, 'message of 16777217 bytes, the limit is 16777216']);
});

check('node: a fragmented message comes back in one piece, and so does one split inside a character', async (url) => {
  const peer = await open(url);
  const euro = Buffer.from('\u20ac');
  for (const parts of [['a', '', 'b', 'c'.repeat(70000)], [euro.subarray(0, 2), euro.subarray(2)]]) {
    parts.forEach((part, place) => peer.send(part, { binary: false, fin: place === parts.length - 1 }));
    sameMessage(await once(peer, 'message'), Buffer.concat(parts.map((part) => Buffer.from(part))).toString());
  }
  await closed(peer);
});

check('node: pings are answered, with a payload of up to 125 bytes and within a fragmented message', async (url) => {
  const peer = await open(url);
  for (const payload of [Buffer.alloc(0), Buffer.from('x'), Buffer.alloc(125, 7)]) {
    peer.ping(payload);
    const [answer] = await once(peer, 'pong');
    assert.deepEqual(answer, payload);
  }
  peer.send('one ', { fin: false });
  peer.ping('inside');
  const [answer] = await once(peer, 'pong');
  assert.equal(answer.toString(), 'inside');
  peer.send('two', { fin: true });
  sameMessage(await once(peer, 'message'), 'one two');
  await closed(peer);
});

// ws, like a browser, gives up where it offered subprotocols and none was chosen: what it says then
// proves that the answer names none.
check('node: a subprotocol is offered and none is chosen', (url) =>
  assert.rejects(open(url, ['chat.example', 'other']), { message: 'Server sent no subprotocol' }));

const isTaken = compression.length > 0;
check(`node: permessage-deflate is offered and ${isTaken ? 'taken' : 'not taken'}`, async (url) => {
  const peer = await open(url, [], { perMessageDeflate: true });
  const taken = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
  assert.equal(peer.answer['sec-websocket-extensions'], isTaken ? taken : undefined);
  const long = 'compressible '.repeat(1000);
  peer.send(long, { compress: true });
  sameMessage(await once(peer, 'message'), long);
  await closed(peer);
});

check("node: the client's close code comes back in the server's answer", async (url) => {
  for (const [code, reason] of [[1000, ''], [1001, 'leaving'], [3000, 'x'.repeat(123)], [4321, 'as agr\u00e9ed']]) {
    const [answer] = await closed(await open(url), code, reason);
    assert.equal(answer, code);
  }
});

check('node: a Close without a code is answered with one without a code', async (url) => {
  const peer = await open(url);
  const end = once(peer, 'close');
  peer.close();
  assert.equal((await end)[0], 1005);
});

check('node: a text that is not UTF-8 is answered with 1007 and the reason', async (url) => {
  const end = await endAfter(url, (peer) => peer.send(Buffer.from([97, 255]), { binary: false }));
  assert.deepEqual(end, [1007, 'text that is not UTF-8']);
});

await main();
