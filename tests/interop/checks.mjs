// What the checks in JavaScript share: how they report, and the server that they run against.
// Mirrors checks.py.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as tcp, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const { WSHUB_BIN: program, WSHUB_FLAGS = '' } = process.env;
// With tests/interop/run --deflate both ends compress whatever becomes shorter.
export const compression = WSHUB_FLAGS.split(' ').filter(Boolean);
assert.ok(program, 'start this with tests/interop/run');

const checks = [];
const PATIENCE = 120000; // milliseconds that a check may take; it only tells a hang

/** Registers a check. */
export const check = (sentence, run) => checks.push({ sentence, run });

const within = (milliseconds, promise) => {
  const late = sleep(milliseconds, null, { ref: false }).then(() => {
    throw new Error(`not done within ${milliseconds / 1000} s`);
  });
  return Promise.race([promise, late]);
};

/** Runs every check against a server of its own, and ends the process. */
export async function main(...flags) {
  const server = await serve(...flags);
  let failed = 0;
  for (const { sentence, run } of checks) {
    try {
      await within(PATIENCE, run(server.url));
      console.log(`ok ${sentence}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED ${sentence}: ${error.message.replace(/\s+/g, ' ').slice(0, 600)}`);
    }
  }
  server.process.kill('SIGTERM');
  process.exitCode = failed ? 1 : 0;
  setTimeout(() => process.exit(), 1000).unref(); // whatever a failed check left open
}

async function freePort() {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address();
  taken.close();
  return port;
}

async function serve(...flags) {
  const port = await freePort();
  const listen = ['serve', '--listen', `127.0.0.1:${port}`, '--quiet'];
  const child = spawn(program, [...listen, ...compression, ...flags], { stdio: ['ignore', 'ignore', 'inherit'] });
  process.on('exit', () => child.kill('SIGKILL'));
  for (let attempt = 0; attempt < 1200; attempt += 1) {
    const socket = tcp(port, '127.0.0.1');
    const open = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false);
    socket.destroy();
    if (open) return { process: child, url: `ws://127.0.0.1:${port}` };
    await sleep(50);
  }
  throw new Error(`wshub serve does not listen on port ${port}`);
}

/** Fails unless both have the same bytes and kind, without printing megabytes. */
export function sameMessage([data, isBinary], expected) {
  assert.equal(isBinary, typeof expected !== 'string', 'the kind of the echo');
  assert.equal(data.length, Buffer.byteLength(expected), 'the length of the echo');
  assert.ok(data.equals(Buffer.from(expected)), `the echo of ${data.length} bytes has others`);
}
