// Other stacks as clients of our server, each by the WebSocket of browsers: undici in node, and Bun's
// and Deno's own, in those. Mirrors stack_clients.py.
import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { check, compression, main } from './checks.mjs';

const SIZES = [0, 1, 125, 126, 127, 65535, 65536, 1000000];
const LIMIT = Math.max(...SIZES);
const CLOSES = [[1000, ''], [4000, 'x'.repeat(123)], [4321, 'as agr\u00e9ed']];
const { bun, deno } = process.versions;
const name = (bun && 'Bun') || (deno && 'Deno') || 'undici';
const undici = name === 'undici' && await import('undici');
const Socket = undici ? undici.WebSocket : WebSocket;

/** An open connection, whose messages and whose end are awaited one by one. */
async function open(url, protocols = []) {
  const peer = new Socket(url, protocols);
  peer.binaryType = 'arraybuffer';
  const events = [];
  let wake = () => {};
  for (const kind of ['open', 'message', 'error', 'close']) {
    peer.addEventListener(kind, (event) => { events.push(event); wake(); });
  }
  peer.next = async () => {
    while (events.length === 0) await new Promise((resolve) => { wake = resolve; });
    return events.shift();
  };
  peer.receive = async () => {
    const event = await peer.next();
    assert.equal(event.type, 'message');
    return typeof event.data === 'string' ? event.data : Buffer.from(event.data);
  };
  peer.end = async () => {
    let event = await peer.next();
    while (event.type === 'error') event = await peer.next();
    assert.equal(event.type, 'close');
    return [event.code, event.reason, event.wasClean];
  };
  const first = await peer.next();
  assert.equal(first.type, 'open', 'what came first');
  return peer;
}

async function comesBack(peer, message) {
  peer.send(message);
  const echo = await peer.receive();
  assert.equal(typeof echo, typeof message, 'the kind of the echo');
  assert.equal(echo.length, message.length, 'the length of the echo');
  assert.ok(Buffer.from(echo).equals(Buffer.from(message)), `the echo of ${message.length} bytes has others`);
}

async function closed(peer, code = 1000, reason = '') {
  peer.close(code, reason);
  assert.deepEqual(await peer.end(), [code, reason, true], 'the end');
}

/** Sends a ping; the payload of the answer. */
function answered(peer, payload) {
  if (!undici) {
    const answer = new Promise((resolve) => { peer.addEventListener('pong', ({ data }) => resolve(data), { once: true }); });
    peer.ping(payload);
    return answer;
  }
  const pongs = channel('undici:websocket:pong');
  const answer = new Promise((resolve) => {
    pongs.subscribe(function heard(message) { pongs.unsubscribe(heard); resolve(message.payload); });
  });
  undici.ping(peer, payload);
  return answer;
}

check(`${name}: texts and binary messages of every size come back`, async (url) => {
  const peer = await open(`${url}/echo`);
  for (const size of SIZES) {
    await comesBack(peer, 'x'.repeat(size));
    await comesBack(peer, Buffer.alloc(size, Uint8Array.from({ length: 256 }, (_, byte) => byte)));
  }
  await comesBack(peer, 'h\u00e9llo \u20ac \u{1f600}\0');
  await closed(peer);
});

if (name !== 'Deno') { // its WebSocket has no way to
  check(`${name}: a ping is answered with its payload`, async (url) => {
    const peer = await open(`${url}/echo`);
    for (const payload of [Buffer.alloc(0), Buffer.from('x'), Buffer.alloc(125, 7)]) {
      const answer = await answered(peer, payload);
      assert.ok(Buffer.from(answer).equals(payload), `the answer is ${answer}`);
    }
    await closed(peer);
  });
}

check(`${name}: it answers the server's pings, and so stays`, async (url) => {
  const peer = await open(`${url}/echo`);
  await sleep(7000); // a ping after 1 s of silence, and the end 5 s after a ping without a pong
  await comesBack(peer, 'still here');
  await closed(peer);
});

check(`${name}: its close code and reason come back`, async (url) => {
  for (const [code, reason] of CLOSES) await closed(await open(`${url}/echo`), code, reason);
});

check(`${name}: one byte past the limit is answered with 1009 and the reason`, async (url) => {
  const peer = await open(`${url}/echo`);
  peer.send(Buffer.alloc(LIMIT + 1));
  const [code, reason] = await peer.end();
  assert.deepEqual([code, reason], [1009, `message of ${LIMIT + 1} bytes, the limit is ${LIMIT}`]);
});

check(`${name}: of the subprotocols that it offers the server chooses its own`, async (url) => {
  const peer = await open(`${url}/echo`, ['other', 'chat.example']);
  assert.equal(peer.protocol, 'chat.example');
  await comesBack(peer, 'hello');
  await closed(peer);
});

check(`${name}: a path without an endpoint is refused`, async (url) => {
  await assert.rejects(open(`${url}/nope`), /what came first/);
});

const isTaken = compression.length > 0;
check(`${name}: permessage-deflate is ${isTaken ? 'taken where it is offered' : 'not taken'}`, async (url) => {
  const peer = await open(`${url}/echo`);
  assert.ok(isTaken || peer.extensions === '', `the extensions are ${peer.extensions}`);
  await comesBack(peer, 'compressible '.repeat(1000));
  await closed(peer);
});

await main('--max-message', String(LIMIT), '--subprotocol', 'chat.example', '--ping-interval', '1s', '--ping-timeout', '5s');
