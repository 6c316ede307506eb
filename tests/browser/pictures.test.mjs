// Tests every view and state, from the narrowest telephone to a very wide screen, light and dark: nothing overflows,
// axe reports nothing, and a screenshot of each is stored for review.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { once } from 'node:events';
import { describe } from 'node:test';
import { WebSocket } from 'ws';
import { button, check, connect, entryWith, open, openDetails, say, showAs, startServer, state } from './support.mjs';

const { SHOTS } = process.env;
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Starts a server for one check, and opens its page. */
async function openServed(options) {
  const { port } = await startServer();
  const page = await open(`http://127.0.0.1:${port}/`, { reducedMotion: 'reduce', mayFail: true, ...options });
  return { page, at: (path) => `ws://127.0.0.1:${port}${path}` };
}

const tab = (page, name) => page.getByRole('tab', { name }).first();

async function nothingYet(page) {
  await state(page, 'closed');
}

async function chatOfNobody(page) {
  await tab(page, 'Chat').click();
  await page.getByText('Choose a name and a room').waitFor();
}

async function stressAtRest(page) {
  await tab(page, 'Stress').click();
  await page.getByText('not running').waitFor();
}

async function framesAtRest(page) {
  await tab(page, 'Frames').click();
  await page.getByText('not watching').waitFor();
}

async function lab(page) {
  await tab(page, 'Lab').click();
  await page.getByLabel('Preset').selectOption('A text in three fragments, a ping between them (5.4)');
  await page.getByText('one two three').waitFor();
  await page.getByRole('button', { name: 'MASK 1' }).first().focus();
}

async function brokenRule(page) {
  await page.getByLabel('Preset').selectOption('A 64-bit length with its top bit set (5.2)');
  await page.getByText('64-bit length with its top bit set (RFC').waitFor();
}

async function live(page) {
  await tab(page, 'Live').click();
  await button(page, 'Watch').click();
  await page.getByText('watching 1 open connection').waitFor();
  await page.getByLabel('Text to send').fill('Hello, frames \u202E<b>');
  await button(page, 'Send it').click();
  const sent = page.getByRole('listitem').filter({ hasText: 'from the client' }).getByRole('button');
  await sent.first().click();
  await page.getByRole('region', { name: 'Chosen frame' }).getByText('masking key').first().waitFor();
}

async function opening(page) {
  await page.getByRole('listitem').filter({ hasText: 'handshake' }).getByRole('button').first().click();
  await page.getByText('How the accept value comes from the key').click();
  await page.getByText('Both values agree').waitFor();
}

async function tour(page) {
  await tab(page, 'Tour').click();
  await button(page, 'Next').click();
  await page.getByText('Step 2 of 8').waitFor();
  await button(page, 'Disconnect').or(button(page, 'Close the connection')).first().click();
  await page.getByRole('listitem').filter({ hasText: 'ended' }).first().waitFor();
}

async function workbench(page, at) {
  await tab(page, 'Workbench').click();
  await connect(page, at('/echo'));
  await state(page, 'open');
  await say(page, 'Hello, world');
  await entryWith(page, 'received', 'Hello, world').waitFor();
  await say(page, '{"event":"order","id":90071992547409931,"items":[{"name":"tea","price":3.50},{"name":"milk","price":1.20}],"paid":true}');
  await page.getByLabel('Written as').selectOption('Hex bytes');
  await say(page, '89 50 4e 47 0d 0a 1a 0a 00 00 00 0d 49 48 44 52 00 00 01 2c');
  await page.getByLabel('Written as').selectOption('Text');
  await say(page, 'שלום, and \u001b[31mcolour\u001b[0m, and \u202Egnp.exe');
  await entryWith(page, 'received', 'colour').waitFor();
  await say(page, `A word without end: ${'wide'.repeat(60)}`);
  await entryWith(page, 'received', 'A word without end').waitFor();
  await button(page, 'Measure').click();
  await page.getByText(/^\d\d+ samples\./).waitFor();
}

async function tree(page) {
  await openDetails(page, 'received', 'order');
  await page.getByRole('treeitem').first().waitFor();
}

async function bytes(page) {
  await openDetails(page, 'received', '89 50');
}

async function onTheWire(page) {
  await showAs(page, 'On the wire');
  await page.getByText('This is how the message looks in one frame that is not compressed.').waitFor();
}

async function tools(page) {
  await button(page, 'Tools').click();
  await page.getByLabel('Find', { exact: true }).fill('tea');
  await page.getByLabel('Find', { exact: true }).press('Enter');
  await page.getByLabel('Message', { exact: true }).fill('{"type":"ping"}');
  await button(page, 'Save').click();
  await button(page, 'Options').click();
}

async function nothingFound(page) {
  await page.getByLabel('Filter', { exact: true }).fill('none of these');
  await page.getByText('No entry matches the filter.').waitFor();
  await page.getByLabel('Find', { exact: true }).fill('/(/');
  await page.getByRole('alert').filter({ hasText: 'not a regular expression' }).waitFor();
  await button(page, 'Pause').click();
  await page.getByLabel('Message', { exact: true }).fill('{"type":');
  await page.getByText(/^not valid JSON/).waitFor();
}

