'use strict';
// Searches the log: steps from match to match, without hiding other entries. A step chooses the entry, so the
// details show the match wherever in the message it is. Matches are marked by the CSS Custom Highlight API,
// which does not change the document.
//
// Gives: wshub.Find. Uses: view.js, pane.js, filter.js.

wshub.Find = (() => {
  const { byId, tellProblem, setText } = wshub.dom;
  const NAME = 'found';
  const MAX_MARKS = 500; // in one place

  class Find {
    constructor(view, pane) {
      this.view = view;
      this.pane = pane;
      this.pattern = null;
      this.current = null; // the record of the last step
      this.field = byId('find');
      this.field.addEventListener('input', () => this.seek());
      this.field.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' || wshub.dom.isComposing(event)) return;
        event.preventDefault();
        this.step(event.shiftKey ? -1 : 1);
      });
      byId('find-next').addEventListener('click', () => this.step(1));
      byId('find-before').addEventListener('click', () => this.step(-1));
      view.watchers.push(() => this.mark());
      view.switched.push(() => this.seek());
    }

    seek() {
      this.current = null;
      try {
        this.pattern = wshub.filter.patternFrom(this.field.value);
        tellProblem(this.field, '');
      } catch (error) {
        this.pattern = null;
        tellProblem(this.field, `This is not a regular expression: ${error.message}`);
      }
      setText(byId('found'), this.pattern === null ? '' : this.words(this.rows()));
      this.mark();
    }

    rows() {
      const rows = [];
      let row = this.view.list.first;
      for (const record of this.view.shown()) {
        if (this.pattern.test(wshub.filter.textOf(record))) rows.push(row);
        row += 1;
      }
      return rows;
    }

    words(rows, at = -1) {
      if (rows.length === 0) return 'none';
      return at === -1 ? `${wshub.units.group(rows.length)} found` : `${at + 1} of ${wshub.units.group(rows.length)}`;
    }

    /** Goes to the next or the previous match; without a current one, to the newest. */
    step(by) {
      if (this.pattern === null) return;
      const { list } = this.view;
      const rows = this.rows();
      if (rows.length === 0) return void setText(byId('found'), this.words(rows));
      const from = this.current === null ? Infinity : list.rowOf(this.current);
      let at = by > 0 ? rows.findIndex((row) => row > from) : rows.findLastIndex((row) => row < from);
      if (at === -1) at = by > 0 ? (this.current === null ? rows.length - 1 : 0) : rows.length - 1;
      this.current = list.record(rows[at]);
      this.view.choose(this.current);
      this.pane.reveal(this.pattern);
      list.show(rows[at]);
      setText(byId('found'), this.words(rows, at));
      this.mark();
      const first = rangesIn(this.pane.body, this.pattern)[0];
      if (first) scrollTo(this.pane.body, first);
    }

    mark() {
      const ranges = [];
      if (this.pattern !== null) {
        for (const entry of this.view.list.mounted.values()) ranges.push(...rangesIn(entry.querySelector('.line'), this.pattern));
        ranges.push(...rangesIn(this.pane.body, this.pattern));
      }
      // Without that API, a step still chooses the entry.
      globalThis.CSS?.highlights?.set(NAME, new Highlight(...ranges));
    }
  }

  /** Scrolls a box so that a range in it is seen. */
  function scrollTo(box, range) {
    const place = range.getBoundingClientRect();
    const { top, height } = box.getBoundingClientRect();
    if (place.top < top || place.bottom > top + height) box.scrollTop += place.top - top - height / 3;
  }

  function rangesIn(place, pattern) {
    const everywhere = new RegExp(pattern.source, pattern.flags + 'g');
    const ranges = [];
    const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    while (walker.nextNode() && ranges.length < MAX_MARKS) {
      const node = /** @type {Text} */ (walker.currentNode);
      for (const { index, 0: match } of node.data.matchAll(everywhere)) {
        if (match === '' || ranges.length >= MAX_MARKS) break;
        const range = new Range();
        range.setStart(node, index);
        range.setEnd(node, index + match.length);
        ranges.push(range);
      }
    }
    return ranges;
  }

  return Find;
})();
