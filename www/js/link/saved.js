'use strict';
// The controls of the saved connections: to open, save and delete them, to export and import them.
//
// Gives: wshub.SavedConnections. Uses: library.js, panel.js, tabs.js, actions.js.

wshub.SavedConnections = (() => {
  const { byId, element, button, tellProblem, setText } = wshub.dom;
  const { library, passwords } = wshub;
  const { visibleText, cutText } = wshub.visible;
  const { counted } = wshub.units;
  const MAX_FILE = 32 << 20; // bytes

  class SavedConnections {
    constructor(tabs, panel) {
      this.tabs = tabs;
      this.panel = panel;
      this.name = byId('connection-name');
      byId('show-saved').addEventListener('click', () => this.show(byId('saved-connections').hidden));
      byId('save-connection').addEventListener('submit', (event) => {
        event.preventDefault();
        this.save();
      });
      this.name.addEventListener('input', () => tellProblem(this.name, ''));
      byId('export-connections').addEventListener('click', () => this.exportAll());
      byId('import-connections').addEventListener('click', () => byId('connections-file').click());
      byId('connections-file').addEventListener('change', ({ target }) => {
        if (target.files[0]) this.importFile(target.files[0]);
        target.value = ''; // so that the same file can be chosen again
      });
      library.changed.push(() => this.draw());
      tabs.entered.push(() => this.suggest());
      this.draw();
    }

    show(isShown) {
      byId('saved-connections').hidden = !isShown;
      byId('show-saved').setAttribute('aria-expanded', String(isShown));
      setText(byId('saved-told'), '');
      if (!isShown) return;
      this.suggest();
      this.name.focus();
    }

    /** Proposes the name of the connection that is shown. */
    suggest() {
      const { now } = this.tabs;
      tellProblem(this.name, '');
      this.name.value = now.savedAs || (now.name === 'New connection' ? '' : now.name);
    }

    tell(words) {
      setText(byId('saved-told'), words);
    }

    save() {
      const { panel, name } = this;
      const url = passwords.without(panel.typed());
      const subprotocols = panel.protocolNames();
      const problem = name.value.trim() === '' ? 'Write a name for the connection first.'
        : name.value.trim().length > library.MAX_NAME ? `A name has ${library.MAX_NAME} characters at most.`
          : wshub.address.problemWith(url) || wshub.address.problemWithProtocols(subprotocols)
            || (library.isUrl(url) ? '' : 'This URL is too long to be saved.');
      tellProblem(name, problem);
      if (problem) return name.focus();
      const isNew = library.connection(name.value.trim()) === undefined;
      if (isNew && library.connections.length >= library.MOST_CONNECTIONS) {
        tellProblem(name, `Not saved: there are ${library.MOST_CONNECTIONS} saved connections already. Delete one first.`);
        return name.focus();
      }
      const isKept = library.saveConnection({ name: name.value, url, subprotocols });
      this.tabs.now.savedAs = name.value.trim();
      this.tabs.list();
      for (const tell of this.tabs.changed) tell(); // the messages of this connection are listed from now on
      return this.tell(isKept ? isNew ? 'Saved' : 'Saved. It replaces the connection of this name.' : 'Saved until this page is closed: the browser’s storage is full');
    }

    exportAll() {
      wshub.actions.saveFile('wshub-connections.json', [library.write()], 'application/json');
      this.tell(`Exported ${counted(library.connections.length, 'connection')}, without passwords`);
    }

    async importFile(file) {
      if (file.size > MAX_FILE) return this.tell('Not imported: the file has more than 32 MiB');
      let got;
      try {
        got = library.read(await file.text());
      } catch (error) {
        return this.tell(`Not imported: ${error.message}`);
      }
      const words = [`Imported ${counted(got.connections, 'connection')} and ${counted(got.messages, 'message')}.`];
      if (got.bad > 0) words.push(`Skipped ${counted(got.bad, 'entry', 'entries')} that ${got.bad === 1 ? 'is not valid' : 'are not valid'}.`);
      if (got.dropped > 0) words.push(`${counted(got.dropped, 'entry', 'entries')} did not fit.`);
      if (!library.isKept) words.push('The browser’s storage is full: they are kept until this page is closed.');
      return this.tell(words.join(' '));
    }

    /** Opens a saved connection: in the tab that is shown, or in a new one if that is in use and there is room. */
    open(one) {
      const { tabs } = this;
      const isUsed = tabs.now.link.state !== 'closed' || tabs.now.log.ring.size > 0;
      if (isUsed && !tabs.isFull) tabs.show(tabs.add());
      this.show(false);
      this.panel.fillSaved(one);
    }

    draw() {
      const { connections } = library;
      setText(byId('show-saved'), connections.length === 0 ? 'Saved connections' : `Saved connections (${connections.length})`);
      const rows = connections.map((one) => {
        const name = visibleText(one.name);
        const open = button(name, 'quiet', () => this.open(one), `Open ${name}`);
        const url = visibleText(cutText(one.url, 200, 1));
        const more = [one.subprotocols.join(', '), one.messages.length === 0 ? '' : counted(one.messages.length, 'message')].filter((word) => word !== '');
        const remove = button('Delete', 'small', () => {
          library.deleteConnection(one.name);
          for (const tab of this.tabs.all) if (tab.savedAs === one.name) tab.savedAs = '';
          this.tabs.list();
          this.name.focus();
        }, `Delete ${name}`);
        return element('div', 'saved-entry', open, element('span', 'aside', [url, ...more].join(' · ')), remove);
      });
      byId('connection-list').replaceChildren(...rows);
      byId('no-connections').hidden = rows.length > 0;
    }
  }

  return SavedConnections;
})();
