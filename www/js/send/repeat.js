'use strict';
// Sends a message repeatedly, at an interval in milliseconds.
//
// Gives: wshub.Repeat. Uses: compose.js, tabs.js.

wshub.Repeat = (() => {
  const { byId, setText, tellProblem } = wshub.dom;
  const { counted } = wshub.units;
  const MAX_WAITING = 8 << 20; // bytes that the browser may buffer before sending pauses
  const MAX_AT_ONCE = 500; // messages that are made up for after a pause, at most

  class Repeat {
    constructor(compose, tabs) {
      this.compose = compose;
      this.tabs = tabs;
      this.button = byId('repeat');
      this.every = byId('every');
      this.button.addEventListener('click', () => (tabs.now.repeating ? this.stop(tabs.now) : this.start(tabs.now)));
      tabs.made.push((tab) => tab.link.changed.push(() => {
        if (tab.repeating && !tab.link.isOpen) this.stop(tab);
      }));
      tabs.entered.push(() => this.show());
    }

    start(tab) {
      const every = Number(this.every.value);
      if (!(every >= 1 && every <= 3600000)) {
        tellProblem(this.compose.field, 'Repeat every 1 to 3,600,000 milliseconds.');
        return this.every.focus();
      }
      const content = this.compose.content();
      if (content === null) return undefined;
      this.compose.history.add(this.compose.now());
      tab.repeating = { content, every, begun: performance.now(), due: 0, sent: 0, timer: 0 };
      tab.repeating.timer = setInterval(() => this.tick(tab), Math.max(4, every));
      return this.tick(tab);
    }

    tick(tab) {
      const { repeating: running, link } = tab;
      const due = Math.floor((performance.now() - running.begun) / running.every) + 1;
      // Timers of a tab in the background run once a second: all messages that are due are sent together.
      const count = Math.min(due - running.due, MAX_AT_ONCE);
      for (let i = 0; i < count && link.isOpen && link.socket.bufferedAmount < MAX_WAITING; i++) {
        link.send(running.content);
        running.sent += 1;
        if (!tab.repeating) return; // the connection ended meanwhile
      }
      running.due = due; // messages that did not fit are left out
      this.show();
    }

    stop(tab) {
      clearInterval(tab.repeating.timer);
      tab.repeating = null;
      this.show();
    }

    /** Shows the state of the connection that is shown. */
    show() {
      const running = this.tabs.now?.repeating ?? null;
      this.button.setAttribute('aria-pressed', String(running !== null));
      setText(this.button, running ? 'Stop repeating' : 'Repeat');
      setText(byId('repeated'), running ? `${counted(running.sent, 'message')} sent` : '');
    }
  }

  return Repeat;
})();
