'use strict';
// The heights of a long list whose rows come at its end and go at its beginning, and the question
// which row is at which offset: each answered in the logarithm of the row count (a Fenwick tree
// over a ring of places). Row numbers count up and never start again.
//
// Gives: wshub.Heights.

{
  const PLACES = 1 << 16; // more than the log ever shows

  class Heights {
    constructor() {
      this.height = new Float64Array(PLACES);
      this.sums = new Float64Array(PLACES + 1);
      this.first = 0;
      this.next = 0;
    }

    get total() {
      return this.below(PLACES);
    }

    push(height) {
      this.put(this.next % PLACES, height);
      this.next += 1;
    }

    shift() {
      this.put(this.first % PLACES, 0);
      this.first += 1;
    }

    set(row, height) {
      this.put(row % PLACES, height);
    }

    of(row) {
      return this.height[row % PLACES];
    }

    /** How far below the top of the first row a row begins. */
    offset(row) {
      const start = this.first % PLACES;
      const place = row % PLACES;
      const beyondTheEdge = place < start || row - this.first === PLACES;
      return this.below(place) - this.below(start) + (beyondTheEdge ? this.total : 0);
    }

    /** The row that is at an offset; the last one for all that lie behind it. */
    rowAt(offset) {
      if (this.next === this.first) return this.first;
      const start = this.first % PLACES;
      let wanted = Math.max(0, offset) + this.below(start);
      let row = this.first - start;
      if (wanted >= this.total) {
        wanted -= this.total;
        row += PLACES;
      }
      let place = 0;
      for (let step = PLACES; step > 0; step >>= 1) {
        if (place + step <= PLACES && this.sums[place + step] <= wanted) {
          place += step;
          wanted -= this.sums[place];
        }
      }
      return Math.max(this.first, Math.min(row + place, this.next - 1));
    }

    below(place) {
      let sum = 0;
      for (let i = place; i > 0; i -= i & -i) sum += this.sums[i];
      return sum;
    }

    put(place, height) {
      const change = height - this.height[place];
      if (change === 0) return;
      this.height[place] = height;
      for (let i = place + 1; i <= PLACES; i += i & -i) this.sums[i] += change;
    }
  }

  wshub.Heights = Heights;
}
