'use strict';
// The figures of a stress run: sums, figures for each second, and how sockets ended.
//
// Gives: wshub.Tally. Pure: time is an argument.

wshub.Tally = (() => {
  const SECONDS = 60; // kept for the charts

  class Tally {
    constructor(sockets) {
      this.states = new Array(sockets).fill('connecting'); // then open; then refused or ended
      this.sent = 0;
      this.received = 0;
      this.expected = 0; // deliveries, if nothing is lost
      this.slept = 0; // times that are not counted, since the tab slept
      this.held = 0; // messages that were due and not sent
      this.ends = new Map(); // by description: the number of endings
      this.perSecond = { sent: [], received: [], p50: [], p99: [] };
      this.samples = new wshub.Samples(); // samples of the whole run
      this.second = { sent: 0, received: 0, times: [] };
    }

    count(state) {
      return this.states.reduce((sum, one) => sum + (one === state), 0);
    }

    sends(receivers) {
      this.sent += 1;
      this.second.sent += 1;
      this.expected += receivers;
    }

    receives(milliseconds, isSpoiled) {
      this.received += 1;
      this.second.received += 1;
      if (isSpoiled) {
        this.slept += 1;
        return;
      }
      this.samples.add(milliseconds);
      this.second.times.push(milliseconds);
    }

    ended(socket, state, words) {
      this.states[socket] = state;
      this.ends.set(words, (this.ends.get(words) ?? 0) + 1);
    }

    /** Ends a second; one during which the tab slept is a gap. */
    tick(seconds, isSpoiled) {
      const { sent, received, times } = this.second;
      times.sort((a, b) => a - b);
      const rank = (percent) => (times.length === 0 ? null : times[Math.max(0, Math.ceil(percent / 100 * times.length) - 1)]);
      const figures = { sent: sent / seconds, received: received / seconds, p50: rank(50), p99: rank(99) };
      for (const [name, values] of Object.entries(this.perSecond)) {
        values.push(isSpoiled ? null : figures[name]);
        if (values.length > SECONDS) values.shift();
      }
      this.second = { sent: 0, received: 0, times: [] };
      return figures;
    }
  }

  return Tally;
})();
