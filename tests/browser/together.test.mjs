// Tests of a room with three kinds of clients: a browser, a terminal, and a program in Python.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { button, check, open, startServer, until } from './support.mjs';

const { PYTHON, SHOTS, WSHUB_BIN } = process.env;
assert.ok(PYTHON, 'start this with tests/browser/run');

/** `wshub connect` in a terminal of 100 columns; returns functions to type and to read the screen. */
function terminal(url) {
  const directory = mkdtempSync(path(tmpdir(), 'wshub-tmux.'));
  const tmux = (...words) => execFileSync('tmux', ['-S', path(directory, 'socket'), ...words], { encoding: 'utf8' });
  tmux('new-session', '-d', '-s', 'ben', '-x', '100', '-y', '30', `'${WSHUB_BIN}' connect '${url}'`);
  return {
    type: (line) => { tmux('send-keys', '-t', 'ben', '-l', line); tmux('send-keys', '-t', 'ben', 'Enter'); },
    screen: () => tmux('capture-pane', '-p', '-t', 'ben'),
    end: () => {
      tmux('kill-server');
      rmSync(directory, { recursive: true });
    },
  };
}

/** A python-websockets client, which sends its standard input and prints what it receives. */
function python(url) {
  const program = `
import sys, threading
from websockets.sync.client import connect
with connect(sys.argv[1]) as room:
    threading.Thread(target=lambda: [room.send(line.rstrip()) for line in sys.stdin] and room.close(), daemon=True).start()
    for line in room:
        print(line, flush=True)`;
  const child = spawn(PYTHON, ['-c', program, url], { stdio: ['pipe', 'pipe', 'inherit'] });
  let heard = '';
  child.stdout.setEncoding('utf8').on('data', (text) => { heard += text; });
  return { say: (line) => child.stdin.write(`${line}\n`), heard: () => heard, end: () => child.kill() };
}

check('a page, a terminal and a Python program talk in one room, and all see one order', async () => {
  const { port } = await startServer();
  const room = (name) => `ws://127.0.0.1:${port}/chat/garden?name=${name}`;
  const page = await open(`http://127.0.0.1:${port}/?view=chat`);
  await page.getByLabel('Your name').fill('ana');
  await page.getByLabel('Room', { exact: true }).fill('garden');
  await button(page, 'Join').click();
  const lines = page.getByRole('tabpanel', { name: 'Lines' });
  await lines.getByText('you are ana in #garden').waitFor();
  const ben = terminal(room('ben'));
  const cleo = python(room('cleo'));
  try {
    await lines.getByText(/(ben|cleo) joined \(3 here\)/).waitFor();
    await until('the terminal is in the room', (text) => text.includes('you are ben in #garden'), ben.screen);
    await page.getByLabel('Your line').fill('hello from a browser');
    await page.keyboard.press('Enter');
    await until('ben hears ana', (text) => text.includes('#garden ana: hello from a browser'), ben.screen);
    ben.type('hello from a terminal');
    await until('cleo hears ben', (text) => text.includes('#garden ben: hello from a terminal'), cleo.heard);
    cleo.say('grüße from Python ✓');
    await lines.getByText('grüße from Python ✓').waitFor();
    await until('ben hears cleo', (text) => text.includes('#garden cleo: grüße from Python ✓'), ben.screen);
    cleo.say('/nick kleo');
    for (const look of [ben.screen, () => lines.innerText()]) {
      await until('a new name is seen', (text) => text.includes('cleo is now kleo'), look);
    }
    const said = ['hello from a browser', 'hello from a terminal', 'grüße from Python ✓', 'cleo is now kleo'];
    for (const seen of [await lines.innerText(), ben.screen(), cleo.heard()]) {
      const places = said.map((text) => seen.lastIndexOf(text));
      assert.ok(places.every((place) => place >= 0), seen);
      assert.deepEqual(places, places.toSorted((a, b) => a - b), seen);
    }
    await page.screenshot({ path: path(SHOTS, 'together.png') });
  } finally {
    ben.end();
    cleo.end();
  }
  await lines.getByText('kleo left').waitFor();
});
