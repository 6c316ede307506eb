'use strict';
// The details of the chosen record: its time, its size, and the message as text, as JSON, as bytes and as
// frames; or the full text of a note.
//
// Gives: wshub.Pane. Uses: plain.js, tree.js, framed.js, view.js (the log's), actions.js.

wshub.Pane = (() => {
  const { byId, element, setText } = wshub.dom;
  const { inBytes, clockOf, inTime } = wshub.units;
  const SHOWN_AS = ['text', 'json', 'hex', 'frames'];
  const encoder = new TextEncoder();

  class Pane {
    constructor(view) {
      this.view = view;
      this.record = null;
      this.place = byId('details');
      this.body = byId('details-body');
      this.stop = () => {}; // stops the background work of the details
      this.text = null; // the message as text, if it is one
      this.textTo = (_) => 0;
      this.seenFrames = () => []; // the frames that the view Frames has seen, oldest first
      this.wanted = ''; // the form in which messages are shown, once the person has chosen one
      view.choosing.push((record) => this.show(record));
      // In a narrow window the details are below the log and the message field.
      byId('entries').addEventListener('click', () => { if (this.record !== null) this.place.scrollIntoView({ block: 'nearest' }); });
      byId('details-copy').addEventListener('click', () => wshub.actions.copyOne(this.record));
      byId('details-save').addEventListener('click', () => wshub.actions.saveOne(this.record));
      byId('details-close').addEventListener('click', () => this.close());
      this.place.addEventListener('keydown', (event) => {
        if (event.key === 'Escape') this.close();
      });
      for (const name of SHOWN_AS) {
        const tab = byId(`details-${name}`);
        tab.addEventListener('click', () => {
          this.wanted = name;
          this.fill(name);
        });
        tab.addEventListener('keydown', ({ key }) => {
          const tabs = this.tabs();
          const to = { ArrowRight: 1, ArrowLeft: -1 }[key];
          if (to === undefined) return;
          const next = tabs[(tabs.indexOf(name) + to + tabs.length) % tabs.length];
          this.wanted = next;
          this.fill(next);
          byId(`details-${next}`).focus();
        });
      }
    }

    /** Closes the details; the keyboard goes back to the entry in the log. */
    close() {
      const { view, record } = this;
      const hadFocus = this.place.contains(document.activeElement);
      view.choose(null);
      if (hadFocus) (view.list.mounted.get(view.list.rowOf(record)) ?? view.box).focus({ preventScroll: true });
    }

    show(record) {
      if (record === this.record) return;
      this.record = record;
      this.stop();
      this.stop = () => {};
      this.place.hidden = record === null;
      document.body.classList.toggle('has-details', record !== null);
      if (record === null) {
        this.body.replaceChildren();
        return;
      }
      const isMessage = record.data !== null;
      setText(byId('details-title'), isMessage ? (record.kind === 'sent' ? 'Sent' : 'Received') : 'Notice');
      setText(byId('details-facts'), factsOf(record));
      byId('details-tabs').hidden = !isMessage;
      byId('details-save').hidden = !isMessage;
      this.text = isMessage ? textOf(record) : null;
      if (!isMessage) return void this.fillNote(record);
      const tabs = this.tabs();
      for (const name of SHOWN_AS) byId(`details-${name}`).hidden = !tabs.includes(name);
      const best = tabs.includes('json') ? 'json' : typeof record.data === 'string' ? 'text' : 'hex';
      this.fill(tabs.includes(this.wanted) ? this.wanted : best);
    }

    /** The tabs with the forms in which the message can be shown. */
    tabs() {
      return SHOWN_AS.filter((name) => (name === 'hex' || (name === 'frames' && this.record.cutFrom === undefined)
        || (this.text !== null && (name === 'text' || wshub.json.looksLike(this.text)))));
    }

    fill(name) {
      this.stop();
      this.stop = () => {};
      this.shownAs = name;
      for (const other of SHOWN_AS) {
        byId(`details-${other}`).setAttribute('aria-selected', String(other === name));
        byId(`details-${other}`).tabIndex = other === name ? 0 : -1;
      }
      this.body.scrollTop = 0;
      const { data } = this.record;
      if (name === 'frames') {
        const message = { isSent: this.record.kind === 'sent', isText: typeof data === 'string', bytes: bytesOf(data) };
        wshub.framed.showFrames(this.body, message, this.seenFrames());
      } else if (data.length === 0) {
        this.body.replaceChildren(element('p', 'hint', 'An empty message.'));
      } else if (name === 'text') {
        this.textTo = wshub.plain.showText(this.body, this.text);
      } else if (name === 'json') {
        const tree = new wshub.Tree(this.body, this.text);
        this.stop = () => tree.stop();
      } else {
        this.stop = wshub.plain.showBytes(this.body, bytesOf(data));
      }
      this.view.tell();
    }

    fillNote({ title, sentences }) {
      const say = (tag, words) => {
        const line = element(tag);
        wshub.visible.appendVisible(line, words);
        return line;
      };
      this.body.replaceChildren(element('div', 'note', say('h3', title),
        ...sentences.map((sentence) => (Array.isArray(sentence)
          ? element('ul', '', ...sentence.map((point) => say('li', point)))
          : say('p', sentence)))));
    }

    /** Shows the part of the text that an offset is in; returns the offset where that part begins. */
    reveal(offset) {
      if (this.shownAs !== 'text') this.fill('text');
      return this.textTo(offset);
    }
  }

  const bytesOf = (data) => (typeof data === 'string' ? encoder.encode(data) : data);

  /** A message as text: what was sent as text, or bytes that are valid UTF-8; else null. */
  function textOf({ data }) {
    if (typeof data === 'string') return data;
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(data);
    } catch {
      return null;
    }
  }

  function factsOf(record) {
    const facts = [clockOf(new Date(record.at))];
    if (record.data !== null) {
      facts.push(typeof record.data === 'string' ? 'text' : 'binary', inBytes(wshub.row.sizeOf(record)));
      if (record.roundTrip !== undefined) facts.push(`round trip ${inTime(record.roundTrip)}`);
      if (record.cutFrom !== undefined) facts.push('cut: longer than this page keeps');
    }
    return facts.join(' · ');
  }

  return Pane;
})();
