'use strict';
// When this tab was asleep. A browser slows a tab that is not in view, stops it on a laptop that is
// closed, and a busy page stops itself: a time measured across any of these says nothing about the
// network.
//
// Gives: wshub.wake.

wshub.wake = (() => {
  const BEAT = 250; // milliseconds
  const LATE = 750; // so much later than due, and the tab was not running
  const KEPT = 100; // naps remembered

  const naps = []; // { from, to }, oldest first
  let lastBeat = performance.now();
  let hiddenSince = document.hidden ? lastBeat : null;

  function nap(from, to) {
    naps.push({ from, to });
    if (naps.length > KEPT) naps.shift();
  }

  setInterval(() => {
    const now = performance.now();
    if (now - lastBeat > BEAT + LATE) nap(lastBeat, now);
    lastBeat = now;
  }, BEAT);

  document.addEventListener('visibilitychange', () => {
    const now = performance.now();
    if (document.hidden) {
      hiddenSince = now;
    } else if (hiddenSince !== null) {
      nap(hiddenSince, now);
      hiddenSince = null;
    }
  });

  /** Whether the tab was asleep, or out of view, at any time between two moments. */
  function sleptBetween(from, to) {
    if (hiddenSince !== null && hiddenSince < to) return true;
    if (to - lastBeat > BEAT + LATE) return true; // the nap of which the next beat will tell
    return naps.some((one) => one.from < to && one.to > from);
  }

  return { sleptBetween };
})();
