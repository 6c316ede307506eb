'use strict';
// Finding in the log: from one match to the next, all others left in sight. Matches are marked by
// the browser's own highlights, which change nothing in the page.
//
// Gives: wshub.Find. Uses: log.js, filter.js.

{
  const { byId, tellProblem, setText } = wshub.dom;
  const NAME = 'found';

  class Find {
    constructor(log) {
      this.log = log;
      this.pattern = null;
      this.current = null; // the record that the last step led to
      this.field = byId('find');
      this.field.addEventListener('input', () => this.seek());
      this.field.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' || event.isComposing) return;
        event.preventDefault();
        this.step(event.shiftKey ? -1 : 1);
      });
      byId('find-next').addEventListener('click', () => this.step(1));
      byId('find-before').addEventListener('click', () => this.step(-1));
      log.watchers.push(() => this.mark());
    }

    seek() {
      this.current = null;
      try {
        this.pattern = wshub.filter.patternFrom(this.field.value);
        tellProblem(this.field, '');
      } catch (error) {
        this.pattern = null;
        tellProblem(this.field, `No regular expression: ${error.message}`);
      }
      setText(byId('found'), this.pattern === null ? '' : this.words(this.rows()));
      this.mark();
    }

    rows() {
      const rows = [];
      let row = this.log.list.heights.first;
      for (const record of this.log.shown()) {
        if (this.pattern.test(wshub.filter.textOf(record))) rows.push(row);
        row += 1;
      }
      return rows;
    }

    words(rows, at = -1) {
      if (rows.length === 0) return 'none';
      return at === -1 ? `${wshub.units.group(rows.length)} found` : `${at + 1} of ${wshub.units.group(rows.length)}`;
    }

    /** To the next match or the one before; from nowhere, to the newest. */
    step(by) {
      if (this.pattern === null) return;
      const { list } = this.log;
      const rows = this.rows();
      if (rows.length > 0) {
        const from = this.current === null ? Infinity : list.rowOf(this.current);
        let at = by > 0 ? rows.findIndex((row) => row > from) : rows.findLastIndex((row) => row < from);
        if (at === -1) at = by > 0 ? (this.current === null ? rows.length - 1 : 0) : rows.length - 1;
        this.current = list.record(rows[at]);
        list.show(rows[at]);
        setText(byId('found'), this.words(rows, at));
      } else {
        setText(byId('found'), this.words(rows));
      }
      this.mark();
    }

    mark() {
      const { mounted } = this.log.list;
      const ranges = [];
      for (const [row, entry] of mounted) {
        const record = this.log.list.record(row);
        entry.classList.toggle('is-current', this.pattern !== null && record === this.current);
        if (this.pattern !== null) ranges.push(...rangesIn(entry.querySelector('.body'), this.pattern));
      }
      // A browser without highlights still goes from match to match, with the entry marked.
      globalThis.CSS?.highlights?.set(NAME, new Highlight(...ranges));
    }
  }

  function rangesIn(body, pattern) {
    const everywhere = new RegExp(pattern.source, pattern.flags + 'g');
    const ranges = [];
    const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode() && ranges.length < 200) {
      const node = walker.currentNode;
      for (const { index, 0: match } of node.data.matchAll(everywhere)) {
        if (match === '' || ranges.length >= 200) break;
        const range = new Range();
        range.setStart(node, index);
        range.setEnd(node, index + match.length);
        ranges.push(range);
      }
    }
    return ranges;
  }

  wshub.Find = Find;
}
