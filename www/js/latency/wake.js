'use strict';
// Records when this tab slept. A browser slows down a tab that is not in view, a closed laptop suspends it, and
// a busy page blocks itself: a time measured across any of these says nothing about the network.
//
// Gives: wshub.wake.

wshub.wake = (() => {
  const BEAT = 250; // milliseconds
  const LATE = 750; // milliseconds; a beat that is later than this shows that the tab slept
  const KEPT = 100; // sleeps that are remembered

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
    if (to - lastBeat > BEAT + LATE) return true; // a sleep that the next beat will record
    return naps.some((one) => one.from < to && one.to > from);
  }

  return { sleptBetween };
})();
