'use strict';
// Several connections at once, of which one is looked at. Whatever shows a connection asks here which one,
// and is told when that is another one.
//
// Gives: wshub.Tabs. Uses: tab.js.

wshub.Tabs = (() => {
  const MOST = 8; // each has a log of its own, and the logs fill the memory

  class Tabs {
    constructor() {
      this.all = [];
      /** @type {any} the one that is looked at */
      this.now = null;
      this.made = []; // called with each new one, before it is looked at
      this.leaving = []; // called with the one that is looked at no more
      this.entered = []; // called with the one that is looked at now
      this.changed = []; // called when the state of the one that is looked at has changed, or what it sent
      this.ended = []; // called when a connection of the one that is looked at has ended
      this.listed = []; // called when one came or went, or another one is looked at, or any has changed
    }

    get isFull() {
      return this.all.length >= MOST;
    }

    /** A new one, at the end of the row. It is not looked at yet. */
    add() {
      const tab = new wshub.Tab();
      this.all.push(tab);
      tab.link.changed.push(() => {
        if (tab === this.now) for (const tell of this.changed) tell();
        this.list();
      });
      tab.link.ended.push((isProblem) => {
        if (tab === this.now) for (const tell of this.ended) tell(isProblem);
      });
      tab.link.hearing.push(() => {
        if (tab === this.now) return;
        tab.unread += 1;
        this.list();
      });
      for (const tell of this.made) tell(tab);
      return tab;
    }

    /** Looks at one. */
    show(tab) {
      if (tab === this.now) return;
      if (this.now) for (const tell of this.leaving) tell(this.now);
      this.now = tab;
      tab.unread = 0;
      for (const tell of this.entered) tell(tab);
      for (const tell of this.changed) tell();
      this.list();
    }

    /** Ends a connection and lets it go, with its log. There is always one left. */
    close(tab) {
      const at = this.all.indexOf(tab);
      if (at === -1) return;
      if (this.all.length === 1) this.add();
      this.all.splice(at, 1);
      if (tab === this.now) this.show(this.all[Math.min(at, this.all.length - 1)]);
      tab.gone();
      this.list();
    }

    list() {
      for (const tell of this.listed) tell();
    }
  }

  Tabs.MOST = MOST;
  return Tabs;
})();
