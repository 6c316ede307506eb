'use strict';
// Searches the log: steps from match to match, without hiding other entries. A step chooses the entry, and the
// details show the match wherever in the message it is; the next step goes to the next match of the same
// message, if there is one. Matches are marked by the CSS Custom Highlight API, which does not change the
// document.
//
// Gives: wshub.Find. Uses: view.js, pane.js, filter.js.

wshub.Find = (() => {
  const { byId, tellProblem, setText } = wshub.dom;
  const MARKS = 'found'; // the name of the highlight of all matches
  const MARK = 'found-now'; // the same for the match of the last step
  const MAX_MARKS = 500; // in one place

  class Find {
    constructor(view, pane) {
      this.view = view;
      this.pane = pane;
      this.pattern = null;
      this.current = null; // the record of the last step
      this.offset = -1; // in its text; -1 for a record without a text
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
      this.offset = -1;
      globalThis.CSS?.highlights?.delete(MARK);
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

    /** Goes to the next or the previous match; without a current one, to the first match of the newest entry. */
    step(by) {
      if (this.pattern === null || this.stepWithin(by)) return;
      const { list } = this.view;
      const rows = this.rows();
      if (rows.length === 0) return void setText(byId('found'), this.words(rows));
      const from = this.current === null ? Infinity : list.rowOf(this.current);
      let at = by > 0 ? rows.findIndex((row) => row > from) : rows.findLastIndex((row) => row < from);
      if (at === -1) at = by > 0 && this.current !== null ? 0 : rows.length - 1;
      const isFirst = this.current === null || by > 0;
      this.current = list.record(rows[at]);
      this.view.choose(this.current);
      this.offset = isFirst ? this.offsetAfter(-1) : this.offsetBefore(Infinity);
      list.show(rows[at]);
      setText(byId('found'), this.words(rows, at));
      this.reveal();
    }

    /** Goes to the next or the previous match within the message of the last step, if it has one and is still chosen. */
    stepWithin(by) {
      if (this.offset === -1 || this.pane.record !== this.current) return false;
      const offset = by > 0 ? this.offsetAfter(this.offset) : this.offsetBefore(this.offset);
      if (offset === -1) return false;
      this.offset = offset;
      this.reveal();
      return true;
    }

    /** The matches in the message, from its beginning on: none overlaps another, as in the marks. */
    matches() {
      return (this.pane.text ?? '').matchAll(everywhere(this.pattern));
    }

    /** The offset of the first match in the message after an offset, or -1. */
    offsetAfter(offset) {
      for (const { index } of this.matches()) if (index > offset) return index;
      return -1;
    }

    /** The offset of the last match in the message before an offset, or -1. */
    offsetBefore(offset) {
      let last = -1;
      for (const { index } of this.matches()) {
        if (index >= offset) break;
        last = index;
      }
      return last;
    }

    /** Brings the match of the last step into view, and marks it. */
    reveal() {
      const from = this.offset === -1 ? 0 : this.pane.reveal(this.offset);
      this.mark();
      const before = this.offset === -1 ? '' : this.pane.text.slice(from, this.offset);
      const place = before.match(everywhere(this.pattern))?.length ?? 0;
      const range = rangesIn(this.pane.body, this.pattern, place + 1)[place];
      globalThis.CSS?.highlights?.set(MARK, new Highlight(...(range ? [range] : [])));
      if (range) scrollTo(this.pane.body, range);
    }

    mark() {
      const ranges = [];
      if (this.pattern !== null) {
        for (const entry of this.view.list.mounted.values()) ranges.push(...rangesIn(entry.querySelector('.line'), this.pattern));
        ranges.push(...rangesIn(this.pane.body, this.pattern));
      }
      // Without that API, a step still chooses the entry.
      globalThis.CSS?.highlights?.set(MARKS, new Highlight(...ranges));
    }
  }

  const everywhere = ({ source, flags }) => new RegExp(source, `${flags}g`);

  /** Scrolls a box so that a range in it is seen. */
  function scrollTo(box, range) {
    const place = range.getBoundingClientRect();
    const { top, height } = box.getBoundingClientRect();
    if (place.top < top || place.bottom > top + height) box.scrollTop += place.top - top - height / 3;
  }

  /** The first `most` matches in a part of the document. */
  function rangesIn(place, pattern, most = MAX_MARKS) {
    const ranges = [];
    const all = everywhere(pattern);
    const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    while (walker.nextNode() && ranges.length < most) {
      const node = /** @type {Text} */ (walker.currentNode);
      for (const { index, 0: match } of node.data.matchAll(all)) {
        if (match === '' || ranges.length >= most) break;
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
