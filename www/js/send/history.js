'use strict';
// The sent messages, and drafts that were left, which the arrow keys bring back. The present draft is at the end.
//
// Gives: wshub.History. Pure.

wshub.History = (() => {
  const MOST = 200;
  const MAX_TOGETHER = 8 << 20; // characters; the newest entry is kept whatever its length

  class History {
    constructor() {
      this.entries = [];
      this.at = 0; // the index of the entry that is shown; for the draft, the number of entries
      this.draft = null;
    }

    add(entry) {
      const isRecalled = this.at < this.entries.length; // the draft was left for an earlier message
      if (isRecalled && this.draft.text !== '') this.put(this.draft);
      this.put(entry);
      this.at = this.entries.length;
    }

    put(entry) {
      const { entries } = this;
      const last = entries.at(-1);
      if (last && last.text === entry.text && last.mode === entry.mode) return;
      entries.push(entry);
      const size = () => entries.reduce((sum, { text }) => sum + text.length, 0);
      while (entries.length > MOST || (entries.length > 1 && size() > MAX_TOGETHER)) entries.shift();
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
