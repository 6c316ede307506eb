'use strict';
// A list of which only the rows in view are on the page, however long it is. It follows its end, or
// stays put on the row that is being read, whatever comes or goes around it. All rows have the same
// height, which the style sheet gives and this file measures.
//
// Gives: wshub.RowList. Uses: dom.js.

wshub.RowList = (() => {
  const OVERSCAN = 8; // rows beyond both edges, for the eye of who scrolls
  const PLACES = 1 << 16; // more than the log ever shows
  const NEAR_THE_END = 24; // pixels

  class RowList {
    /** `build(record, before)` makes a row's element; `before` is the record shown above it, if any. */
    constructor({ box, list, build, whenMoved }) {
      this.box = box;
      this.list = list;
      this.build = build;
      this.whenMoved = whenMoved;
      this.records = new Array(PLACES);
      this.first = 0;
      this.next = 0;
      this.rowHeight = 25; // pixels, until it is measured
      this.isMeasured = false;
      this.mounted = new Map(); // row number to element
      this.following = true;
      this.unread = 0;
      this.lastTop = 0; // where the box stood when last looked at
      this.anchor = { row: 0, below: 0 }; // what is at the top edge while not following
      box.addEventListener('scroll', () => {
        if (this.look()) this.render();
      });
      // A box that shrinks (a keyboard on the screen, a taller field) does not scroll by itself.
      new ResizeObserver(() => this.resized()).observe(box);
    }

    get size() {
      return this.next - this.first;
    }

    record(row) {
      return row >= this.first && row < this.next ? this.records[row % PLACES] : undefined;
    }

    append(record) {
      this.records[this.next % PLACES] = record;
      this.next += 1;
      if (!this.following) this.unread += 1;
    }

    /** Takes rows off the beginning, those whose records are older than `seq`. */
    dropBefore(seq) {
      while (this.size > 0 && this.record(this.first).seq < seq) {
        this.records[this.first % PLACES] = undefined;
        this.first += 1;
      }
    }

    /** Shows these records: from the place where the record `seq` was at the top edge, or to the end. */
    reset(records, place = null) {
      this.records.fill(undefined);
      this.first = this.next = 0;
      this.unmount();
      this.following = true;
      for (const record of records) this.append(record);
      if (place === null) return this.toEnd();
      this.following = false;
      this.unread = 0;
      this.anchor = { row: this.rowOf(place), below: place.below };
      this.lastTop = 0;
      return this.render();
    }

    /** What is at the top edge, to come back to it; null while the end is followed. */
    place() {
      if (this.following || this.size === 0) return null;
      this.hold();
      return { seq: this.record(this.anchor.row).seq, below: this.anchor.below };
    }

    toEnd() {
      this.following = true;
      this.unread = 0;
      this.lastTop = 0; // nothing that the box does by itself counts as a person's scrolling
      this.render();
    }

    /** Brings a row into view, if it is not, and gives its element. */
    show(row) {
      const top = this.offset(row);
      const { scrollTop, clientHeight } = this.box;
      if (top < scrollTop || top + this.rowHeight > scrollTop + clientHeight) {
        this.following = row === this.next - 1;
        this.anchor = { row, below: -Math.round(clientHeight / 3) };
        this.lastTop = scrollTop;
        this.render();
      }
      return this.mounted.get(row);
    }

    /** The row of a record, or of the first one behind where it would be. */
    rowOf({ seq }) {
      let low = this.first;
      let high = this.next;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.record(middle).seq < seq) low = middle + 1;
        else high = middle;
      }
      return low;
    }

    rowAt(offset) {
      return Math.max(this.first, Math.min(this.first + Math.floor(offset / this.rowHeight), this.next - 1));
    }

    /** Builds every row anew, in its place: how rows look has changed. */
    redraw() {
      this.unmount();
      this.render();
    }

    // ---- The inside

    offset(row) {
      return (row - this.first) * this.rowHeight;
    }

    /** Whether a person has scrolled since the last look, and what follows from it. */
    look() {
      const { box } = this;
      const top = box.scrollTop;
      if (Math.abs(top - this.lastTop) < 1) return false;
      const atEnd = box.scrollHeight - top - box.clientHeight < NEAR_THE_END;
      // Only a move upwards leaves the end. That the end moved away does not.
      if (atEnd) this.following = true;
      else if (top < this.lastTop) this.following = false;
      if (this.following) this.unread = 0;
      this.lastTop = top;
      this.hold();
      this.whenMoved();
      return true;
    }

    /** Takes what is at the top edge now for what is being read. */
    hold() {
      const top = this.box.scrollTop;
      const row = this.rowAt(top);
      this.anchor = { row, below: top - this.offset(row) };
    }

    resized() {
      if (this.box.clientHeight === 0) return; // another view is shown
      this.isMeasured = false; // another width, another zoom: letters may have another size
      this.render();
    }

    render() {
      const { box, list } = this;
      const view = box.clientHeight;
      if (view === 0) return;
      if (this.lastTop > 0) this.look(); // a scroll whose event has not come round yet
      this.mountAround(view);
      if (!this.isMeasured) this.measure(view);
      const top = this.top(view);
      const rows = [...this.mounted.keys()];
      const from = rows.length === 0 ? this.first : Math.min(...rows);
      list.style.paddingTop = `${this.offset(from)}px`;
      list.style.paddingBottom = `${Math.max(0, (this.next - from - rows.length) * this.rowHeight)}px`;
      box.scrollTop = this.following ? box.scrollHeight : top;
      this.lastTop = box.scrollTop;
      this.whenMoved();
    }

    /** The height of a row, which makes the browser lay the list out: read again only when it may have changed. */
    measure(view) {
      const [element] = this.mounted.values();
      const height = element?.getBoundingClientRect().height ?? 0;
      if (height === 0) return;
      this.isMeasured = true;
      if (Math.abs(height - this.rowHeight) <= 0.01) return;
      this.rowHeight = height;
      this.mountAround(view);
    }

    /** Where the box is to stand. */
    top(view) {
      const most = Math.max(0, this.size * this.rowHeight - view);
      const row = Math.max(this.anchor.row, this.first);
      return this.following ? most : Math.max(0, Math.min(this.offset(row) + this.anchor.below, most));
    }

    mountAround(view) {
      const top = this.top(view);
      const from = Math.max(this.first, this.rowAt(top) - OVERSCAN);
      this.mount(from, this.size === 0 ? from : Math.min(this.next, this.rowAt(top + view) + 1 + OVERSCAN));
    }

    /** Puts exactly these rows on the page. */
    mount(from, to) {
      for (const [row, element] of this.mounted) {
        if (row >= from && row < to) continue;
        // Whoever was in that row with the keyboard is not thrown out of the log.
        if (element.contains(document.activeElement)) this.box.focus({ preventScroll: true });
        element.remove();
        this.mounted.delete(row);
      }
      let place = this.list.firstElementChild;
      for (let row = from; row < to; row++) {
        const there = this.mounted.get(row);
        if (there) {
          place = there.nextElementSibling;
          continue;
        }
        const made = this.build(this.record(row), this.record(row - 1));
        made.tabIndex = -1;
        made.dataset.row = row;
        made.setAttribute('aria-setsize', '-1');
        made.setAttribute('aria-posinset', String(row + 1));
        this.list.insertBefore(made, place);
        this.mounted.set(row, made);
      }
    }

    unmount() {
      this.mounted.clear();
      this.list.replaceChildren();
    }
  }

  return RowList;
})();
