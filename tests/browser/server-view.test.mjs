// Tests of the server view: our server's figures, and the texts if it does not give them.
import assert from 'node:assert/strict';
import { forEachOpening } from './openings.mjs';
import { check, connected, entryWith, open, say, until } from './support.mjs';

const figure = (page, name) => page.locator('dl > div').filter({ has: page.getByText(name, { exact: true }) }).locator('dd').innerText();

forEachOpening((way) => {
  // A browser does not let a page from disk read from a server, so the view only says so.
  if (!way.isServed) {
    check('from disk it says what to open', async () => {
      const page = await open(way.page({ view: 'server' }));
      await page.getByText('This page was opened from disk.').waitFor();
    });
    return;
  }

  check('clients, traffic and endings of this server are shown as they change', async () => {
    const page = await open(way.page({ view: 'server' }));
    await until('no client yet', (text) => text === '0', () => figure(page, 'Clients now'));
    const other = await connected(way.page(), way.at('/echo'));
    for (let i = 0; i < 5; i++) await say(other, `message ${i}`);
    await entryWith(other, 'received', 'message 4').waitFor();
    await until('it is counted', (text) => text === '1', () => figure(page, 'Clients now'));
    await until('traffic was seen', (label) => /received: .*sent: .*highest [1-9.]/.test(label),
      () => page.locator('svg[role=img]').filter({ visible: true }).nth(1).getAttribute('aria-label'));
    await other.close();
    await until('it has left', (text) => text === '0', () => figure(page, 'Clients now'));
    const table = page.getByRole('region', { name: 'Closed connections' }).getByRole('table');
    assert.deepEqual(await table.getByRole('columnheader').allInnerTexts(),
      ['Time', 'Client', 'Endpoint', 'Ended by', 'Close code', 'Why', 'Lasted', 'Received', 'Sent']);
    const ending = table.getByRole('row').filter({ hasText: '/echo' });
    await ending.waitFor();
    const [time, client, endpoint, by, code, why, lasted, received, sent] = await ending.getByRole('cell').allInnerTexts();
    assert.match(time, /^\d\d:\d\d:\d\d$/);
    assert.match(client, /^\d+$/);
    assert.deepEqual([endpoint, by, code, received, sent], ['/echo', 'the client', '1001, going away', '5 · 45 B', '5 · 45 B']);
    // Over TLS the browser may close without a TLS closure alert; the server then adds that to the reason.
    assert.match(why, /^closing handshake(, then TLS ended without close_notify)?$/);
    assert.match(lasted, / (m?s|min)$/);
    // Reason and fields come from a peer: each is shown as text.
    assert.match(await ending.getAttribute('title'), /^\S+Z id=\d+ peer=127\.0\.0\.1:\d+ endpoint="\/echo" target="\/echo" by=peer code=1001 /);
    assert.equal(await figure(page, 'Dropped'), '0');
  });

  check('charts have a line at the half, zero on the axis, and the values under the pointer; the view is as wide as its frame', async () => {
    const page = await open(way.page({ view: 'server' }), { viewport: { width: 1440, height: 900 } });
    const chart = page.getByRole('region', { name: 'Clients' }).locator('div').first();
    const lines = chart.getByRole('img');
    await lines.waitFor();
    await until('two readings', (label) => /Clients: \d|: 0/i.test(label), () => lines.getAttribute('aria-label'));
    await until('0 is on the axis', (words) => words.includes('0'), () => chart.locator('span').allInnerTexts());
    const { x, y, width, height } = await lines.boundingBox();
    const grid = await lines.locator('path').first().boundingBox();
    assert.ok(grid.width > width * 0.98 && Math.abs(grid.y - (y + height / 2)) < 2, 'a line at the half');
    await page.mouse.move(x + width - 1, y + height / 2);
    await until('the newest value is written out', (words) => words.some((word) => / · now$/.test(word)), () => chart.locator('span').allInnerTexts());
    const ends = await page.getByRole('tabpanel', { name: 'Server' }).getByRole('region').evaluateAll((all) => Math.max(...all.map((one) => one.getBoundingClientRect().right)));
    assert.ok(ends > 1440 * 0.95, `the cards end at ${ends} of 1440 px`);
  });

  check('a server of a cluster tells how it stands there, any other one does not', async () => {
    const page = await open(way.page({ view: 'server' }));
    await until('figures', (text) => text !== '', () => figure(page, 'Clients now'));
    assert.equal(await page.getByRole('heading', { name: 'Cluster' }).isVisible(), false);
    let up = 1;
    await page.route(/\/metrics$/, (route) => route.fulfill({ body: `wshub_cluster_up ${up}
wshub_cluster_info{node="00ff<b>",epoch="1"} 1\nwshub_cluster_nodes 3\nwshub_cluster_sequence 12345\nwshub_cluster_lag_seconds 0.0021
wshub_cluster_waiting_inputs 4\nwshub_cluster_refused_total 2\nwshub_cluster_gaps_total{reason="trimmed"} 1\nwshub_cluster_gaps_total{reason="emptied"} 2\n` }));
    await page.getByRole('heading', { name: 'Cluster' }).waitFor();
    const rows = [['Shared log', 'in use'], ['Servers', '3'], ['This server', '00ff<b>'], ['Entries applied', '12,345'], ['Round trip through the log', '2.1 ms'],
      ['Waiting for the log', '4'], ['Messages refused', '2'], ['Possible gaps', '3']];
    for (const [name, value] of rows) assert.equal(await figure(page, name), value, name);
    up = 0;
    await until('it is told', (text) => text === 'not reachable', () => figure(page, 'Shared log'));
  });

  check('a server without figures, or one that keeps them, is told in words', async () => {
    for (const [status, told] of [[404, 'This server has no /metrics.'], [403, '--public-metrics'], [500, 'The server answered 500.']]) {
      const page = await open(way.page(), { expected: [status] });
      await page.route(/\/(metrics|closed)$/, (route) => route.fulfill({ status, body: 'no' }));
      await page.getByRole('tab', { name: 'Server' }).click();
      await page.getByRole('status').filter({ hasText: told }).waitFor();
    }
  });

  check('hostile figures and endings do no harm', async () => {
    const page = await open(way.page());
    await page.route(/\/metrics$/, (route) => route.fulfill({ body: 'wshub_clients NaN\nwshub_clients{a="<b>"} 3\nwshub_uptime_seconds +Inf\n{}{}\n'.repeat(3) }));
    await page.route(/\/closed$/, (route) => route.fulfill({ body: '<img src=x onerror=window.harmed=1> \u202E \u001b[2J\n' }));
    await page.getByRole('tab', { name: 'Server' }).click();
    const endings = page.getByRole('region', { name: 'Closed connections' });
    await endings.getByText('<img src=x').waitFor();
    assert.doesNotMatch(await endings.innerText(), /[\u202E\u001b]/);
    assert.equal(await page.evaluate(() => window.harmed), undefined);
  });
});
