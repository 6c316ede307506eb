'use strict';
// Copies the log to the clipboard, saves it to a file, and reads it from a file.
//
// Gives: wshub.LogTools. Uses: view.js, ndjson.js, actions.js.

wshub.LogTools = (() => {
  const { byId, copyText } = wshub.dom;
  const { saveFile, tell, plain } = wshub.actions;
  const { clockOf, counted } = wshub.units;
  const MAX_IMPORT = 256 << 20; // bytes of a file, which is read as a whole

  function lineOf(record) {
    return `${clockOf(new Date(record.at))} ${record.kind.padEnd(8)} ${plain(record)}\n`;
  }

  const stampNow = () => new Date().toISOString().slice(0, 19).replace(/:/g, '-');

  class LogTools {
    constructor(view) {
      this.view = view;
      byId('clear').addEventListener('click', () => {
        view.choose(null);
        view.log.clear();
      });
      byId('copy-all').addEventListener('click', () => this.copyAll());
      byId('export').addEventListener('click', () => this.exportAll());
      byId('import').addEventListener('click', () => byId('import-file').click());
      byId('import-file').addEventListener('change', ({ target }) => {
        if (target.files[0]) this.importFile(target.files[0]);
        target.value = ''; // so that the same file can be chosen again
      });
    }

    async copyAll() {
      const lines = Array.from(this.view.shown(), lineOf);
      const done = await copyText(lines.join(''));
      tell(done ? `Copied ${counted(lines.length, 'entry', 'entries')}` : 'The browser did not allow copying');
    }

    exportAll() {
      const lines = wshub.ndjson.write(this.view.shown());
      saveFile(`wshub-log-${stampNow()}.ndjson`, lines, 'application/x-ndjson');
      tell(`Saved ${counted(lines.length, 'entry', 'entries')}`);
    }

    async importFile(file) {
      const { log } = this.view;
      if (file.size > MAX_IMPORT) return tell('Not opened: the file has more than 256 MiB');
      const { records, bad, firstBad } = wshub.ndjson.parse(await file.text());
      const problem = bad === 0 ? [] : [`Skipped ${counted(bad, 'line')} that ${bad === 1 ? 'is not a log record' : 'are not log records'}; the first is line ${firstBad}.`];
      const what = `Imported from ${file.name}: ${counted(records.length, 'entry', 'entries')}, which are shown and not sent`;
      log.note(what, problem, records.length === 0 ? 'problem' : 'divider');
      for (const record of records) log.add(record);
      if (records.length > 0) log.note(`End of ${file.name}`, [], 'divider');
      this.view.list.toEnd();
      return undefined;
    }
  }

  return LogTools;
})();
