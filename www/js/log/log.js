'use strict';
// The log: what was sent, what came and what happened. It is bounded (ring.js), drawn only where it
// is looked at (list.js), and takes what comes in batches, so that a server that floods the page
// costs neither its memory nor the patience of who reads or listens to it.
//
// Gives: wshub.Log. Uses: ring.js, list.js, row.js, filter.js, spoken.js.

{
  const { byId, setText } = wshub.dom;
  const { counted, group } = wshub.units;
  const FLUSH = 40; // milliseconds between batches
  const WIDE = 700; // pixels; the style sheet changes the rows at the same width

  class Log {
    constructor() {
      this.ring = new wshub.Ring();
      this.shownTo = 0; // records below this seq have been through the filter
      this.passes = wshub.filter.filterFrom('all', null);
      this.isFiltered = false;
      this.isPaused = false;
      this.timer = 0;
      this.lastAt = 0;
      this.watchers = [];
      this.spoken = new wshub.Spoken(byId('spoken'));
      this.box = byId('log');
      this.look = { time: 'clock', pretty: false, wide: true, act: (record, what) => this.act(record, what) };
      // Before the list has one of its own: observers are told in the order in which they were made.
      new ResizeObserver(([{ contentRect }]) => {
        this.look.wide = contentRect.width >= WIDE;
      }).observe(this.box);
      this.list = new wshub.RowList({
        box: this.box,
        list: byId('entries'),
        build: (record) => wshub.row.build(record, this.look),
        estimate: (record) => wshub.row.estimate(record, this.look),
        whenMoved: () => this.tell(),
      });
      byId('newer').addEventListener('click', () => {
        this.list.toEnd();
        this.box.focus(); // the button goes, and must not take the keyboard's place with it
      });
    }

    // ---- What comes in

    /** A message: `kind` is sent or received, `data` a string or a Uint8Array. */
    message(kind, data, more = {}) {
      return this.add({ kind, data, ...more });
    }

    /** Something that happened: a title, sentences on it, lists of points. They may quote a peer. */
    note(title, sentences = [], kind = 'note') {
      return this.add({ kind, data: null, title, sentences });
    }

    add(record) {
      record.at ??= performance.timeOrigin + performance.now();
      record.since = this.lastAt === 0 ? 0 : Math.max(0, record.at - this.lastAt);
      this.lastAt = record.at;
      this.ring.push(record);
      // A timer and not a frame of animation: those stand still in a tab that is not in view.
      this.timer ||= setTimeout(() => this.flush(), FLUSH);
      return record;
    }

    flush() {
      this.timer = 0;
      const { ring, list } = this;
      list.dropBefore(ring.first);
      if (!this.isPaused) {
        for (let seq = Math.max(this.shownTo, ring.first); seq < ring.next; seq++) {
          const record = ring.at(seq);
          if (!this.passes(record)) continue;
          list.append(record);
          this.spoken.hear(record);
        }
        this.shownTo = ring.next;
      }
      list.render();
      this.tell();
    }

    // ---- What is shown of it

    /** Shows only what passes a test, from the first record on. */
    filter(passes, isFiltered) {
      this.passes = passes;
      this.isFiltered = isFiltered;
      this.again();
    }

    again() {
      this.shownTo = this.isPaused ? this.shownTo : this.ring.next;
      const shown = [];
      for (const record of this.ring) if (record.seq < this.shownTo && this.passes(record)) shown.push(record);
      this.list.reset(shown);
      this.tell();
    }

    /** Builds every row anew, in the place where it is: how entries look has changed. */
    redraw() {
      this.list.width = 0;
      this.list.resized();
    }

    pause(isPaused) {
      this.isPaused = isPaused;
      this.flush();
    }

    clear() {
      this.ring.clear();
      this.shownTo = this.ring.next;
      this.lastAt = 0;
      this.list.reset([]);
      this.tell();
    }

    * shown() {
      const { heights } = this.list;
      for (let row = heights.first; row < heights.next; row++) yield this.list.record(row);
    }

    tell() {
      const { ring, list } = this;
      const waiting = ring.next - Math.max(this.shownTo, ring.first);
      const isEmpty = list.size === 0;
      byId('empty').hidden = !isEmpty;
      setText(byId('empty'), ring.size === 0 ? byId('empty').dataset.nothing : byId('empty').dataset.filtered);
      const parts = [];
      if (ring.size > 0) {
        parts.push(this.isFiltered
          ? `${group(list.size)} of ${counted(ring.size, 'entry', 'entries')}`
          : counted(ring.size, 'entry', 'entries'));
      }
      if (ring.fallen > 0) parts.push(`${group(ring.fallen)} older dropped`);
      if (this.isPaused) parts.push(`paused, ${group(waiting)} waiting`);
      setText(byId('count'), parts.join(', '));
      byId('newer').hidden = list.following || list.unread === 0;
      setText(byId('newer'), `${group(list.unread)} newer ↓`);
      for (const watcher of this.watchers) watcher();
    }

    act(record, what) {
      if (what === 'copy') return wshub.logTools.copyOne(record);
      if (what === 'save') return wshub.logTools.saveOne(record);
      record.open = what === 'open';
      return this.list.changed(record);
    }
  }

  wshub.Log = Log;
}
