'use strict';
// A virtual list: only the rows in view are in the document. It either follows its end, or stays at the row
// that is being read while others are added and removed. All rows have the same height, which is set in the
// style sheet and measured here.
//
// Gives: wshub.RowList. Uses: dom.js.

wshub.RowList = (() => {
  const OVERSCAN = 8; // rows beyond both edges, so that scrolling shows no gaps
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
      this.isPrinting = false; // rows beyond the view are in the document
      this.following = true;
      this.unread = 0;
      this.lastTop = 0; // the scroll position at the last look
      this.anchor = { row: 0, below: 0 }; // the row at the top edge while not following
      box.addEventListener('scroll', () => {
        if (this.look()) this.render();
      });
      // A box that shrinks (an on-screen keyboard, a taller field) does not scroll by itself.
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

    /** Removes the rows at the beginning whose records are older than `seq`. */
    dropBefore(seq) {
      while (this.size > 0 && this.record(this.first).seq < seq) {
        this.records[this.first % PLACES] = undefined;
        this.first += 1;
      }
    }

    /** Shows these records: at `place`, which names the record at the top edge, or at the end. */
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

    /** The record at the top edge, for `reset`; null while the end is followed. */
    place() {
      if (this.following || this.size === 0) return null;
      this.hold();
      return { seq: this.record(this.anchor.row).seq, below: this.anchor.below };
    }

    toEnd() {
      this.following = true;
      this.unread = 0;
      this.lastTop = 0; // so that scrolling by the browser does not count as a person's
      this.render();
    }

    /** Scrolls a row into view if necessary, and returns its element. */
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

    /** The row of a record; if it is not there, of the first later one. */
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

    /** Puts the newest rows into the document, at most `most`, until `printed` is called. Returns how many are left out. */
    mountForPrint(most) {
      this.isPrinting = true;
      const from = Math.max(this.first, this.next - most);
      this.mount(from, this.next);
      return from - this.first;
    }

    printed() {
      this.isPrinting = false;
      this.render();
    }

    /** Builds every row again in its place, since the look of rows has changed. */
    redraw() {
      this.unmount();
      this.render();
    }

    // ---- Private

    offset(row) {
      return (row - this.first) * this.rowHeight;
    }

    /** Checks whether a person has scrolled since the last look, and updates following and anchor. */
    look() {
      const { box } = this;
      const top = box.scrollTop;
      if (Math.abs(top - this.lastTop) < 1) return false;
      const atEnd = box.scrollHeight - top - box.clientHeight < NEAR_THE_END;
      // Only scrolling upwards stops the following; new rows at the end do not.
      if (atEnd) this.following = true;
      else if (top < this.lastTop) this.following = false;
      if (this.following) this.unread = 0;
      this.lastTop = top;
      this.hold();
      this.whenMoved();
      return true;
    }

    /** Makes the row at the top edge the anchor. */
    hold() {
      const top = this.box.scrollTop;
      const row = this.rowAt(top);
      this.anchor = { row, below: top - this.offset(row) };
    }

    resized() {
      if (this.box.clientHeight === 0) return; // another view is shown
      this.isMeasured = false; // the width or the zoom, and so the row height, may have changed
      this.render();
    }

    render() {
      const { box, list } = this;
      const view = box.clientHeight;
      if (view === 0 || this.isPrinting) return;
      if (this.lastTop > 0) this.look(); // a scroll whose event has not been dispatched yet
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

    /** Measures the height of a row. That forces a layout, so it is done only when the height may have changed. */
    measure(view) {
      const [element] = this.mounted.values();
      const height = element?.getBoundingClientRect().height ?? 0;
      if (height === 0) return;
      this.isMeasured = true;
      if (Math.abs(height - this.rowHeight) <= 0.01) return;
      this.rowHeight = height;
      this.mountAround(view);
    }

    /** The scroll position that the box should have. */
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

    /** Puts exactly these rows into the document. */
    mount(from, to) {
      for (const [row, element] of this.mounted) {
        if (row >= from && row < to) continue;
        // If the row had the keyboard focus, the focus stays in the log.
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
