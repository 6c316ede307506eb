'use strict';
// The log of one connection after another: what was sent, what came and what happened. It is bounded
// (ring.js) and draws nothing; view.js shows it.
//
// Gives: wshub.Log. Uses: ring.js.

wshub.Log = (() => {
  class Log {
    constructor() {
      this.ring = new wshub.Ring(() => this.tell());
      this.held = null; // while paused: the records there were when the pause began
      this.added = []; // called when something has been added, or all is gone
      this.shownTo = 0; // records below this seq have been through the filter of the view
      this.place = null; // where a person was reading when the view went to another log
      this.chosen = null; // the record whose details are shown
    }

    get isPaused() {
      return this.held !== null;
    }

    /** The records that may be shown now. */
    get records() {
      return this.held ?? this.ring;
    }

    /** A message: `kind` is sent or received, `data` a string or a Uint8Array. */
    message(kind, data, more = {}) {
      return this.add({ kind, data, ...more });
    }

    /** Something that happened: a title, sentences on it, lists of points. They may quote a peer. */
    note(title, sentences = [], kind = 'note') {
      return this.add({ kind, data: null, title, sentences });
    }

    add(record) {
      record.at ??= performance.timeOrigin + performance.now();
      this.ring.push(record);
      this.tell();
      return record;
    }

    pause(isPaused) {
      // What is on the screen stays there, however much the bound pushes out of the ring meanwhile.
      this.held = isPaused ? [...this.ring] : null;
      if (isPaused) this.ring.pin();
      else this.ring.unpin();
    }

    clear() {
      this.ring.clear();
      if (this.held) this.held = [];
      this.place = null;
      this.chosen = null;
      this.tell();
    }

    /** Nobody looks at it again. */
    gone() {
      this.clear();
      this.ring.release();
    }

    tell() {
      for (const tell of this.added) tell();
    }
  }

  return Log;
})();
