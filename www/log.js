'use strict';
// The log: a list of what was sent, what came and what happened, bounded in every direction, so
// that a server that floods the page costs neither its memory nor the patience of who listens to it.
//
// Gives: Log. Uses: visible.js.

const MAX_ENTRIES = 1000; // older ones are dropped, and counted
const MAX_CHARACTERS = 20000; // of one message; more cannot be read, and a message may have 16 MiB
const FOLD_CHARACTERS = 600; // a longer message is folded to this much ...
const FOLD_LINES = 8; // ... or to this many lines
const MAX_HEX_BYTES = 64;
const FLUSH_MILLISECONDS = 40; // entries are shown in batches: one layout for a burst
const SPOKEN_PER_SECOND = 6; // past it a screen reader gets one summary instead of each entry

const SIGNS = { sent: '\u2191', received: '\u2193', note: '\u00B7', problem: '!' };

class Log {
  /** `parts` names the elements of the page: box (it scrolls), list, empty, count, newer, spoken. */
  constructor(parts) {
    this.parts = parts;
    this.waiting = []; // entries made but not yet on the page
    this.timer = 0;
    this.dropped = 0;
    this.unread = 0;
    this.following = true; // the newest entry is in view, and shall stay so
    this.lastTop = 0; // where the box was scrolled to when last looked at
    this.heard = 0; // entries shown during the present second
    parts.box.addEventListener('scroll', () => this.scrolled());
    parts.newer.addEventListener('click', () => {
      this.toEnd();
      parts.box.focus(); // the button goes, and must not take the keyboard's place with it
    });
    // A box that shrinks (a keyboard on the screen, a taller message field) does not scroll by itself.
    new ResizeObserver(() => this.following && this.toEnd()).observe(parts.box);
  }

  /** A text message, sent or received. */
  text(way, text) {
    const body = element('div', 'body');
    body.dir = 'auto'; // a Hebrew message reads from the right, and does not reorder what is beside it
    if (text === '') body.append(element('span', 'aside', 'empty message'));
    else fillFolded(body, text, () => this.look());
    this.add(way, body, inBytes(bytesIn(text)));
  }

  /** A binary message: its first bytes as hex. */
  binary(way, buffer) {
    const body = element('div', 'body');
    const first = new Uint8Array(buffer, 0, Math.min(buffer.byteLength, MAX_HEX_BYTES));
    body.append(element('span', 'aside', 'binary'), ' ', hexOf(first));
    const more = buffer.byteLength - MAX_HEX_BYTES;
    if (more > 0) body.append(' ', element('span', 'aside', `and ${inBytes(more)} more`));
    this.add(way, body, inBytes(buffer.byteLength));
  }

  /** Something that happened: a title, sentences on it, lists of points. They may quote a peer. */
  note(title, sentences = [], isProblem = false) {
    const body = element('div', 'body');
    const say = (className, sentence) => {
      const line = element('p', className);
      appendVisible(line, sentence);
      body.append(line);
    };
    say('title', title);
    for (const sentence of sentences) {
      if (Array.isArray(sentence)) sentence.forEach((point) => say('detail point', point));
      else say('detail', sentence);
    }
    this.add(isProblem ? 'problem' : 'note', body, '');
  }

  clear() {
    this.waiting = [];
    this.dropped = 0;
    this.parts.list.replaceChildren();
    this.toEnd();
    this.tell();
  }

  add(kind, body, size) {
    const now = new Date();
    const entry = element('li', `entry is-${kind}`);
    const sign = element('span', 'sign', SIGNS[kind]);
    sign.setAttribute('aria-hidden', 'true');
    const direction = element('span', 'way');
    direction.append(sign, ' ', element('span', 'word', kind));
    const time = element('time', 'time', clockOf(now));
    time.dateTime = now.toISOString();
    // In the order in which it is best heard; the style sheet places time and size around the text.
    entry.append(direction, ' ', body, ' ', element('span', 'size', size), ' ', time);

    this.waiting.push(entry);
    if (this.waiting.length > MAX_ENTRIES) {
      this.waiting.shift();
      this.dropped += 1;
    }
    // A timer and not a frame of animation: those stand still in a tab that is not in view.
    this.timer ||= setTimeout(() => this.flush(), FLUSH_MILLISECONDS);
  }

