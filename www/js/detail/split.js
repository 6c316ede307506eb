'use strict';
// The separator between the log and the details: it is dragged, or moved with the arrow keys.
//
// Gives: wshub.Split. Uses: dom.js, store.js.

wshub.Split = (() => {
  const LEAST = 20; // percent of the width, for the details
  const MOST = 70;
  const STEP = 5;

  class Split {
    /** `bar` moves within `place`, whose style gets `--beside`. */
    constructor(bar, place) {
      this.bar = bar;
      this.place = place;
      const kept = wshub.store.number('beside', 36);
      this.set(kept);
      bar.addEventListener('pointerdown', (event) => {
        event.preventDefault();
        bar.focus();
        bar.setPointerCapture(event.pointerId);
      });
      bar.addEventListener('pointermove', (event) => {
        if (!bar.hasPointerCapture(event.pointerId)) return;
        const { right, width } = place.getBoundingClientRect();
        this.set((right - event.clientX) / width * 100);
      });
      bar.addEventListener('keydown', (event) => {
        const to = { ArrowLeft: this.share + STEP, ArrowRight: this.share - STEP, Home: LEAST, End: MOST }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        this.set(to);
      });
    }

    set(percent) {
      this.share = Math.round(Math.max(LEAST, Math.min(percent, MOST)));
      this.place.style.setProperty('--beside', `${this.share}%`);
      this.bar.setAttribute('aria-valuenow', String(this.share));
      this.bar.setAttribute('aria-valuemin', String(LEAST));
      this.bar.setAttribute('aria-valuemax', String(MOST));
      this.bar.setAttribute('aria-valuetext', `${this.share} percent`);
      wshub.store.write('beside', this.share);
    }
  }

  return Split;
})();
