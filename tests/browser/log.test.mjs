// The log: what it shows of a message, how it is searched, and what a flood does to it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { forEachOpening } from './openings.mjs';
import { alert, button, check, connect, connected, entries, entryWith, listenTo, open, say, showTools, state, until, withClipboard } from './support.mjs';

const count = (page, words) => page.getByText(words, { exact: true }).first().waitFor();

/** Whether an entry lies in the part of the log that is in view. */
const isInView = (entry) => entry.evaluate((one) => {
  const box = one.closest('[role=log]').getBoundingClientRect();
  const { top, bottom } = one.getBoundingClientRect();
  return top >= box.top - 1 && bottom <= box.bottom + 2;
});

forEachOpening((way) => {
  check('JSON is laid out beside the text as it came, big numbers and doubled keys kept', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    const raw = '{"id":12345678901234567890,"a":[],"a":{"b":"x\\u0041 } y"},"n":1.50}';
    await say(page, raw);
    const entry = entryWith(page, 'received', '12345678901234567890');
    await entry.getByRole('button', { name: 'Pretty' }).click();
    const shown = await entry.innerText();
    assert.ok(shown.includes(raw), 'raw');
    assert.ok(shown.includes('{\n  "id": 12345678901234567890,\n  "a": [],\n  "a": {\n    "b": "x\\u0041 } y"\n  },\n  "n": 1.50\n}'), shown);
    await entry.getByRole('button', { name: 'Raw only' }).click();
    await showTools(page);
    await page.getByLabel('Pretty JSON').check();
    await until('all JSON is laid out', (all) => all === 2, () => page.getByText('pretty', { exact: true }).count());
    await say(page, '{"not": json}');
    assert.equal(await entryWith(page, 'received', 'not').getByRole('button', { name: /Pretty|Raw/ }).count(), 0);
  });

  check('entries are filtered by direction, text and regular expression', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    for (const text of ['apple 1', 'Pear 22', 'apple 333']) await say(page, text);
    await entryWith(page, 'received', 'apple 333').waitFor();
    await showTools(page);
    const only = page.getByLabel('Show only');
    // direction, what is typed, entries that are left
    for (const [direction, typed, left] of [['Sent', '', 3], ['Received', '', 3], ['Notes', '', 1], ['All', 'APPLE', 4],
      ['Received', 'pear', 1], ['Sent', '/\\d{2,}$/', 2], ['All', '/^apple \\d$/', 2], ['All', 'none of these', 0]]) {
      await page.getByLabel('Direction').selectOption(direction);
      await only.fill(typed);
      await count(page, `${left} of 7 entries`);
      assert.equal(await entries(page).count(), left, `${direction} ${typed}`);
    }
    await page.getByText('No entry passes the filter.').waitFor();
    await only.fill('/(/');
    await alert(page, 'No regular expression');
    await only.fill('pear');
    await page.getByLabel('Direction').selectOption('All');
    await say(page, 'another pear');
    await count(page, '4 of 9 entries'); // what comes later is filtered too
    await button(page, 'Filter and more').click(); // a filter out of sight would hide entries silently
    await count(page, '9 entries');
  });

  check('finding goes from match to match and leaves the others in sight', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    for (let i = 0; i < 60; i++) await page.evaluate((i) => {
      const field = document.querySelector('textarea');
      field.value = i % 20 === 5 ? `needle ${i}` : `hay ${i}`;
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    }, i);
    await entryWith(page, 'received', 'hay 59').waitFor();
    await showTools(page);
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
    await button(page, 'Find the next one').click();
    await page.getByText('2 of 6', { exact: true }).waitFor();
    await find.fill('/nee(dle/');
    await alert(page, 'No regular expression');
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

  check('times are those of the clock, or since the entry before', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    await say(page, 'tick');
    const entry = entryWith(page, 'received', 'tick');
    assert.match(await entry.innerText(), /\d\d:\d\d:\d\d\.\d\d\d/);
    await showTools(page);
    await page.getByLabel('Time', { exact: true }).selectOption('Since the last');
    await until('it is since the last', (text) => /\+[\d.]+ m?s/.test(text), () => entry.innerText());
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
    const entry = entryWith(page, 'received', 'to copy');
    const told = await listenTo(page);
    await showTools(page);
    await withClipboard(async () => {
      await entry.hover();
      await entry.getByRole('button', { name: 'Copy' }).click();
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
    await reader.locator('input[type=file][accept]').setInputFiles({ name: 'old.ndjson', mimeType: 'text/plain', buffer });
    await entryWith(reader, 'From old.ndjson: 6 entries', '2 lines are no record', 'the first is line 6').waitFor();
    await entryWith(reader, 'received', '00 ff 80').waitFor();
    await entryWith(reader, 'received', '<b>from elsewhere</b>').waitFor();
    await entryWith(reader, 'End of old.ndjson').waitFor();
  });

  check('arrow keys go through the log, Enter opens an entry and C copies it', async () => {
    const page = await connected(way.page(), way.at('/echo'), { permissions: ['clipboard-read', 'clipboard-write'] });
    await say(page, 'x'.repeat(900) + ' the end');
    await entryWith(page, 'received', '908 bytes').waitFor();
    await page.getByRole('log').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await entryWith(page, 'received', 'the end').waitFor();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowDown');
    const told = await listenTo(page);
    await withClipboard(async () => {
      await page.keyboard.press('c');
      await told(/^Copied$/);
      assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^x{900} the end$/);
    });
  });

  check('what is read stays put while more comes, and the end is one press away', async () => {
    const page = await connected(way.page(), way.at('/broadcast'));
    const fill = (from, to) => page.evaluate(([from, to]) => {
      const field = document.querySelector('textarea');
      for (let i = from; i < to; i++) {
        field.value = `message ${i}. ${'long '.repeat(i % 40)}`;
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
      }
    }, [from, to]);
    await fill(0, 300);
    await count(page, '601 entries');
    assert.ok(await entries(page).count() < 100, 'only what is in view is on the page');
    assert.ok(await isInView(entries(page).last()), 'the newest entry is in view');

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
    await page.getByLabel('Message').fill('flood');
    await page.getByLabel('every').fill('10');
    await button(page, 'Repeat').click();
    await heard(/^\d+ new entries in the log$/);
    await button(page, 'Stop repeating').click();
    assert.equal(await page.getByRole('log').getAttribute('aria-live'), 'off');
  });
});
