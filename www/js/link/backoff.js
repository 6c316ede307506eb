'use strict';
// Whether and when to connect again automatically after a connection ended.
//
// Gives: wshub.backoff. Pure.

wshub.backoff = (() => {
  const FIRST = 1; // seconds
  const MOST = 30;

  /** Whether a new attempt may succeed after such an ending. */
  function mayRetry(code, askedHere) {
    // 1000: normal closure. 1008: a policy violation, which would occur again.
    return !askedHere && code !== 1000 && code !== 1008;
  }

  function wholePause(failures) {
    return Math.min(MOST, FIRST * 2 ** Math.min(failures, 10));
  }

  /**
   * Seconds before the next attempt: twice as long after each failure in a row, and reduced by up to
   * half at random (`chance` is 0 to 1), so that not all pages connect at once to a server that is back.
   */
  function pauseBefore(failures, chance) {
    return wholePause(failures) * (1 - chance / 2);
  }

  /**
   * Whether a connection ends a row of failures: a message was received, or it lasted longer than the
   * pause before it. Otherwise the page would connect every second to a server that accepts and closes.
   */
  function isSuccess(failures, lastedSeconds, received) {
    return received > 0 || (failures > 0 && lastedSeconds > wholePause(failures - 1));
  }

  return { mayRetry, pauseBefore, isSuccess };
})();
