'use strict';
// Sending the same message again and again, every so many milliseconds.
//
// Gives: wshub.Repeat. Uses: compose.js, tabs.js.

wshub.Repeat = (() => {
  const { byId, setText, tellProblem } = wshub.dom;
  const { counted } = wshub.units;
  const MAX_WAITING = 8 << 20; // bytes that the browser may hold before this waits for it
  const MAX_AT_ONCE = 500; // made up for after a pause, and no more

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
      // A tab in the background is woken once a second: what is due by then goes out together.
      const count = Math.min(due - running.due, MAX_AT_ONCE);
      for (let i = 0; i < count && link.isOpen && link.socket.bufferedAmount < MAX_WAITING; i++) {
        link.send(running.content);
        running.sent += 1;
        if (!tab.repeating) return; // the connection ended meanwhile
      }
      running.due = due; // what did not fit is left out, not made up for
      this.show();
    }

    stop(tab) {
      clearInterval(tab.repeating.timer);
      tab.repeating = null;
      this.show();
    }

    /** Shows what the connection that is looked at does. */
    show() {
      const running = this.tabs.now?.repeating ?? null;
      this.button.setAttribute('aria-pressed', String(running !== null));
      setText(this.button, running ? 'Stop repeating' : 'Repeat');
      setText(byId('repeated'), running ? `${counted(running.sent, 'message')} sent` : '');
    }
  }

  return Repeat;
})();
