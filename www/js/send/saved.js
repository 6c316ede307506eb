'use strict';
// The saved messages: those of the saved connection that is shown, and those for every connection.
//
// Gives: wshub.Saved. Uses: compose.js, library.js, tabs.js.

wshub.Saved = (() => {
  const { byId, element, button, tellProblem, setText } = wshub.dom;
  const { library } = wshub;
  const { visibleText, cutText } = wshub.visible;

  class Saved {
    constructor(compose, tabs) {
      this.compose = compose;
      this.tabs = tabs;
      byId('save').addEventListener('click', () => this.save());
      library.changed.push(() => this.render());
      tabs.changed.push(() => this.render());
    }

    /** The name of the saved connection that is shown; '' for none. */
    get connection() {
      const { savedAs } = this.tabs.now;
      return library.connection(savedAs) === undefined ? '' : savedAs;
    }

    save() {
      const message = this.compose.now();
      const problem = (words) => tellProblem(this.compose.field, words);
      if (message.text === '') return problem('Nothing to save yet: type a message first.');
      if (message.text.length > library.MAX_TEXT) return problem('Not saved: it is longer than 100,000 characters.');
      if (!library.hasRoom(this.connection, message)) {
        return problem(`Not saved: there are ${library.MOST_MESSAGES} saved messages already. Delete one first.`);
      }
      if (!library.saveMessage(this.connection, message)) problem('Saved until this page is closed: the browser’s storage is full.');
      byId('saved').open = true;
      return undefined;
    }

    /** Draws the list again if it has changed. */
    render() {
      const { connection } = this;
      const drawn = `${library.version} ${connection}`;
      if (drawn === this.drawn) return;
      this.drawn = drawn;
      const groups = (connection === '' ? [''] : [connection, '']).map((of) => ({ of, messages: library.messagesOf(of) }))
        .filter(({ messages }) => messages.length > 0);
      const count = groups.reduce((sum, { messages }) => sum + messages.length, 0);
      byId('saved').hidden = count === 0;
      setText(byId('saved-count'), `Saved (${count})`);
      byId('saved-entries').replaceChildren(...groups.flatMap(({ of, messages }) => {
        const rows = messages.map((message) => this.rowOf(of, message));
        const title = of === '' ? 'For every connection' : `For ${visibleText(of)}`;
        return connection === '' ? rows : [element('p', 'hint', title), ...rows];
      }));
    }

    rowOf(of, message) {
      const { compose } = this;
      const { mode, name } = message;
      const text = visibleText(cutText(message.text, 80, 1));
      const short = name === '' ? text : visibleText(name);
      const load = button(short, 'quiet', () => {
        compose.keepDraft();
        compose.load(message);
        compose.field.focus();
      }, `Edit: ${short}`);
      const about = [mode === 'text' ? '' : mode, name === '' ? '' : text].filter((word) => word !== '').join(': ');
      const send = button('Send', 'small', () => compose.sendEntry(message), `Send saved: ${short}`);
      const rename = button('Name', 'small', () => this.rename(row, of, message), `Name: ${short}`);
      const remove = button('Delete', 'small', () => {
        library.deleteMessage(of, message);
        byId('save').focus();
      }, `Delete: ${short}`);
      const row = element('div', 'saved-entry', load, element('span', 'aside', about), send, rename, remove);
      return row;
    }

    /** Replaces a row by a field for its name. */
    rename(row, of, message) {
      const field = element('input');
      field.type = 'text';
      field.maxLength = library.MAX_NAME;
      field.value = message.name;
      field.setAttribute('aria-label', 'New name');
      const end = (isWanted) => {
        this.drawn = '';
        if (isWanted) library.renameMessage(of, message, field.value);
        else this.render();
        byId('saved-count').focus();
      };
      field.addEventListener('keydown', (event) => {
        if (wshub.dom.isComposing(event) || !['Enter', 'Escape'].includes(event.key)) return;
        event.preventDefault();
        event.stopPropagation();
        end(event.key === 'Enter');
      });
      row.replaceChildren(field, button('Done', 'small', () => end(true)), button('Cancel', 'small', () => end(false)));
      field.focus();
    }
  }

  return Saved;
})();
