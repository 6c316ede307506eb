'use strict';
// Times of round trips: the latest ones for the eye and for percentiles.
//
// Gives: wshub.Samples. Pure.

wshub.Samples = (() => {
  const KEPT = 2000; // the percentiles are of these

  class Samples {
    constructor() {
      this.times = []; // milliseconds; null for one that a sleeping tab has spoiled
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

    /** Percentiles by the nearest rank, each one a time that was measured; null without any. */
    percentiles(...ranks) {
      const sorted = this.latest(KEPT).filter((time) => time !== null).sort((a, b) => a - b);
      if (sorted.length === 0) return null;
      return ranks.map((rank) => sorted[Math.max(0, Math.ceil(rank / 100 * sorted.length) - 1)]);
    }
  }

  return Samples;
})();
