'use strict';
// The chat view: one connection to /chat, its rooms as tabs, and the lines of the current room.
//
// Gives: wshub.ChatView. Uses: rooms.js, draw.js, lines.js, closing.js, address.js, spoken.js.

wshub.ChatView = (() => {
  const { byId, element, setText, setUsable, tellProblem } = wshub.dom;
  const { store, address } = wshub;
  const { visibleText } = wshub.visible;
  const NAME = /^(?:[\p{L}][\p{M}]*|[\p{N}\-_.])+$/u;
  const NO_CHAT = 4000; // milliseconds without a line, after which the server is not taken for a chat server
  const ASK_AGAIN = 2000; // milliseconds between questions for the members of a room

  class ChatView {
    constructor(typedUrl) {
      this.typedUrl = typedUrl;
      this.socket = null;
      this.moved = []; // called when another room is shown
      this.rooms = new wshub.Rooms();
      this.isShown = false;
      this.wanted = ''; // the room that was requested and not entered yet
      this.drawn = { room: null, count: 0 }; // the room whose lines are on the page, and how many
      this.spoken = new wshub.Spoken(byId('chat-spoken'), 'lines in the chat');
      byId('nick').value = store.text('nick');
      byId('chat-form').addEventListener('submit', (event) => this.submitted(event));
      byId('say-form').addEventListener('submit', (event) => this.say(event));
      byId('leave-chat').addEventListener('click', () => this.socket?.close(1000));
      byId('leave-room').addEventListener('click', () => this.leaveRoom());
      byId('rooms').addEventListener('keydown', (event) => this.roomKey(event));
      for (const id of ['nick', 'room', 'say']) byId(id).addEventListener('input', () => tellProblem(byId(id), ''));
      this.render();
    }

    get isOpen() {
      return this.socket?.readyState === WebSocket.OPEN;
    }

    get isClosed() {
      return this.socket === null || this.socket.readyState === WebSocket.CLOSED;
    }

    /** Fills in the room that a link names. */
    offer(room) {
      byId('room').value = room;
    }

    shown(isShown) {
      this.isShown = isShown;
      if (isShown) this.look();
      this.render();
    }

    /** The server whose chat is joined: the page's own, or the workbench's URL if that is a chat. */
    target() {
      const typed = this.typedUrl();
      if (address.problemWith(typed) !== '') return address.servedBy;
      const isChat = /^\/chat(\/|$)/.test(new URL(typed).pathname);
      return isChat || address.isOurs(typed) ? address.originOf(typed) : address.servedBy;
    }

    // ---- Joining and leaving

    submitted(event) {
      event.preventDefault();
      const room = byId('room').value.trim().replace(/^#/, '') || 'lobby';
      const nick = byId('nick').value.trim();
      if (!NAME.test(room) || room.length > 64) return this.refuse('room', 'A room’s name has 1 to 64 characters: letters, digits, - _ and .');
      if (nick !== '' && (!NAME.test(nick) || nick.length > 32)) return this.refuse('nick', 'A name has 1 to 32 characters: letters, digits, - _ and .');
      if (this.isOpen) {
        if (nick !== '' && nick !== this.rooms.myName) this.socket.send(`/nick ${nick}`);
        this.rooms.left.delete(room);
        this.wanted = room;
        this.socket.send(`/join ${room}`);
        byId('say').focus();
      } else if (this.isClosed) {
        this.connect(room, nick);
      }
      store.write('nick', nick);
      return undefined;
    }

    refuse(id, problem) {
      tellProblem(byId(id), problem);
      byId(id).focus();
    }

    connect(room, nick) {
      const again = [...this.rooms.rooms.keys()].filter((name) => name !== room);
      const query = nick === '' ? '' : `?name=${encodeURIComponent(nick)}`;
      this.origin = this.target();
      const url = `${this.origin}/chat/${encodeURIComponent(room)}${query}`;
      const socket = new WebSocket(url);
      let opened = false;
      this.socket = socket;
      this.wanted = room;
      socket.addEventListener('open', () => {
        opened = true;
        for (const name of again) socket.send(`/join ${name}`); // the rooms before the connection broke
        setTimeout(() => {
          if (socket !== this.socket || !this.isOpen || this.rooms.myName) return;
          this.refuse('room', `${this.origin} is connected, but it does not answer like a chat of wshub.`);
        }, NO_CHAT);
        this.render();
        if (this.isShown) byId('say').focus();
      });
      socket.addEventListener('message', ({ data }) => typeof data === 'string' && this.heard(data));
      socket.addEventListener('close', ({ code, reason, wasClean }) => {
        const askedHere = code === 1000 && wasClean;
        const words = wshub.closing.explainClose({ code, opened, askedHere, url, page: location });
        const title = `Closed: ${code}, ${wshub.closing.closeName(code)} (${wasClean ? 'clean' : 'not clean'})`;
        this.rooms.myName = '';
        const at = this.rooms.get(this.rooms.current) ?? this.rooms.add(room);
        for (const { members } of this.rooms.rooms.values()) members.clear();
        const lines = [reason ? `${title}: ${reason}` : title, ...words.flat()];
        for (const line of lines) this.rooms.say(at, line, askedHere ? 'own' : 'refusal');
        this.render();
      });
      this.render();
    }

    leaveRoom() {
      const { current } = this.rooms;
      if (this.isOpen) this.socket.send(`/leave ${current}`);
      this.rooms.remove(current);
      this.look();
      this.render();
      byId('say').focus();
    }

    // ---- Lines from the server

    heard(text) {
      const news = this.rooms.take(text, Date.now());
      if (news === null) return;
      const { room, line, isNews, wantsMembers } = news;
      if (room === null) {
        tellProblem(byId('room'), visibleText(line.text)); // there is no room to show it in
        return this.renderSoon();
      }
      if (room.name.toLowerCase() === this.wanted.toLowerCase()) {
        this.rooms.current = room.name; // the requested room was entered; the server's spelling of it counts
        this.wanted = '';
        this.look();
        for (const tell of this.moved) tell();
      }
      const isLookedAt = this.isShown && !document.hidden && room.name === this.rooms.current;
      if (isNews && !isLookedAt) room.unread += 1;
      if (line && !line.isPast && this.isShown && !line.isMine) this.spoken.hear({ kind: line.name || 'notice', data: line.text });
      if (wantsMembers || room.members.size === 0) this.askMembers(room);
      return this.renderSoon();
    }

    askMembers(room) {
      const now = performance.now();
      if (room.askedAt !== undefined && now - room.askedAt < ASK_AGAIN) {
        room.again ||= setTimeout(() => {
          room.again = 0;
          if (this.rooms.get(room.name) === room && room.here !== room.members.size) this.askMembers(room);
        }, ASK_AGAIN);
        return;
      }
      if (!this.isOpen) return;
      room.askedAt = now;
      this.rooms.asked.add(room.name);
      this.socket.send(`/who ${room.name}`);
    }

    say(event) {
      event.preventDefault();
      const field = byId('say');
      const typed = field.value;
      if (!this.isOpen) return tellProblem(field, 'Not sent: join a room first.');
      if (typed.trim() === '') return tellProblem(field, 'Nothing to say yet.');
      const join = /^\/join #?(\S+)\s*$/.exec(typed);
      if (join) this.wanted = join[1];
      this.socket.send(wshub.chatLines.toSend(typed, this.rooms.current));
      field.value = '';
      const lines = byId('chat-lines');
      lines.scrollTop = lines.scrollHeight;
      return undefined;
    }

    // ---- Drawing

    /** Marks the current room as read, if it is in view. */
    look() {
      const room = this.rooms.get(this.rooms.current);
      if (room && this.isShown) room.unread = 0;
    }

    choose(name) {
      this.rooms.current = name;
      this.look();
      for (const tell of this.moved) tell();
      this.render();
    }

    roomKey({ key }) {
      const names = [...this.rooms.rooms.keys()];
      const at = names.indexOf(this.rooms.current);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1 }[key];
      if (to === undefined || at === -1) return;
      this.choose(names[(to + names.length) % names.length]);
      byId('rooms').querySelector('[aria-selected=true]').focus();
    }

    renderSoon() {
      this.soon ||= setTimeout(() => this.render(), 40); // a burst of lines is drawn once
    }

    render() {
      clearTimeout(this.soon);
      this.soon = 0;
      const state = this.socket === null ? 'closed' : ['connecting', 'open', 'closing', 'closed'][this.socket.readyState];
      setText(byId('chat-state'), !this.isOpen ? state : this.rooms.myName ? `open as ${visibleText(this.rooms.myName)}` : 'open, no room yet');
      setText(byId('chat-target'), this.isClosed ? `Joins the chat of ${this.target()}` : `In the chat of ${this.origin}`);
      byId('chat-state').dataset.state = state;
      byId('leave-chat').hidden = this.isClosed;
      setUsable(byId('join'), this.isOpen || this.isClosed);
      byId('join').classList.toggle('main', this.isClosed);
      setUsable(byId('say-it'), this.isOpen);
      const room = this.rooms.get(this.rooms.current);
      byId('say').placeholder = this.isOpen && room ? `Say something in #${visibleText(room.name)}, or type /help` : 'Join a room first';
      byId('leave-room').hidden = !room;
      byId('room-link').hidden = !room;
      if (room) byId('room-link').href = this.linkTo(room);
      const { unread } = this.rooms;
      byId('chat-unread').hidden = unread === 0;
      setText(byId('chat-unread'), unread === 0 ? '' : ` ${unread}`);
      wshub.title.tell('unread', unread === 0 ? '' : String(unread));
      this.renderRooms();
      this.renderLines(room);
      this.renderMembers(room);
    }

    /** A link that opens the page at a room; it names the server unless the page comes from it. */
    linkTo({ name }) {
      const asked = new URLSearchParams({ room: name });
      if (!address.isServed || this.origin !== address.servedBy) asked.set('url', `${this.origin}/chat`);
      return `?${asked}`;
    }

    renderRooms() {
      const place = byId('rooms');
      const focused = place.contains(document.activeElement);
      place.replaceChildren(...[...this.rooms.rooms.values()].map((room) => {
        const isCurrent = room.name === this.rooms.current;
        const tab = wshub.dom.button(`#${visibleText(room.name)}`, '', () => this.choose(room.name));
        tab.setAttribute('role', 'tab');
        tab.setAttribute('aria-selected', String(isCurrent));
        tab.setAttribute('aria-controls', 'chat-lines');
        tab.tabIndex = isCurrent ? 0 : -1;
        if (room.unread > 0) {
          tab.append(element('span', 'badge', ` ${room.unread}`), element('span', 'unseen', ' unread'));
        }
        return tab;
      }));
      place.hidden = this.rooms.rooms.size === 0;
      if (focused) place.querySelector('[aria-selected=true]')?.focus();
    }

    renderLines(room) {
      const place = byId('chat-lines');
      const { drawn } = this;
      if (!room) {
        drawn.room = null;
        return place.replaceChildren(element('p', 'empty', 'Choose a name and a room, and press Join.'));
      }
      const isSame = drawn.room === room && place.childElementCount > 0;
      const isAtEnd = !isSame || place.scrollHeight - place.scrollTop - place.clientHeight < 40;
      const from = isSame ? Math.max(0, drawn.count - room.fallen) : 0;
      if (!isSame) place.replaceChildren();
      place.append(...room.lines.slice(from).map(wshub.chatDraw.lineOf));
      while (place.childElementCount > wshub.Rooms.MAX_LINES) place.firstElementChild.remove();
      this.drawn = { room, count: room.fallen + room.lines.length };
      if (isAtEnd) place.scrollTop = place.scrollHeight;
      return undefined;
    }

    renderMembers(room) {
      const names = [...(room?.members ?? [])].sort((a, b) => a.localeCompare(b));
      setText(byId('members-title'), names.length === 0 ? 'In this room' : `In this room (${names.length})`);
      byId('members').replaceChildren(...names.slice(0, 500).map((name) =>
        element('p', '', wshub.chatDraw.nameOf(name, name === this.rooms.myName))));
    }
  }

  return ChatView;
})();
