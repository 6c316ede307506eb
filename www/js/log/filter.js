'use strict';
// The filter of records, without state. A text is searched for literally, ignoring case; between slashes it is
// a regular expression, as in /ab+c/i; after a minus sign it is what a record must not contain.
//
// Gives: wshub.filter.

wshub.filter = (() => {
  /** The pattern for the typed text, or `null` if it is empty; throws on an invalid expression. */
  function patternFrom(typed) {
    if (typed === '') return null;
    const between = /^\/(.+)\/([a-z]*)$/s.exec(typed);
    if (between) return new RegExp(between[1], between[2].replace(/[gy]/g, ''));
    return new RegExp(typed.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'iu');
  }

  /** The test on texts for the typed text, or `null` if it is empty; throws on an invalid expression. */
  function testFrom(typed) {
    const isNegative = typed.startsWith('-');
    const pattern = patternFrom(isNegative ? typed.slice(1) : typed);
    return pattern && ((text) => pattern.test(text) !== isNegative);
  }

  /** All searchable text of a record. */
  function textOf(record) {
    const { data } = record;
    if (typeof data === 'string') return data;
    if (data === null) return [record.title, ...record.sentences.flat()].join('\n');
    const head = data.subarray(0, 4096);
    return `${wshub.bytes.toHex(head)}\n${wshub.bytes.asAscii(head)}`;
  }

  const DIRECTIONS = {
    all: () => true,
    sent: ({ kind }) => kind === 'sent',
    received: ({ kind }) => kind === 'received',
  };
  const KINDS = {
    all: () => true,
    messages: ({ data }) => data !== null,
    text: ({ data }) => typeof data === 'string',
    binary: ({ data }) => data instanceof Uint8Array,
    notes: ({ data }) => data === null,
  };

  /** The test on records for a direction, a kind, and a test on texts or null. */
  function filterFrom({ direction = 'all', kind = 'all', test = null }) {
    return (record) => DIRECTIONS[direction](record) && KINDS[kind](record) && (test === null || test(textOf(record)));
  }

  return { patternFrom, testFrom, textOf, filterFrom };
})();
