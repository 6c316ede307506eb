'use strict';
// Messages that are kept in this browser, to be sent again another day.
//
// Gives: wshub.Saved. Uses: compose.js, store.js.

wshub.Saved = (() => {
  const { byId, element, button, tellProblem, setText } = wshub.dom;
  const { store } = wshub;
  const MOST = 50;
  const MAX_CHARACTERS = 100000; // of one: the browser's store is small

  const isSaved = wshub.Compose.isEntry;

  class Saved {
    constructor(compose) {
      this.compose = compose;
      this.entries = this.kept();
      byId('save').addEventListener('click', () => this.save());
      this.render();
      // Another tab has saved or deleted one.
      store.watch('saved', () => {
        this.entries = this.kept();
        this.render();
      });
    }

    /** What the browser has now: another tab may have changed it. */
    kept() {
      return store.list('saved', isSaved);
    }

    save() {
      const entry = this.compose.now();
      const problem = (words) => tellProblem(this.compose.field, words);
      if (entry.text === '') return problem('Nothing to save yet: type a message first.');
      if (entry.text.length > MAX_CHARACTERS) return problem('Not saved: it is longer than 100,000 characters.');
      this.keep([entry, ...this.kept().filter(({ mode, text }) => mode !== entry.mode || text !== entry.text)].slice(0, MOST));
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
        const send = button('Send', 'small', () => compose.sendEntry(entry), `Send saved: ${short}`);
        const remove = button('Delete', 'small', () => {
          this.keep(this.kept().filter((other) => other.mode !== entry.mode || other.text !== entry.text));
          byId('save').focus();
        }, `Delete: ${short}`);
        return element('div', 'saved-entry', load, send, remove);
      }));
    }
  }

  return Saved;
})();
