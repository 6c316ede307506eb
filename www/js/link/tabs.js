'use strict';
// The connections, of which one is shown. Scripts that show a connection get it from here, and are called when
// another one is shown.
//
// Gives: wshub.Tabs. Uses: tab.js.

wshub.Tabs = (() => {
  const MOST = 8; // each has a log of its own, and the logs take memory

  class Tabs {
    constructor() {
      this.all = [];
      /** @type {any} the connection that is shown */
      this.now = null;
      this.made = []; // called with each new connection, before it is shown
      this.leaving = []; // called with the connection that is no longer shown
      this.entered = []; // called with the connection that is shown now
      this.changed = []; // called when the shown connection's state or its number of sent messages has changed
      this.ended = []; // called when the shown connection has ended
      this.listed = []; // called when a connection was added, closed, shown or changed
    }

    get isFull() {
      return this.all.length >= MOST;
    }

    /** Adds a connection at the end of the row, without showing it. */
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

    /** Shows a connection. */
    show(tab) {
      if (tab === this.now) return;
      if (this.now) for (const tell of this.leaving) tell(this.now);
      this.now = tab;
      tab.unread = 0;
      for (const tell of this.entered) tell(tab);
      for (const tell of this.changed) tell();
      this.list();
    }

    /** Closes a connection and removes it with its log. At least one always remains. */
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
