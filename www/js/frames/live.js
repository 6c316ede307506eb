'use strict';
// Live: the frames of the Workbench's connection, in both directions, as the server saw them.
//
// A connection is watched from its start: a token in its URL pairs it with this page's channel, so an open
// connection is closed and opened again. A page cannot see frames by itself, since browsers only show it
// messages.
//
// Gives: wshub.Live. Uses: channel.js, tap.js, address.js, fields.js, diagram.js, handshake.js.

wshub.Live = (() => {
  const { byId, element, setText, setUsable } = wshub.dom;
  const { fields, tap, units } = wshub;
  const MAX_ROWS = 300;

  class Live {
    /** `workbench`: { link(), typedUrl(), connectTo(url) }; connectTo returns false if there is no room for a tab. */
    constructor(channel, workbench) {
      this.channel = channel;
      this.workbench = workbench;
      this.rows = []; // { entry, number, button }, oldest first; number: the page's own, of the connection
      this.chosen = null;
      this.connections = new Map(); // by the server's number of the connection: { endpoint, request, response, number, isOpen }
      this.only = ''; // the one connection that is listed; '' for all
      this.isWatching = false;
      this.isAsking = false; // the server has not yet agreed
      this.isPrimary = true; // whether Watch is the view's next step, rather than the tour's button
      this.happened = []; // called with each entry, for the tour
      this.shownDetail = []; // called with the entry whose details are shown
      this.list = byId('live-frames');
      byId('live-watch').addEventListener('click', () => (this.isWatching ? this.stop() : this.watch()));
      byId('live-clear').addEventListener('click', () => this.clear());
      byId('live-connection').addEventListener('change', () => this.filter(byId('live-connection').value));
      byId('live-disconnect').addEventListener('click', () => this.workbench.link().disconnect());
      byId('live-form').addEventListener('submit', (event) => {
        event.preventDefault();
        this.send(byId('live-text').value);
      });
      this.list.addEventListener('keydown', (event) => this.key(event));
      channel.told.push((said) => this.tell(said));
      channel.ended.push(() => {
        if (this.isWatching) this.problem('The server no longer shows frames to this page. Press Watch to see more.');
        this.forget();
      });
      this.render();
    }

    // ---- Watching

    /** Opens the Workbench's connection again, watched; with `url`, one to that URL. */
    async watch(url = '') {
      if (this.isAsking) return undefined;
      this.problem('');
      const { workbench } = this;
      const before = workbench.link();
      const wasOpen = before.state !== 'closed' ? before.story.address : '';
      if (url === '' && wasOpen !== '' && !wshub.address.isOurs(wasOpen)) {
        return this.problem(`The Workbench is connected to ${new URL(wasOpen).host}, and this page can show only the frames of connections to its own server. Disconnect there first.`);
      }
      if (!this.isWatching && !await this.begin()) return undefined;
      const link = workbench.link();
      const isOpen = link.state !== 'closed';
      if (isOpen && (url === '' || url === link.story.address)) {
        const { address, protocols } = link.story;
        return link.move(() => link.connect(address, protocols));
      }
      const typed = workbench.typedUrl();
      const isOwn = wshub.address.endpointOf(typed) !== '' && wshub.address.originOf(typed) === this.channel.origin;
      if (workbench.connectTo(url || (isOwn ? typed : this.echo))) return undefined;
      return this.problem('There is no room for another connection: close one in the Workbench.');
    }

    /** Asks the server to show the connections of this page; returns whether it does. */
    async begin() {
      const token = tap.draw();
      this.isAsking = true;
      try {
        const answer = await this.channel.ask(`watch ${token}`);
        if (answer.kind === 'problem') throw new Error(answer.problem);
        tap.use(token);
        this.isWatching = true;
      } catch (error) {
        this.problem(error.message);
      }
      this.isAsking = false;
      this.render();
      return this.isWatching;
    }

    stop() {
      this.forget();
      this.channel.close();
    }

    forget() {
      tap.use('');
      this.isWatching = false;
      for (const connection of this.connections.values()) connection.isOpen = false; // their ends are not told
      this.render();
    }

    problem(why) {
      setText(byId('live-problem'), why);
    }

    /** The URL of /echo, whose answers no other client receives. */
    get echo() {
      return `${this.channel.origin}/echo`;
    }

    /** Sends a text on the Workbench's connection; returns whether that was possible. */
    send(text) {
      const link = this.workbench.link();
      if (!link.isOpen) {
        this.problem('There is no open connection: watch one first.');
        return false;
      }
      this.problem('');
      link.send(text);
      return true;
    }

    /** Handles a message of the server about a watched connection. */
    tell(said) {
      const { kind, id } = said;
      if (kind === 'opened') {
        const { endpoint, request } = said;
        this.connections.set(id, { endpoint, request, response: '', number: tap.numberIn(request), isOpen: true });
        this.connections.delete([...this.connections.keys()].at(-tap.MAX_CONNECTIONS - 1));
        this.offer();
      }
      const connection = this.connections.get(id);
      if (kind !== 'skipped' && connection === undefined) return;
      if (kind === 'response') {
        connection.response = said.response; // the response is shown with the row of the handshake
        const row = this.rows.find(({ entry }) => entry.kind === 'opened' && entry.id === id);
        if (row !== undefined && row === this.chosen) this.showDetail(row.entry);
      } else {
        if (kind === 'ended') connection.isOpen = false;
        this.add(said, connection?.number ?? '');
      }
      for (const happened of this.happened) happened(said);
      this.render();
    }

    // ---- The list

    add(entry, number) {
      const button = element('button', `frame-row of-${entry.kind}`, ...wordsOf(entry));
      button.type = 'button';
      button.tabIndex = -1;
      const row = { entry, number, button };
      button.addEventListener('click', () => this.choose(row));
      const isAtEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 40;
      const item = element('li', '', button);
      item.hidden = !this.isListed(row);
      this.list.append(item);
      this.rows.push(row);
      if (this.rows.length > MAX_ROWS) {
        const [oldest] = this.rows.splice(0, 1);
        oldest.button.parentElement.remove();
        if (oldest === this.chosen) this.choose(null);
      }
      if (!this.rows.some((one) => one.button.tabIndex === 0)) this.reach();
      if (isAtEnd) this.list.scrollTop = this.list.scrollHeight;
    }

    /** What was seen on the connections of a link, oldest first. */
    entriesOf(link) {
      return this.rows.filter(({ number }) => link.watched.includes(number)).map(({ entry }) => entry);
    }

    /** Whether a row belongs to the chosen connection. A row about no connection is listed with each. */
    isListed({ entry }) {
      return this.only === '' || entry.id === undefined || String(entry.id) === this.only;
    }

    /** Offers the connections to choose from. */
    offer() {
      const select = byId('live-connection');
      select.replaceChildren(new Option('all', ''), ...[...this.connections].map(([id, { endpoint }]) => new Option(`#${id} to ${endpoint}`, id)));
      if (!this.connections.has(Number(this.only))) this.filter('');
      select.value = this.only;
    }

    /** Lists one connection; all with ''. */
    filter(only) {
      this.only = only;
      for (const row of this.rows) row.button.parentElement.hidden = !this.isListed(row);
      if (this.chosen !== null && !this.isListed(this.chosen)) this.choose(null);
      else this.reach();
    }

    /** One row of those that are listed can be reached with Tab. */
    reach() {
      const reached = this.chosen ?? this.rows.find((row) => this.isListed(row));
      for (const row of this.rows) row.button.tabIndex = row === reached ? 0 : -1;
    }

    clear() {
      this.rows = [];
      this.list.replaceChildren();
      for (const [id, { isOpen }] of this.connections) if (!isOpen) this.connections.delete(id);
      this.choose(null);
      this.offer();
      this.render();
    }

    choose(row) {
      this.chosen = row;
      for (const one of this.rows) {
        if (one === row) one.button.setAttribute('aria-current', 'true');
        else one.button.removeAttribute('aria-current');
      }
      this.reach();
      byId('live-detail').hidden = row === null;
      if (row !== null) this.showDetail(row.entry);
    }

    /** Chooses the last entry that matches; returns whether there is one. */
    chooseLast(isSo) {
      const row = this.rows.findLast(({ entry }) => isSo(entry));
      if (row === undefined) return false;
      if (!this.isListed(row)) {
        this.filter('');
        byId('live-connection').value = '';
      }
      this.choose(row);
      return true;
    }

    key(event) {
      const listed = this.rows.filter((row) => this.isListed(row));
      const at = listed.findIndex(({ button }) => button === event.target);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: listed.length - 1 }[event.key];
      if (at === -1 || to === undefined) return;
      event.preventDefault();
      const row = listed[Math.max(0, Math.min(to, listed.length - 1))];
      this.choose(row);
      row.button.focus();
    }

    showDetail(entry) {
      const box = byId('live-detail');
      const place = element('div', 'frame-drawn');
      const told = () => { for (const shown of this.shownDetail) shown(entry); };
      box.replaceChildren(element('h2', '', titleOf(entry)), place);
      if (entry.kind === 'opened') new wshub.Handshake(place, this.connections.get(entry.id) ?? entry, () => { for (const shown of this.shownDetail) shown({ kind: 'steps' }); });
      else if (entry.kind === 'frame') new wshub.Diagram(place, entry, titleOf(entry));
      else place.replaceChildren(...explained(entry).map((words) => element('p', '', words)));
      told();
    }

    render() {
      const { isWatching } = this;
      const watch = byId('live-watch');
      setText(watch, isWatching ? 'Stop watching' : 'Watch');
      watch.classList.toggle('main', !isWatching && this.isPrimary);
      const open = [...this.connections.values()].filter((one) => one.isOpen).length;
      const state = byId('live-state');
      state.dataset.state = isWatching && open > 0 ? 'open' : 'closed';
      setText(state, !isWatching ? 'not watching' : open > 0 ? `watching ${units.counted(open, 'open connection')}` : 'watching: connect in the Workbench');
      const link = this.workbench.link();
      setText(byId('live-about'), isWatching
        ? 'Each frame of the Workbench’s connections is listed here, both ways, with the number of its connection. Choose one to see its fields.'
        : `Watching opens the Workbench’s connection ${link.state === 'closed' ? '' : 'again'} with a token that only this page knows, so nobody else sees its frames.`);
      setUsable(byId('live-disconnect'), isWatching && link.isOpen);
      byId('live-empty').hidden = this.rows.length > 0;
    }
  }

  const DIRECTIONS = { in: '↑ from the client', out: '↓ from the server' };

  function wordsOf(entry) {
    const time = element('span', 'frame-at', entry.at === undefined ? '' : `${(entry.at / 1000).toFixed(3)} s`);
    const connection = element('span', 'frame-at', entry.id === undefined ? '' : `#${entry.id}`);
    const words = (direction, kind, rest) => [time, connection, element('span', 'frame-way', direction), element('span', 'frame-kind', kind), element('span', 'frame-rest', rest)];
    switch (entry.kind) {
      case 'opened': return words('', 'handshake', `connection ${entry.id} to ${entry.endpoint}`);
      case 'frame': return words(DIRECTIONS[entry.dir], fields.inWords(entry), `${units.shortBytes(Number(entry.length ?? 0))}${entry.masked ? ', masked' : ''}  ${preview(entry)}`);
      case 'compressed': return words(DIRECTIONS[entry.dir], 'compressed', explained(entry)[0]);
      case 'broken': return words('', 'broken rule', `${entry.says} (RFC ${entry.rfc} section ${entry.section}): Close ${entry.close}`);
      case 'ended': return words('', 'ended', explained(entry)[0]);
      default: return words('', 'left out', `${units.counted(entry.frames, 'frame')}: too many at once, or this page was too slow`);
    }
  }

  /** The beginning of a payload: text and close frames as text, all else in hex. */
  function preview(frame) {
    if (frame.length === '0') return '';
    if (frame.opcode !== 8 && (frame.opcode !== 1 || frame.rsv !== 0)) return fields.spaced(frame.payload.slice(0, 32));
    return fields.payloadSays(frame).says.replace(/^Text: /, '').slice(0, 60);
  }

  function titleOf(entry) {
    switch (entry.kind) {
      case 'opened': return `Handshake of connection ${entry.id}`;
      case 'frame': return `${fields.inWords(entry)} ${DIRECTIONS[entry.dir].slice(2)}`;
      case 'compressed': return `Compressed message ${DIRECTIONS[entry.dir].slice(2)}`;
      case 'broken': return 'Broken rule';
      case 'ended': return `End of connection ${entry.id}`;
      default: return 'Frames that are not shown';
    }
  }

  const ENDED_BY = { client: 'The client ended it:', server: 'The server ended it:', rule: 'The client broke a rule, and the server ended it:', network: 'TCP ended without a Close:' };

  function explained(entry) {
    switch (entry.kind) {
      case 'compressed': return [`${units.shortBytes(entry.inflated)} in ${units.shortBytes(entry.compressed)} on the wire`,
        'RSV1 is set on the first frame of a compressed message (RFC 7692 section 6). What inflates to the message is the payload of all its frames.'];
      case 'broken': return [`${entry.says} (RFC ${entry.rfc} section ${entry.section}).`, `The server fails the connection with Close ${entry.close}.`];
      case 'ended': {
        const reason = entry.reason ? `, reason “${wshub.visible.visibleText(entry.reason)}”` : '';
        return [`${ENDED_BY[entry.by]} ${entry.code}, ${wshub.closing.closeName(entry.code)}${reason}`,
          entry.clean ? 'Both ends sent a Close: the closing handshake was complete.' : 'The closing handshake was not complete.'];
      }
      default: return ['Frames that are not listed were still delivered: watching does not slow the connection.'];
    }
  }

  return Live;
})();
