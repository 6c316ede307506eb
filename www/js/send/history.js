'use strict';
// What was sent before, brought back by the arrow keys. What was being written is kept at the end.
//
// Gives: wshub.History. Pure.

wshub.History = (() => {
  const MOST = 200;

  class History {
    constructor() {
      this.entries = [];
      this.at = 0; // which entry is shown; the length of them for what is being written
      this.draft = null;
    }

    add(entry) {
      const last = this.entries.at(-1);
      if (!last || last.text !== entry.text || last.mode !== entry.mode) this.entries.push(entry);
      if (this.entries.length > MOST) this.entries.shift();
      this.at = this.entries.length;
    }

    /** The entry before (-1) or after (1), given what the field holds now; null at either end. */
    step(by, now) {
      const to = this.at + by;
      if (to < 0 || to > this.entries.length) return null;
      if (this.at === this.entries.length) this.draft = now;
      this.at = to;
      return to === this.entries.length ? this.draft : this.entries[to];
    }
  }

  return History;
})();
