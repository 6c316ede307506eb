'use strict';
// Opens many sockets in one tab, and sends messages over them at a steady rate. Each message contains its send
// time, so its latency is measured when it is received, and its number, so that a delivery is known that nobody
// expects: a broadcast may reach a socket that the page does not know to be open yet.
//
// Gives: wshub.Load. Uses: tally.js, wake.js, closing.js, passwords.js, tap.js.

wshub.Load = (() => {
  const TICK = 20; // milliseconds between batches of due messages
  const MAX_AT_ONCE = 500; // messages; after a pause, further due messages are not sent but counted
  const MAX_WAITING = 1 << 20; // bytes that one socket may buffer before it is skipped
  const STRAGGLE = 1500; // milliseconds to wait for messages in flight when a run is stopped
  const LONGEST_HEAD = 26; // characters: what is read of a message behind the name of the run
  const LIMITS = { sockets: [1, 200], rate: [1, 5000], size: [32, 1 << 20], deliveries: 100000 };

  class Load {
    /** `options`: { url, sockets, rate, size, isBroadcast }. `whenDone` is called once, at the end. */
    constructor(options, whenDone) {
      this.options = options;
      this.whenDone = whenDone;
      this.phase = 'running'; // then stopping, then done
      this.run = Math.random().toString(36).slice(2, 6).padEnd(4, 'x');
      this.tally = new wshub.Tally(options.sockets);
      this.padding = 'x'.repeat(options.size);
      this.first = []; // by socket: the number of the first message that it may be sent
      this.sockets = Array.from({ length: options.sockets }, (_, at) => this.open(at));
      this.begun = performance.now();
      this.done = 0; // the number of messages that were due so far
      this.turn = 0;
      this.timer = setInterval(() => this.tick(), TICK);
    }

    open(at) {
      const { tally, options } = this;
      const socket = new WebSocket(wshub.tap.without(wshub.passwords.full(options.url)));
      socket.binaryType = 'arraybuffer';
      let opened = false;
      socket.addEventListener('open', () => {
        opened = true;
        tally.states[at] = 'open';
        this.first[at] = tally.sent;
        if (this.phase !== 'running') socket.close(1000);
      });
      socket.addEventListener('message', ({ data }) => this.receive(at, data));
      socket.addEventListener('close', ({ code, reason }) => {
        const ours = this.phase !== 'running' && code === 1000;
        const why = reason ? `: ${wshub.visible.visibleText(reason)}` : '';
        const words = opened ? `${code}, ${wshub.closing.closeName(code)}${why}` : 'could not connect (1006)';
        if (ours || (this.phase !== 'running' && !opened)) tally.states[at] = 'ended';
        else tally.ended(at, opened ? 'ended' : 'refused', words);
        if (this.sockets.every(({ readyState }) => readyState === WebSocket.CLOSED)) this.finish();
      });
      return socket;
    }

    tick() {
      const now = performance.now();
      const due = Math.floor((now - this.begun) / 1000 * this.options.rate);
      const open = this.sockets.filter((socket) => socket.readyState === WebSocket.OPEN && socket.bufferedAmount < MAX_WAITING);
      // The rate's time starts with the first open socket.
      if (open.length === 0 && this.tally.sent === 0) {
        this.begun = now;
        return;
      }
      const wanted = due - this.done;
      const count = open.length === 0 ? 0 : Math.min(wanted, MAX_AT_ONCE);
      const listeners = this.tally.count('open');
      for (let i = 0; i < count; i++) {
        open[this.turn++ % open.length].send(this.message());
        this.tally.sends(this.options.isBroadcast ? listeners : 1);
      }
      this.tally.held += wanted - count;
      this.done = due;
    }

    message() {
      const head = `${this.run}.${Math.round(performance.now() * 1000).toString(36)}.${this.tally.sent.toString(36)}.`;
      return head + this.padding.slice(head.length);
    }

    receive(at, data) {
      if (typeof data !== 'string' || !data.startsWith(this.run)) return; // another client's message
      const now = performance.now();
      const [time, number] = data.slice(5, 5 + LONGEST_HEAD).split('.', 2).map((digits) => parseInt(digits, 36));
      const sent = time / 1000;
      if (!Number.isFinite(sent) || sent > now + 1 || !(number >= this.first[at])) return;
      this.tally.receives(Math.max(0, now - sent), wshub.wake.sleptBetween(sent, now));
    }

    /** Stops sending, waits for messages in flight, then closes all sockets. */
    stop() {
      if (this.phase !== 'running') return;
      this.phase = 'stopping';
      clearInterval(this.timer);
      const end = performance.now() + STRAGGLE;
      this.timer = setInterval(() => {
        if (this.tally.received < this.tally.expected && performance.now() < end) return;
        clearInterval(this.timer);
        for (const socket of this.sockets) socket.close(1000);
        if (this.sockets.every(({ readyState }) => readyState === WebSocket.CLOSED)) this.finish();
      }, 50);
    }

    finish() {
      if (this.phase === 'done') return;
      clearInterval(this.timer);
      this.phase = 'done';
      this.whenDone();
    }
  }

  Load.LIMITS = LIMITS;
  return Load;
})();
