'use strict';
// Draws the round trips of the connection that is shown.
//
// Gives: wshub.Latency. Uses: meter.js, chart.js, tabs.js, address.js.

wshub.Latency = (() => {
  const { byId, setText } = wshub.dom;
  const { inTime, counted, group } = wshub.units;
  const DRAWN = 120; // round trips in the line
  const REDRAW = 250; // milliseconds

  class Latency {
    constructor(tabs) {
      this.tabs = tabs;
      this.chart = new wshub.Chart(byId('latency-chart'), { form: inTime, ago: (count) => `${count} samples ago`, series: ['round trip'] });
      byId('measure').addEventListener('click', () => {
        if (this.meter.isRunning) this.meter.stop();
        else this.start();
        this.showButton();
      });
      tabs.entered.push(() => {
        setText(byId('latency-problem'), '');
        this.meter.isStale = true;
        this.draw();
      });
      tabs.changed.push(() => {
        if (tabs.now.link.isOpen) setText(byId('latency-problem'), '');
        this.showButton();
      });
      setInterval(() => this.draw(), REDRAW);
    }

    get meter() {
      return this.tabs.now.meter;
    }

    start() {
      const { link } = this.tabs.now;
      // Probes need an echo, and must not reach other clients.
      const problem = !link.isOpen ? 'There is no open connection to measure. Press Connect first.'
        : wshub.address.reachesOthers(link.story.address) ? 'Not measured here: the messages would reach everybody who is connected. Choose Echo.' : '';
      setText(byId('latency-problem'), problem);
      if (!problem) this.meter.start();
    }

    showButton() {
      setText(byId('measure'), this.meter.isRunning ? 'Stop measuring' : 'Measure');
      byId('measure').setAttribute('aria-pressed', String(this.meter.isRunning));
    }

    draw() {
      const { meter } = this;
      const { samples, echoes } = meter;
      const lostBefore = echoes.lost;
      echoes.expire(performance.now());
      if (!meter.isStale && echoes.lost === lostBefore) return;
      meter.isStale = false;
      const found = samples.percentiles(50, 99);
      const last = samples.latest(1)[0];
      setText(byId('latency-last'), typeof last === 'number' ? inTime(last) : '–');
      setText(byId('latency-p50'), found ? inTime(found[0]) : '–');
      setText(byId('latency-p99'), found ? inTime(found[1]) : '–');
      this.chart.draw([samples.latest(DRAWN)]);
      const words = [samples.counted === 0 ? 'Send a message that is echoed, or press Measure.' : `${counted(samples.counted, 'sample')}.`];
      if (samples.spoiled > 0) words.push(`${group(samples.spoiled)} not counted: this tab was asleep or hidden.`);
      if (meter.isRunning && !wshub.address.isOurs(meter.link.story.address)) {
        words.push('That server receives a short text five times a second. If it passes messages on, others receive it too.');
      }
      if (meter.isRunning && echoes.lost > 0) words.push(`${group(echoes.lost)} without an answer after 10 s.`);
      setText(byId('latency-words'), words.join(' '));
    }
  }

  return Latency;
})();
