'use strict';
// When to try again by itself after a connection ended, and when better not.
//
// Gives: wshub.backoff. Pure.

wshub.backoff = (() => {
  const FIRST = 1; // seconds
  const MOST = 30;

  /** Whether an ending is one that a new attempt may mend. */
  function mayRetry(code, askedHere) {
    // 1000: the work is done. 1008: a rule was broken, and would be again.
    return !askedHere && code !== 1000 && code !== 1008;
  }

  function wholePause(failures) {
    return Math.min(MOST, FIRST * 2 ** Math.min(failures, 10));
  }

  /**
   * Seconds before the next attempt: twice as long after each failure in a row, and shorter by up to
   * half, by chance (0 to 1), so that the pages of a server that comes back do not come all at once.
   */
  function pauseBefore(failures, chance) {
    return wholePause(failures) * (1 - chance / 2);
  }

  /**
   * Whether a connection ends a row of failures: it brought a message, or lasted longer than the
   * pause before it. A server that accepts and closes would be called each second for ever otherwise.
   */
  function isSuccess(failures, lastedSeconds, received) {
    return received > 0 || (failures > 0 && lastedSeconds > wholePause(failures - 1));
  }

  return { mayRetry, pauseBefore, isSuccess };
})();
