'use strict';
// How text and bytes from anywhere are made visible. Nothing here, or on this page at all, turns
// a peer's text into markup: text goes into text nodes, and characters that would be invisible
// or would rearrange their neighbours are drawn as a sign of their own.
//
// Gives: wshub.visible.

wshub.visible = (() => {
  // Control characters (line feed and tab stay: the log keeps white space), bidi controls, characters
  // of no width, tag characters, halves of a surrogate pair. The two joiners U+200C and U+200D are
  // left alone: Persian and many emoji are spelled with them.
  const UNSEEN = new RegExp('[\\0-\\x08\\x0B-\\x1F\\x7F-\\x9F\\xAD\\u061C\\u115F\\u1160\\u180E\\u200B\\u200E\\u200F'
    + '\\u2028-\\u202E\\u2060-\\u206F\\u3164\\uFEFF\\uFFF9-\\uFFFB\\u{E0000}-\\u{E007F}\\p{Cs}]+', 'gu');

  // Each run of such characters becomes an element, and a message can hold thousands of runs. Past
  // this many the signs are still there, only without their own style.
  const MARKS_PER_TEXT = 50;

  // The flags of England, Scotland and Wales: a black flag and tag characters, up to the one that ends them.
  const FLAG = /\u{1F3F4}[\u{E0061}-\u{E007A}]{3,6}\u{E007F}/gu;

  /** The runs of unseen characters in a text, in order; those of a flag are seen. */
  function unseenIn(text) {
    const runs = [...text.matchAll(UNSEEN)];
    if (!text.includes('\u{1F3F4}')) return runs;
    const flags = [...text.matchAll(FLAG)];
    return runs.filter(({ index, 0: run }) => !flags.some((flag) => index >= flag.index && index + run.length <= flag.index + flag[0].length));
  }

  /** Appends text to an element, every unseen character replaced by a marked sign. */
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

  // The names of ASCII, since few fonts have the control pictures (U+2400 and on).
  const ASCII_NAMES = ('NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI '
    + 'DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US').split(' ');

  /** One visible sign for one unseen character: ESC, or U+202E for what has no short name. */
  function signOf(character) {
    const code = character.codePointAt(0);
    return code === 0x7F ? 'DEL' : ASCII_NAMES[code] ?? codePointOf(character);
  }

  function codePointOf(character) {
    return 'U+' + character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
  }

  /** The longest beginning of text within so many characters and lines, never half a surrogate pair. */
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

  /** The same as plain text, for places that can hold no element. */
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
