// Tests of the stress view: many sockets, their messages, and how they end.
import assert from 'node:assert/strict';
import { forEachOpening } from './openings.mjs';
import { alert, button, check, open, until } from './support.mjs';

const figure = (page, name) => page.getByRole('tabpanel', { name: 'Stress' }).locator('dl > div').filter({ has: page.getByText(name, { exact: true }) }).locator('dd');
const read = (page, name) => figure(page, name).innerText();
const number = (text) => Number(text.replace(/,/g, ''));

/** The numbers of messages sent and received so far, read at the same moment. */
const sums = async (page) => Object.fromEntries((await page.getByRole('tabpanel', { name: 'Stress' }).locator('dl > div').allInnerTexts())
  .map((text) => text.split('\n')).filter(([name]) => ['Sent', 'Received'].includes(name))
  .map(([name, value]) => [name.toLowerCase(), number(value)]));

async function set(page, { endpoint, sockets, rate, size }) {
  await page.getByRole('tab', { name: 'Stress' }).click();
  if (endpoint) await page.getByRole('tabpanel', { name: 'Stress' }).getByLabel('Endpoint').selectOption(endpoint);
  if (sockets) await page.getByRole('spinbutton', { name: 'Connections' }).fill(String(sockets));
  if (rate) await page.getByLabel('Sent per second').fill(String(rate));
  if (size) await page.getByLabel('Message size').fill(String(size));
}

async function finish(page) {
  await button(page, 'Stop').click();
  await page.getByRole('status').filter({ hasText: /^done$/ }).waitFor();
}

forEachOpening((way) => {
  check('50 sockets echo, and every message comes back', async () => {
    const page = await open(way.page());
    await set(page, {});
    assert.equal(await page.getByRole('spinbutton', { name: 'Connections' }).inputValue(), '50');
    await page.getByText('At most 200 connections', { exact: false }).waitFor();
    await button(page, 'Start').click();
    await until('all are open', (text) => text === '50 of 50', () => read(page, 'Open connections'));
    await until('some hundred are sent', (text) => number(text) >= 200, () => read(page, 'Sent'));
    await until('times are shown', (text) => /^[\d.]+ m?s$/.test(text), () => read(page, 'p99'));
    await until('a second was counted', (text) => /\d/.test(text), () => read(page, 'Received per second'));
    await page.getByRole('tabpanel', { name: 'Stress' }).getByText('19 s ago').first().waitFor();
    assert.match(await page.locator('svg[role=img]').filter({ visible: true }).first().getAttribute('aria-label'), /received: .*sent: /);
    await finish(page);
    assert.equal(await read(page, 'Delivered'), '100%');
    assert.equal(await read(page, 'Sent'), await read(page, 'Received'));
    assert.equal(await read(page, 'Refused'), '0');
  });

  check('another server is not flooded unless its URL is chosen', async () => {
    const page = await open(way.page());
    await page.getByLabel('URL').fill('wss://example.test/live');
    await page.getByRole('tab', { name: 'Stress' }).click();
    await page.getByText(`Runs against ${way.isServed ? way.at('/echo') : 'ws://localhost:8765/echo'}`).waitFor();
    await set(page, { endpoint: 'custom' });
    await page.getByText('Runs against wss://example.test/live').waitFor();
  });

  check('a broadcast reaches every socket', async () => {
    const page = await open(way.page({ view: 'stress' }));
    await set(page, { endpoint: 'broadcast', sockets: 10, rate: 50, size: 500 });
    await page.getByText(`Runs against ${way.at('/broadcast')}`).waitFor();
    await button(page, 'Start').click();
    await until('all are open', (text) => text === '10 of 10', () => read(page, 'Open connections'));
    const before = await sums(page);
    await until('some more are sent', ({ sent }) => sent >= before.sent + 50, () => sums(page));
    await finish(page);
    assert.equal(await read(page, 'Delivered'), '100%');
    const { sent, received } = await sums(page);
    assert.ok(received - before.received >= 10 * (sent - before.sent), 'each is received by all that were open');
  });

  check('sockets that are refused and sockets that end are counted and told', async () => {
    let visits = 0;
    const { at } = await way.foreign((client) => {
      client.on('message', (data) => client.send(data.toString()));
      if (visits === 5) setTimeout(() => client.close(1013, 'enough'), 300);
    }, { verifyClient: () => ++visits <= 5 });
    const page = await open(way.page({ url: at }), { mayFail: true });
    await set(page, { endpoint: 'custom', sockets: 8 });
    await button(page, 'Start').click();
    await until('three are refused', (text) => text === '3', () => read(page, 'Refused'));
    await page.getByText('3 × could not connect').waitFor();
    await page.getByText('1 × 1013, try again later: enough').waitFor();
    await page.getByRole('img', { name: '0 connecting, 4 open, 3 refused, 1 ended' }).waitFor();
    await finish(page);
  });

  check('what a peer loses is seen in the reach, also when it sends others more than they are due', async () => {
    const EARLY = 50; // messages that a second socket gets, though they were sent before it was open
    const early = [];
    let visits = 0;
    const admit = (_, answer) => {
      const isFirst = visits++ === 0;
      until('it is its turn', (is) => is, () => isFirst || early.length === EARLY).then(() => answer(true));
    };
    const { at } = await way.foreign((client) => {
      for (const text of early) client.send(text);
      let count = 0;
      client.on('message', (data) => {
        if (early.length < EARLY) early.push(data.toString());
        if (++count % 2) client.send(data.toString());
      });
    }, { verifyClient: admit });
    const page = await open(way.page({ url: at }));
    await set(page, { endpoint: 'custom', sockets: 2 });
    await button(page, 'Start').click();
    await until('both are open', (text) => text === '2 of 2', () => read(page, 'Open connections'));
    await until('a hundred are sent', (text) => number(text) >= 100, () => read(page, 'Sent'));
    await finish(page);
    assert.match(await read(page, 'Delivered'), /^(49|50)(\.\d+)?%, \d+ missing$/);
  });

  check('what is too much for a tab is refused in words', async () => {
    const page = await open(way.page());
    await set(page, { sockets: 201 });
    await button(page, 'Start').click();
    await alert(page, 'Connections: a whole number from 1 to 200.');
    await set(page, { endpoint: 'broadcast', sockets: 100, rate: 5000 });
    await button(page, 'Start').click();
    await alert(page, 'Send 1,000 per second, or fewer.');
  });
});