/** Undoes the state before, and opens connections beside the first one. */
async function several(page, at) {
  await button(page, 'Pause').click();
  for (const name of ['Filter', 'Find', 'Message']) await page.getByLabel(name, { exact: true }).fill('');
  await button(page, 'Options').click();
  await page.getByRole('button', { name: /^Saved connections/ }).click();
  await page.getByLabel('Save this connection as').fill('orders, the new ones');
  await button(page, 'Save connection').click();
  await page.getByRole('status').filter({ hasText: /^Saved$/ }).waitFor();
  await button(page, 'New connection').click();
  await connect(page, at('/chat/garden'));
  await page.getByRole('tab', { name: /^chat\/garden, open/ }).waitFor();
  await button(page, 'New connection').click();
  await button(page, 'Save connection').click();
}

async function waiting(page, at) {
  await page.getByRole('button', { name: /^Saved connections/ }).click();
  await button(page, 'Options').click();
  await page.getByLabel('Reconnect automatically').check();
  await connect(page, at('/nowhere'));
  await page.getByText(/^Connecting again in/).waitFor();
}

/** Closes the connections beside the first one again. */
async function keys(page) {
  await page.getByLabel('Reconnect automatically').uncheck();
  for (const name of ['Close nowhere', 'Close chat/garden']) await button(page, name).click();
  await page.getByRole('tab', { name: 'orders, the new ones' }).waitFor({ state: 'hidden' });
  await button(page, 'Keys').click();
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
}

async function ended(page, at) {
  await page.keyboard.press('Escape');
  await button(page, 'Disconnect').click();
  await state(page, 'closed');
  await connect(page, at('/nowhere'));
  await entryWith(page, 'Closed: 1006').waitFor();
}

async function chat(page, at) {
  await talker(page, at, 'bob', ['Morning all', 'The new build is up, please try it']);
  await tab(page, 'Chat').click();
  await page.getByLabel('Your name').fill('ana');
  await button(page, 'Join').click();
  await page.getByRole('tabpanel', { name: 'Lines' }).getByText('you are ana in #lobby').waitFor();
  for (const text of ['Good morning', 'Who has seen the release notes?']) {
    await page.getByLabel('Your line').fill(text);
    await page.keyboard.press('Enter');
  }
  await talker(page, at, 'Zoë', ['They are in the wiki, under 0.1', '<b>not bold</b> \u202Esdrawkcab']);
  await page.getByRole('tabpanel', { name: 'Lines' }).getByText('<b>not bold</b>').last().waitFor();
  await page.getByText('In this room (3)').waitFor();
}

/** Connects another client to the lobby, which sends these lines. */
async function talker(page, at, name, texts) {
  const socket = new WebSocket(at(`/chat/lobby?name=${encodeURIComponent(name)}`));
  page.on('close', () => socket.terminate());
  await once(socket, 'open');
  for (const text of texts) socket.send(text);
}

async function stress(page) {
  await tab(page, 'Stress').click();
  await page.getByRole('spinbutton', { name: 'Connections' }).fill('20');
  await page.getByRole('tabpanel', { name: 'Stress' }).getByLabel('Endpoint').selectOption('Broadcast');
  await button(page, 'Start').click();
  await page.getByText('20 of 20').waitFor();
  await page.waitForFunction(() => /p50: [\d.]+ m?s/.test(document.querySelector('#view-stress .charts').innerHTML));
  await page.waitForTimeout(2500); // some seconds, so that the charts have a line
}

async function serverView(page, at) {
  const socket = new WebSocket(at('/echo'));
  await once(socket, 'open');
  socket.close(4000, 'a reason with "quotes"');
  await once(socket, 'close');
  await tab(page, 'Server').click();
  await page.getByRole('cell', { name: /quotes/ }).waitFor();
  await page.waitForTimeout(4500); // two readings
}

async function lookAt(page, name, width, colorSchemes) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  for (const colorScheme of colorSchemes) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(SHOTS, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    assert.ok(overflow <= 0, `${name} is ${overflow} px too wide at ${width}`);
    await page.evaluate((source) => globalThis.axe ?? globalThis.eval(source), axe);
    // The other colour scheme changes only the contrast.
    const runOnly = colorScheme === colorSchemes[0] ? undefined : ['color-contrast'];
    const { violations } = await page.evaluate((runOnly) => globalThis.axe.run(document, { resultTypes: ['violations'], ...(runOnly && { runOnly }) }), runOnly);
    const told = violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ').slice(0, 600)}`);
    assert.deepEqual(told, [], `${name}, ${colorScheme}`);
  }
}

// The parts of the page are independent, so each has a check of its own.
const PARTS = {
  workbench: [nothingYet, workbench, tree, bytes, onTheWire, tools, nothingFound, several, waiting, keys, ended],
  frames: [framesAtRest, lab, brokenRule, live, opening, tour],
  'other views': [chatOfNobody, stressAtRest, chat, stress, serverView],
};

describe('every view is whole and accessible, light and dark', { concurrency: 3 }, () => {
  for (const [width, height] of [[320, 640], [1440, 900], [900, 900], [2560, 1440]]) {
    for (const [part, states] of Object.entries(PARTS)) check(`the ${part} at ${width} px`, async () => {
      const { page, at } = await openServed({ viewport: { width, height } });
      for (const show of states) {
        await show(page, at);
        // Colours do not depend on the width: two widths are enough for the dark scheme.
        await lookAt(page, show.name, width, [320, 1440].includes(width) ? ['light', 'dark'] : ['light']);
      }
    });
  }
});
