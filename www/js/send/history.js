'use strict';
// The sent messages, which the arrow keys bring back. The draft is kept at the end.
//
// Gives: wshub.History. Pure.

wshub.History = (() => {
  const MOST = 200;

  class History {
    constructor() {
      this.entries = [];
      this.at = 0; // the index of the entry that is shown; for the draft, the number of entries
      this.draft = null;
    }

    add(entry) {
      const last = this.entries.at(-1);
      if (!last || last.text !== entry.text || last.mode !== entry.mode) this.entries.push(entry);
      if (this.entries.length > MOST) this.entries.shift();
      this.at = this.entries.length;
    }

    /** The previous entry (-1) or the next one (1); `now` is the field's contents; null at either end. */
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
