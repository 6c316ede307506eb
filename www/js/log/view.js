'use strict';
// Shows the log: one line for each record, drawn only if it is in view (list.js). Records are added in batches,
// so that a flood from a server neither fills the memory nor makes the page slow to read or to listen to.
//
// Gives: wshub.LogView. Uses: log.js, list.js, row.js, filter.js, spoken.js.

wshub.LogView = (() => {
  const { byId, setText } = wshub.dom;
  const { counted, group } = wshub.units;
  const FLUSH = 40; // milliseconds between batches
  const FLOOD = 100; // records in a batch: more than fit on a screen, so nobody can read them
  const MOST_PRINTED = 2000; // records on paper
  const FLUSH_FLOOD = 120; // milliseconds during a flood: layout and painting cost more than all the rest

  class LogView {
    constructor() {
      this.log = new wshub.Log(); // the log that is shown; an empty one until `show`
      this.passes = (_) => true;
      this.isFiltered = false;
      this.timer = 0;
      this.isFlooded = false; // the last batch had more records than FLOOD
      this.watchers = []; // called when the rows on the page may have changed
      this.choosing = []; // called when another record is chosen, or none
      this.switched = []; // called when another log is shown
      this.look = { time: 'clock' };
      this.spoken = new wshub.Spoken(byId('spoken'));
      this.box = byId('log');
      this.list = new wshub.RowList({
        box: this.box,
        list: byId('entries'),
        build: (record, before) => this.build(record, before),
        whenMoved: () => this.tell(),
      });
      this.whenAdded = () => {
        // A timer, since animation frames stop in a tab that is not in view.
        this.timer ||= setTimeout(() => this.flush(), this.isFlooded ? FLUSH_FLOOD : FLUSH);
      };
      addEventListener('beforeprint', () => {
        const left = this.list.mountForPrint(MOST_PRINTED);
        byId('unprinted').hidden = left === 0;
        setText(byId('unprinted'), `${counted(left, 'older entry is', 'older entries are')} not printed.`);
      });
      addEventListener('afterprint', () => {
        byId('unprinted').hidden = true;
        this.list.printed();
      });
      byId('newer').addEventListener('click', () => {
        this.list.toEnd();
        this.box.focus(); // the button disappears, so the focus moves to the log
      });
      byId('entries').addEventListener('click', ({ target }) => {
        const entry = target.closest('.entry');
        if (entry && getSelection().isCollapsed) this.choose(this.list.record(Number(entry.dataset.row)));
      });
    }

    /** Shows another log, at the position where it was left. */
    show(log) {
      this.log.place = this.list.place();
      this.log.added = this.log.added.filter((tell) => tell !== this.whenAdded);
      this.log = log;
      log.added.push(this.whenAdded);
      this.again(log.place);
      for (const tell of this.choosing) tell(log.chosen);
      for (const tell of this.switched) tell();
    }

    build(record, before) {
      const entry = wshub.row.build(record, before, this.look);
      if (record === this.log.chosen) entry.setAttribute('aria-current', 'true');
      return entry;
    }

    flush() {
      this.timer = 0;
      const { list, log } = this;
      const { ring } = log;
      if (ring.size === 0) return this.again();
      if (!log.isPaused) {
        list.dropBefore(ring.first);
        this.isFlooded = ring.next - log.shownTo > FLOOD;
        for (let seq = Math.max(log.shownTo, ring.first); seq < ring.next; seq++) {
          const record = ring.at(seq);
          if (!this.passes(record)) continue;
          list.append(record);
          this.spoken.hear(record);
        }
        log.shownTo = ring.next;
        list.render();
      }
      return this.tell();
    }

    // ---- Filtering

    /** Shows only the records that pass a test, and keeps the reading position. */
    filter(passes, isFiltered) {
      const place = this.placeWith(isFiltered);
      this.passes = passes;
      this.isFiltered = isFiltered;
      this.again(place);
    }

    /** What stays in view when the filter changes: after it is cleared, a person wants to see the records around that. */
    placeWith(isFiltered) {
      const { list, log: { chosen, held, ring } } = this;
      if (isFiltered === this.isFiltered) return list.place();
      if (chosen !== null && list.mounted.has(list.rowOf(chosen)) && list.record(list.rowOf(chosen)) === chosen) return { seq: chosen.seq, below: -100 };
      const last = list.record(list.next - 1);
      const isBehind = !isFiltered && list.following && last !== undefined && last !== (held === null ? ring.at(ring.next - 1) : held.at(-1));
      return isBehind ? { seq: last.seq, below: -100 } : list.place();
    }

    /** @param {{ seq: number, below: number } | null} place what to show at the top; null for the end */
    again(place = null) {
      const shown = [];
      for (const record of this.log.records) if (this.passes(record)) shown.push(record);
      if (!this.log.isPaused) this.log.shownTo = this.log.ring.next;
      this.list.reset(shown, place);
      this.tell();
    }

    pause(isPaused) {
      if (isPaused) this.flush();
      this.log.pause(isPaused);
      if (!isPaused) this.again(this.list.place());
      this.tell();
    }

    * shown() {
      const { list } = this;
      for (let row = list.first; row < list.next; row++) yield list.record(row);
    }

    /** Chooses the record whose details are shown; null for none. */
    choose(record) {
      const { log, list } = this;
      log.chosen = record;
      for (const [row, element] of list.mounted) {
        if (list.record(row) === record) element.setAttribute('aria-current', 'true');
        else element.removeAttribute('aria-current');
      }
      for (const tell of this.choosing) tell(record);
    }

    tell() {
      const { log, list } = this;
      const { ring } = log;
      const held = log.isPaused ? log.held.length : ring.size;
      byId('empty').hidden = list.size > 0;
      setText(byId('empty'), held === 0 ? byId('empty').dataset.nothing : byId('empty').dataset.filtered);
      const parts = [];
      if (held > 0) {
        parts.push(this.isFiltered ? `${group(list.size)} of ${counted(held, 'entry', 'entries')}` : counted(held, 'entry', 'entries'));
      }
      if (ring.fallen > 0) parts.push(`${group(ring.fallen)} older dropped${ring.isCrowded ? ` (all logs together keep ${wshub.units.shortBytes(wshub.Ring.MAX_TOGETHER)})` : ''}`);
      if (log.isPaused) parts.push(`paused, ${group(ring.next - Math.max(log.shownTo, ring.first))} waiting`);
      setText(byId('count'), parts.join(', '));
      byId('newer').hidden = list.following || list.unread === 0;
      setText(byId('newer'), `${group(list.unread)} newer ↓`);
      for (const watcher of this.watchers) watcher();
    }
  }

  return LogView;
})();
