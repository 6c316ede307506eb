'use strict';
// One record as an element of the log. Peers' text goes through `appendVisible` and nowhere else.
//
// Gives: wshub.row. Uses: visible.js, units.js, bytes.js, json.js, dom.js.

{
  const { element, button } = wshub.dom;
  const { appendVisible, cutText } = wshub.visible;
  const { bytesIn, inBytes, clockOf, inTime } = wshub.units;

  const FOLD_CHARACTERS = 600; // a longer message is folded to this much …
  const FOLD_LINES = 8; // … or to this many lines
  const MAX_CHARACTERS = 20000; // shown of one message; more cannot be read, and it may have 16 MiB
  const FOLD_BYTES = 64;
  const MAX_BYTES = 4096;

  const SIGNS = { sent: '↑', received: '↓', note: '·', problem: '!', divider: '—' };

  /** The size of a message on the wire, counted when first asked for. */
  function sizeOf(record) {
    record.bytes ??= typeof record.data === 'string' ? bytesIn(record.data) : record.data.length;
    return record.bytes;
  }

  /** `look`: { time: clock | since, pretty: boolean, wide: boolean, act(record, what) } */
  function build(record, look) {
    const { kind } = record;
    const entry = element('li', `entry is-${kind}`);
    const sign = element('span', 'sign', SIGNS[kind]);
    sign.setAttribute('aria-hidden', 'true');
    const way = element('span', 'way', sign, ' ', element('span', 'word', kind));
    const body = element('div', 'body');
    if (record.data === null) fillNote(body, record);
    else if (typeof record.data === 'string') fillText(body, record, look);
    else fillBytes(body, record, look);
    // In the order in which it is best heard; the style sheet places time and size around the text.
    entry.append(way, ' ', body, ' ', facts(record), ' ', timeOf(record, look));
    if (record.data !== null) entry.append(actions(record, look));
    return entry;
  }

  function facts(record) {
    const size = element('span', 'size');
    if (record.data === null) return size;
    const type = typeof record.data === 'string' ? 'text' : 'binary';
    size.append(element('span', 'amount', `${type} · `), element('span', 'amount', inBytes(sizeOf(record))));
    if (record.roundTrip !== undefined) {
      const trip = element('span', 'trip', `↺ ${inTime(record.roundTrip)}`);
      trip.title = 'From sending this to hearing it back';
      size.append(' ', trip);
    }
    return size;
  }

  function timeOf(record, look) {
    const date = new Date(record.at);
    const isSince = look.time === 'since';
    const time = element('time', 'time', isSince ? `+${inTime(record.since)}` : clockOf(date));
    time.dateTime = date.toISOString();
    time.title = isSince ? clockOf(date) : `${inTime(record.since)} after the entry before it`;
    return time;
  }

  function actions(record, look) {
    const place = element('span', 'actions');
    const action = (text, what) => {
      const made = button(text, 'small', () => look.act(record, what));
      made.tabIndex = -1; // by keyboard: C and S on the entry itself
      place.append(made);
    };
    action('Copy', 'copy');
    if (typeof record.data !== 'string') action('To a file', 'save');
    return place;
  }

  // ---- Bodies

  function fillNote(body, { title, sentences }) {
    const say = (className, sentence) => {
      const line = element('p', className);
      appendVisible(line, sentence);
      body.append(line);
    };
    say('title', title);
    for (const sentence of sentences) {
      if (Array.isArray(sentence)) sentence.forEach((point) => say('detail point', point));
      else say('detail', sentence);
    }
  }

  function fillText(body, record, look) {
    const text = record.data;
    if (text === '') return body.append(element('span', 'aside', 'empty message'));
    const shown = cutText(text, MAX_CHARACTERS, Infinity);
    const head = cutText(shown, FOLD_CHARACTERS, FOLD_LINES);
    const isOpen = record.open ?? (look.pretty && text.length <= MAX_CHARACTERS);
    const pretty = wshub.json.looksLike(text) && isOpen ? wshub.json.pretty(text) : null;
    if (pretty !== null) {
      body.append(pair(cutText(pretty, MAX_CHARACTERS, Infinity), shown));
    } else {
      const words = element('div', 'text');
      words.dir = 'auto'; // a Hebrew message reads from the right, and does not reorder its neighbours
      appendVisible(words, isOpen ? shown : head);
      if (!isOpen && head !== text) words.append(element('span', 'aside', '…'));
      body.append(words);
    }
    if (isOpen && shown !== text) {
      const more = sizeOf(record) - bytesIn(shown);
      body.append(element('span', 'aside', `and ${inBytes(more)} more that this page does not show; Copy takes all`));
    }
    const isJson = wshub.json.looksLike(text) && (pretty !== null || wshub.json.pretty(text) !== null);
    if (head !== text || isJson) body.append(fold(record, isOpen, isJson && head === text, look));
  }

  /** JSON laid out, and beside it the text as it came. */
  function pair(pretty, raw) {
    const half = (name, text) => {
      const words = element('div', 'text');
      words.dir = 'ltr';
      appendVisible(words, text);
      return element('div', 'half', element('p', 'aside', name), words);
    };
    return element('div', 'pair', half('pretty', pretty), half('raw', raw));
  }

  function fillBytes(body, record, look) {
    const { data } = record;
    if (data.length === 0) return body.append(element('span', 'aside', 'empty message'));
    const isOpen = record.open ?? false;
    const shown = data.subarray(0, isOpen ? MAX_BYTES : FOLD_BYTES);
    body.append(element('pre', 'dump', wshub.bytes.dump(shown, look.wide ? 16 : 8)));
    const more = sizeOf(record) - shown.length;
    if (more > 0) body.append(element('span', 'aside', `and ${inBytes(more)} more`));
    if (data.length > FOLD_BYTES) body.append(fold(record, isOpen, false, look));
  }

  function fold(record, isOpen, isJson, look) {
    const text = isOpen ? (isJson ? 'Raw only' : 'Show less') : (isJson ? 'Pretty' : 'Show more');
    const made = button(text, 'fold small', () => look.act(record, isOpen ? 'close' : 'open'));
    made.setAttribute('aria-expanded', String(isOpen));
    return made;
  }

  /** A guess, before an entry is measured: exact for the many short ones, near enough for the rest. */
  function estimate({ data, sentences }, look) {
    if (data === null) return 36 + 21 * sentences.flat().length;
    const line = look.wide ? 36 : 58;
    if (typeof data !== 'string') return line + (look.wide ? 63 : 139);
    const lines = Math.ceil(Math.min(data.length, FOLD_CHARACTERS) / (look.wide ? 90 : 40));
    return line + 21 * (Math.max(lines, 1) - 1);
  }

  wshub.row = { build, estimate, sizeOf };
}
