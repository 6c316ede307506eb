'use strict';
// Sending the same message again and again, every so many milliseconds.
//
// Gives: wshub.Repeat. Uses: compose.js.

wshub.Repeat = (() => {
  const { byId, setText, tellProblem } = wshub.dom;
  const { counted } = wshub.units;
  const MAX_WAITING = 8 << 20; // bytes that the browser may hold before this waits for it
  const MAX_AT_ONCE = 500; // made up for after a pause, and no more

  class Repeat {
    constructor(compose, link) {
      this.compose = compose;
      this.link = link;
      this.running = null;
      this.button = byId('repeat');
      this.every = byId('every');
      this.button.addEventListener('click', () => (this.running ? this.stop() : this.start()));
      link.changed.push(() => {
        if (this.running && !link.isOpen) this.stop();
      });
    }

    start() {
      const every = Number(this.every.value);
      if (!(every >= 1 && every <= 3600000)) {
        tellProblem(this.compose.field, 'Repeat every 1 to 3,600,000 milliseconds.');
        return this.every.focus();
      }
      const content = this.compose.content();
      if (content === null) return undefined;
      this.compose.history.add(this.compose.now());
      this.running = { content, every, begun: performance.now(), due: 0, sent: 0, timer: 0 };
      this.button.setAttribute('aria-pressed', 'true');
      setText(this.button, 'Stop repeating');
      this.running.timer = setInterval(() => this.tick(), Math.max(4, every));
      return this.tick();
    }

    tick() {
      const { running, link } = this;
      const due = Math.floor((performance.now() - running.begun) / running.every) + 1;
      // A tab in the background is woken once a second: what is due by then goes out together.
      const count = Math.min(due - running.due, MAX_AT_ONCE);
      for (let i = 0; i < count && link.isOpen && link.socket.bufferedAmount < MAX_WAITING; i++) {
        link.send(running.content);
        running.sent += 1;
        if (!this.running) return; // the connection ended meanwhile
      }
      running.due = due; // what did not fit is left out, not made up for
      setText(byId('repeated'), `${counted(running.sent, 'message')} sent`);
    }

    stop() {
      clearInterval(this.running.timer);
      this.running = null;
      this.button.setAttribute('aria-pressed', 'false');
      setText(this.button, 'Repeat');
      setText(byId('repeated'), '');
    }
  }

  return Repeat;
})();
