'use strict';
// The document's title: the number of unread lines, and the connection's state. Each part is set by the script
// that knows it.
//
// Gives: wshub.title.

wshub.title = (() => {
  const parts = { unread: '', connection: '' };

  /** Sets one part of the title: `unread` or `connection`; '' for nothing. */
  function tell(part, words) {
    parts[part] = words;
    const { unread, connection } = parts;
    const title = `${unread && `(${unread}) `}${connection && `${connection} · `}wshub`;
    document.title = title === 'wshub' ? 'wshub: a workbench for WebSockets' : title;
  }

  return { tell };
})();
