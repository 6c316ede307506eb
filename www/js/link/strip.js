'use strict';
// The row of connections as tabs, each with its name, its state and its unread count. It is shown if there are
// several.
//
// Gives: wshub.TabStrip. Uses: tabs.js, title.js.

wshub.TabStrip = (() => {
  const { byId, element, button, setText, setUsable } = wshub.dom;
  const SOON = 100; // milliseconds between redraws, for a flood in another tab

  class TabStrip {
    constructor(tabs) {
      this.tabs = tabs;
      this.place = byId('connections');
      this.row = byId('connection-row');
      this.drawn = new Map(); // by tab: its elements
      byId('add-connection').addEventListener('click', () => this.add());
      this.row.addEventListener('keydown', (event) => this.key(event));
      tabs.listed.push(() => { this.timer ||= setTimeout(() => this.draw(), SOON); });
      tabs.entered.push(() => this.draw());
    }

    /** Adds a connection, with this server's /broadcast as its URL. */
    add() {
      const { tabs } = this;
      if (tabs.isFull) return;
      tabs.show(tabs.add());
      byId('url').focus();
      byId('url').select();
    }

    close(tab) {
      const hadFocus = this.place.contains(document.activeElement);
      this.tabs.close(tab);
      this.draw();
      if (!hadFocus) return;
      if (this.place.hidden) byId('add-connection').focus();
      else this.drawn.get(this.tabs.now).face.focus();
    }

    key(event) {
      const { all, now } = this.tabs;
      if (event.target.getAttribute('role') !== 'tab') return;
      const at = all.indexOf(now);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
      if (event.key === 'Delete') this.close(now);
      else if (to !== undefined) {
        this.tabs.show(all[(to + all.length) % all.length]);
        this.drawn.get(this.tabs.now).face.focus();
      } else return;
      event.preventDefault();
    }

    draw() {
      clearTimeout(this.timer);
      this.timer = 0;
      const { all, now } = this.tabs;
      this.place.hidden = all.length === 1;
      setUsable(byId('add-connection'), !this.tabs.isFull);
      for (const [tab, { holder }] of this.drawn) {
        if (all.includes(tab)) continue;
        holder.remove();
        this.drawn.delete(tab);
      }
      for (const tab of all) this.drawOne(tab, tab === now);
      // `aria-owns` makes the tabs children of the tab list although they are elsewhere: each has a close
      // button beside it.
      byId('connection-tabs').setAttribute('aria-owns', all.map(({ number }) => `connection-${number}`).join(' '));
      this.tellTitle();
    }

    drawOne(tab, isNow) {
      const parts = this.drawn.get(tab) ?? this.make(tab);
      const { state } = tab.link;
      const { name } = tab;
      setText(parts.name, name);
      const unread = tab.unread === 0 ? '' : wshub.units.short(tab.unread);
      setText(parts.unread, unread);
      parts.unread.hidden = unread === '';
      parts.face.setAttribute('aria-label', `${name}, ${state}${unread && `, ${unread} new`}`);
      parts.face.dataset.state = state;
      parts.face.setAttribute('aria-selected', String(isNow));
      parts.face.tabIndex = isNow ? 0 : -1;
      parts.close.setAttribute('aria-label', `Close ${name}`);
    }

    make(tab) {
      const [name, unread] = ['words', 'badge'].map((kind) => element('span', kind));
      const face = button('', 'state', () => this.tabs.show(tab));
      face.append(name, unread);
      face.id = `connection-${tab.number}`;
      face.setAttribute('role', 'tab');
      face.setAttribute('aria-controls', 'bench');
      face.addEventListener('auxclick', (event) => event.button === 1 && this.close(tab));
      const close = button('×', 'small quiet', () => this.close(tab));
      const parts = { holder: element('span', 'connection', face, close), face, name, unread, close };
      this.row.append(parts.holder);
      this.drawn.set(tab, parts);
      return parts;
    }

    tellTitle() {
      const { all, now } = this.tabs;
      const { state } = now.link;
      const open = all.filter(({ link }) => link.isOpen).length;
      const words = state === 'closed' ? '' : `${state}: ${new URL(now.link.story.address).host}`;
      const many = all.length === 1 || open === 0 ? '' : `${open} of ${all.length} open`;
      wshub.title.tell('connection', words && many ? `${words} (${many})` : words || many);
    }
  }

  return TabStrip;
})();
