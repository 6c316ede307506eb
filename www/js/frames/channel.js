'use strict';
// The connection to the server's frame laboratory, `/frames`: opened with the first command, kept after that.
//
// Gives: wshub.FramesChannel. Uses: address.js, passwords.js.

wshub.FramesChannel = (() => {
  const { address } = wshub;
  const ANSWERS = ['decoded', 'watching', 'problem']; // to a command; all else is told unasked

  class FramesChannel {
    /** `typed` gives the URL in the Workbench: a page from disk keeps to the server that it names. */
    constructor(typed) {
      this.typed = typed;
      this.socket = null;
      this.asked = []; // who waits for an answer, in the order of the commands
      this.told = []; // called with what is told of a watched connection
      this.ended = []; // called when the connection has ended
    }

    /** This page's own server. */
    get origin() {
      const typed = this.typed();
      return !address.isServed && address.isOurs(typed) ? address.originOf(typed) : address.servedBy;
    }

    /** Sends a command; gives the answer, or fails with why there is none. */
    ask(command) {
      return new Promise((found, failed) => {
        const socket = this.open();
        this.asked.push({ found, failed });
        if (socket.readyState === WebSocket.OPEN) socket.send(command);
        else socket.addEventListener('open', () => socket.send(command));
      });
    }

    open() {
      if (this.socket !== null && this.socket.readyState <= WebSocket.OPEN) return this.socket;
      const url = `${this.origin}/frames`;
      const socket = new WebSocket(wshub.passwords.full(url));
      this.socket = socket;
      socket.addEventListener('message', ({ data }) => {
        const said = JSON.parse(data);
        if (ANSWERS.includes(said.kind)) this.asked.shift()?.found(said);
        else for (const tell of this.told) tell(said);
      });
      socket.addEventListener('close', () => {
        if (this.socket !== socket) return;
        this.socket = null;
        for (const { failed } of this.asked.splice(0)) failed(new Error(`No answer from ${url}: is wshub running there?`));
        for (const tell of this.ended) tell();
      });
      return socket;
    }

    /** Ends the connection, and the watching with it. */
    close() {
      this.socket?.close(1000);
    }
  }

  return FramesChannel;
})();
