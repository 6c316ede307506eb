'use strict';
// The log of a tab's connections: messages sent, messages received, and events. It is bounded (ring.js) and
// draws nothing; view.js shows it.
//
// Gives: wshub.Log. Uses: ring.js.

wshub.Log = (() => {
  class Log {
    constructor() {
      this.ring = new wshub.Ring(() => this.tell());
      this.held = null; // while paused: the records at the start of the pause
      this.added = []; // called when a record was added or the log was cleared
      this.shownTo = 0; // the view has filtered the records below this seq
      this.place = null; // the reading position when the view changed to another log
      this.chosen = null; // the record whose details are shown
    }

    get isPaused() {
      return this.held !== null;
    }

    /** The records that can be shown now. */
    get records() {
      return this.held ?? this.ring;
    }

    /** Adds a message: `kind` is sent or received, `data` a string or a Uint8Array. */
    message(kind, data, more = {}) {
      return this.add({ kind, data, ...more });
    }

    /** Adds an event: a title, sentences about it, lists of points. They may quote a peer. */
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
      // The records on the screen stay there, even if they fall out of the ring meanwhile.
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

    /** Frees the log, which will not be shown again. */
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