  flush() {
    this.timer = 0;
    const { box, list } = this.parts;
    this.hush(this.waiting.length);
    if (!this.following) this.unread += this.waiting.length;
    list.append(...this.waiting);
    this.waiting = [];

    const surplus = list.children.length - MAX_ENTRIES;
    if (surplus > 0) {
      this.dropped += surplus;
      // Entries leave above what is being read: what is being read must not move.
      const kept = list.children[surplus];
      const before = this.following ? 0 : kept.offsetTop;
      for (let i = 0; i < surplus; i++) list.firstElementChild.remove();
      if (!this.following) this.lastTop = box.scrollTop -= before - kept.offsetTop;
    }
    this.tell();
    if (this.following) this.toEnd();
  }

  /** Turns reading aloud off while entries come too fast for it, then says how many there were. */
  hush(count) {
    const { box, spoken } = this.parts;
    if (this.heard === 0) {
      const listen = () => {
        const calm = this.heard <= SPOKEN_PER_SECOND;
        if (box.getAttribute('aria-live') === 'off') spoken.textContent = `New in the log: ${this.heard}`;
        box.setAttribute('aria-live', calm ? 'polite' : 'off');
        this.heard = 0;
      };
      setTimeout(listen, 1000);
    }
    this.heard += count;
    if (this.heard > SPOKEN_PER_SECOND) box.setAttribute('aria-live', 'off');
  }

  tell() {
    const { list, empty, count, newer } = this.parts;
    const shown = list.children.length;
    empty.hidden = shown > 0;
    count.textContent = shown === 0 ? '' : (shown === 1 ? '1 entry' : `${grouped.format(shown)} entries`)
      + (this.dropped === 0 ? '' : `, ${grouped.format(this.dropped)} older dropped`);
    newer.hidden = this.following || this.unread === 0;
    newer.textContent = `${grouped.format(this.unread)} newer \u2193`;
  }

  scrolled() {
    // Only a move upwards leaves the end. That the end moved away, because entries were added or the
    // box shrank before this event came round, does not.
    if (this.parts.box.scrollTop < this.lastTop || !this.following) this.look();
    this.lastTop = this.parts.box.scrollTop;
  }

  /** Follows from now on if the end is in view, and stays put if it is not. */
  look() {
    const { box } = this.parts;
    this.following = box.scrollHeight - box.scrollTop - box.clientHeight < 24;
    if (this.following) this.unread = 0;
    this.tell();
  }

  toEnd() {
    const { box } = this.parts;
    this.following = true;
    this.unread = 0;
    box.scrollTop = box.scrollHeight;
    this.lastTop = box.scrollTop;
    this.parts.newer.hidden = true;
  }
}

/** Shows the beginning of a long text, the rest behind a button, and never more than can be read. */
function fillFolded(body, text, whenUnfolded) {
  const shown = cutText(text, MAX_CHARACTERS, Infinity);
  const head = cutText(shown, FOLD_CHARACTERS, FOLD_LINES);
  appendVisible(body, head);
  if (head === text) return;

  // Both pieces are put on the page now, so that nothing here holds on to the whole message.
  const rest = element('span', 'rest');
  rest.hidden = true;
  appendVisible(rest, shown.slice(head.length));
  if (shown.length < text.length) {
    rest.append(element('span', 'aside', ` and ${inBytes(bytesIn(text) - bytesIn(shown))} more that this page does not show`));
  }
  const dots = element('span', 'aside', '\u2026');
  const button = element('button', 'fold', 'Show more');
  button.type = 'button';
  button.setAttribute('aria-expanded', 'false');
  button.addEventListener('click', () => {
    rest.hidden = !rest.hidden;
    dots.hidden = !rest.hidden;
    button.textContent = rest.hidden ? 'Show more' : 'Show less';
    button.setAttribute('aria-expanded', String(!rest.hidden));
    whenUnfolded();
  });
  body.append(dots, rest, button);
}

function element(tag, className, text = '') {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}
