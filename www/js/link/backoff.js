'use strict';
// When to try again by itself after a connection ended, and when better not.
//
// Gives: wshub.backoff. Pure.

{
  const FIRST = 1; // seconds
  const MOST = 30;

  /** Whether an ending is one that a new attempt may mend. */
  function mayRetry(code, askedHere) {
    // 1000: the work is done. 1008: a rule was broken, and would be again.
    return !askedHere && code !== 1000 && code !== 1008;
  }

  /** Seconds before the next attempt: twice as long after each failure in a row. */
  function pauseBefore(failures) {
    return Math.min(MOST, FIRST * 2 ** Math.min(failures, 10));
  }

  wshub.backoff = { mayRetry, pauseBefore };
}
