'use strict';
// The state of the chat's rooms: lines, members, unread counts. It is given lines and returns what changed; it
// draws nothing.
//
// Gives: wshub.Rooms. Uses: lines.js.

wshub.Rooms = (() => {
  const { parse, meaningOf, fateIn, namesIn } = wshub.chatLines;
  const MAX_LINES = 1000; // of one room
  const MAX_ROOMS = 100;

  class Rooms {
    constructor() {
      this.rooms = new Map();
      this.current = ''; // the room that is shown
      this.myName = '';
      this.asked = new Set(); // rooms whose members the page has requested by itself
      this.left = new Set(); // rooms that were left; their last lines may still come
    }

    get(name) {
      return this.rooms.get(name);
    }

    add(name) {
      let room = this.rooms.get(name);
      if (!room && this.rooms.size < MAX_ROOMS) {
        room = { name, lines: [], members: new Set(), isWhole: true, unread: 0, isPast: false, here: null, fallen: 0 };
        this.rooms.set(name, room);
        this.current ||= name;
      }
      this.left.delete(name);
      return room;
    }

    remove(name) {
      this.rooms.delete(name);
      this.left.add(name);
      if (this.current === name) this.current = this.rooms.keys().next().value ?? '';
    }

    /** Takes a line from the server: { room, line, isNews, wantsMembers } or null if there is nothing to show. */
    take(text, at) {
      const parsed = parse(text);
      const who = namesIn(parsed);
      if (who) {
        const room = this.rooms.get(who.room);
        if (room) Object.assign(room, { members: new Set(who.names), isWhole: who.isWhole });
        if (room && this.asked.delete(who.room)) return { room, line: null, isNews: false, wantsMembers: false };
      }
      const mine = parsed.type === 'own' ? this.hearOwn(parsed.text) : '';
      if (parsed.room && this.left.has(parsed.room)) return null;
      const room = parsed.room ? this.add(parsed.room) : this.rooms.get(mine || this.current);
      if (!room) return { room: null, line: { ...parsed, at, isPast: false, isMine: false }, isNews: false, wantsMembers: false };
      const meaning = parsed.type === 'notice' ? meaningOf(parsed.text) : null;
      if (meaning?.what === 'history') room.isPast = true;
      const line = { ...parsed, at, isPast: room.isPast, isMine: parsed.type === 'message' && parsed.name === this.myName };
      if (meaning?.what === 'live') room.isPast = false;
      if (meaning) this.membersChange(room, meaning);
      this.put(room, line);
      const isNews = parsed.type === 'message' && !line.isPast && !line.isMine;
      // The members are requested again if the count shows that a name was missed.
      const wantsMembers = room.isWhole && room.here !== null && room.here !== room.members.size && !room.isPast;
      return { room, line, isNews, wantsMembers };
    }

    /** Applies a notice to this client; returns the room that it has entered by it, or ''. */
    hearOwn(text) {
      const fate = fateIn(text);
      if (!fate) return '';
      if (fate.left) {
        if (this.rooms.has(fate.left)) this.remove(fate.left);
        this.left.delete(fate.left); // no further line comes from this room
        return '';
      }
      this.myName = fate.name;
      return fate.room ? this.add(fate.room)?.name ?? '' : '';
    }

    membersChange(room, { what, found }) {
      if (room.isPast) return; // notices of the history do not tell who is present now
      if (what === 'joined') room.members.add(found[1]);
      else if (what === 'left') room.members.delete(found[1]);
      else if (what === 'renamed') {
        if (room.members.delete(found[1])) room.members.add(found[2]);
        if (this.myName === found[1]) this.myName = found[2];
      }
      const here = what === 'many' ? found[1] : what === 'joined' || what === 'left' ? found[2] : undefined;
      if (here !== undefined) room.here = Number(here);
    }

    /** Adds a line of the page's own to a room. */
    say(room, text, type = 'own') {
      const line = { type, room: room.name, name: '', text, at: Date.now(), isPast: false, isMine: false };
      this.put(room, line);
      return line;
    }

    put(room, line) {
      room.lines.push(line);
      if (room.lines.length > MAX_LINES) {
        room.lines.shift();
        room.fallen += 1;
      }
    }

    get unread() {
      let sum = 0;
      for (const room of this.rooms.values()) sum += room.unread;
      return sum;
    }
  }

  Rooms.MAX_LINES = MAX_LINES;
  return Rooms;
})();
