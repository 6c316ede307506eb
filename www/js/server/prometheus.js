'use strict';
// Parses Prometheus' text format: names, labels, values. Lines that are not samples are skipped.
//
// Gives: wshub.prometheus. Pure.

wshub.prometheus = (() => {
  const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
  const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

  function number(text) {
    if (/^[+-]?Inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
    return Number(text);
  }

  /** Samples as a list of { name, labels, value }. */
  function parse(text) {
    const samples = [];
    for (const line of text.split('\n')) {
      if (line === '' || line.startsWith('#')) continue;
      const found = SAMPLE.exec(line.trim());
      if (!found) continue;
      const labels = new Map();
      for (const [, name, value] of (found[2] ?? '').matchAll(LABEL)) {
        labels.set(name, value.replace(/\\(.)/g, (_, sign) => (sign === 'n' ? '\n' : sign)));
      }
      const value = number(found[3]);
      if (Number.isFinite(value)) samples.push({ name: found[1], labels, value });
    }
    return samples;
  }

  /** The sum of all samples of a name whose labels are as wanted; null if there is none. */
  function sum(samples, name, wanted = {}) {
    let total = null;
    for (const sample of samples) {
      if (sample.name !== name) continue;
      if (Object.entries(wanted).some(([label, value]) => sample.labels.get(label) !== value)) continue;
      total = (total ?? 0) + sample.value;
    }
    return total;
  }

  return { parse, sum };
})();
