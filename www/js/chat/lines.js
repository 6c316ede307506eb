'use strict';
// Parses the lines of a chat server:
//
//     #lobby ana: hello            a message
//     #lobby * ana joined (3 here) a notice of the room
//     * you are guest-7 in #lobby  a notice to this client
//     ! no such command: /foo; …   what was not done, and why
//
// No name is `*`, so no client can forge a notice. Any other line is shown as it is.
//
// Gives: wshub.chatLines. Pure.

wshub.chatLines = (() => {
  const NAME = '[^\\s:*#]{1,64}';
  const MESSAGE = new RegExp(`^#(\\S{1,128}) (${NAME}): ?(.*)$`, 's');
  const NOTICE = /^#(\S{1,128}) \* (.*)$/s;

  /** { type: message | notice | own | refusal | other, room, name, text } */
  function parse(line) {
    let found = NOTICE.exec(line);
    if (found) return { type: 'notice', room: found[1], name: '', text: found[2] };
    found = MESSAGE.exec(line);
    if (found) return { type: 'message', room: found[1], name: found[2], text: found[3] };
    if (line.startsWith('* ')) return { type: 'own', room: '', name: '', text: line.slice(2) };
    if (line.startsWith('! ')) return { type: 'refusal', room: '', name: '', text: line.slice(2) };
    return { type: 'other', room: '', name: '', text: line };
  }

  /** @type {[string, RegExp][]} */
  const MEANINGS = [
    ['joined', new RegExp(`^(${NAME}) joined(?: \\((\\d+) here\\))?$`)],
    ['left', new RegExp(`^(${NAME}) left(?: \\((\\d+) here\\))?$`)],
    ['renamed', new RegExp(`^(${NAME}) is now (${NAME})$`)],
    ['many', /\((\d+) here\)$/],
    ['history', /^before you came, /],
    ['live', /^from here on it is live$/],
  ];

  /** The meaning of a room's notice, as far as the page uses it: { what, found }. */
  function meaningOf(text) {
    for (const [what, pattern] of MEANINGS) {
      const found = pattern.exec(text);
      if (found) return { what, found };
    }
    return { what: 'words', found: null };
  }

  /** What a notice to this client says: its present { name, room }, or the room that it has { left }; or null. */
  function fateIn(text) {
    let found = new RegExp(`^you are (${NAME}) in #(\\S+)$`).exec(text);
    if (found) return { name: found[1], room: found[2], left: null };
    found = new RegExp(`^you are (${NAME}) (?:now|already|in no room;.*)$`).exec(text);
    if (found) return { name: found[1], room: null, left: null };
    found = /^you left #(\S+);/.exec(text);
    return found && { name: null, room: null, left: found[1] };
  }

  /** The answer to /who: { room, names, isWhole }; null if the line is not one. */
  function namesIn({ type, text }) {
    const found = type === 'own' && /^in #(\S+): (.+) \(\d+ here\)$/.exec(text);
    if (!found) return null;
    const more = / and \d+ more$/;
    return { room: found[1], names: found[2].replace(more, '').split(', '), isWhole: !more.test(found[2]) };
  }

  /** The line to send for a text typed in a room. Commands name the room that is shown. */
  function toSend(typed, room) {
    if (/^\/(leave|who)\s*$/.test(typed)) return `${typed.trim()} ${room}`;
    return typed.startsWith('/') ? typed : `#${room} ${typed}`;
  }

  return { parse, meaningOf, fateIn, namesIn, toSend };
})();
