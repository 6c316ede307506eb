'use strict';
// Matches received messages to sent ones: an echo belongs to the oldest sent message of the same content. The
// number of messages that wait is bounded; those that never come back are counted.
//
// Gives: wshub.Echoes. Pure: time is an argument.

wshub.Echoes = (() => {
  const MAX_WAITING = 2000; // messages
  const GIVE_UP = 10000; // milliseconds
  const MAX_KEY = 64; // characters or bytes of each end by which messages are compared

  class Echoes {
    constructor() {
      this.waiting = new Map(); // by length, then by content: the times of sending, oldest first
      this.count = 0;
      this.lost = 0;
    }

    sent(data, now) {
      if (this.count >= MAX_WAITING) this.expire(now);
      if (this.count >= MAX_WAITING) return;
      const key = keyOf(data);
      const ofLength = this.waiting.get(data.length) ?? new Map();
      this.waiting.set(data.length, ofLength);
      const moments = ofLength.get(key);
      if (moments) moments.push(now);
      else ofLength.set(key, [now]);
      this.count += 1;
    }

    /** The time at which the message was sent whose echo this is; null if it is not an echo. */
    heard(data) {
      const ofLength = this.waiting.get(data.length); // in a flood, this rules out most messages
      if (!ofLength) return null;
      const key = keyOf(data);
      const moments = ofLength.get(key);
      if (!moments) return null;
      const moment = moments.shift();
      this.count -= 1;
      this.dropEmpty(data.length, key);
      return moment;
    }

    /** Stops to wait for messages that were sent too long ago. */
    expire(now) {
      for (const [length, ofLength] of this.waiting) {
        for (const [key, moments] of ofLength) {
          while (moments.length > 0 && now - moments[0] > GIVE_UP) {
            moments.shift();
            this.count -= 1;
            this.lost += 1;
          }
          this.dropEmpty(length, key);
        }
      }
    }

    dropEmpty(length, key) {
      const ofLength = this.waiting.get(length);
      if (ofLength.get(key).length === 0) ofLength.delete(key);
      if (ofLength.size === 0) this.waiting.delete(length);
    }

    forget() {
      this.waiting.clear();
      this.count = 0;
    }
  }

  function keyOf(data) {
    if (typeof data === 'string') {
      return data.length <= 2 * MAX_KEY ? `t${data}` : `t${data.length} ${data.slice(0, MAX_KEY)}${data.slice(-MAX_KEY)}`;
    }
    return `b${data.length} ${data.subarray(0, MAX_KEY).join()} ${data.subarray(-MAX_KEY).join()}`;
  }

  return Echoes;
})();
