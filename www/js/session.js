'use strict';
// The browser tab's session, which survives a reload: the filter, and the connections, each with its URL, its
// draft, and the newest part of its log. Each browser tab has its own session, which ends when the tab is closed.
//
// Gives: wshub.session. Uses: ndjson.js, row.js, units.js, compose.js, tabs.js, address.js,
// passwords.js.

wshub.session = (() => {
  const NAME = 'wshub.session';
  const MAX_LOG = 1 << 20; // characters of all logs: browsers give a tab some 5 MB
  const MAX_DRAFT = 1 << 18; // characters

  const isText = (value) => typeof value === 'string';

  /**
   * { all: [{ url, custom, protocols, areOwn, savedAs, draft, log, lost }], now: the index of the one that was
   * shown, filter: { text, direction, kind } }. `lost` has sentences about what there was no room for.
   */
  function load() {
    let kept = null;
    try {
      kept = JSON.parse(sessionStorage.getItem(NAME) ?? 'null');
    } catch {
      // It was not written by this page.
    }
    const all = (Array.isArray(kept?.all) ? kept.all : [])
      .filter((one) => one !== null && typeof one === 'object' && [one.url, one.protocols, one.savedAs, one.log].every(isText))
      .slice(0, wshub.Tabs.MOST)
      .map(({ url, custom, protocols, areOwn, savedAs, draft, log, lost }) => ({
        url, custom: isText(custom) ? custom : '', protocols, areOwn: areOwn === true, savedAs, log,
        draft: wshub.Compose.isEntry(draft) ? draft : { mode: 'text', text: '' },
        lost: Array.isArray(lost) ? lost.filter(isText) : [],
      }));
    const now = Number.isInteger(kept?.now) ? Math.max(0, Math.min(kept.now, all.length - 1)) : 0;
    const { text, direction, kind } = kept?.filter ?? {};
    return { all, now, filter: { text: isText(text) ? text : '', direction, kind } };
  }

  /** A record as a line of at most `room` characters; a larger message is replaced by a note. */
  function lineOf(record, room) {
    const { at, kind, data } = record;
    const line = data === null || data.length < room ? wshub.ndjson.lineOf(record) : '';
    if (line !== '' && line.length <= room) return line;
    const size = data === null ? 'An event' : `${kind}: ${wshub.units.shortBytes(wshub.row.sizeOf(record))}`;
    return wshub.ndjson.lineOf({ at, kind: 'note', data: null, title: `${size}, too large to be kept over a reload`, sentences: [] });
  }

  /** The newest lines of a log, as many as fit into `room` characters, and the number of older ones. */
  function newest(ring, room) {
    const lines = [];
    let seq = ring.next;
    for (let left = room; seq > ring.first; seq--) {
      const line = lineOf(ring.at(seq - 1), room);
      left -= line.length;
      if (left < 0) break;
      lines.push(line);
    }
    return { log: lines.reverse().join(''), older: seq - ring.first };
  }

  function save(tabs, filter) {
    const { without } = wshub.passwords;
    const { completed } = wshub.address;
    const room = MAX_LOG / tabs.all.length;
    const all = tabs.all.map(({ url, custom, protocols, areOwn, savedAs, draft, log: { ring } }) => {
      const { log, older } = newest(ring, room);
      const isLong = draft.text.length > MAX_DRAFT;
      const lost = [];
      if (older > 0) lost.push(`${wshub.units.counted(older, 'older entry was', 'older entries were')} not kept: a tab keeps about 1 MiB of its logs over a reload.`);
      if (isLong) lost.push('The message that was being written was too long to be kept.');
      return {
        url: without(completed(url.trim())), custom: without(completed(custom.trim())), protocols, areOwn, savedAs,
        draft: isLong ? null : draft, log, lost,
      };
    });
    try {
      sessionStorage.setItem(NAME, JSON.stringify({ all, now: tabs.all.indexOf(tabs.now), filter }));
    } catch {
      // The browser stores nothing: a reload loses the session.
    }
  }

  return { load, save };
})();
