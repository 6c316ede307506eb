'use strict';
// Which message that comes is the echo of which one sent: the oldest of the same content. What is
// waited for is bounded; what never comes back is counted.
//
// Gives: wshub.Echoes. Pure: time is an argument.

wshub.Echoes = (() => {
  const MAX_WAITING = 2000; // messages
  const GIVE_UP = 10000; // milliseconds
  const MAX_KEY = 64; // characters or bytes of each end that tell two messages apart

  class Echoes {
    constructor() {
      this.waiting = new Map(); // length to content to the moments at which it was sent, oldest first
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

    /** When the message that this one is the echo of was sent, or null if it is no echo. */
    heard(data) {
      const ofLength = this.waiting.get(data.length); // in a flood, most messages are told from echoes here
      if (!ofLength) return null;
      const key = keyOf(data);
      const moments = ofLength.get(key);
      if (!moments) return null;
      const moment = moments.shift();
      this.count -= 1;
      this.dropEmpty(data.length, key);
      return moment;
    }

    /** Gives up on what was sent too long ago. */
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
