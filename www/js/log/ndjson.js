'use strict';
// Writes the log as lines of JSON, one record each, and reads them: a message has time, direction, opcode,
// length in bytes, and text or base64; an event has its text in `note`.
//
// Gives: wshub.ndjson. Pure.

wshub.ndjson = (() => {
  function lineOf(record) {
    const { at, kind, data } = record;
    const time = new Date(at).toISOString();
    if (data === null) return `${JSON.stringify({ time, direction: kind, note: [record.title, ...record.sentences.flat()] })}\n`;
    const isText = typeof data === 'string';
    /** @type {any} */
    const line = { time, direction: kind, opcode: isText ? 'text' : 'binary', length: wshub.row.sizeOf(record) };
    if (isText) line.text = data;
    else line.base64 = wshub.bytes.toBase64(data);
    if (record.roundTrip !== undefined) line.round_trip_ms = Number(record.roundTrip.toFixed(3));
    if (record.cutFrom !== undefined) line.cut = true; // longer than the page keeps
    return `${JSON.stringify(line)}\n`;
  }

  const write = (records) => Array.from(records, lineOf);

  /** Reads records from lines. Invalid lines are counted, and the number of the first one is returned. */
  function parse(text) {
    const records = [];
    let bad = 0;
    let firstBad = 0;
    text.split('\n').forEach((line, index) => {
      if (line.trim() === '') return;
      const record = recordOf(line);
      if (record) return void records.push(record);
      bad += 1;
      firstBad ||= index + 1;
    });
    return { records, bad, firstBad };
  }

  /** Validates a line: a file may contain anything, so only what is exactly a record is accepted. */
  function recordOf(line) {
    let value;
    try {
      value = JSON.parse(line);
    } catch {
      return null;
    }
    if (value === null || typeof value !== 'object') return null;
    const at = typeof value.time === 'number' ? value.time : Date.parse(value.time);
    if (!Number.isFinite(at) || Math.abs(at) > 8e15) return null;
    if (Array.isArray(value.note) && value.note.length > 0 && value.note.every((word) => typeof word === 'string')) {
      const kind = ['problem', 'divider'].includes(value.direction) ? value.direction : 'note';
      return { at, kind, data: null, title: value.note[0], sentences: value.note.slice(1) };
    }
    const data = dataOf(value);
    if (data === null) return null;
    /** @type {any} */
    const record = { at, kind: value.direction === 'sent' ? 'sent' : 'received', data };
    if (Number.isFinite(value.round_trip_ms)) record.roundTrip = value.round_trip_ms;
    return record;
  }

  function dataOf({ text, base64 }) {
    if (typeof text === 'string') return text;
    if (typeof base64 !== 'string') return null;
    try {
      return wshub.bytes.fromBase64(base64);
    } catch {
      return null;
    }
  }

  return { lineOf, write, parse };
})();
