'use strict';
// Messages that are kept in this browser, to be sent again another day.
//
// Gives: wshub.Saved. Uses: compose.js, store.js.

{
  const { byId, element, button, tellProblem, setText } = wshub.dom;
  const { store } = wshub;
  const MOST = 50;
  const MAX_CHARACTERS = 100000; // of one: the browser's store is small

  const isSaved = (entry) => entry !== null && typeof entry === 'object'
    && typeof entry.text === 'string' && Object.hasOwn(wshub.Compose.MODES, entry.mode);

  class Saved {
    constructor(compose) {
      this.compose = compose;
      this.entries = store.list('saved', isSaved);
      byId('save').addEventListener('click', () => this.save());
      this.render();
    }

    save() {
      const entry = this.compose.now();
      const problem = (words) => tellProblem(this.compose.field, words);
      if (entry.text === '') return problem('Nothing to save yet: type a message first.');
      if (entry.text.length > MAX_CHARACTERS) return problem('Not saved: it is longer than 100,000 characters.');
      this.keep([entry, ...this.entries.filter(({ mode, text }) => mode !== entry.mode || text !== entry.text)].slice(0, MOST));
      byId('saved').open = true;
      return undefined;
    }

    keep(entries) {
      this.entries = entries;
      store.write('saved', entries);
      this.render();
    }

    render() {
      const { entries, compose } = this;
      byId('saved').hidden = entries.length === 0;
      setText(byId('saved-count'), `Saved (${entries.length})`);
      byId('saved-entries').replaceChildren(...entries.map((entry) => {
        const short = wshub.visible.visibleText(wshub.visible.cutText(entry.text, 80, 1));
        const load = button(entry.mode === 'text' ? short : `${entry.mode}: ${short}`, 'quiet', () => {
          compose.load(entry);
          compose.field.focus();
        }, `Edit: ${short}`);
        const send = button('Send it', 'small', () => {
          compose.load(entry);
          compose.send();
        }, `Send it: ${short}`);
        const remove = button('Delete', 'small', () => {
          this.keep(entries.filter((other) => other !== entry));
          byId('save').focus();
        }, `Delete: ${short}`);
        return element('div', 'saved-entry', load, send, remove);
      }));
    }
  }

  wshub.Saved = Saved;
}
