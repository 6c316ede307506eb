// Every view at three widths, light and dark: nothing overflows, axe finds nothing serious, and a
// screenshot of each is there to be looked at.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterEach, test } from 'node:test';
import { WebSocket } from 'ws';
import { button, connect, entryWith, open, say, startServer, state } from './support.mjs';

const { SHOTS } = process.env;
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const server = await startServer();

const talkers = [];
afterEach(() => talkers.splice(0).forEach((socket) => socket.terminate()));

const tab = (page, name) => page.getByRole('tab', { name });

async function workbench(page) {
  await connect(page, server.at('/echo'));
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
  await page.getByText(/^Of \d\d+ echoes/).waitFor();
  await page.getByRole('log').evaluate((box) => box.scrollTo(0, 60));
  const json = entryWith(page, 'received', 'order');
  await json.getByRole('button', { name: 'Pretty' }).click();
}

async function tools(page) {
  await button(page, 'Filter and more').click();
  await page.getByLabel('Find', { exact: true }).fill('tea');
  await page.getByLabel('Message').fill('{"type":"ping"}');
  await button(page, 'Save').click();
  await page.getByText('Options', { exact: true }).click();
}

async function chat(page) {
  await talker('bob', ['Morning all', 'The new build is up, please try it']);
  await tab(page, 'Chat').click();
  await page.getByLabel('Your name').fill('ana');
  await button(page, 'Join').click();
  await page.getByRole('tabpanel', { name: 'Lines' }).getByText('you are ana in #lobby').waitFor();
  for (const text of ['Good morning', 'Who has seen the release notes?']) {
    await page.getByLabel('Your line').fill(text);
    await page.keyboard.press('Enter');
  }
  await talker('Zoë', ['They are in the wiki, under 0.1', '<b>not bold</b> \u202Esdrawkcab']);
  await page.getByRole('tabpanel', { name: 'Lines' }).getByText('<b>not bold</b>').last().waitFor();
  await page.getByText('Here (3)').waitFor();
}

/** Somebody else in the lobby, who says these things. */
async function talker(name, texts) {
  const socket = new WebSocket(server.at(`/chat/lobby?name=${encodeURIComponent(name)}`));
  talkers.push(socket);
  await once(socket, 'open');
  for (const text of texts) socket.send(text);
}

async function stress(page) {
  await tab(page, 'Stress').click();
  await page.getByRole('spinbutton', { name: 'Sockets' }).fill('20');
  await page.getByLabel('Endpoint').selectOption('Broadcast');
  await button(page, 'Start').click();
  await page.getByText('20 of 20').waitFor();
  await page.waitForFunction(() => /p50: [\d.]+ m?s/.test(document.querySelector('#view-stress .charts').innerHTML));
  await page.waitForTimeout(2500); // some seconds for the charts to have a line
}

async function serverView(page) {
  await tab(page, 'Server').click();
  await page.getByText('Clients now').waitFor();
  await page.waitForTimeout(4500); // two readings
}

async function check(page, name, width) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  const file = join(SHOTS, `${name}.png`);
  await page.screenshot({ path: file, fullPage: true });
  assert.ok(overflow <= 0, `${name} is ${overflow} px too wide at ${width}`);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const told = violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ').slice(0, 600)}`);
  assert.deepEqual(told, [], name);
}

for (const colorScheme of ['light', 'dark']) {
  for (const [width, height] of [[360, 740], [900, 900], [1600, 900]]) {
    test(`every view is whole and accessible at ${width} px, ${colorScheme}`, async (t) => {
      const page = await open(server.page, { viewport: { width, height }, colorScheme, reducedMotion: 'reduce', });
      for (const show of [workbench, tools, chat, stress, serverView]) {
        await show(page);
        await check(page, `${show.name}-${width}-${colorScheme}`, width);
      }
      t.diagnostic(`looked at 5 views`);
    });
  }
}

test('nothing overflows on a wall', async () => {
  const page = await open(server.page, { viewport: { width: 2560, height: 1440 } });
  await workbench(page);
  await check(page, 'workbench-2560-light', 2560);
});
