'use strict';
// The connection to the server's frame laboratory, `/frames`: it is opened with the first command and kept
// open.
//
// Gives: wshub.FramesChannel. Uses: address.js, passwords.js.

wshub.FramesChannel = (() => {
  const { address } = wshub;
  const ANSWERS = ['decoded', 'watching', 'problem']; // answers to a command; other messages are unsolicited

  class FramesChannel {
    /** `typed` returns the URL in the Workbench: a page from disk uses the server that it names. */
    constructor(typed) {
      this.typed = typed;
      this.now = null; // { socket, url, asked }; asked: the callers that wait for an answer, in the order of the commands
      this.told = []; // called with each message about a watched connection
      this.ended = []; // called when the connection has ended
    }

    /** This page's own server. */
    get origin() {
      const typed = this.typed();
      return !address.isServed && address.isOurs(typed) ? address.originOf(typed) : address.servedBy;
    }

    /** Sends a command; resolves to the answer, or rejects with the reason why there is none. */
    ask(command) {
      return new Promise((found, failed) => {
        const { socket, asked } = this.open();
        asked.push({ found, failed });
        if (socket.readyState === WebSocket.OPEN) socket.send(command);
        else socket.addEventListener('open', () => socket.send(command));
      });
    }

    open() {
      if (this.now?.socket.readyState <= WebSocket.OPEN) return this.now;
      this.end(this.now); // it is closing, and answers nothing more
      const url = `${this.origin}/frames`;
      const socket = new WebSocket(wshub.passwords.full(url));
      const asked = [];
      const opened = { socket, url, asked };
      this.now = opened;
      socket.addEventListener('message', ({ data }) => {
        const said = JSON.parse(data);
        if (ANSWERS.includes(said.kind)) asked.shift()?.found(said);
        else for (const tell of this.told) tell(said);
      });
      socket.addEventListener('close', () => this.end(opened));
      return opened;
    }

    /** Ends the present connection; an earlier one has ended already. */
    end(opened) {
      if (opened === null || opened !== this.now) return;
      this.now = null;
      for (const { failed } of opened.asked) failed(new Error(`No answer from ${opened.url}: is wshub running there?`));
      for (const tell of this.ended) tell();
    }

    /** Closes the connection, which also ends the watching. */
    close() {
      this.now?.socket.close(1000);
    }
  }

  return FramesChannel;
})();
