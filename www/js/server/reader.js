'use strict';
// Reads the server's /metrics and /closed every two seconds while the view is shown. Either may be missing or
// refused; then the problem is shown, with advice.
//
// Gives: wshub.ServerReader. Uses: prometheus.js, address.js.

wshub.ServerReader = (() => {
  const EVERY = 2000; // milliseconds
  const PATIENCE = 5000;
  const KEPT = 60; // readings

  class ServerReader {
    /** `whenRead` is called after each reading, with { problem } or { samples, closed }. */
    constructor(whenRead) {
      this.whenRead = whenRead;
      this.timer = 0;
      this.readings = []; // { at, samples }, oldest first
    }

    get isRunning() {
      return this.timer !== 0;
    }

    start() {
      if (this.isRunning) return; // if it was stopped, showing the view starts it again
      this.timer = setInterval(() => this.read(), EVERY);
      this.read();
    }

    stop() {
      clearInterval(this.timer);
      this.timer = 0;
    }

    async read() {
      if (this.isReading) return;
      this.isReading = true;
      const [metrics, closed] = await Promise.all([ask('/metrics'), ask('/closed')]);
      this.isReading = false;
      if ([401, 403, 404].includes(metrics.status)) this.stop(); // another attempt would have the same answer
      let samples = null;
      if (metrics.text !== null) {
        samples = wshub.prometheus.parse(metrics.text);
        this.readings.push({ at: performance.now(), samples });
        if (this.readings.length > KEPT) this.readings.shift();
      }
      this.whenRead({ samples, metrics, closed });
    }
  }

  async function ask(path) {
    try {
      const answer = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
      return { status: answer.status, text: answer.ok ? await answer.text() : null };
    } catch {
      return { status: 0, text: null };
    }
  }

  /** Why there is nothing to show, and what to do about it, by status code. */
  const PROBLEMS = {
    0: ['The server does not answer.', 'It may have been stopped. This page keeps asking.'],
    401: ['The server asks for a user name and a password.', 'Reload this page and sign in.'],
    403: ['The server shows this to its own machine only.', 'Open the page there, or start the server with --public-metrics.'],
    404: ['This server has no /metrics.', 'It is not wshub, or it is an old version.'],
  };

  ServerReader.EVERY = EVERY;
  ServerReader.problemOf = (status) => PROBLEMS[status] ?? [`The server answered ${status}.`, 'The log of the server says more.'];
  return ServerReader;
})();
