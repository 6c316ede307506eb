'use strict';
// What can be done with an entry of the log, or with all of them: put it on the clipboard, save it.
//
// Gives: wshub.actions. Uses: dom.js, bytes.js, json.js, row.js.

wshub.actions = (() => {
  const { byId, element, copyText } = wshub.dom;

  /** Hands a file to the browser's downloads. */
  function saveFile(name, parts, type) {
    const link = element('a');
    link.href = URL.createObjectURL(new Blob(parts, { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  /** What was done, in a few words beside the buttons; read out, and gone again. */
  let clearing = 0;
  function tell(words) {
    byId('done').textContent = words;
    clearTimeout(clearing);
    clearing = setTimeout(() => byId('done').replaceChildren(), 4000);
  }

  /** A record as text: a message as it is, bytes in hex, all that a note says. */
  function plain(record) {
    const { data } = record;
    return data === null ? wshub.row.wordsOf(record) : typeof data === 'string' ? data : wshub.bytes.toHex(data);
  }

  async function copyOne(record) {
    tell(await copyText(plain(record)) ? 'Copied' : 'The browser did not allow copying');
  }

  /** Saves a message as exactly its bytes. */
  function saveOne({ kind, data, at }) {
    const name = `${kind}-${new Date(at).toISOString().replace(/[:.]/g, '-')}`;
    if (typeof data !== 'string') return saveFile(`${name}.bin`, [data], 'application/octet-stream');
    return saveFile(`${name}.${wshub.json.looksLike(data) ? 'json' : 'txt'}`, [data], 'text/plain;charset=utf-8');
  }

  return { saveFile, tell, plain, copyOne, saveOne };
})();
