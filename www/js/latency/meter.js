'use strict';
// Measures the round trips of one connection: of every message that comes back as it was sent, and of small
// probes that are not logged. Times during which the tab slept are not counted.
//
// Gives: wshub.Meter. Uses: echoes.js, samples.js, wake.js, link.js.

wshub.Meter = (() => {
  const EVERY = 200; // milliseconds between two probes

  class Meter {
    constructor(link) {
      this.link = link;
      this.samples = new wshub.Samples();
      this.echoes = new wshub.Echoes();
      this.timer = 0;
      this.probe = 0;
      this.isStale = true; // there are values that were not drawn yet
      this.mark = `wshub-probe-${Math.random().toString(36).slice(2, 8)}-`;
      link.hearing.push((record, now) => this.heard(record, now));
      link.changed.push(() => this.linkChanged());
      link.sending.push((data) => this.echoes.sent(data, performance.now()));
    }

    get isRunning() {
      return this.timer !== 0;
    }

    heard(record, now) {
      const moment = this.echoes.heard(record.data);
      const isProbe = typeof record.data === 'string' && record.data.startsWith(this.mark);
      if (moment !== null) {
        this.isStale = true;
        if (wshub.wake.sleptBetween(moment, now)) {
          this.samples.spoil();
        } else {
          this.samples.add(now - moment);
          record.roundTrip = now - moment;
        }
      }
      return !isProbe;
    }

    start() {
      this.timer = setInterval(() => this.send(), EVERY);
      this.send();
    }

    send() {
      this.probe += 1;
      this.link.probe(`${this.mark}${this.probe}`);
    }

    stop() {
      clearInterval(this.timer);
      this.timer = 0;
    }

    linkChanged() {
      const { state } = this.link;
      if (state === 'connecting') {
        this.samples = new wshub.Samples(); // another server has other times
        this.echoes = new wshub.Echoes();
        this.isStale = true;
      }
      if (state !== 'open') this.stop();
    }
  }

  return Meter;
})();
