'use strict';
// The title of the document: how many lines are unread, and what the connection does. Each part is told
// by the script that knows it.
//
// Gives: wshub.title.

wshub.title = (() => {
  const parts = { unread: '', connection: '' };

  /** Tells one part of the title: `unread` or `connection`; '' for nothing. */
  function tell(part, words) {
    parts[part] = words;
    const { unread, connection } = parts;
    const title = `${unread && `(${unread}) `}${connection && `${connection} · `}wshub`;
    document.title = title === 'wshub' ? 'wshub: a workbench for WebSockets' : title;
  }

  return { tell };
})();
