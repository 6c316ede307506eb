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
      this.waiting = new Map(); // content to the moments at which it was sent, oldest first
      this.count = 0;
      this.lost = 0;
    }

    sent(data, now) {
      if (this.count >= MAX_WAITING) this.expire(now);
      if (this.count >= MAX_WAITING) return;
      const key = keyOf(data);
      const moments = this.waiting.get(key);
      if (moments) moments.push(now);
      else this.waiting.set(key, [now]);
      this.count += 1;
    }

    /** When the message that this one is the echo of was sent, or null if it is no echo. */
    heard(data) {
      if (this.count === 0) return null;
      const key = keyOf(data);
      const moments = this.waiting.get(key);
      if (!moments) return null;
      const moment = moments.shift();
      if (moments.length === 0) this.waiting.delete(key);
      this.count -= 1;
      return moment;
    }

    /** Gives up on what was sent too long ago. */
    expire(now) {
      for (const [key, moments] of this.waiting) {
        while (moments.length > 0 && now - moments[0] > GIVE_UP) {
          moments.shift();
          this.count -= 1;
          this.lost += 1;
        }
        if (moments.length === 0) this.waiting.delete(key);
      }
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
