'use strict';
// Makes text and bytes of peers visible. Nowhere on this page is a peer's text turned into markup: it goes into
// text nodes, and characters that are invisible or would reorder their neighbours are shown as signs.
//
// Gives: wshub.visible.

wshub.visible = (() => {
  // Control characters (except line feed and tab, since the log keeps white space), bidi controls, zero-width
  // characters, tag characters, lone surrogates. The two joiners U+200C and U+200D are excepted: Persian and
  // many emoji are spelled with them.
  const UNSEEN = new RegExp('[\\0-\\x08\\x0B-\\x1F\\x7F-\\x9F\\xAD\\u061C\\u115F\\u1160\\u180E\\u200B\\u200E\\u200F'
    + '\\u2028-\\u202E\\u2060-\\u206F\\u3164\\uFEFF\\uFFF9-\\uFFFB\\u{E0000}-\\u{E007F}\\p{Cs}]+', 'gu');

  // Each run of such characters becomes an element, and a message can contain thousands of runs. Beyond this
  // number the signs are shown without a style of their own.
  const MARKS_PER_TEXT = 50;

  // The flags of England, Scotland and Wales: a black flag, tag characters, and the cancel tag.
  const FLAG = /\u{1F3F4}[\u{E0061}-\u{E007A}]{3,6}\u{E007F}/gu;

  /** The runs of invisible characters in a text, in order, except those of a flag. */
  function unseenIn(text) {
    const runs = [...text.matchAll(UNSEEN)];
    if (!text.includes('\u{1F3F4}')) return runs;
    const flags = [...text.matchAll(FLAG)];
    return runs.filter(({ index, 0: run }) => !flags.some((flag) => index >= flag.index && index + run.length <= flag.index + flag[0].length));
  }

  /** Appends text to an element, with every invisible character replaced by a marked sign. */
  function appendVisible(parent, text) {
    let from = 0;
    let marks = 0;
    let plain = '';
    for (const run of unseenIn(text)) {
      const signs = Array.from(run[0], signOf).join(' ');
      plain += text.slice(from, run.index);
      from = run.index + run[0].length;
      if (++marks > MARKS_PER_TEXT) {
        plain += `[${signs}]`;
        continue;
      }
      const mark = document.createElement('span');
      mark.className = 'mark';
      mark.title = Array.from(run[0], codePointOf).slice(0, 8).join(' ');
      mark.textContent = signs;
      parent.append(plain, mark);
      plain = '';
    }
    parent.append(plain + text.slice(from));
  }

  // The ASCII names, since few fonts have the control pictures (U+2400 and following).
  const ASCII_NAMES = ('NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI '
    + 'DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US').split(' ');

  /** The visible sign for an invisible character: ESC, or U+202E if it has no short name. */
  function signOf(character) {
    const code = character.codePointAt(0);
    return code === 0x7F ? 'DEL' : ASCII_NAMES[code] ?? codePointOf(character);
  }

  function codePointOf(character) {
    return 'U+' + character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
  }

  /** The longest beginning of a text within so many characters and lines; it never splits a surrogate pair. */
  function cutText(text, maxCharacters, maxLines) {
    let end = Math.min(text.length, maxCharacters);
    let lineEnd = -1;
    for (let line = 0; line < maxLines; line++) {
      lineEnd = text.indexOf('\n', lineEnd + 1);
      if (lineEnd === -1 || lineEnd >= end) {
        lineEnd = -1;
        break;
      }
    }
    if (lineEnd !== -1) end = lineEnd;
    const lastUnit = text.charCodeAt(end - 1);
    if (end < text.length && lastUnit >= 0xD800 && lastUnit <= 0xDBFF) end -= 1;
    return text.slice(0, end);
  }

  /** The same as plain text, for places that cannot contain elements. */
  function visibleText(text) {
    let from = 0;
    let out = '';
    for (const { index, 0: run } of unseenIn(text)) {
      out += `${text.slice(from, index)}[${Array.from(run, signOf).join(' ')}]`;
      from = index + run.length;
    }
    return out + text.slice(from);
  }

  return { appendVisible, visibleText, cutText };
})();
