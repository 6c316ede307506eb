'use strict';
// The server view: figures, small charts and recent endings of the server that this page came from.
//
// Gives: wshub.ServerView. Uses: reader.js, prometheus.js, chart.js.

wshub.ServerView = (() => {
  const { byId, element, setText } = wshub.dom;
  const { short, group } = wshub.units;

  class ServerView {
    constructor() {
      this.isPaused = false;
      this.reader = new wshub.ServerReader((reading) => this.draw(reading));
      const ago = (readings) => `${readings * wshub.ServerReader.EVERY / 1000} s ago`;
      const chart = (id, series) => new wshub.Chart(byId(id), { form: short, ago, series });
      this.charts = {
        clients: chart('server-clients', ['clients']),
        rate: chart('server-rate', ['in', 'out']),
        queue: chart('server-queue', ['queued']),
        drops: chart('server-drops', ['dropped']),
      };
      byId('server-pause').addEventListener('click', () => {
        this.isPaused = !this.isPaused;
        byId('server-pause').setAttribute('aria-pressed', String(this.isPaused));
        this.run();
      });
      document.addEventListener('visibilitychange', () => this.run());
      setText(byId('server-title'), wshub.address.isServed ? location.host : 'The server');
    }

    shown(isShown) {
      this.isShown = isShown;
      if (isShown && !wshub.address.isServed) {
        this.tell(['This page was opened from disk.', 'A browser does not let such a page read from a server. Open the page that the server sends, for example http://localhost:8765/?view=server']);
        byId('server-pause').hidden = true;
        return;
      }
      this.run();
    }

    /** Asks only while somebody looks. */
    run() {
      if (this.isShown && wshub.address.isServed && !this.isPaused && !document.hidden) this.reader.start();
      else this.reader.stop();
      setText(byId('server-state'), this.isPaused ? 'paused' : '');
    }

    tell(sentences) {
      const place = byId('server-problem');
      place.hidden = sentences.length === 0;
      if (place.textContent !== sentences.join('')) place.replaceChildren(...sentences.map((words) => element('p', '', words)));
    }

    draw({ samples, metrics, closed }) {
      this.tell(samples === null ? wshub.ServerReader.problemOf(metrics.status) : []);
      byId('server-content').hidden = this.reader.readings.length === 0;
      if (samples !== null) this.drawSamples(samples);
      this.drawEndings(closed);
    }

    drawSamples(samples) {
      const { readings } = this.reader;
      const figures = wshub.serverFigures.of(samples);
      const all = readings.map(({ at, samples: one }) => ({ at, ...wshub.serverFigures.of(one) }));
      const rates = (name) => all.map((one, at) => {
        const before = all[at - 1];
        if (!before || one[name] === null || before[name] === null || one[name] < before[name]) return null;
        return (one[name] - before[name]) * 1000 / (one.at - before.at);
      });
      const ins = rates('received');
      const outs = rates('sent');
      const series = (name) => all.map((one) => one[name]);
      this.charts.clients.draw([series('clients')]);
      this.charts.rate.draw([ins, outs]);
      this.charts.queue.draw([series('queueHigh')]);
      this.charts.drops.draw([series('drops')]);
      const words = (value, form = group) => (value === null || value === undefined ? '–' : form(value));
      wshub.drawTiles(byId('server-figures'), [
        ['Up for', words(figures.uptime, wshub.serverFigures.duration)],
        ['Clients now', words(figures.clients)],
        ['Clients in total', words(figures.clientsInAll)],
        ['In, per second', words(ins.at(-1), short)],
        ['Out, per second', words(outs.at(-1), short)],
        ['Queue high-water', words(figures.queueHigh)],
        ['Dropped', words(figures.drops)],
        ['Slow clients closed', words(figures.evictions)],
      ]);
    }

    drawEndings({ status, text }) {
      byId('endings').hidden = text === null && status !== 403;
      const place = byId('endings-lines');
      if (text === null) return place.replaceChildren(element('p', 'hint', wshub.ServerReader.problemOf(status).join(' ')));
      if (this.lastClosed === text) return undefined;
      this.lastClosed = text;
      const lines = text.split('\n').filter((line) => line.trim() !== '');
      place.replaceChildren(...lines.map(endingOf));
      if (lines.length === 0) place.append(element('p', 'hint', 'None yet.'));
      return undefined;
    }
  }

  const FIELD = /(\w+)=("(?:[^"\\]|\\.)*"|\S+)/g;
  const WEIGHTY = ['code', 'reason', 'why']; // what one looks for first

  /** A line of /closed as it is, its names toned down and what matters most in bold. */
  function endingOf(line) {
    const made = element('p', 'ending');
    let from = 0;
    const put = (tag, className, text) => wshub.visible.appendVisible(made.appendChild(element(tag, className)), text);
    for (const { index, 0: all, 1: name, 2: value } of line.matchAll(FIELD)) {
      put('span', '', line.slice(from, index));
      put('span', 'field-name', `${name}=`);
      put(WEIGHTY.includes(name) && value !== '""' ? 'b' : 'span', '', value);
      from = index + all.length;
    }
    put('span', '', line.slice(from));
    return made;
  }

  return ServerView;
})();
