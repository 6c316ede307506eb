'use strict';
// What this tab remembers over a reload: where it was connected to, what was being written, and the newest
// part of the log. Another tab has its own, and it is gone when the tab is closed.
//
// Gives: wshub.session. Uses: ndjson.js, address.js.

wshub.session = (() => {
  const NAME = 'wshub.session';
  const MAX_LOG = 1 << 20; // characters: browsers give a tab some 5 MB
  const MAX_DRAFT = 1 << 18;

  function load() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(NAME) ?? 'null');
      return kept !== null && typeof kept === 'object' ? kept : {};
    } catch {
      return {};
    }
  }

  /** `records` are iterated from the oldest; the newest ones that there is room for are kept. */
  function save({ url, draft, records }) {
    const lines = [];
    let size = 0;
    for (const line of wshub.ndjson.write(records).reverse()) {
      size += line.length;
      if (size > MAX_LOG) break;
      lines.push(line);
    }
    const kept = { url, draft: draft.text.length > MAX_DRAFT ? null : draft, log: lines.reverse().join('') };
    try {
      sessionStorage.setItem(NAME, JSON.stringify(kept));
    } catch {
      // A browser that keeps nothing: the reload costs what was here.
    }
  }

  return { load, save };
})();
