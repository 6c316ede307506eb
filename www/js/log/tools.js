'use strict';
// The log in other places: on the clipboard, in a file, and a file's log back on the page.
//
// Gives: wshub.logTools, wshub.saveFile. Uses: log.js, ndjson.js.

{
  const { byId, element, copyText } = wshub.dom;
  const { clockOf, counted } = wshub.units;
  const MAX_IMPORT = 256 << 20; // bytes of a file that is read whole

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

  const plain = ({ data }) => (typeof data === 'string' ? data : wshub.bytes.toHex(data));

  async function copyOne(record) {
    if (record.data === null) return;
    tell(await copyText(plain(record)) ? 'Copied' : 'The browser did not allow copying');
  }

  function saveOne({ data, at }) {
    const stamp = new Date(at).toISOString().replace(/[:.]/g, '-');
    saveFile(`received-${stamp}.bin`, [data], 'application/octet-stream');
  }

  function lineOf(record) {
    const words = record.data === null ? [record.title, ...record.sentences.flat()].join(' ') : plain(record);
    return `${clockOf(new Date(record.at))} ${record.kind.padEnd(8)} ${words}\n`;
  }

  const stampNow = () => new Date().toISOString().slice(0, 19).replace(/:/g, '-');

  class LogTools {
    constructor(log) {
      this.log = log;
      byId('clear').addEventListener('click', () => log.clear());
      byId('copy-all').addEventListener('click', () => this.copyAll());
      byId('export').addEventListener('click', () => this.exportAll());
      byId('import').addEventListener('click', () => byId('import-file').click());
      byId('import-file').addEventListener('change', ({ target }) => {
        if (target.files[0]) this.importFile(target.files[0]);
        target.value = ''; // the same file may be chosen again
      });
    }

    async copyAll() {
      const lines = Array.from(this.log.shown(), lineOf);
      const done = await copyText(lines.join(''));
      tell(done ? `Copied ${counted(lines.length, 'entry', 'entries')}` : 'The browser did not allow copying');
    }

    exportAll() {
      const lines = wshub.ndjson.write(this.log.shown());
      saveFile(`wshub-log-${stampNow()}.ndjson`, lines, 'application/x-ndjson');
      tell(`Saved ${counted(lines.length, 'entry', 'entries')}`);
    }

    async importFile(file) {
      const { log } = this;
      if (file.size > MAX_IMPORT) return tell('Not opened: the file has more than 256 MiB');
      const { records, bad, firstBad } = wshub.ndjson.parse(await file.text());
      const problem = bad === 0 ? [] : [`${counted(bad, 'line is', 'lines are')} no record and left out; the first is line ${firstBad}.`];
      const what = `From ${file.name}: ${counted(records.length, 'entry', 'entries')}, to read, not sent`;
      log.note(what, problem, records.length === 0 ? 'problem' : 'divider');
      log.lastAt = 0;
      for (const record of records) log.add(record);
      log.lastAt = 0;
      if (records.length > 0) log.note(`End of ${file.name}`, [], 'divider').since = 0;
      log.lastAt = 0;
      log.list.toEnd();
      return undefined;
    }
  }

  wshub.saveFile = saveFile;
  wshub.logTools = { copyOne, saveOne };
  wshub.LogTools = LogTools;
}
