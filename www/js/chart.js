'use strict';
// A small line chart in SVG. Its vertical axis goes from 0 to the value at its top, its horizontal axis from
// the past to now; missing values are gaps. The values under the pointer are shown as text. Lines differ in
// their dashes as well as in their colour.
//
// Gives: wshub.Chart.

wshub.Chart = (() => {
  const { element, setText } = wshub.dom;
  const WIDTH = 300;
  const HEIGHT = 60;
  const LEAST = 20; // the chart has room for at least this many values
  const SVG = 'http://www.w3.org/2000/svg';

  function drawn(tag, className, attributes = {}) {
    const made = document.createElementNS(SVG, tag);
    made.setAttribute('class', className);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  /** The smallest round number that is not below `value`: 1, 2 or 5 times a power of ten. */
  function roundUp(value) {
    if (!(value > 0)) return 1;
    const ten = 10 ** Math.floor(Math.log10(value));
    return ten * [1, 2, 5, 10].find((step) => step * ten >= value * 0.999999);
  }

  class Chart {
    /**
     * `form` formats a value, `ago` the time so many values back; `series` names the lines. The
     * host keeps its heading.
     */
    constructor(host, { form, ago, series }) {
      this.form = form;
      this.ago = ago;
      this.names = series;
      this.svg = drawn('svg', 'lines', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img' });
      this.areas = series.map((_, at) => drawn('path', `area line-${at}`));
      this.lines = series.map((_, at) => drawn('path', `line line-${at}`));
      this.cursor = drawn('path', 'cursor');
      this.svg.append(drawn('path', 'grid', { d: `M0 ${HEIGHT / 2}H${WIDTH}` }), ...this.areas, ...this.lines, this.cursor);
      this.most = element('span', 'most');
      this.half = element('span', 'half');
      this.none = element('span', 'none', '0');
      this.under = element('span', 'under'); // the values under the pointer
      for (const words of [this.most, this.half, this.none, this.under]) words.setAttribute('aria-hidden', 'true');
      this.svg.addEventListener('pointermove', (event) => this.point(event));
      this.svg.addEventListener('pointerleave', () => this.point(null));
      this.oldest = element('span');
      const axis = element('p', 'axis', this.oldest, element('span', '', 'now'));
      axis.setAttribute('aria-hidden', 'true');
      host.append(element('div', 'plot', this.svg, this.most, this.half, this.none, this.under), axis);
      if (series.length > 1) host.append(this.legend(series));
      this.draw(series.map(() => []));
    }

    legend(series) {
      const place = element('p', 'legend');
      series.forEach((name, at) => {
        const sample = drawn('svg', 'sample', { viewBox: '0 0 24 8', 'aria-hidden': 'true' });
        sample.append(drawn('path', `line line-${at}`, { d: 'M0 4H24' }));
        place.append(element('span', '', sample, ` ${name}`));
      });
      return place;
    }

    /** Draws each series: the newest value at the right edge, null where there is a gap. */
    draw(all, slots = Math.max(LEAST, ...all.map((values) => values.length))) {
      this.all = all;
      this.slots = slots;
      const known = all.flat().filter((value) => value !== null);
      const top = roundUp(known.reduce((most, value) => Math.max(most, value), 0));
      all.forEach((values, at) => {
        const { line, area } = paths(values, slots, top);
        this.lines[at].setAttribute('d', line);
        this.areas[at].setAttribute('d', at === 0 ? area : '');
      });
      setText(this.oldest, this.ago(slots - 1));
      setText(this.most, known.length === 0 ? '' : this.form(top));
      setText(this.half, known.length === 0 ? '' : this.form(top / 2));
      this.none.hidden = known.length === 0;
      const words = all.map((values, at) => {
        const last = values.at(-1);
        return `${this.names[at]}: ${last === undefined ? 'nothing yet' : last === null ? 'a gap' : this.form(last)}`;
      });
      this.svg.setAttribute('aria-label', `${words.join(', ')}${known.length ? `; highest ${this.form(Math.max(...known))}` : ''}`);
    }

    /** Shows the values at the pointer as text, and marks their place. */
    point(event) {
      const { left, width } = this.svg.getBoundingClientRect();
      const back = event === null ? -1 : Math.round((1 - (event.clientX - left) / width) * (this.slots - 1));
      const words = this.all.map((values, at) => {
        const value = back < 0 ? undefined : values[values.length - 1 - back];
        return value === undefined || value === null ? '' : `${this.names.length > 1 ? `${this.names[at]} ` : ''}${this.form(value)}`;
      }).filter((word) => word !== '');
      setText(this.under, words.length === 0 ? '' : `${words.join(', ')} · ${back === 0 ? 'now' : this.ago(back)}`);
      this.cursor.setAttribute('d', words.length === 0 ? '' : `M${(WIDTH - back * WIDTH / (this.slots - 1)).toFixed(1)} 0V${HEIGHT}`);
    }
  }

  function paths(values, slots, top) {
    let line = '';
    let area = '';
    let start = null;
    let x = 0;
    const step = WIDTH / (slots - 1);
    const finish = () => {
      if (start !== null) area += `L${x.toFixed(1)} ${HEIGHT}L${start} ${HEIGHT}Z`;
      start = null;
    };
    values.forEach((value, at) => {
      if (value === null) return finish();
      x = WIDTH - (values.length - 1 - at) * step;
      const y = (HEIGHT - 2 - (value / top) * (HEIGHT - 4)).toFixed(1);
      const point = `${start === null ? 'M' : 'L'}${x.toFixed(1)} ${y}`;
      start ??= x.toFixed(1);
      line += point;
      area += point;
      // A single value between two gaps is drawn as a dot.
      if (values[at - 1] == null && values[at + 1] == null) line += 'h0.01';
      return undefined;
    });
    finish();
    return { line, area };
  }

  return Chart;
})();
