'use strict';
// The server view: figures, small charts and recent endings of the server that this page came from.
//
// Gives: wshub.ServerView. Uses: reader.js, endings.js, closing.js, chart.js.

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
        rate: chart('server-rate', ['received', 'sent']),
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

    /** Reads only while the view is shown. */
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
        ['Uptime', words(figures.uptime, wshub.serverFigures.duration)],
        ['Clients now', words(figures.clients)],
        ['Clients since the start', words(figures.clientsInAll)],
        ['Received per second', words(ins.at(-1), short)],
        ['Sent per second', words(outs.at(-1), short)],
        ['Queue high-water mark', words(figures.queueHigh)],
        ['Dropped', words(figures.drops)],
        ['Slow clients closed', words(figures.evictions)],
      ]);
      this.drawCluster(wshub.serverFigures.clusterOf(samples), words);
    }

    drawCluster(cluster, words) {
      byId('cluster').hidden = cluster === null;
      if (cluster === null) return;
      wshub.drawTiles(byId('cluster-figures'), [
        ['Shared log', cluster.isUp ? 'in use' : 'not reachable'],
        ['Servers', words(cluster.nodes)],
        ['This server', wshub.visible.visibleText(cluster.node)],
        ['Entries applied', words(cluster.sequence)],
        ['Round trip through the log', words(cluster.lag, (seconds) => wshub.units.inTime(seconds * 1000))],
        ['Waiting for the log', words(cluster.waiting)],
        ['Messages refused', words(cluster.refused)],
        ['Possible gaps', words(cluster.gaps)],
      ]);
    }

    drawEndings({ status, text }) {
      byId('endings').hidden = text === null && status !== 403;
      const place = byId('endings-table');
      const told = text === null ? wshub.ServerReader.problemOf(status).join(' ') : '';
      if (this.lastClosed === (text ?? told)) return;
      this.lastClosed = text ?? told;
      const endings = text === null ? [] : wshub.endings.parse(text);
      const isTable = endings.some(({ at }) => at !== null);
      byId('endings-head').hidden = !isTable;
      place.replaceChildren(...endings.map(rowOf));
      if (text === null) place.append(wholeRow(told));
      else if (endings.length === 0) place.append(wholeRow('None yet.'));
    }
  }

  const COLUMNS = 9;

  /** A peer's text in a cell; control characters are shown as signs. */
  function cell(text, className = '') {
    const made = element('td', className);
    wshub.visible.appendVisible(made, text);
    return made;
  }

  function wholeRow(text) {
    const made = cell(text, 'whole');
    made.colSpan = COLUMNS;
    return element('tr', '', made);
  }

  const BY = { peer: 'the client', us: 'the server', fault: 'the server, after a protocol fault', network: 'the network' };

  /** An ending as a row; any other line is shown as it is. */
  function rowOf({ line, at, fields, received, sent, lasted }) {
    if (at === null) return wholeRow(line);
    const get = (name) => fields.get(name) ?? '';
    const code = Number(get('code'));
    const time = element('time', '', wshub.units.clockOf(new Date(at)).slice(0, 8));
    time.dateTime = new Date(at).toISOString();
    const amount = (one) => (one === null ? '–' : `${group(one.messages)} · ${wshub.units.shortBytes(one.bytes)}`);
    const client = cell(`${get('id')} ${get('user')}`.trim());
    client.title = `From ${get('peer')}`;
    const why = cell(get('reason') === '' ? get('why') : `“${get('reason')}”, ${get('why')}`);
    const dropped = Number(get('dropped'));
    const closed = cell(Number.isInteger(code) ? `${code}, ${wshub.closing.closeName(code)}` : get('code'));
    const row = element('tr', '', element('td', 'figure', time), client, cell(get('target') || get('endpoint')), cell(BY[get('by')] ?? get('by')),
      closed, why, element('td', 'figure', lasted === null ? '–' : wshub.units.inTime(lasted)), element('td', 'figure', amount(received)),
      element('td', 'figure', amount(sent) + (dropped > 0 ? `, ${group(dropped)} dropped` : '')));
    row.title = line;
    return row;
  }

  return ServerView;
})();
