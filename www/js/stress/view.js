'use strict';
// The stress view: the options of a run, and its figures.
//
// Gives: wshub.StressView. Uses: load.js, tally.js, chart.js, tiles.js, address.js, passwords.js.

wshub.StressView = (() => {
  const { byId, element, setText } = wshub.dom;
  const { inTime, group, short } = wshub.units;
  const FIELDS = {
    sockets: ['stress-sockets', 'Connections'],
    rate: ['stress-rate', 'Sent per second'],
    size: ['stress-size', 'Message size'],
  };

  class StressView {
    constructor(typedUrl) {
      this.typedUrl = typedUrl;
      this.load = null;
      const ago = (seconds) => `${seconds} s ago`;
      this.rateChart = new wshub.Chart(byId('stress-rate-chart'), { form: short, ago, series: ['received', 'sent'] });
      this.latencyChart = new wshub.Chart(byId('stress-latency-chart'), { form: inTime, ago, series: ['p50', 'p99'] });
      byId('stress-form').addEventListener('submit', (event) => {
        event.preventDefault();
        if (this.isRunning) this.load.stop();
        else this.start();
        this.draw();
      });
      byId('stress-endpoint').addEventListener('change', () => this.showTarget());
      this.draw();
    }

    get isRunning() {
      return this.load !== null && this.load.phase === 'running';
    }

    shown(isShown) {
      if (isShown) this.showTarget();
    }

    /** The URL to run against. Another server is only used if the person chooses its URL. */
    url() {
      const endpoint = byId('stress-endpoint').value;
      const typed = this.typedUrl();
      const { isOurs, originOf, servedBy } = wshub.address;
      return endpoint === 'custom' ? typed : `${isOurs(typed) ? originOf(typed) : servedBy}/${endpoint}`;
    }

    showTarget() {
      const url = this.isRunning ? this.load.options.url : wshub.passwords.without(this.url());
      setText(byId('stress-target'), `Runs against ${url}`);
    }

    /** The numbers in the fields; null, with the first problem shown, if they are not valid. */
    options() {
      const url = wshub.passwords.keep(this.url());
      const options = { url, sockets: 0, rate: 0, size: 0, isBroadcast: wshub.address.endpointOf(url) === 'broadcast' };
      let problem = wshub.address.problemWith(url);
      let wrong = null;
      for (const [name, [id, label]] of Object.entries(FIELDS)) {
        const [least, most] = wshub.Load.LIMITS[name];
        const value = Number(byId(id).value);
        const isGood = Number.isInteger(value) && value >= least && value <= most;
        if (isGood) byId(id).removeAttribute('aria-invalid');
        else byId(id).setAttribute('aria-invalid', 'true');
        if (!isGood && wrong === null) {
          wrong = byId(id);
          problem ||= `${label}: a whole number from ${group(least)} to ${group(most)}.`;
        }
        options[name] = value;
      }
      const deliveries = options.rate * options.sockets;
      const { deliveries: most } = wshub.Load.LIMITS;
      if (!problem && options.isBroadcast && deliveries > most) {
        problem = `Every connection receives each broadcast: that is ${group(deliveries)} messages a second, and a tab `
          + `can receive ${group(most)} at most. Send ${group(Math.max(1, Math.floor(most / options.sockets)))} per second, or fewer.`;
        wrong = byId('stress-rate');
      }
      setText(byId('stress-problem'), problem);
      wrong?.focus();
      return problem ? null : options;
    }

    start() {
      if (this.load?.phase === 'stopping') return;
      const options = this.options();
      if (options === null) return;
      try {
        this.load = new wshub.Load(options, () => this.finished());
      } catch (error) {
        setText(byId('stress-problem'), `The browser does not accept this: ${wshub.passwords.reasonOf(error, options.url)}`);
        return;
      }
      byId('stress-grid').replaceChildren(...this.load.tally.states.map(() => element('i', 'cell')));
      this.lastTick = performance.now();
      this.now = null;
      clearInterval(this.timer);
      this.timer = setInterval(() => this.second(), 1000);
      this.drawing ||= setInterval(() => this.draw(), 200);
      this.showTarget();
    }

    second() {
      const now = performance.now();
      this.now = this.load.tally.tick((now - this.lastTick) / 1000, wshub.wake.sleptBetween(this.lastTick, now));
      this.lastTick = now;
      const { sent, received, p50, p99 } = this.load.tally.perSecond;
      this.rateChart.draw([received, sent]);
      this.latencyChart.draw([p50, p99]);
    }

    finished() {
      clearInterval(this.timer);
      clearInterval(this.drawing);
      this.drawing = 0;
      this.draw();
      this.showTarget();
    }

    draw() {
      const { load } = this;
      const phase = load?.phase ?? 'idle';
      setText(byId('stress-go'), phase === 'running' ? 'Stop' : phase === 'stopping' ? 'Stopping' : 'Start');
      wshub.dom.setUsable(byId('stress-go'), phase !== 'stopping');
      const [words, shape] = { running: ['running', 'open'], stopping: ['stopping', 'closing'], done: ['done', 'closed'] }[phase] ?? ['not running', 'closed'];
      setText(byId('stress-state'), words);
      byId('stress-state').dataset.state = shape;
      for (const [id] of Object.values(FIELDS)) byId(id).readOnly = phase === 'running' || phase === 'stopping';
      this.drawFigures();
      if (load) this.drawSockets(load.tally);
    }

    drawFigures() {
      const { load, now } = this;
      const tally = load?.tally;
      const found = tally?.samples.percentiles(50, 99) ?? null;
      const rows = [
        ['Open connections', tally ? `${group(tally.count('open'))} of ${group(load.options.sockets)}` : '–'],
        ['Refused', tally ? group(tally.count('refused')) : '–'],
        ['Sent', tally ? group(tally.sent) : '–'],
        ['Received', tally ? group(tally.received) : '–'],
        ['Received per second', now ? short(now.received) : '–'],
        ['p50', found ? inTime(found[0]) : '–'],
        ['p99', found ? inTime(found[1]) : '–'],
        ['Delivered', reachOf(load)],
      ];
      if (tally?.held > 0) rows.push(['Not sent in time', group(tally.held)]);
      if (tally?.slept > 0) rows.push(['Times not counted: the tab slept', group(tally.slept)]);
      wshub.drawTiles(byId('stress-figures'), rows);
    }

    drawSockets(tally) {
      const cells = byId('stress-grid').children;
      tally.states.forEach((state, at) => {
        if (cells[at].dataset.state !== state) cells[at].dataset.state = state;
      });
      const states = ['connecting', 'open', 'refused', 'ended'].map((state) => `${tally.count(state)} ${state}`);
      byId('stress-grid').setAttribute('aria-label', `${states.join(', ')}`);
      const ends = [...tally.ends].sort((a, b) => b[1] - a[1]);
      const lines = ends.slice(0, 8).map(([words, count]) => `${group(count)} × ${words}`);
      setText(byId('stress-ends'), lines.join('\n'));
    }
  }

  /** The share of the expected deliveries that have arrived. */
  function reachOf(load) {
    if (!load || load.tally.expected === 0) return '–';
    const { received, expected } = load.tally;
    if (received >= expected) return '100%';
    const percent = Math.floor(received / expected * 10000) / 100; // never rounded up to 100
    return load.phase === 'done' ? `${percent}%, ${group(expected - received)} missing` : `${percent}% so far`;
  }

  return StressView;
})();
