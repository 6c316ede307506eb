'use strict';
// What the log holds: the newest records, bounded in number and in size. What falls out is counted.
//
// A record: { seq, at, kind, data, bytes, … }. `seq` counts up from 0 and never comes twice; `at` is
// milliseconds since 1970; `kind` is sent, received, note, problem or divider; `data` a string, a
// Uint8Array, or for what happened null, with `title` and `sentences` in its place.
//
// Gives: wshub.Ring.

wshub.Ring = (() => {
  const MAX_RECORDS = 50000;
  const MAX_WEIGHT = 64 << 20; // bytes, of all records together
  const MAX_ONE = 32 << 20; // bytes or characters kept of one message; the rest is told, not kept

  class Ring {
    constructor() {
      this.records = new Array(MAX_RECORDS);
      this.first = 0; // seq of the oldest that is still here
      this.next = 0; // seq that the next one gets
      this.weight = 0;
      this.fallen = 0; // how many the bounds have cost since the last clearing
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
      record.seq = this.next;
      this.records[this.next % MAX_RECORDS] = record;
      this.next += 1;
      this.weight += weigh(record);
      return record;
    }

    drop() {
      const place = this.first % MAX_RECORDS;
      this.weight -= weigh(this.records[place]);
      this.records[place] = undefined;
      this.first += 1;
    }

    clear() {
      while (this.size > 0) this.drop();
      this.fallen = 0;
    }

    * [Symbol.iterator]() {
      for (let seq = this.first; seq < this.next; seq++) yield this.at(seq);
    }
  }

  const weigh = ({ data }) => 200 + (data === null ? 400 : data.length);

  return Ring;
})();
