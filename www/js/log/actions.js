'use strict';
// Actions on entries of the log: copy one to the clipboard, save one as a file.
//
// Gives: wshub.actions. Uses: dom.js, bytes.js, json.js, row.js.

wshub.actions = (() => {
  const { byId, element, copyText } = wshub.dom;

  /** Gives a file to the browser's downloads. */
  function saveFile(name, parts, type) {
    const link = element('a');
    link.href = URL.createObjectURL(new Blob(parts, { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  /** Shows the result of an action beside the buttons; it is read out, and removed after a while. */
  let clearing = 0;
  function tell(words) {
    byId('done').textContent = words;
    clearTimeout(clearing);
    clearing = setTimeout(() => byId('done').replaceChildren(), 4000);
  }

  /** A record as text: a text message as it is, bytes in hex, a note in full. */
  function plain(record) {
    const { data } = record;
    return data === null ? wshub.row.wordsOf(record) : typeof data === 'string' ? data : wshub.bytes.toHex(data);
  }

  async function copyOne(record) {
    tell(await copyText(plain(record)) ? 'Copied' : 'The browser did not allow copying');
  }

  /** Saves the exact bytes of a message. */
  function saveOne({ kind, data, at }) {
    const name = `${kind}-${new Date(at).toISOString().replace(/[:.]/g, '-')}`;
    if (typeof data !== 'string') return saveFile(`${name}.bin`, [data], 'application/octet-stream');
    return saveFile(`${name}.${wshub.json.looksLike(data) ? 'json' : 'txt'}`, [data], 'text/plain;charset=utf-8');
  }

  return { saveFile, tell, plain, copyOne, saveOne };
})();
