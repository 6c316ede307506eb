'use strict';
// Shows a long text or many bytes in parts, so that the size of the document is bounded, however large a
// message is.
//
// Gives: wshub.Pages. Uses: dom.js, units.js.

wshub.Pages = (() => {
  const { element, button, setText, setUsable } = wshub.dom;
  const { group } = wshub.units;

  class Pages {
    /** `draw(from, to)` shows a part of `total`; `what` names the units. */
    constructor({ total, size, what, draw }) {
      this.total = total;
      this.size = size;
      this.what = what;
      this.draw = draw;
      this.words = element('span', 'count');
      this.earlier = button('Earlier', 'small', () => this.to(this.from - size));
      this.later = button('Later', 'small', () => this.to(this.from + size));
      this.bar = element('div', 'pages', this.earlier, this.later, this.words);
      this.bar.hidden = total <= size;
      this.from = 0;
    }

    /** Shows the page that an offset is on. */
    to(offset) {
      const last = Math.max(0, Math.ceil(this.total / this.size) - 1);
      this.from = Math.max(0, Math.min(Math.floor(offset / this.size), last)) * this.size;
      const end = Math.min(this.total, this.from + this.size);
      setText(this.words, `${this.what} ${group(this.from + 1)} to ${group(end)} of ${group(this.total)}`);
      setUsable(this.earlier, this.from > 0);
      setUsable(this.later, end < this.total);
      this.draw(this.from, end);
    }
  }

  return Pages;
})();
