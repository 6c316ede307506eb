'use strict';
// One connection after another to a URL, each with its story in the log. The state is the socket's own
// `readyState` and is stored nowhere else, so the two cannot disagree.
//
// Gives: wshub.Link. Uses: closing.js, backoff.js, passwords.js, tap.js, log.js.

wshub.Link = (() => {
  const { closeName, explainClose } = wshub.closing;
  const { inTime, counted } = wshub.units;
  const STATES = ['connecting', 'open', 'closing', 'closed']; // by WebSocket.readyState

  class Link {
    constructor(log) {
      this.log = log;
      this.socket = null;
      this.number = 0; // the number of the connection, since the page was opened
      this.failures = 0; // failures in a row
      this.watched = []; // the numbers by which the view Frames knows its connections (tap.js), oldest first
      this.retry = null; // { at, timer } before the next attempt
      this.retries = () => false; // called when a connection ends: whether to connect again automatically
      this.changed = []; // called when the state, or the number of sent messages, has changed
      this.ended = []; // called when a connection has ended
      this.sending = []; // called with each message before it is sent
      this.hearing = []; // called with each received message; may extend or reject its record in the log
    }

    get state() {
      return this.socket === null ? 'closed' : STATES[this.socket.readyState];
    }

    get isOpen() {
      return this.state === 'open';
    }

    /** Begins to connect; throws the browser's error if it rejects the URL. `address` has no password in it. */
    connect(address, protocols) {
      this.failures = 0;
      this.begin(address, protocols);
    }

    begin(address, protocols) {
      this.cancelRetry();
      const url = wshub.tap.full(wshub.passwords.full(address));
      const socket = new WebSocket(url, protocols);
      const number = wshub.tap.numberOf(url);
      if (number !== '') this.watched = [...this.watched, number].slice(-wshub.tap.MAX_CONNECTIONS);
      socket.binaryType = 'arraybuffer';
      this.socket = socket;
      this.number += 1;
      this.follow({
        socket, address, protocols,
        begun: performance.now(), opened: 0, askedHere: false, sent: 0, received: 0, next: null,
      });
    }

    /** Logs one connection's story, from its opening to its end. */
    follow(story) {
      const { socket, address, begun } = story;
      this.story = story;
      socket.addEventListener('open', () => {
        story.opened = performance.now();
        const words = [`Open: ${address}`, `The opening handshake took ${inTime(story.opened - begun)}.`];
        if (socket.protocol) words.push(`Subprotocol: ${socket.protocol}`);
        else if (story.protocols.length > 0) words.push('The server chose none of the subprotocols.');
        // The browser does not say which messages were compressed.
        if (socket.extensions) words.push(`Compression: ${socket.extensions}. Lengths here are those without it.`);
        this.log.note(`Connection ${this.number}`, words, 'divider');
        this.tell();
      });
      socket.addEventListener('message', ({ data }) => {
        const now = performance.now();
        const content = typeof data === 'string' ? data : new Uint8Array(data);
        const record = { kind: 'received', data: content, at: performance.timeOrigin + now };
        for (const hear of this.hearing) if (hear(record, now) === false) return;
        story.received += 1;
        this.log.add(record);
        if (story.received === 1) this.tell();
      });
      socket.addEventListener('close', (end) => this.close(story, end));
      this.tell();
    }

    close(story, { code, reason, wasClean }) {
      const { opened, askedHere, address } = story;
      const sentences = explainClose({
        code, opened: opened > 0, askedHere, url: address, protocols: story.protocols, page: location,
      });
      if (reason) sentences.unshift(`Reason: “${reason}”`);
      if (opened === 0) sentences.unshift(`URL: ${address}`);
      if (opened > 0) {
        const lasted = inTime(performance.now() - opened);
        sentences.push(`It was open for ${lasted}; ${counted(story.sent, 'message')} sent, ${wshub.units.group(story.received)} received.`);
      }
      const isProblem = !(wasClean && [1000, 1001, 1005].includes(code)) && !askedHere;
      const isCurrent = story === this.story;
      const willRetry = isCurrent && !story.next && this.retries() && wshub.backoff.mayRetry(code, askedHere);
      this.log.note(`Closed: ${code}, ${closeName(code)} (${wasClean ? 'clean' : 'not clean'})`,
        sentences, isProblem ? 'problem' : 'note');
      if (!isCurrent) return;
      for (const tell of this.ended) tell(isProblem);
      if (willRetry) this.waitToRetry(story);
      this.tell();
      if (story.next) story.next();
    }

    disconnect() {
      this.cancelRetry();
      if (this.state !== 'closed') {
        this.story.askedHere = true;
        this.socket.close(1000); // if it is closing already, this has no effect
      }
      this.tell();
    }

    /** Ends this connection, then calls `next` to open another. */
    move(next) {
      if (this.state === 'closed') return next();
      this.story.next = next;
      return this.disconnect();
    }

    /** Sends a probe, which is neither logged nor counted. */
    probe(data) {
      for (const sending of this.sending) sending(data);
      this.socket.send(data);
    }

    /** Sends and logs a message. */
    send(data) {
      this.probe(data);
      this.story.sent += 1;
      this.log.message('sent', data);
      this.tell();
    }

    waitToRetry({ address, protocols, opened, received }) {
      const lasted = opened > 0 ? (performance.now() - opened) / 1000 : 0;
      if (wshub.backoff.isSuccess(this.failures, lasted, received)) this.failures = 0;
      const seconds = wshub.backoff.pauseBefore(this.failures, Math.random());
      this.failures += 1;
      const timer = setTimeout(() => this.begin(address, protocols), seconds * 1000);
      this.retry = { at: performance.now() + seconds * 1000, timer };
    }

    cancelRetry() {
      if (this.retry === null) return;
      clearTimeout(this.retry.timer);
      this.retry = null;
      this.tell();
    }

    tell() {
      for (const changed of this.changed) changed();
    }
  }

  return Link;
})();
