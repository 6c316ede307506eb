'use strict';
// The browser tab's session, which survives a reload: its connections, each with its URL, its draft, and the
// newest part of its log. Each browser tab has its own session, which ends when the tab is closed.
//
// Gives: wshub.session. Uses: ndjson.js, compose.js, tabs.js, address.js, passwords.js.

wshub.session = (() => {
  const NAME = 'wshub.session';
  const MAX_LOG = 1 << 20; // characters of all logs: browsers give a tab some 5 MB
  const MAX_DRAFT = 1 << 18;

  const isText = (value) => typeof value === 'string';

  /** { all: [{ url, protocols, areOwn, savedAs, draft, log }], now: the index of the one that was shown } */
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
      .map(({ url, protocols, areOwn, savedAs, draft, log }) => ({
        url, protocols, areOwn: areOwn === true, savedAs, draft: wshub.Compose.isEntry(draft) ? draft : { mode: 'text', text: '' }, log,
      }));
    return { all, now: Number.isInteger(kept?.now) ? Math.max(0, Math.min(kept.now, all.length - 1)) : 0 };
  }

  /** The newest lines of a log, as many as fit into `room` characters. */
  function newest(records, room) {
    const lines = [];
    let size = 0;
    for (const line of wshub.ndjson.write(records).reverse()) {
      size += line.length;
      if (size > room) break;
      lines.push(line);
    }
    return lines.reverse().join('');
  }

  function save(tabs) {
    const room = MAX_LOG / tabs.all.length;
    const all = tabs.all.map(({ url, protocols, areOwn, savedAs, draft, log }) => ({
      url: wshub.passwords.without(wshub.address.completed(url.trim())), protocols, areOwn, savedAs,
      draft: draft.text.length > MAX_DRAFT ? null : draft,
      log: newest(log.ring, room),
    }));
    try {
      sessionStorage.setItem(NAME, JSON.stringify({ all, now: tabs.all.indexOf(tabs.now) }));
    } catch {
      // The browser stores nothing: a reload loses the session.
    }
  }

  return { load, save };
})();
