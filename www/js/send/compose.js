'use strict';
// The field to write and send a message: as text, or as bytes in hex or base64.
//
// Gives: wshub.Compose. Uses: tabs.js, history.js, bytes.js, json.js, store.js.

wshub.Compose = (() => {
  const { byId, tellProblem, setText, setUsable } = wshub.dom;
  const { bytesIn, inBytes } = wshub.units;

  const MAX_CHECKED = 100000; // characters; longer texts are not checked at each key
  const ON_SCREEN = matchMedia('(hover: none) and (pointer: coarse)');

  const MODES = {
    text: { read: (text) => text, empty: 'Nothing to send yet: type a message first.' },
    hex: { read: wshub.bytes.fromHex, empty: 'Nothing to send yet: type bytes in hex, for example 48 69.' },
    base64: { read: wshub.bytes.fromBase64, empty: 'Nothing to send yet: type bytes in base64, for example SGk=.' },
  };

  class Compose {
    constructor(tabs, view) {
      this.tabs = tabs;
      this.view = view;
      this.field = byId('message');
      this.mode = byId('mode');
      byId('send').addEventListener('click', () => {
        this.send();
        this.field.focus();
      });
      this.field.addEventListener('input', () => this.changed());
      this.mode.addEventListener('change', () => this.changed());
      const keep = byId('keep');
      keep.checked = wshub.store.flag('keep');
      keep.addEventListener('change', () => wshub.store.write('keep', keep.checked));
      byId('format').addEventListener('click', () => {
        this.field.value = wshub.json.pretty(this.field.value) ?? this.field.value;
        this.changed();
        this.field.focus();
      });
      this.field.addEventListener('keydown', (event) => this.key(event));
      tabs.changed.push(() => {
        setUsable(byId('send'), this.link.isOpen);
        if (this.link.isOpen && this.isAboutConnection) tellProblem(this.field, '');
      });
      tabs.leaving.push((tab) => { tab.draft = this.now(); });
      tabs.entered.push((tab) => this.load(tab.draft));
    }

    get link() {
      return this.tabs.now.link;
    }

    get history() {
      return this.tabs.now.history;
    }

    /** The field's contents as they would be sent; null, with the problem shown, if they are not valid. */
    content() {
      const { read, empty } = MODES[this.mode.value];
      this.isAboutConnection = !this.link.isOpen;
      if (!this.link.isOpen) return this.refuse('Not sent: there is no open connection. Press Connect first.');
      if (this.field.value === '') return this.refuse(empty);
      try {
        return read(this.field.value);
      } catch (error) {
        return this.refuse(error.message);
      }
    }

    refuse(problem) {
      tellProblem(this.field, problem);
      return null;
    }

    send() {
      const content = this.content();
      if (content === null) return false;
      this.link.send(content);
      this.history.add(this.now());
      this.view.list.toEnd(); // so that the sent message is in view
      if (!byId('keep').checked) this.field.value = '';
      this.changed();
      return true;
    }

    /** Sends a message that was written before; the field keeps its contents. */
    sendEntry(entry) {
      if (!this.link.isOpen) return void this.refuse('Not sent: there is no open connection. Press Connect first.');
      let content;
      try {
        content = MODES[entry.mode].read(entry.text);
      } catch (error) {
        return void this.refuse(error.message);
      }
      this.link.send(content);
      this.history.add(entry);
      return this.view.list.toEnd();
    }

    now() {
      return { mode: this.mode.value, text: this.field.value };
    }

    /** Keeps what is in the field for ArrowUp, before something else takes its place. */
    keepDraft() {
      if (this.field.value !== '') this.history.add(this.now());
    }

    /** Puts an earlier message into the field. */
    load({ mode, text }) {
      this.mode.value = mode;
      this.field.value = text;
      this.changed();
    }

    changed() {
      tellProblem(this.field, '');
      setText(byId('length'), this.length());
      this.checkJson();
    }

    /** Shows what is wrong with a text that looks like JSON; it can be sent all the same. */
    checkJson() {
      const { value } = this.field;
      let told = '';
      if (this.mode.value === 'text' && /^\s*[{[]/.test(value)) {
        const problem = value.length > MAX_CHECKED ? '' : wshub.json.problemWith(value);
        told = value.length > MAX_CHECKED ? 'JSON of over 100,000 characters is not checked here'
          : problem === '' ? 'valid JSON' : `not valid JSON: ${problem}`;
      }
      byId('format').hidden = told !== 'valid JSON';
      setText(byId('json-problem'), told);
    }

    length() {
      const { value } = this.field;
      if (value === '') return '';
      if (this.mode.value === 'text') return inBytes(bytesIn(value));
      try {
        return inBytes(MODES[this.mode.value].read(value).length);
      } catch {
        return ''; // the problem is shown when it is sent
      }
    }

    key(event) {
      if (wshub.dom.isComposing(event)) return;
      // An on-screen keyboard has no Shift+Enter: there Enter starts a new line, and the Send button sends.
      const startsLine = event.shiftKey || (ON_SCREEN.matches && !event.ctrlKey && !event.metaKey);
      if (event.key === 'Enter' && !startsLine) {
        event.preventDefault();
        this.send();
      } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
        this.recall(event);
      }
    }

    /** ArrowUp in the first line and ArrowDown in the last one go through the sent messages. */
    recall(event) {
      const { value, selectionStart, selectionEnd } = this.field;
      if (selectionStart !== selectionEnd || event.shiftKey || event.altKey || event.metaKey || event.ctrlKey) return;
      const isUp = event.key === 'ArrowUp';
      const between = isUp ? value.slice(0, selectionStart) : value.slice(selectionEnd);
      if (between.includes('\n')) return;
      const entry = this.history.step(isUp ? -1 : 1, this.now());
      if (entry === null) return;
      event.preventDefault();
      this.load(entry);
      const end = isUp ? 0 : this.field.value.length; // so that the same key continues in the same direction
      this.field.setSelectionRange(end, end);
    }
  }

  /** Whether a value from the browser's memory is a message as it was written. */
  Compose.isEntry = (entry) => entry !== null && typeof entry === 'object'
    && typeof entry.text === 'string' && Object.hasOwn(MODES, entry.mode);
  return Compose;
})();
