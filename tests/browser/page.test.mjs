// Tests of first use: the page is served, connects, sends, and explains failures.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { forEachOpening } from './openings.mjs';
import { alert, button, check, connect, connected, details, entries, entryWith, onDisk, open, openDetails, say, startServer, state } from './support.mjs';

async function seeEachOther(first, second) {
  await say(first, 'from the first');
  await entryWith(second, 'received', 'from the first').waitFor();
  await say(second, 'from the second');
  for (const page of [first, second]) {
    await entryWith(page, 'received', 'from the second').waitFor();
    const heard = await entryWith(page, 'received').allInnerTexts();
    assert.deepEqual(heard.map((text) => /from the \w+/.exec(text)[0]), ['from the first', 'from the second']);
  }
  await entryWith(first, 'sent', 'from the first').waitFor();
}

const folder = new URL('../../www/', import.meta.url);

test('no script makes markup or code of a text', async () => {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.js'));
  for (const name of names) {
    const source = await readFile(new URL(name, folder), 'utf8');
    assert.doesNotMatch(source, /(inner|outer)HTML|insertAdjacentHTML|setHTML|document\.write|DOMParser|\beval\(|new Function|javascript:/, name);
  }
});

forEachOpening((way) => {
  // A file has no response headers: from disk, the test checks what the page requests.
  if (way.isServed) check('the server sends the page of www/ as three files under a strict policy', async () => {
    const types = { '/': 'text/html', '/page.css': 'text/css', '/page.js': 'text/javascript' };
    const source = (name) => readFile(new URL(name, folder), 'utf8');
    // The scripts are joined into one file, in the order of the page, and the styles likewise.
    const expected = { '/': await source('index.html') };
    for (const [before, behind, name] of [['<script defer src="', '"></script>', 'page.js'], ['<link rel="stylesheet" href="', '">', 'page.css']]) {
      const paths = [];
      expected['/'] = expected['/'].replace(new RegExp(` *${before}(.*)${behind}\\n`, 'g'), (_, path) => {
        paths.push(path);
        return paths.length === 1 ? `${before}${name}${behind}\n` : '';
      });
      assert.ok(paths.length > 5, `${paths}`);
      expected[`/${name}`] = (await Promise.all(paths.map(source))).map((text) => `${text}\n`).join('');
    }
    const page = await open(way.page());
    const answers = await page.evaluate((paths) => Promise.all(paths.map(async (path) => {
      const answer = await fetch(path);
      const [type, policy] = ['content-type', 'content-security-policy'].map((header) => answer.headers.get(header) ?? '');
      return { path, status: answer.status, text: await answer.text(), type, policy };
    })), Object.keys(types));
    for (const { path, status, text, type, policy } of answers) {
      assert.equal(status, 200, path);
      assert.equal(text, expected[path], `${path} is up to date`);
      assert.equal(type.split(';')[0], types[path], path);
      for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"]) {
        assert.ok(policy.split(/; */).includes(rule), `${rule} in the policy of ${path}`);
      }
    }
  });

  if (way.isServed) check('it is three files over few connections, and a second visit brings only what has changed', async () => {
    const page = await open(way.page());
    const files = () => page.evaluate(() => performance.getEntriesByType('resource')
      .filter(({ name }) => /\.(js|css)$/.test(name))
      .map(({ connectStart, connectEnd, transferSize, encodedBodySize }) => ({ isNew: connectEnd > connectStart, transferSize, encodedBodySize })));
    const first = await files();
    assert.equal(first.length, 2, 'its scripts and its styles, behind the page itself');
    // A browser opens at most six connections to one host; over TLS, a new one for each request is slow.
    assert.ok(first.filter(({ isNew }) => isNew).length <= 6, JSON.stringify(first.filter(({ isNew }) => isNew)));
    await page.reload();
    const again = await files();
    assert.equal(again.length, first.length);
    assert.deepEqual(again.filter(({ transferSize, encodedBodySize }) => encodedBodySize > 1000 && transferSize > encodedBodySize), [], 'each is answered with 304');
  });

  // One opening is enough.
  if (way.isServed && !way.isSecure) check('how soon it is there on a slow mobile network is told', async (t) => {
    const page = await open('about:blank');
    const network = await page.context().newCDPSession(page);
    // "Slow 4G" as Lighthouse defines it: 150 ms for a round trip, 1.6 Mbit/s.
    await network.send('Network.emulateNetworkConditions', { offline: false, latency: 150, downloadThroughput: 200000, uploadThroughput: 93750 });
    await page.goto(way.page());
    await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
    const { paint, ready, bytes } = await page.evaluate(() => ({
      paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
      ready: performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd,
      bytes: [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].reduce(
        (sum, { encodedBodySize }) => sum + encodedBodySize, 0),
    }));
    // The times are only reported, since they depend on the machine. The bytes do not: a page of this size needs
    // 0.5 s to the first paint and 0.9 s until it is ready.
    assert.ok(bytes < 120 * 1024, `${bytes} bytes`);
    t.diagnostic(`first paint after ${(paint / 1000).toFixed(2)} s, ready after ${(ready / 1000).toFixed(2)} s, ${(bytes / 1024).toFixed(0)} KiB`);
  });

  check('a newcomer presses Connect, types, and a second tab sees it', async () => {
    const first = await open(way.page());
    await state(first, 'closed');
    await connect(first);
    await state(first, 'open');
    const [second] = await Promise.all([
      first.context().waitForEvent('page'),
      first.getByRole('link', { name: 'second tab' }).click(),
    ]);
    await second.waitForLoadState();
    await connect(second);
    await state(second, 'open');
    await seeEachOther(first, second);
  });

  check('the steps for a newcomer go after the first answer, and stay away', async () => {
    const page = await open(way.page());
    await page.getByText('Press Connect.').waitFor();
    await connect(page, way.at('/echo'));
    await state(page, 'open');
    await say(page, 'first');
    await page.getByText('Press Connect.').waitFor({ state: 'hidden' });
    await page.reload();
    await button(page, 'Connect').waitFor();
    assert.equal(await page.getByText('Press Connect.').isVisible(), false);
  });

  check('URL and Connect are a bar over the full width, the endpoints beside them, in letters of at most 17 px', async () => {
    for (const width of [1280, 2560]) {
      const page = await open(way.page(), { viewport: { width, height: 900 } });
      const boxes = await Promise.all([page.getByLabel('Endpoint').first(), page.getByLabel('URL'), button(page, 'Connect')].map((one) => one.boundingBox()));
      const middles = boxes.map(({ y, height }) => y + height / 2);
      assert.ok(Math.max(...middles) - Math.min(...middles) < 4, `one row: ${middles}`);
      assert.ok(boxes[0].x < 40 && boxes[1].width > width / 3, JSON.stringify(boxes));
      const largest = await page.evaluate(() => Math.max(...[...document.querySelectorAll('main *')]
        .filter((one) => one.checkVisibility() && one.textContent.trim() !== '').map((one) => parseFloat(getComputedStyle(one).fontSize))));
      assert.ok(largest <= 17, `${largest} px`);
    }
  });

  // From disk the page's address has no host.
  if (way.isServed) check('pages from 127.0.0.1 and from localhost see each other', async () => {
    await seeEachOther(await connected(way.page()), await connected(way.page().replace('127.0.0.1', 'localhost')));
  });

  check('an echo comes back as it was, with white space, lines and its size in bytes', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    const message = page.getByLabel('Message', { exact: true });
    await message.fill('Grüße  👋');
    await message.press('Shift+Enter');
    await message.pressSequentially('  and a second line');
    await message.press('Control+Enter');
    await entryWith(page, 'received', 'and a second line', '33 B').waitFor();
    const answer = await openDetails(page, 'received', 'and a second line');
    await answer.getByText('text · 33 bytes').waitFor();
    assert.match(await answer.innerText(), /Grüße  👋\n  and a second line/);
    assert.equal(await message.inputValue(), '');
  });

  check('everything can be done by keyboard', async () => {
    const page = await open(way.isServed ? `${way.page()}#echo` : way.page({ url: way.at('/echo') }));
    const isConnect = () => page.evaluate(() => document.activeElement.textContent === 'Connect');
    for (let presses = 0; presses < 12 && !await isConnect(); presses++) await page.keyboard.press('Tab');
    assert.ok(await isConnect(), 'Tab reaches Connect');
    await page.keyboard.press('Enter');
    await state(page, 'open');
    await page.keyboard.type('no mouse'); // the message field has the focus
    await page.keyboard.press('Enter');
    await entryWith(page, 'received', 'no mouse').waitFor();
  });

  check('choosing an endpoint fills the URL in, keeps what was typed, and leaves an open connection alone', async () => {
    const page = await open(way.page());
    const url = page.getByLabel('URL');
    assert.equal(await url.inputValue(), way.at('/broadcast'));
    const endpoint = page.getByLabel('Endpoint').first();
    await endpoint.selectOption('Custom address');
    assert.equal(await url.inputValue(), way.at('/broadcast'), 'there is no other URL yet');
    await endpoint.selectOption('Chat lobby');
    assert.equal(await url.inputValue(), way.at('/chat'));
    await connect(page);
    await entryWith(page, 'received', '#lobby').first().waitFor();
    await endpoint.selectOption('Echo');
    await say(page, 'still in the lobby');
    await entryWith(page, 'received', '#lobby', 'still in the lobby').waitFor();
    await button(page, 'Connect to this URL').click();
    await entryWith(page, 'Open:', way.at('/echo')).waitFor();
    await state(page, 'open');
    await say(page, 'moved');
    await entryWith(page, 'received', 'moved').last().waitFor();
    await button(page, 'Disconnect').click();
    await state(page, 'closed');
    await url.fill('ws://example.test:9999/of/my/own?key=1');
    assert.equal(await endpoint.inputValue(), 'custom');
    await endpoint.selectOption('Broadcast');
    assert.equal(await url.inputValue(), way.isServed ? way.at('/broadcast') : 'ws://localhost:8765/broadcast');
    await endpoint.selectOption('Custom address');
    assert.equal(await url.inputValue(), 'ws://example.test:9999/of/my/own?key=1');
    // One of the own server, which is not just an endpoint, is kept too.
    await url.fill(way.at('/echo?key=1'));
    await endpoint.selectOption('Chat lobby');
    assert.equal(await url.inputValue(), way.at('/chat'));
    await page.reload();
    await endpoint.selectOption('Custom address');
    assert.equal(await url.inputValue(), way.at('/echo?key=1'));
  });

  check('Disconnect closes with 1000, cleanly', async () => {
    const page = await connected(way.page());
    await button(page, 'Disconnect').click();
    await state(page, 'closed');
    await entryWith(page, 'Closed: 1000', 'normal closure', '(clean)').waitFor();
    await page.getByLabel('Message', { exact: true }).fill('too late');
    await page.getByLabel('Message', { exact: true }).press('Enter');
    await alert(page, 'Not sent');
  });

  check('a connection that never came about is explained', async () => {
    const page = await open(way.page(), { mayFail: true });
    await connect(page, way.at('/no-such-endpoint'));
    await entryWith(page, 'Closed: 1006', 'not clean').waitFor();
    const refused = details(page).filter({ hasText: '404' }).filter({ hasText: `URL: ${way.at('/no-such-endpoint')}` });
    await refused.waitFor(); // without a click: the page shows at once why it failed
    if (way.isServed) assert.doesNotMatch(await refused.innerText(), /allow-origin/);
    await state(page, 'closed');

    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port: silent } = taken.address();
    await new Promise((done) => taken.close(done));
    await connect(page, `${way.at('').split(':')[0]}://127.0.0.1:${silent}/echo`);
    const unheard = details(page).filter({ hasText: `Nothing is listening on 127.0.0.1:${silent}` }).filter({ hasText: `--allow-origin ${way.origin}` });
    await unheard.waitFor();
    if (way.isSecure) assert.match(await unheard.innerText(), /The certificate of 127\.0\.0\.1 is not trusted/);
  });

  check('a URL that cannot be used is refused in words, and a short one is completed', async () => {
    const page = await open(way.page());
    for (const [wrong, answer] of [['', 'Enter a URL to connect to'], ['http://localhost/', 'begins with ws://'],
      ['ws://', 'This is not a URL'], ['ws://localhost/#x', 'no # in it']]) {
      await connect(page, wrong);
      await alert(page, answer);
      await state(page, 'closed');
    }
    const host = way.at('').replace(/^wss?:\/\//, '');
    // From disk, a path alone names no server, and the only scheme is ws.
    for (const short of way.isServed ? ['/echo', `${host}/echo`] : [`${host}/echo`]) {
      await connect(page, short);
      await state(page, 'open');
      assert.equal(await page.getByLabel('URL').inputValue(), way.at('/echo'));
      await button(page, 'Disconnect').click();
      await state(page, 'closed');
    }
  });

  check('hostile text is shown and does nothing', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    const markup = '<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>';
    await say(page, `${markup} \u001b[2J \u202Egnp.exe \u0007\u0000 \u200B`);
    const answer = entryWith(page, 'received', markup);
    await answer.waitFor();
    const shown = await answer.innerText();
    for (const sign of ['ESC', 'U+202E', 'BEL NUL', 'U+200B']) assert.ok(shown.includes(sign), `${sign} in ${shown}`);
    assert.doesNotMatch(shown, /[\u0000-\u0008\u000B-\u001F\u200B\u202E]/);
    assert.equal(await page.locator('img, li script').count(), 0);
    assert.equal(await page.evaluate(() => window.harmed), undefined);
  });

  check('a long message has one line in the log, binary is shown as hex', async () => {
    const page = await connected(way.page());
    await say(page, 'x'.repeat(5000) + ' the end');
    const long = entryWith(page, 'received', '4.9 KiB');
    await long.waitFor();
    assert.doesNotMatch(await long.innerText(), /the end/);
    assert.match(await (await openDetails(page, 'received', '4.9 KiB')).innerText(), /5,008 bytes[^]*the end/);

    const other = await open(way.page());
    await other.evaluate((address) => new Promise((done) => {
      const socket = new WebSocket(address);
      socket.onopen = () => socket.send(new Uint8Array(100).fill(0xAB));
      socket.onmessage = done;
    }), way.at('/broadcast'));
    await (await openDetails(page, 'received', 'ab ab ab', '100 B')).getByText('binary · 100 bytes').waitFor();
  });

  check('a server that stops says so, and the page tells it', async () => {
    const stopping = await way.another();
    const page = await connected(stopping.page());
    await Promise.all([stopping.stop(), entryWith(page, 'Closed: 1001', 'going away', 'server shutting down', '(clean)').waitFor()]);
    await state(page, 'closed');
  });
});

check('pages see each other however they were opened, over ws and wss', async () => {
  const { port, tlsPort } = await startServer();
  const pages = [];
  for (const [address, scheme, at] of [[onDisk, 'ws', port], [onDisk, 'wss', tlsPort],
    [`http://127.0.0.1:${port}/`, 'ws', port], [`https://127.0.0.1:${tlsPort}/`, 'wss', tlsPort]]) {
    pages.push(await connected(address, `${scheme}://127.0.0.1:${at}/broadcast`));
  }
  for (const [at, page] of pages.entries()) await say(page, `from page ${at}`);
  for (const page of pages) {
    for (const at of pages.keys()) await entryWith(page, 'received', `from page ${at}`).waitFor();
  }
});
