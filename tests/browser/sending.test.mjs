// Tests of sending: messages of every kind, from the keyboard, from files, and repeatedly.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { forEachOpening } from './openings.mjs';
import { alert, button, check, connected, entryWith, open, say, state, until } from './support.mjs';

forEachOpening((way) => {
  check('the arrow keys bring back what was sent, and then what was being written', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    for (const text of ['one', 'two']) await say(page, text);
    const field = page.getByLabel('Message', { exact: true });
    await field.fill('a draft');
    await field.press('Home');
    const steps = [['ArrowUp', 'two'], ['ArrowUp', 'one'], ['ArrowUp', 'one'], ['ArrowDown', 'two'], ['ArrowDown', 'a draft']];
    for (const [key, shown] of steps) {
      if (key === 'ArrowDown') await field.press('End');
      await field.press(key);
      assert.equal(await field.inputValue(), shown, key);
    }
    await field.fill('first line\nsecond');
    await field.press('ArrowUp'); // within the text, where an arrow key moves the cursor
    assert.equal(await field.inputValue(), 'first line\nsecond');
  });

  check('Enter and Ctrl+Enter send, Shift+Enter does not', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    const field = page.getByLabel('Message', { exact: true });
    for (const key of ['Enter', 'Control+Enter', 'Meta+Enter']) {
      await field.fill(`by ${key}`);
      await field.press(key);
      await entryWith(page, 'received', `by ${key}`).waitFor();
    }
  });

  check('bytes are written in hex or base64 and come back as they were', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    const mode = page.getByLabel('Written as');
    await mode.selectOption('Hex bytes');
    await say(page, '0x48, 69 ff:00');
    await entryWith(page, 'received', '48 69 ff 00', 'Hi..', '4 B').waitFor();
    for (const [wrong, told] of [['4', 'two hex digits'], ['zz', 'is not a hex digit']]) {
      await say(page, wrong);
      await alert(page, told);
      await page.getByLabel('Message', { exact: true }).fill('');
    }
    await mode.selectOption('Base64');
    await say(page, 'SGVsbG8gd29ybGQ_');
    await entryWith(page, 'received', 'Hello world?', '12 B').waitFor();
    await say(page, 'a');
    await alert(page, 'This base64 is not complete');
  });

  check('files are sent as exactly their bytes, with progress', async () => {
    const seen = [];
    const { at } = await way.foreign((client) => {
      client.on('message', (data, isBinary) => seen.push([isBinary, createHash('sha256').update(data).digest('hex')]));
    }, { maxPayload: 64 << 20 });
    const page = await connected(way.page(), at);
    const files = [
      { name: 'large <b>.bin', mimeType: 'application/octet-stream', buffer: randomBytes(2 << 20) },
      { name: 'empty.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) },
      { name: 'text.txt', mimeType: 'text/plain', buffer: Buffer.from('zwölf\r\n') },
    ];
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button(page, 'Send files').click()]);
    await chooser.setFiles(files);
    for (const { name, buffer } of files) await page.getByText(`${name}: ${buffer.length.toLocaleString('en')} bytes sent`).waitFor();
    await until('all files come', (all) => all.length === 3, () => seen);
    assert.deepEqual(seen, files.map(({ buffer }) => [true, createHash('sha256').update(buffer).digest('hex')]));
  });

  check('a dropped file is sent, and the progress of a slow one is shown', async () => {
    let received = '';
    let resume = () => {};
    const { at } = await way.foreign((client, { socket }) => {
      client.on('message', (data) => { received = createHash('sha256').update(data).digest('hex'); });
      socket.pause(); // the peer reads nothing for now
      resume = () => socket.resume();
    }, { maxPayload: 128 << 20 });
    const page = await connected(way.page(), at);
    await page.evaluate(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(24 << 20).fill(7)], 'dropped.bin'));
      const target = document.querySelector('[role=log]');
      for (const type of ['dragover', 'drop']) target.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    });
    const bar = page.getByRole('progressbar', { name: 'dropped.bin' });
    await bar.waitFor();
    await page.getByText(/dropped\.bin: [\d,]+ bytes? of 25,165,824 bytes/).waitFor();
    assert.ok(await bar.evaluate(({ value }) => value < 1));
    resume();
    await page.getByText('dropped.bin: 25,165,824 bytes sent').waitFor();
    const whole = createHash('sha256').update(Buffer.alloc(24 << 20, 7)).digest('hex');
    await until('the whole file comes', (hash) => hash === whole, () => received);
  });

  check('a file that is dropped while nothing is connected is refused in words', async () => {
    const page = await open(way.page());
    await page.locator('input[type=file][multiple]').setInputFiles({ name: 'a', mimeType: 'text/plain', buffer: Buffer.from('a') });
    await alert(page, 'Not sent: there is no open connection');
  });

  check('a message is saved in the browser, sent again after a reload, and deleted', async () => {
    const page = await open(way.page());
    await page.getByLabel('Message', { exact: true }).fill('{"keep":"<me>"}');
    await button(page, 'Save').click();
    await page.reload();
    await page.getByText('Saved (1)').click();
    await page.getByLabel('URL').fill(way.at('/echo'));
    await button(page, 'Connect').click();
    await state(page, 'open');
    await button(page, 'Send saved: {"keep":"<me>"}').click();
    await entryWith(page, 'received', '{"keep":"<me>"}').waitFor();
    await button(page, 'Delete: {"keep":"<me>"}').click();
    await page.reload();
    assert.equal(await page.getByText(/^Saved \(/).isVisible(), false);
  });

  check('what another program left in the browser does no harm', async () => {
    const page = await open(way.page());
    await page.evaluate(() => {
      localStorage.setItem('wshub.saved', '[{"mode":"constructor","text":"x"},null,7,{"mode":"text","text":[]}]');
      localStorage.setItem('wshub.urls', '{"length":3}');
      localStorage.setItem('wshub.protocols', 'not JSON');
    });
    await page.reload();
    await button(page, 'Connect').click();
    await state(page, 'open');
  });

  check('a message is repeated every so many milliseconds until stopped', async () => {
    const moments = [];
    const { at } = await way.foreign((client) => client.on('message', () => moments.push(Date.now())));
    const page = await connected(way.page(), at);
    await page.getByLabel('Message', { exact: true }).fill('again');
    await page.getByLabel('every').fill('50');
    const began = Date.now(); // before the click: a slow machine makes the time longer, never shorter
    await button(page, 'Repeat').click();
    await until('it is repeated', (all) => all.length >= 10, () => moments);
    await button(page, 'Stop repeating').click();
    const took = moments[9] - began;
    assert.ok(took >= 400, `nine pauses of 50 ms took ${took} ms`);
    const count = moments.length;
    await say(page, 'the last');
    await entryWith(page, 'sent', 'the last').waitFor();
    await until('the last one comes', (all) => all.length > count, () => moments);
    assert.ok(moments.length <= count + 2, 'nothing is repeated any more');
    await page.getByLabel('Message', { exact: true }).fill('again');
    await page.getByLabel('every').fill('0');
    await button(page, 'Repeat').click();
    await alert(page, 'Repeat every 1 to');
  });

  check('round trips of echoes are measured, and those of a tab that slept are not counted', async () => {
    const page = await connected(way.page(), way.at('/echo'));
    await until('an echo is measured', (all) => all > 0, async () => { // the first may be lost to a stall
      await say(page, 'there and back');
      await entryWith(page, 'received', 'there and back').last().waitFor();
      return page.getByRole('listitem').filter({ hasText: /received.*there and back.* m?s/ }).count();
    });
    await page.getByText(/^\d+ samples?\./).waitFor();
    await button(page, 'Measure').click();
    await page.getByText(/^\d\d samples\./).waitFor();
    await button(page, 'Stop measuring').click();
    assert.equal(await entryWith(page, 'probe').count(), 0, 'what measures is not logged');
    // The tab is blocked for longer than any timer is late, with a message in flight.
    await page.evaluate(() => {
      const field = document.querySelector('textarea[aria-label=Message]');
      field.value = 'while asleep';
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
      const end = performance.now() + 2500;
      while (performance.now() < end);
    });
    await page.getByText(/not counted: this tab was asleep/).waitFor();
    const answer = entryWith(page, 'received', 'while asleep');
    await answer.waitFor();
    assert.doesNotMatch(await answer.innerText(), / m?s\b/);
  });

  check('a server that does not echo is told from a slow one', async () => {
    const { at } = await way.foreign(() => {});
    const page = await connected(way.page(), at);
    await button(page, 'Measure').click();
    await page.getByText(/without an answer after 10 s/).waitFor();
    await button(page, 'Disconnect').click();
    await button(page, 'Measure').click();
    await alert(page, 'no open connection to measure');
  });
});
