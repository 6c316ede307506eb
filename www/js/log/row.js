'use strict';
// Draws a record as one line of the log: time, direction, the beginning of the message, round trip, size. All
// text from peers goes through `appendVisible`.
//
// Gives: wshub.row. Uses: visible.js, units.js, bytes.js, dom.js.

wshub.row = (() => {
  const { element } = wshub.dom;
  const { appendVisible, cutText } = wshub.visible;
  const { bytesIn, inBytes, shortBytes, clockOf, inTime } = wshub.units;

  const MAX_CHARACTERS = 400; // of one line: wider than any screen
  const MAX_BYTES = 64;

  const SIGNS = { sent: '↑', received: '↓', note: '·', problem: '!', divider: '—' };

  /** The payload bytes of a message, counted at the first call. */
  function sizeOf(record) {
    record.bytes ??= typeof record.data === 'string' ? bytesIn(record.data) : record.data.length;
    return record.bytes;
  }

  /** The whole text of a note. */
  const wordsOf = ({ title, sentences }) => [title, ...sentences.flat()].join(' ');

  /** `before` is the record shown above; `look`: { time: clock | since }. */
  function build(record, before, look) {
    const { kind } = record;
    const entry = element('li', `entry is-${kind}`);
    const sign = element('span', 'sign', SIGNS[kind]);
    sign.setAttribute('aria-hidden', 'true');
    const line = element('span', 'line');
    fillLine(line, record);
    entry.append(timeOf(record, before, look), ' ', sign, element('span', 'unseen', kind), ' ', line);
    if (record.data !== null) {
      if (record.roundTrip !== undefined) {
        const trip = element('span', 'trip', inTime(record.roundTrip));
        trip.title = 'Round trip: from sending this to receiving it';
        entry.append(' ', trip);
      }
      const size = element('span', 'size', shortBytes(sizeOf(record)));
      size.title = inBytes(sizeOf(record));
      entry.append(' ', size);
    }
    return entry;
  }

  function fillLine(line, record) {
    const { data } = record;
    if (data === null) {
      line.append(element('b', 'title', wshub.visible.visibleText(record.title)), ' ');
      appendVisible(line, cutText(record.sentences.flat().join(' '), MAX_CHARACTERS, Infinity));
    } else if (data.length === 0) {
      line.append(element('span', 'aside', 'empty message'));
    } else if (typeof data === 'string') {
      const head = cutText(data, MAX_CHARACTERS, Infinity);
      line.dir = 'auto'; // a Hebrew message reads from the right, and does not reorder its neighbours
      appendVisible(line, head.replace(/\r?\n/g, ' ↵ ').replaceAll('\t', ' ⇥ '));
      if (head.length < data.length) line.append('…');
    } else {
      const head = data.subarray(0, MAX_BYTES);
      line.append(`${wshub.bytes.toHex(head)}${head.length < data.length ? ' …' : ''} `,
        element('span', 'aside', wshub.bytes.asAscii(head)));
    }
  }

  function timeOf(record, before, look) {
    const date = new Date(record.at);
    const since = before && record.at >= before.at ? `+${inTime(record.at - before.at)}` : '';
    const isSince = look.time === 'since';
    const time = element('time', 'time', isSince ? since : clockOf(date));
    time.dateTime = date.toISOString();
    time.title = isSince ? clockOf(date) : since && `${since} after the entry above it`;
    return time;
  }

  return { build, sizeOf, wordsOf };
})();
