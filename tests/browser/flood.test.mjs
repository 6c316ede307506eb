// A flood: what a server sends that never stops for breath. One opening after the other, and ./run
// leaves it the machine alone: how long the tab stands still is measured.
import assert from 'node:assert/strict';
import { forEachOpening } from './openings.mjs';
import { check, connect, entries, entryWith, open } from './support.mjs';

forEachOpening((way) => {
  check('50,000 messages at 5,000 a second do not freeze the tab', async (t) => {
    const MESSAGES = 50000;
    const { at } = await way.foreign((client) => {
      const begun = Date.now();
      let sent = 0;
      const timer = setInterval(() => {
        const due = Math.min(MESSAGES, Math.floor((Date.now() - begun) * 5));
        for (; sent < due; sent++) client.send(`{"seq":${sent},"pad":"${'p'.repeat(sent % 120)}"}`);
        if (sent === MESSAGES) clearInterval(timer);
      }, 5);
      client.on('close', () => clearInterval(timer));
    });
    const page = await open(way.page());
    await page.evaluate(() => {
      window.gaps = [];
      window.tasks = [];
      let last = performance.now();
      const frame = (now) => {
        window.gaps.push(now - last);
        last = now;
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
      new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(({ duration }) => duration)))
        .observe({ type: 'longtask' });
    });
    await connect(page, at);
    await entryWith(page, `"seq":${MESSAGES - 1}`).waitFor({ timeout: 180000 });
    const shown = await page.getByText(/entries.*older dropped/).first().innerText();
    assert.equal(shown, '50,000 entries, 1 older dropped', 'the divider fell out, and is counted');
    assert.ok(await entries(page).count() < 100, 'only what is in view is on the page');
    const { gap, frames, longest, total } = await page.evaluate(() => ({
      gap: Math.max(...window.gaps), frames: window.gaps.length,
      longest: Math.max(0, ...window.tasks), total: window.tasks.reduce((sum, one) => sum + one, 0),
    }));
    t.diagnostic(`longest gap between frames ${gap.toFixed(0)} ms of ${frames} frames; longest task ${longest.toFixed(0)} ms, long tasks in all ${total.toFixed(0)} ms`);
    // No bound on speed: only that it never stood still as long as a person would notice as a freeze.
    assert.ok(gap < 2000, `the tab stood still for ${gap} ms`);
    // It is still usable: scroll, filter.
    await page.getByLabel('Filter', { exact: true }).fill('/"seq":4999\\d,/');
    await page.getByText('10 of 50,000 entries, 1 older dropped').waitFor();
  });
}, { atOnce: false });
