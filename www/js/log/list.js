'use strict';
// A list of which only the rows in view are on the page, however long it is. It follows its end, or
// stays put on the row that is being read, whatever comes, goes or grows around it.
//
// Rows are of different heights, so each is measured once it is on the page and guessed before.
//
// Gives: wshub.RowList. Uses: heights.js.

{
  const OVERSCAN = 6; // rows beyond both edges, for the eye of who scrolls
  const PLACES = 1 << 16;
  const NEAR_THE_END = 24; // pixels
  const MAX_PASSES = 4; // measuring may bring more rows into view; it settles long before

  class RowList {
    /** `build(record)` makes a row's element, `estimate(record)` guesses its height in pixels. */
    constructor({ box, list, build, estimate, whenMoved }) {
      Object.assign(this, { box, list, build, estimate, whenMoved });
      this.heights = new wshub.Heights();
      this.records = new Array(PLACES);
      this.mounted = new Map(); // row number to element
      this.following = true;
      this.unread = 0;
      this.lastTop = 0; // where the box stood when last looked at
      this.anchor = { row: 0, below: 0 }; // what is at the top edge while not following
      this.width = 0;
      box.addEventListener('scroll', () => {
        if (this.look()) this.render();
      });
      // A box that shrinks (a keyboard on the screen, a taller field) does not scroll by itself.
      new ResizeObserver(() => this.resized()).observe(box);
    }

    get size() {
      return this.heights.next - this.heights.first;
    }

    record(row) {
      return this.records[row % PLACES];
    }

    append(record) {
      this.records[this.heights.next % PLACES] = record;
      this.heights.push(this.estimate(record));
      if (!this.following) this.unread += 1;
    }

    /** Takes rows off the beginning, those whose records are older than `seq`. */
    dropBefore(seq) {
      const { heights } = this;
      while (this.size > 0 && this.record(heights.first).seq < seq) {
        this.records[heights.first % PLACES] = undefined;
        heights.shift();
      }
    }

    reset(records) {
      this.heights = new wshub.Heights();
      this.records.fill(undefined);
      this.unmount();
      for (const record of records) this.append(record);
      this.toEnd();
    }

    toEnd() {
      this.following = true;
      this.unread = 0;
      this.lastTop = 0; // nothing that the box does by itself counts as a person's scrolling
      this.render();
    }

    /** Builds a row anew: what it shows has changed. */
    changed(record) {
      for (const [row, element] of this.mounted) {
        if (this.record(row) !== record) continue;
        const focused = element.contains(document.activeElement) ? document.activeElement : null;
        const made = this.make(row);
        element.replaceWith(made);
        this.mounted.set(row, made);
        this.measure(row, made);
        const again = focused?.matches('.fold') ? made.querySelector('.fold') : made;
        if (focused) (again ?? made).focus({ preventScroll: true });
      }
      this.hold();
      this.following = false; // what was opened stays where it is, and does not flee upwards
      this.lastTop = this.box.scrollTop;
      this.render();
      this.following = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < NEAR_THE_END;
    }

    /** Brings a row into view, if it is not, and gives its element. */
    show(row) {
      const top = this.heights.offset(row);
      const { scrollTop, clientHeight } = this.box;
      if (top < scrollTop || top + this.heights.of(row) > scrollTop + clientHeight) {
        this.following = false;
        this.anchor = { row, below: -Math.round(clientHeight / 3) };
        this.lastTop = scrollTop;
        this.render();
      }
      return this.mounted.get(row);
    }

    rowOf(record) {
      let low = this.heights.first;
      let high = this.heights.next;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.record(middle).seq < record.seq) low = middle + 1;
        else high = middle;
      }
      return low;
    }

    // ---- The inside

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
      const row = this.heights.rowAt(top);
      this.anchor = { row, below: top - this.heights.offset(row) };
    }

    resized() {
      if (this.box.clientHeight === 0) return; // another view is shown
      const width = this.box.clientWidth;
      if (width !== this.width) {
        this.width = width;
        const { heights } = this;
        for (let row = heights.first; row < heights.next; row++) heights.set(row, this.estimate(this.record(row)));
        this.unmount();
      }
      this.render();
    }

    render() {
      const { box, list, heights } = this;
      const view = box.clientHeight;
      if (view === 0) return;
      if (this.lastTop > 0) this.look(); // a scroll whose event has not come round yet
      let top = 0;
      let from = heights.first;
      let to = from;
      for (let pass = 0; pass < MAX_PASSES; pass++) {
        const most = Math.max(0, heights.total - view);
        const row = Math.max(this.anchor.row, heights.first);
        top = this.following ? most : Math.max(0, Math.min(heights.offset(row) + this.anchor.below, most));
        from = Math.max(heights.first, heights.rowAt(top) - OVERSCAN);
        to = this.size === 0 ? from : Math.min(heights.next, heights.rowAt(top + view) + 1 + OVERSCAN);
        if (!this.mount(from, to)) break;
      }
      list.style.paddingTop = `${heights.offset(from)}px`;
      list.style.paddingBottom = `${Math.max(0, heights.total - heights.offset(to))}px`;
      box.scrollTop = this.following ? box.scrollHeight : top;
      this.lastTop = box.scrollTop;
      this.whenMoved();
    }

    /** Puts exactly these rows on the page; says whether a height turned out other than guessed. */
    mount(from, to) {
      for (const [row, element] of this.mounted) {
        if (row >= from && row < to) continue;
        // Whoever was in that row with the keyboard is not thrown out of the log.
        if (element.contains(document.activeElement)) this.box.focus({ preventScroll: true });
        element.remove();
        this.mounted.delete(row);
      }
      const fresh = [];
      let place = this.list.firstElementChild;
      for (let row = from; row < to; row++) {
        const there = this.mounted.get(row);
        if (there) {
          place = there.nextElementSibling;
          continue;
        }
        const made = this.make(row);
        this.list.insertBefore(made, place);
        this.mounted.set(row, made);
        fresh.push([row, made]);
      }
      let differs = false;
      for (const [row, made] of fresh) differs = this.measure(row, made) || differs;
      return differs;
    }

    make(row) {
      const made = this.build(this.record(row));
      made.tabIndex = -1;
      made.dataset.row = row;
      made.setAttribute('aria-setsize', '-1');
      made.setAttribute('aria-posinset', String(row + 1));
      return made;
    }

    measure(row, element) {
      const height = Math.round(element.getBoundingClientRect().height * 64) / 64; // exact in sums
      const differs = height !== this.heights.of(row);
      this.heights.set(row, height);
      return differs;
    }

    unmount() {
      this.mounted.clear();
      this.list.replaceChildren();
    }
  }

  wshub.RowList = RowList;
}
