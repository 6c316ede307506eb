'use strict';
// What the log holds: the newest records, bounded in number and in size, for each log and for all of them
// together. What falls out is counted.
//
// A record: { seq, at, kind, data, bytes, … }. `seq` counts up from 0 and never comes twice; `at` is
// milliseconds since 1970; `kind` is sent, received, note, problem or divider; `data` a string, a
// Uint8Array, or for what happened null, with `title` and `sentences` in its place.
//
// Gives: wshub.Ring.

wshub.Ring = (() => {
  const MAX_RECORDS = 50000;
  const MAX_WEIGHT = 64 << 20; // bytes, of all records together
  const MAX_TOGETHER = 128 << 20; // bytes, of the records of all rings
  const MAX_ONE = 32 << 20; // bytes or characters kept of one message; the rest is told, not kept

  const all = new Set();

  /** What the records of all logs take, those included that a paused log still shows. */
  const together = () => {
    let sum = 0;
    for (const { weight, pinned } of all) sum += weight + pinned;
    return sum;
  };

  class Ring {
    /** `whenPushedOut` is called when another ring's records have cost some of this one's. */
    constructor(whenPushedOut = () => {}) {
      this.whenPushedOut = whenPushedOut;
      this.records = new Array(MAX_RECORDS);
      this.first = 0; // seq of the oldest that is still here
      this.next = 0; // seq that the next one gets
      this.weight = 0;
      this.fallen = 0; // how many the bounds have cost since the last clearing
      this.isCrowded = false; // some of them for the bound on all rings together
      this.shownTo = 0; // while its log is paused: records below this seq stay on the page when they fall out
      this.pinned = 0; // bytes of those that fell out so
      all.add(this);
    }

    get size() {
      return this.next - this.first;
    }

    at(seq) {
      return seq >= this.first && seq < this.next ? this.records[seq % MAX_RECORDS] : undefined;
    }

    push(record) {
      if (record.data !== null && record.data.length > MAX_ONE) {
        record.cutFrom = record.data.length;
        record.data = record.data.slice(0, MAX_ONE);
      }
      while (this.size > 0 && (this.size >= MAX_RECORDS || this.weight + weigh(record) > MAX_WEIGHT)) {
        this.drop();
        this.fallen += 1;
      }
      this.makeRoom(weigh(record));
      record.seq = this.next;
      this.records[this.next % MAX_RECORDS] = record;
      this.next += 1;
      this.weight += weigh(record);
      return record;
    }

    /** Lets the oldest records of the largest ring go, and of the next largest, until there is room for so much. */
    makeRoom(bytes) {
      const cut = new Set();
      while (together() + bytes > MAX_TOGETHER) {
        const largest = [...all].reduce((one, other) => (other.weight > one.weight ? other : one));
        if (largest.size === 0) break;
        largest.drop();
        largest.fallen += 1;
        largest.isCrowded = true;
        if (largest !== this) cut.add(largest);
      }
      for (const { whenPushedOut } of cut) whenPushedOut();
    }

    drop() {
      const place = this.first % MAX_RECORDS;
      const weight = weigh(this.records[place]);
      this.weight -= weight;
      if (this.first < this.shownTo) this.pinned += weight;
      this.records[place] = undefined;
      this.first += 1;
    }

    /** The records there are stay on the page, in or out of the ring, until `unpin`. */
    pin() {
      this.shownTo = this.next;
    }

    unpin() {
      this.shownTo = 0;
      this.pinned = 0;
    }

    clear() {
      this.unpin();
      while (this.size > 0) this.drop();
      this.fallen = 0;
      this.isCrowded = false;
    }

    /** Nobody looks at it again: it takes part in no bound. */
    release() {
      this.clear();
      all.delete(this);
    }

    * [Symbol.iterator]() {
      for (let seq = this.first; seq < this.next; seq++) yield this.at(seq);
    }
  }

  const weigh = ({ data }) => 200 + (data === null ? 400 : data.length);

  Ring.MAX_TOGETHER = MAX_TOGETHER;
  return Ring;
})();
