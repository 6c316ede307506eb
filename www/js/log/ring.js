'use strict';
// The records of a log: the newest ones, bounded in number and in size, for each log and for all logs together.
// Records that fall out are counted.
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
  const MAX_ONE = 32 << 20; // bytes or characters kept of one message; of the rest only the length is kept

  const all = new Set();

  /** The bytes of the records of all logs, including those that a paused log still shows. */
  const together = () => {
    let sum = 0;
    for (const { weight, pinned } of all) sum += weight + pinned;
    return sum;
  };

  class Ring {
    /** `whenPushedOut` is called when records fall out of this ring because of another ring's. */
    constructor(whenPushedOut = () => {}) {
      this.whenPushedOut = whenPushedOut;
      this.records = new Array(MAX_RECORDS);
      this.first = 0; // seq of the oldest record that is still held
      this.next = 0; // seq of the next record
      this.weight = 0;
      this.fallen = 0; // records that fell out since the last clearing
      this.isCrowded = false; // some of them because of the bound on all rings
      this.shownTo = 0; // while its log is paused: records below this seq stay on the page after they fall out
      this.pinned = 0; // bytes of the records that fell out but stay on the page
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

    /** Removes the oldest records of the largest ring, then of the next largest, until there is room for `bytes`. */
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

    /** Until `unpin`, the present records stay on the page even if they fall out of the ring. */
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

    /** Frees the ring: it no longer counts towards the bound. */
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
