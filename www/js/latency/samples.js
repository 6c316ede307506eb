'use strict';
// The latest round-trip times, for the chart and for percentiles.
//
// Gives: wshub.Samples. Pure.

wshub.Samples = (() => {
  const KEPT = 2000; // values, of which the percentiles are computed

  class Samples {
    constructor() {
      this.times = []; // milliseconds; null for one during which the tab slept
      this.counted = 0;
      this.spoiled = 0;
    }

    add(milliseconds) {
      this.counted += 1;
      this.put(milliseconds);
    }

    spoil() {
      this.spoiled += 1;
      this.put(null);
    }

    put(time) {
      this.times.push(time);
      if (this.times.length > 2 * KEPT) this.times.splice(0, this.times.length - KEPT);
    }

    latest(count) {
      return this.times.slice(-count);
    }

    /** Percentiles by the nearest rank, so that each is a measured time; null if there are none. */
    percentiles(...ranks) {
      const sorted = this.latest(KEPT).filter((time) => time !== null).sort((a, b) => a - b);
      if (sorted.length === 0) return null;
      return ranks.map((rank) => sorted[Math.max(0, Math.ceil(rank / 100 * sorted.length) - 1)]);
    }
  }

  return Samples;
})();
