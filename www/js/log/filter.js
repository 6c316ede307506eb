'use strict';
// Which records a person wants to see: a pure question about one record. A text is sought as it is,
// whatever its case; between slashes it is a regular expression, as in /ab+c/i.
//
// Gives: wshub.filter.

{
  /** A search from what was typed: `null` for nothing, or `{ pattern }`; throws on a bad expression. */
  function patternFrom(typed) {
    if (typed === '') return null;
    const between = /^\/(.+)\/([a-z]*)$/s.exec(typed);
    if (between) return new RegExp(between[1], between[2].replace(/[gy]/g, ''));
    return new RegExp(typed.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'iu');
  }

  /** All of a record that can be sought in. */
  function textOf(record) {
    const { data } = record;
    if (typeof data === 'string') return data;
    if (data === null) return [record.title, ...record.sentences.flat()].join('\n');
    const head = data.subarray(0, 4096);
    return `${wshub.bytes.toHex(head)}\n${wshub.bytes.asAscii(head)}`;
  }

  const WAYS = {
    all: () => true,
    messages: ({ data }) => data !== null,
    sent: ({ kind }) => kind === 'sent',
    received: ({ kind }) => kind === 'received',
    notes: ({ data }) => data === null,
  };

  /** A test on records, from the chosen direction and a pattern or null. */
  function filterFrom(way, pattern) {
    const goes = WAYS[way] ?? WAYS.all;
    return pattern === null ? goes : (record) => goes(record) && pattern.test(textOf(record));
  }

  wshub.filter = { patternFrom, textOf, filterFrom };
}
