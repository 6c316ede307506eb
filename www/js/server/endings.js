'use strict';
// Parses the lines of /closed: when a connection ended, which one, who ended it and why, in fields (`by=peer
// code=1001 reason="" …`). Other lines are returned as they are.
//
// Gives: wshub.endings. Pure.

wshub.endings = (() => {
  const LINE = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (.*)$/;
  const FIELD = /(\w+)=("(?:[^"\\]|\\.)*"|\S+)/g;
  const TRAFFIC = /^(\d+)\/(\d+)B$/;

  /** A value without its quotes. Escaped control characters stay escaped. */
  const plain = (value) => (value.startsWith('"') ? value.slice(1, -1).replace(/\\(["\\'])/g, '$1') : value);

  const traffic = (value) => {
    const found = TRAFFIC.exec(value ?? '');
    return found && { messages: Number(found[1]), bytes: Number(found[2]) };
  };

  /** A list of { line, at, fields, received, sent, lasted }; `at` is null for other lines. */
  function parse(text) {
    return text.split('\n').filter((line) => line.trim() !== '').map((line) => {
      const found = LINE.exec(line);
      const at = found ? Date.parse(found[1]) : NaN;
      if (!found || Number.isNaN(at)) return { line, at: null, fields: new Map(), received: null, sent: null, lasted: null };
      const fields = new Map();
      for (const [, name, value] of found[2].matchAll(FIELD)) if (!fields.has(name)) fields.set(name, plain(value));
      const seconds = Number.parseFloat(fields.get('lasted') ?? '');
      return {
        line, at, fields, received: traffic(fields.get('in')), sent: traffic(fields.get('out')),
        lasted: Number.isFinite(seconds) ? seconds * 1000 : null,
      };
    });
  }

  return { parse };
})();
