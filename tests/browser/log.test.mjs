// Tests of the log: how it shows messages, how it is searched, and how it copes with a flood.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { forEachOpening } from './openings.mjs';
import { alert, button, check, connect, connected, details, entries, entryWith, listenTo, open, openDetails, say, showAs, showTools, state, until, withClipboard } from './support.mjs';

const count = (page, words) => page.getByText(words, { exact: true }).first().waitFor();

/** Whether an entry is in the visible part of the log. */
const isInView = (entry) => entry.evaluate((one) => {
  if (!one.isConnected) return false; // it was drawn again since it was found
  const box = one.closest('[role=log]').getBoundingClientRect();
  const { top, bottom } = one.getBoundingClientRect();
  return top >= box.top - 1 && bottom <= box.bottom + 2;
});

forEachOpening((way) => {
  check('JSON is a tree that is folded and copied by value and path, each value as it was written', async () => {
    const page = await connected(way.page(), way.at('/echo'), { permissions: ['clipboard-read', 'clipboard-write'] });
    const raw = '{"id":12345678901234567890,"a":[],"a":{"b":"x\\u0041 } y","odd key":[1.50,null]},"n":1.50}';
    await say(page, raw);
    const pane = await openDetails(page, 'received', '12345678901234567890');
    const values = pane.getByRole('tree', { name: 'JSON' }).getByRole('treeitem');
    await until('the tree is there', (all) => all.length === 9, () => values.allInnerTexts());
    assert.deepEqual((await values.allInnerTexts()).map((text) => text.trim()), ['{4}', '"id": 12345678901234567890', '"a": [0]', '"a": {2}',
      '"b": "x\\u0041 } y"', '"odd key": [2]', '0: 1.50', '1: null', '"n": 1.50']);
    await values.filter({ hasText: '0: 1.50' }).click();
    await withClipboard(async () => {
      await pane.getByRole('button', { name: 'Copy path' }).click();
      await pane.getByText('Copied the path').waitFor();
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'a["odd key"][0]');
      await values.filter({ hasText: '"odd key"' }).focus();
      await page.keyboard.press('ArrowLeft'); // collapses it
      await page.keyboard.press('ArrowLeft'); // to its parent
      await page.keyboard.press('c');
      await pane.getByText('Copied the value').waitFor();
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), '{"b":"x\\u0041 } y","odd key":[1.50,null]}');
    });
    assert.equal(await values.count(), 7);
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    assert.deepEqual(await values.allInnerTexts(), ['{4}']);
    await say(page, '{"not": json}');
    await (await openDetails(page, 'received', 'not')).getByText('This is not valid JSON').waitFor();
    await say(page, `["${'y'.repeat(1100000)}", nope]`);
    await (await openDetails(page, 'received', 'yyy')).getByText('This is not valid JSON: at character 1,100,006, see its text.').waitFor();
  });

  check('a message of 5 MB is shown as a tree without holding the page up, and read to its end', async (t) => {
    const page = await connected(way.page(), way.at('/echo'));
    await page.evaluate(() => {
      const field = document.querySelector('textarea[aria-label=Message]');
      field.value = JSON.stringify(Array.from({ length: 80000 }, (_, id) => ({ id, name: `number ${id}`, tags: ['a', 'b'], share: id / 3 })));
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    });
    await entryWith(page, 'received', 'number 0', 'MiB').waitFor();
    await page.evaluate(() => {
      window.tasks = [];
      new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
    });
    const pane = await openDetails(page, 'received', 'number 0', 'MiB');
    assert.match(await pane.innerText(), /5,\d\d\d,\d\d\d bytes/);
    await pane.getByRole('treeitem', { name: '199: {4}' }).waitFor();
    await pane.getByRole('treeitem', { name: 'Show more' }).click();
    await pane.getByRole('treeitem', { name: '399: {4}' }).waitFor();
    const longest = Math.max(0, ...await page.evaluate(() => window.tasks));
    t.diagnostic(`longest task ${longest.toFixed(0)} ms`);
    assert.ok(longest < 1000, `${longest} ms`); // the machine may be busy with other checks
    await showAs(page, 'Text');
    await pane.getByText(/characters 1 to 50,000 of 5,/).waitFor();
    await pane.getByRole('button', { name: 'Later' }).click();
    await pane.getByText(/characters 50,001 to 100,000 of 5,/).waitFor();
    await page.getByLabel('Find', { exact: true }).fill('number 79999');
    await page.getByLabel('Find', { exact: true }).press('Enter');
    await pane.getByText(/characters 5,\d\d\d,001 to 5/).waitFor();
    assert.match(await pane.innerText(), /number 79999/);
  });

  check('bytes fill the width that is there, and a text is seen as bytes too', async () => {
    for (const width of [360, 900, 1280, 2000]) {
      const page = await open(way.page(), { viewport: { width, height: 800 } });
      await connect(page, way.at('/echo'));
      await state(page, 'open');
      await page.getByLabel('Written as').selectOption('Hex bytes');
      await say(page, Array.from({ length: 200 }, (_, byte) => byte.toString(16).padStart(2, '0')).join(' '));
      const pane = await openDetails(page, 'received', '00 01 02');
      const dump = pane.getByText(/00 01 02/);
      await dump.waitFor();
      const { lines, isWhole } = await dump.evaluate((one) => ({ lines: one.textContent.split('\n'), isWhole: one.scrollWidth <= one.clientWidth }));
      assert.ok(isWhole, `nothing is cut off at ${width}`);
      assert.ok(lines.length >= 200 / 32 && lines.every((line) => /^[0-9a-f]{4,8} {2}([0-9a-f]{2} ?)+ +\S/.test(line)), `${width}: ${lines[0]}`);
      await page.getByLabel('Written as').selectOption('Text');
      await say(page, 'Grü');
      await openDetails(page, 'received', 'Grü');
      await showAs(page, 'Hex');
      await pane.getByText(/47 72 c3 bc/).waitFor();
    }
  });

  check('the details follow the arrow keys, close with Escape, and are as wide as one likes', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    for (const text of ['one', 'two']) await say(page, text);
    await entryWith(page, 'received', 'two').waitFor();
    const pane = await openDetails(page, 'received', 'one');
    await entryWith(page, 'received', 'one').focus();
    await page.keyboard.press('ArrowDown');
    await pane.getByText('two', { exact: true }).waitFor();
    const bar = page.getByRole('separator', { name: 'Width of the details' });
    const width = async () => (await pane.boundingBox()).width;
    const before = await width();
    await bar.focus();
    await page.keyboard.press('ArrowLeft');
    assert.ok(await width() > before + 20, `${before} to ${await width()}`);
    const { x, y } = await bar.boundingBox();
    await page.mouse.move(x + 4, y + 100);
    await page.mouse.down();
    await page.mouse.move(x + 104, y + 100);
    await page.mouse.up();
    assert.ok(await width() < before + 20, 'dragged back');
    const kept = await width();
    await page.reload();
    await button(page, 'Connect').click();
    await state(page, 'open');
    await openDetails(page, 'Connection');
    assert.ok(Math.abs(await width() - kept) < 3, 'and kept over a reload');
    await entryWith(page, 'Connection').last().focus();
    await page.keyboard.press('Escape');
    assert.equal(await pane.isVisible(), false);
  });

  check('25 JSON messages are in view at 1440 x 900, and 17 at 1280 x 720, below a filter of one row', async () => {
    for (const [width, height, least] of [[1440, 900, 25], [1280, 720, 17]]) {
      const page = await open(way.page(), { viewport: { width, height } });
      await connect(page, way.at('/echo'));
      await state(page, 'open');
      for (let id = 0; id < 15; id++) await say(page, `{"event":"order","id":${id},"items":[{"name":"tea","price":3.50},{"name":"milk","price":1.20}]}`);
      await entryWith(page, 'received', '"id":14,').waitFor();
      await openDetails(page, 'received', '"id":14,');
      const heights = await entries(page).evaluateAll((all) => all.map((one) => one.getBoundingClientRect()).map(({ top, bottom, height }) => [top, bottom, height]));
      const box = await page.getByRole('log').boundingBox();
      assert.ok(heights.every(([,, height]) => height >= 24 && height <= 26), `${heights[0]}`);
      const inView = heights.filter(([top, bottom]) => top >= box.y && bottom <= box.y + box.height + 1).length;
      assert.ok(inView >= least, `${inView} at ${width} x ${height}`);
      const middle = async (found) => found.boundingBox().then(({ y, height }) => y + height / 2);
      const row = await Promise.all([page.getByLabel('Filter', { exact: true }), page.getByLabel('Find', { exact: true }), button(page, 'Pause')].map(middle));
      assert.ok(Math.max(...row) - Math.min(...row) < 4, `filter, find and buttons are one row beside the details at ${width} px: ${row}`);
    }
  });

  check('entries are filtered by direction, kind, text and regular expression, or by what they lack', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    for (const text of ['apple 1', 'Pear 22', 'apple 333']) await say(page, text);
    await entryWith(page, 'received', 'apple 333').waitFor();
    const only = page.getByLabel('Filter', { exact: true });
    // (direction, kind, typed text, entries that remain)
    for (const [direction, kind, typed, left] of [['Sent', 'All kinds', '', 3], ['Received', 'Text', '', 3], ['Both ways', 'Notes', '', 1],
      ['Both ways', 'Binary', '', 0], ['Both ways', 'All kinds', 'APPLE', 4], ['Received', 'Messages', 'pear', 1],
      ['Sent', 'All kinds', '/\\d{2,}$/', 2], ['Both ways', 'All kinds', '/^apple \\d$/', 2], ['Both ways', 'Messages', '-apple', 2],
      ['Received', 'All kinds', '-/\\d\\d/', 1], ['Both ways', 'All kinds', 'none of these', 0]]) {
      await page.getByLabel('Direction').selectOption(direction);
      await page.getByLabel('Kind').selectOption(kind);
      await only.fill(typed);
      await count(page, `${left} of 7 entries`);
      assert.equal(await entries(page).count(), left, `${direction} ${kind} ${typed}`);
    }
    await page.getByText('No entry matches the filter.').waitFor();
    await only.fill('/(/');
    await alert(page, 'This is not a regular expression');
    await only.fill('pear');
    await say(page, 'another pear');
    await count(page, '4 of 9 entries'); // later messages are filtered too
  });

  check('what is looked at stays in view when the filter is cleared', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    await page.evaluate(() => {
      const field = document.querySelector('textarea[aria-label=Message]');
      for (let i = 0; i < 300; i++) {
        field.value = i === 60 ? 'needle' : `hay ${i}`;
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
      }
    });
    await count(page, '601 entries');
    await page.getByLabel('Filter', { exact: true }).fill('needle');
    await count(page, '2 of 601 entries');
    await openDetails(page, 'received', 'needle');
    await page.getByLabel('Filter', { exact: true }).fill('');
    await count(page, '601 entries');
    assert.ok(await isInView(entryWith(page, 'received', 'needle')));
    // Without a chosen entry too, and if the chosen one is not among those in view.
    for (const close of [() => button(page, 'Close details').click(), () => {}]) {
      await close();
      await page.getByLabel('Filter', { exact: true }).fill('/hay 99$/');
      await count(page, '2 of 601 entries');
      await page.getByLabel('Filter', { exact: true }).fill('');
      await count(page, '601 entries');
      assert.ok(await isInView(entryWith(page, 'sent', 'hay 99')));
      await page.getByLabel('Filter', { exact: true }).fill('needle');
      await openDetails(page, 'received', 'needle');
    }
  });

  check('finding goes from match to match and leaves the others in sight', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    for (let i = 0; i < 60; i++) await page.evaluate((i) => {
      const field = document.querySelector('textarea[aria-label=Message]');
      field.value = i % 20 === 5 ? `needle ${i}` : `hay ${i}`;
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    }, i);
    await entryWith(page, 'received', 'hay 59').waitFor();
    const find = page.getByLabel('Find', { exact: true });
    await find.fill('needle');
    await page.getByText('6 found').waitFor();
    for (const [key, place] of [['Enter', '6 of 6'], ['Enter', '1 of 6'], ['Enter', '2 of 6'], ['Shift+Enter', '1 of 6']]) {
      await find.press(key);
      await page.getByText(place, { exact: true }).waitFor();
    }
    assert.ok(await isInView(entryWith(page, 'sent', 'needle 5')));
    assert.ok(await page.evaluate(() => CSS.highlights.get('found').size > 0), 'matches are marked');
    await count(page, '121 entries');
    await button(page, 'Next match').click();
    await page.getByText('2 of 6', { exact: true }).waitFor();
    await find.fill('/nee(dle/');
    await alert(page, 'This is not a regular expression');
    // The details show the place of a match deep in a long message.
    await say(page, `${'long '.repeat(30000)}deep down`);
    await entryWith(page, 'received', '146 KiB').waitFor();
    await find.fill('deep down');
    await find.press('Enter');
    await details(page).getByText('deep down').waitFor();
    assert.ok(await page.evaluate(() => [...CSS.highlights.get('found')].some((range) => {
      const { top } = range.getBoundingClientRect();
      return range.toString() === 'deep down' && top > 0 && top < innerHeight;
    })), 'it is marked, and in view');
  });

  check('finding goes through all matches of a message, on each of its pages, before it leaves it', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    await say(page, `1😀needle 2😀needle ${'x '.repeat(30000)} 3😀needle 4😀needle`);
    await entryWith(page, 'received', '59 KiB').waitFor();
    const find = page.getByLabel('Find', { exact: true });
    await find.fill('😀needle');
    await page.getByText('2 found').waitFor();
    /** The digit before the marked match, if that is in view. */
    const marked = () => page.evaluate(() => {
      const [range] = CSS.highlights.get('found-now');
      const { top, bottom } = range.getBoundingClientRect();
      return top > 0 && bottom < innerHeight ? range.startContainer.textContent[range.startOffset - 1] : 'out of view';
    });
    const steps = [
      ['Enter', '2 of 2', '1'], ['Enter', '2 of 2', '2'], ['Enter', '2 of 2', '3'], ['Enter', '2 of 2', '4'],
      ['Enter', '1 of 2', '1'], ['Shift+Enter', '2 of 2', '4'], ['Shift+Enter', '2 of 2', '3'], ['Shift+Enter', '2 of 2', '2'],
    ];
    for (const [key, entry, digit] of steps) {
      await find.press(key);
      await page.getByText(entry, { exact: true }).waitFor();
      assert.equal(await marked(), digit, `${key} leads to match ${digit} of entry ${entry}`);
    }
    await find.fill('');
    assert.equal(await page.evaluate(() => CSS.highlights.has('found-now')), false);
    // Matches that would overlap are not counted, forwards as backwards.
    await say(page, '1aa2aaaa');
    await entryWith(page, 'received', '1aa2aaaa').waitFor();
    await find.fill('aa');
    for (const [key, before] of [['Enter', '1'], ['Enter', '2'], ['Enter', 'a'], ['Shift+Enter', '2'], ['Shift+Enter', '1']]) {
      await find.press(key);
      await page.getByText('2 of 2', { exact: true }).waitFor();
      assert.equal(await marked(), before, `${key} leads to the match after ${before}`);
    }
  });

  check('while paused the log stands still, and shows it all afterwards', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    await button(page, 'Pause').click();
    await say(page, 'meanwhile');
    await page.getByText(/paused, 2 waiting/).waitFor();
    assert.equal(await entryWith(page, 'meanwhile').count(), 0);
    await button(page, 'Pause').click();
    await entryWith(page, 'received', 'meanwhile').waitFor();
  });

  check('what was on the screen when a flood was paused stays there', async () => {
    const { at } = await way.foreign((client) => {
      client.send('the first');
      client.on('message', () => { for (let i = 0; i < 60000; i++) client.send(`flood ${i}`); });
    });
    const page = await connected(way.page(), at);
    await entryWith(page, 'received', 'the first').waitFor();
    await button(page, 'Pause').click();
    await say(page, 'flood');
    await page.getByText(/older dropped, paused, 50,000 waiting/).waitFor();
    assert.deepEqual((await entries(page).allInnerTexts()).map((text) => /Connection 1|the first/.exec(text)?.[0]), ['Connection 1', 'the first']);
    await page.getByLabel('Filter', { exact: true }).fill('first');
    await count(page, /^1 of 2 entries, [\d,]+ older dropped, paused/);
    await page.getByLabel('Filter', { exact: true }).fill('');
    await button(page, 'Pause').click();
    await entryWith(page, 'received', 'flood 59999').waitFor();
  });

  check('times are those of the clock, or since the entry before', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    await say(page, 'tick');
    const entry = entryWith(page, 'received', 'tick');
    assert.match(await entry.innerText(), /\d\d:\d\d:\d\d\.\d\d\d/);
    await showTools(page);
    await page.getByLabel('Time', { exact: true }).selectOption('Since the entry above');
    await until('it is since the last', (text) => /\+[\d.]+ m?s/.test(text), () => entry.innerText());
  });

  check('"since the entry above" is since the one that is shown above', async () => {
    const { at } = await way.foreign((client) => client.on('message', (data) => setTimeout(() => client.send(String(data)), 700)));
    const page = await connected(way.page(), at);
    await say(page, 'first');
    await entryWith(page, 'received', 'first').waitFor();
    await say(page, 'second');
    await entryWith(page, 'received', 'second').waitFor();
    await showTools(page);
    await page.getByLabel('Time', { exact: true }).selectOption('Since the entry above');
    await page.getByLabel('Direction').selectOption('Received');
    const since = async () => {
      const [, number, unit] = /\+([\d.]+) (m?s)/.exec(await entryWith(page, 'received', 'second').innerText()) ?? [];
      return Number(number) * (unit === 's' ? 1000 : 1);
    };
    await until('it is since the answer before, not since what was sent between', (time) => time >= 705, since);
  });

  check('filter and find are in view and wide enough to be read, and a filter that is on is seen', async () => {
    for (const [width, height] of [[320, 640], [1280, 720], [1440, 900]]) {
      const page = await open(way.page(), { viewport: { width, height } });
      for (const name of ['Filter', 'Find']) {
        const { x, y, width: own } = await page.getByLabel(name, { exact: true }).boundingBox();
        assert.ok(own >= 110 && x >= 0 && x + own <= width && y < height, `${name}: ${own} px at ${width}`);
      }
      await page.getByLabel('Filter', { exact: true }).fill('/(/');
      await alert(page, 'This is not a regular expression');
      assert.equal(await page.locator('[aria-invalid]').count(), 1);
      assert.equal(await page.getByLabel('Filter', { exact: true }).getAttribute('aria-invalid'), 'true');
      await page.getByLabel('Filter', { exact: true }).fill('shown');
      assert.equal(await page.locator('[aria-invalid]').count(), 0);
      await button(page, 'Tools').click();
      await button(page, 'Tools').click();
      assert.ok(await page.getByLabel('Filter', { exact: true }).isVisible());
    }
  });

  check('on paper there is the log with its messages, without what is pressed', async () => {
    const page = await connected(way.page(), way.at('/echo'), { colorScheme: 'dark' });
    await say(page, `on paper ${'long '.repeat(60)}`);
    await entryWith(page, 'received', 'on paper').waitFor();
    await page.emulateMedia({ media: 'print' });
    for (const name of ['Pause', 'Send', 'Tools', 'Disconnect']) assert.equal(await button(page, name).isVisible(), false, name);
    const entry = entryWith(page, 'received', 'on paper');
    const { isWhole, lines } = await entry.evaluate((one) => ({ isWhole: one.scrollWidth <= one.clientWidth + 1, lines: one.getBoundingClientRect().height / 18 }));
    assert.ok(isWhole && lines > 1.9, 'a long message goes on in the next line');
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), 'light');
  });

  check('on paper there are also the entries that are not on the screen, and it says how many are left out', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    await page.evaluate(() => {
      const field = document.querySelector('textarea[aria-label=Message]');
      for (let i = 0; i < 1200; i++) {
        field.value = `sheet ${i}`;
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
      }
    });
    await count(page, '2,401 entries');
    const listed = page.getByRole('log').getByRole('listitem');
    const before = await listed.count();
    assert.ok(before < 200, `${before}`);
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    await page.emulateMedia({ media: 'print' });
    assert.equal(await listed.count(), 2000);
    await page.getByText('401 older entries are not printed.').waitFor();
    await page.emulateMedia({ media: 'screen' });
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    assert.equal(await listed.count(), before);
    assert.equal(await page.getByText(/not printed/).isVisible(), false);
  });

  check('on a phone the details of a tapped entry come into view', async () => {
    const page = await connected(way.page(), way.at('/echo'), { viewport: { width: 360, height: 740 }, hasTouch: true });
    await say(page, 'tapped');
    await entryWith(page, 'received', 'tapped').tap();
    await until('the details are in view', ({ top, bottom }) => top >= -1 && bottom <= 741, () => details(page).evaluate((pane) => {
      const { top, bottom } = pane.getBoundingClientRect();
      return { top, bottom };
    }));
  });

  check('each connection begins with a divider', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    await button(page, 'Disconnect').click();
    await state(page, 'closed');
    await button(page, 'Connect').click();
    await entryWith(page, 'Connection 1', `Open: ${way.at('/echo')}`).waitFor();
    await entryWith(page, 'Connection 2', 'The opening handshake took').waitFor();
  });

  check('one entry and all of them can be copied', async () => {
    const page = await connected(way.page(), way.at('/echo'), { permissions: ['clipboard-read', 'clipboard-write'] });
    const text = 'to copy \u202E as it is';
    await say(page, text);
    await entryWith(page, 'received', 'to copy').waitFor();
    const told = await listenTo(page);
    await showTools(page);
    await withClipboard(async () => {
      await (await openDetails(page, 'received', 'to copy')).getByRole('button', { name: 'Copy' }).click();
      await told(/^Copied$/);
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), text);
      await button(page, 'Copy all').click();
      await told(/^Copied 3 entries$/);
      assert.match(await page.evaluate(() => navigator.clipboard.readText()), /\d sent +to copy.*\n.*\d received to copy/);
    });
  });

  check('the log is exported as lines of JSON and read back, bytes and all', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    await say(page, 'words "quoted"\nand \u0000 more');
    await page.getByLabel('Written as').selectOption('Hex bytes');
    await say(page, '00 ff 80');
    await entryWith(page, 'received', '00 ff 80').waitFor();
    await showTools(page);
    const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Export').click()]);
    assert.match(download.suggestedFilename(), /^wshub-log-.*\.ndjson$/);
    const text = await readFile(await download.path(), 'utf8');
    const lines = text.trimEnd().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ direction }) => direction), ['divider', 'sent', 'received', 'sent', 'received']);
    assert.equal(lines[2].text, 'words "quoted"\nand \u0000 more');
    assert.equal(lines[2].length, Buffer.byteLength(lines[2].text));
    assert.deepEqual([lines[4].opcode, lines[4].length, Buffer.from(lines[4].base64, 'base64').toString('hex')], ['binary', 3, '00ff80']);

    const reader = await open(way.page());
    await showTools(reader);
    const buffer = Buffer.from(`${text}this is no record\n{"time":"never"}\n{"time":"2026-01-01T00:00:00Z","direction":"received","text":"<b>from elsewhere</b>"}\n`);
    await reader.getByLabel('Log file to read').setInputFiles({ name: 'old.ndjson', mimeType: 'text/plain', buffer });
    await entryWith(reader, 'Imported from old.ndjson: 6 entries', 'Skipped 2 lines that are not log records', 'the first is line 6').waitFor();
    await entryWith(reader, 'received', '00 ff 80').waitFor();
    await entryWith(reader, 'received', '<b>from elsewhere</b>').waitFor();
    await entryWith(reader, 'End of old.ndjson').waitFor();
  });

  check('arrow keys go through the log, Enter shows an entry, C copies it and S saves it', async () => {
    const page = await connected(way.page(), way.at('/echo'), { permissions: ['clipboard-read', 'clipboard-write'] });
    await say(page, 'x'.repeat(900) + ' the end');
    await entryWith(page, 'received', '908 B').waitFor();
    await page.getByRole('log').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await details(page).getByText('the end').waitFor();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowDown');
    const told = await listenTo(page);
    await withClipboard(async () => {
      await page.keyboard.press('c');
      await told(/^Copied$/);
      assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^x{900} the end$/);
    });
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('s')]);
    assert.match(download.suggestedFilename(), /^received-.*\.txt$/);
    assert.equal(await readFile(await download.path(), 'utf8'), 'x'.repeat(900) + ' the end');
    await openDetails(page, 'sent', '908 B');
    const [sent] = await Promise.all([page.waitForEvent('download'), button(page, 'Save to file').click()]);
    assert.match(sent.suggestedFilename(), /^sent-/);
  });

  check('on a touch screen Copy is a button that is seen, and no tap meets an unseen one', async () => {
    const page = await open(way.page(), { hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } });
    await connect(page, way.at('/echo'));
    await state(page, 'open');
    await say(page, 'tap me');
    await entryWith(page, 'received', 'tap me').tap();
    await details(page).getByRole('button', { name: 'Copy', exact: true }).waitFor();
    const unseen = await page.evaluate(() => [...document.querySelectorAll('button')].filter((one) => one.checkVisibility()
      && getComputedStyle(one).opacity === '0').length);
    assert.equal(unseen, 0);
    await page.getByLabel('Message', { exact: true }).fill('a');
    await page.getByLabel('Message', { exact: true }).press('Enter'); // inserts a line break: an on-screen keyboard has no Shift+Enter
    await page.getByLabel('Message', { exact: true }).pressSequentially('b');
    assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), 'a\nb');
  });

  check('what is read stays put while more comes, and the end is one press away', async () => {
    const page = await connected(way.page(), way.at('/broadcast'));
    const fill = (from, to) => page.evaluate(([from, to]) => {
      const field = document.querySelector('textarea[aria-label=Message]');
      for (let i = from; i < to; i++) {
        field.value = `message ${i}. ${'long '.repeat(i % 40)}`;
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
      }
    }, [from, to]);
    await fill(0, 300);
    await count(page, '601 entries');
    assert.ok(await entries(page).count() < 100, 'only what is in view is on the page');
    await until('the newest entry is in view', (isSo) => isSo, () => isInView(entries(page).last()));

    const box = page.getByRole('log');
    await box.hover();
    await page.mouse.wheel(0, -4000);
    let before = -1;
    await until('scrolling is over', (isSo) => isSo, async () => {
      const now = await box.evaluate(({ scrollTop }) => scrollTop);
      const isStill = now === before;
      before = now;
      return isStill;
    });
    const reading = await until('some entry is in view', (text) => text !== null, () => page.evaluate(() => {
      const box = document.querySelector('[role=log]');
      const { top, bottom } = box.getBoundingClientRect();
      const isWhole = (entry) => entry.getBoundingClientRect().top > top + 50 && entry.getBoundingClientRect().bottom < bottom;
      const one = [...box.querySelectorAll('li')].find(isWhole);
      return /(?:sent|received) message \d+\./.exec(one?.innerText.replace(/\s+/g, ' ') ?? '')?.[0] ?? null;
    }));
    const [direction, number] = [reading.split(' ')[0], /message \d+\./.exec(reading)[0]];
    const entry = entryWith(page, direction, number);
    const { y } = await entry.boundingBox();
    const other = await connected(way.page(), way.at('/broadcast'));
    for (let i = 0; i < 5; i++) await say(other, 'later');
    await button(page, '5 newer ↓').waitFor();
    assert.ok(Math.abs((await entry.boundingBox()).y - y) < 2, 'what is being read does not move');
    await button(page, '5 newer ↓').click();
    await until('the newest entry is in view', (isSo) => isSo, () => isInView(entries(page).last()));
    await button(page, 'Clear').click();
    await until('the log is empty', (left) => left === 0, () => entries(page).count());
  });

  check('a screen reader hears single entries, and a sum of a flood', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    const heard = await listenTo(page, '[aria-live=polite]');
    await say(page, 'heard');
    await heard(/^received: heard$/);
    await page.getByLabel('Message', { exact: true }).fill('flood');
    await page.getByLabel('every').fill('10');
    await button(page, 'Repeat').click();
    await heard(/^\d+ new entries in the log$/);
    await button(page, 'Stop repeating').click();
    assert.equal(await page.getByRole('log').getAttribute('aria-live'), 'off');
  });
}, { overTls: false });
