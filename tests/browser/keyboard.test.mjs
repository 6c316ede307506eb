// Tests without a mouse: every control can be reached, shows that it has the focus, and works.
import assert from 'node:assert/strict';
import { forEachOpening } from './openings.mjs';
import { button, check, entryWith, open, state, until } from './support.mjs';

/** Presses Tab until a control has the focus. */
async function tabTo(page, control) {
  for (let presses = 0; presses < 60; presses++) {
    if (await control.evaluate((one) => one === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab does not reach ${control}`);
}

/** Numbers the controls in view that Tab has to reach, and returns how many there are. */
const numberControls = (page) => page.evaluate(() => {
  const all = document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]');
  const reachable = [...all].filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.tabIndex >= 0
    && !(one.type === 'radio' && !one.checked)); // arrow keys reach the other radio buttons from the chosen one
  reachable.forEach((one, at) => { one.dataset.number = at; });
  return reachable.length;
});

/** The number of the control that has the focus, and whether the focus is visible. */
const focused = (page) => page.evaluate(() => {
  const one = document.activeElement;
  const drawn = one.type === 'radio' ? one.nextElementSibling : one;
  const { outlineStyle, outlineWidth } = getComputedStyle(drawn);
  return { number: one.dataset.number, isSeen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1, what: one.outerHTML.slice(0, 120) };
});

forEachOpening((way) => {
  check('Tab reaches every control of every view, and each shows that it has the focus', async () => {
    const page = await open(way.page());
    await page.getByLabel('Message', { exact: true }).fill('kept');
    await button(page, 'Save').click();
    await button(page, 'Tools').click();
    await button(page, 'Options').click();
    for (const [key, name] of [['Alt+1', 'Workbench'], ['Alt+2', 'Frames'], ['Alt+3', 'Chat'], ['Alt+4', 'Stress'], ['Alt+5', 'Server']]) {
      await page.keyboard.press(key);
      await page.getByRole('tab', { name, selected: true }).waitFor();
      const count = await numberControls(page);
      const reached = new Set();
      for (let presses = 0; presses < count + 12 && reached.size < count; presses++) {
        const { number, isSeen, what } = await focused(page);
        if (number !== undefined) {
          assert.ok(isSeen, `the focus is seen on ${what}`);
          reached.add(number);
        }
        await page.keyboard.press('Tab');
      }
      assert.equal(reached.size, count, `${name}: ${[...reached]}`);
    }
  });

  check('a chat, a stress run and the list of keys need no mouse', async () => {
    const page = await open(way.page());
    await page.keyboard.press('Alt+3');
    await tabTo(page, page.getByLabel('Your name'));
    await page.keyboard.type('keys');
    await page.keyboard.press('Enter');
    await page.getByRole('tabpanel', { name: 'Lines' }).getByText('you are keys in #lobby').waitFor();
    await page.keyboard.type('typed only'); // the line has the focus now
    await page.keyboard.press('Enter');
    await page.getByRole('tabpanel', { name: 'Lines' }).getByText('typed only').waitFor();

    await tabTo(page, page.getByRole('tab', { name: 'Chat', exact: true })); // in a field, Alt and a digit type
    await page.keyboard.press('Alt+4');
    await tabTo(page, page.getByRole('spinbutton', { name: 'Connections' }));
    await page.keyboard.type('3');
    await tabTo(page, button(page, 'Start'));
    await page.keyboard.press('Enter');
    await page.getByText('3 of 3').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: /^done$/ }).waitFor();

    await tabTo(page, button(page, 'Keys'));
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Keys');
  });

  check('a message is written as bytes, repeated and found without a mouse', async () => {
    const page = await open(way.page({ url: way.at('/echo') }));
    await tabTo(page, button(page, 'Connect'));
    await page.keyboard.press('Enter');
    await state(page, 'open');
    await tabTo(page, page.getByLabel('Written as'));
    await page.keyboard.type('Hex');
    await tabTo(page, page.getByLabel('Message', { exact: true }));
    await page.keyboard.type('c0 ff ee');
    await tabTo(page, button(page, 'Repeat'));
    await page.keyboard.press('Space');
    await entryWith(page, 'received', 'c0 ff ee').first().waitFor();
    await tabTo(page, button(page, 'Stop repeating'));
    await page.keyboard.press('Space');
    await tabTo(page, page.getByLabel('Find', { exact: true }));
    await page.keyboard.type('ff ee');
    await page.keyboard.press('Enter');
    await until('a match is led to', (text) => /^\d+ of \d+$/.test(text), () => page.getByRole('status').filter({ hasText: / of / }).innerText());
  });
}, { overTls: false });
