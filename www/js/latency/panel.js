'use strict';
// Round trips of the open connection: of every message that comes back as it was sent, and of small
// ones that are sent to measure and are not logged. What a sleeping tab spoiled is not counted.
//
// Gives: wshub.Latency. Uses: echoes.js, samples.js, wake.js, chart.js, link.js.

wshub.Latency = (() => {
  const { byId, setText } = wshub.dom;
  const { inTime, counted, group } = wshub.units;
  const EVERY = 200; // milliseconds between two that measure
  const DRAWN = 120; // round trips in the line
  const REDRAW = 250; // milliseconds

  class Latency {
    constructor(link) {
      this.link = link;
      this.chart = new wshub.Chart(byId('latency-chart'), { form: inTime, ago: (count) => `${count} samples ago`, series: ['round trip'] });
      this.samples = new wshub.Samples();
      this.echoes = new wshub.Echoes();
      this.measuring = 0;
      this.probe = 0;
      this.isStale = true;
      this.mark = `wshub-probe-${Math.random().toString(36).slice(2, 8)}-`;
      byId('measure').addEventListener('click', () => (this.measuring ? this.stop() : this.start()));
      link.hearing.push((record, now) => this.heard(record, now));
      link.changed.push(() => this.linkChanged());
      link.sending.push((data) => this.echoes.sent(data, performance.now()));
      setInterval(() => this.draw(), REDRAW);
      this.draw();
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
      const { link } = this;
      // What is sent to measure is answered by an echo, and must reach nobody else.
      const reachesOthers = link.isOpen && ['chat', 'broadcast'].includes(wshub.address.endpointOf(link.story.address));
      const problem = !link.isOpen ? 'There is no open connection to measure. Press Connect first.'
        : reachesOthers ? 'Not measured here: the messages would reach everybody who is connected. Choose Echo.' : '';
      setText(byId('latency-problem'), problem);
      if (problem) return;
      this.measuring = setInterval(() => this.send(), EVERY);
      this.send();
      this.showButton();
    }

    send() {
      this.probe += 1;
      this.link.probe(`${this.mark}${this.probe}`);
    }

    stop() {
      clearInterval(this.measuring);
      this.measuring = 0;
      this.showButton();
    }

    showButton() {
      setText(byId('measure'), this.measuring ? 'Stop measuring' : 'Measure');
      byId('measure').setAttribute('aria-pressed', String(this.measuring !== 0));
    }

    linkChanged() {
      const { state } = this.link;
      if (state === 'open') setText(byId('latency-problem'), '');
      if (state === 'connecting') {
        this.samples = new wshub.Samples(); // another server, another story
        this.echoes = new wshub.Echoes();
        this.isStale = true;
      }
      if (state !== 'open' && this.measuring) this.stop();
    }

    draw() {
      const lostBefore = this.echoes.lost;
      this.echoes.expire(performance.now());
      if (!this.isStale && this.echoes.lost === lostBefore) return;
      this.isStale = false;
      const { samples, echoes } = this;
      const found = samples.percentiles(50, 99);
      const last = samples.latest(1)[0];
      setText(byId('latency-last'), typeof last === 'number' ? inTime(last) : '–');
      setText(byId('latency-p50'), found ? inTime(found[0]) : '–');
      setText(byId('latency-p99'), found ? inTime(found[1]) : '–');
      this.chart.draw([samples.latest(DRAWN)]);
      const words = [samples.counted === 0 ? 'Send a message that is echoed, or press Measure.' : `${counted(samples.counted, 'sample')}.`];
      if (samples.spoiled > 0) words.push(`${group(samples.spoiled)} not counted: this tab was asleep or hidden.`);
      if (this.measuring && echoes.lost > 0) words.push(`${group(echoes.lost)} without an answer after 10 s.`);
      setText(byId('latency-words'), words.join(' '));
    }
  }

  return Latency;
})();
