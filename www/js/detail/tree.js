'use strict';
// JSON as a tree with a line for each value, spelled as in the message; containers are expanded and collapsed.
// Members are parsed when their container is expanded, some at a time and with pauses, so a message of many
// megabytes does not block the page.
//
// Gives: wshub.Tree. Uses: json.js, dom.js, visible.js, units.js.

wshub.Tree = (() => {
  const { element, button, copyText } = wshub.dom;
  const { appendVisible, cutText } = wshub.visible;
  const AT_ONCE = 200; // members that are shown before "Show more" has to be pressed
  const SLICE = 8; // milliseconds of work before a pause
  const MAX_SHOWN = 300; // characters of one value
  const MAX_EXPLAINED = 1000000; // characters of a text that is not JSON: the browser explains it without a pause
  const SMALL = 4000; // characters: containers up to this size are counted, and expanded from the start
  const MAX_UNFOLDED = 60; // rows that are expanded from the start

  const rest = () => new Promise((done) => { setTimeout(done, 0); });

  /** Runs a generator with pauses; `take(value)` says whether to continue. Returns its result, if it ends. */
  async function run(walk, take = (_) => true) {
    let until = performance.now() + SLICE;
    for (;;) {
      const { done, value } = walk.next();
      if (done) return { isDone: true, value };
      if (value && !take(value)) return { isDone: false, value: undefined };
      if (performance.now() > until) {
        await rest();
        until = performance.now() + SLICE;
      }
    }
  }

  class Tree {
    constructor(place, text) {
      this.text = text;
      this.isGone = false;
      this.current = null;
      this.box = element('div', 'tree');
      this.box.setAttribute('role', 'tree');
      this.box.setAttribute('aria-label', 'JSON');
      this.box.addEventListener('keydown', (event) => this.key(event));
      this.box.addEventListener('click', ({ target }) => {
        const row = target.closest('[role=treeitem]');
        if (!row || !getSelection().isCollapsed) return;
        this.focus(row);
        this.toggle(row);
      });
      this.path = element('code', 'path');
      this.told = element('span', 'done');
      this.told.setAttribute('role', 'status');
      this.bar = element('div', 'tree-bar', button('Copy value', 'small', () => this.copy('value')),
        button('Copy path', 'small', () => this.copy('path')), this.path, this.told);
      place.replaceChildren(element('p', 'hint', 'Reading the JSON'));
      this.ready = this.start(place);
    }

    async start(place) {
      const { value: wrongAt } = await run(wshub.json.check(this.text));
      if (this.isGone) return;
      if (wrongAt !== -1) {
        const problem = this.text.length > MAX_EXPLAINED
          ? `at character ${wshub.units.group(wrongAt + 1)}, see its text`
          : wshub.visible.visibleText(wshub.json.problemWith(this.text));
        place.replaceChildren(element('p', 'hint', `This is not valid JSON: ${problem}.`));
        return;
      }
      const { value: root } = await run(wshub.json.valueAt(this.text, 0));
      if (this.isGone) return;
      place.replaceChildren(this.bar, this.box);
      const row = this.row({ ...root, key: null }, 1, '');
      this.box.append(row);
      this.focus(row, false);
      await this.unfold(row);
      if (this.text.length > SMALL) return;
      for (let next = row.nextElementSibling; next && this.box.childElementCount < MAX_UNFOLDED; next = next.nextElementSibling) {
        if (next.hasAttribute('aria-expanded')) await this.unfold(/** @type {any} */ (next));
      }
    }

    /** The line of one value. */
    row(node, level, path) {
      const row = /** @type {any} */ (element('div', `node is-${node.kind}`));
      row.node = node;
      row.path = path;
      row.level = level;
      row.setAttribute('role', 'treeitem');
      row.setAttribute('aria-level', String(level));
      row.tabIndex = -1;
      row.style.setProperty('--level', String(level - 1));
      if (node.key !== null) {
        const key = element('span', 'key');
        appendVisible(key, cutText(String(node.key), MAX_SHOWN, Infinity));
        row.append(key, ': ');
      }
      const value = element('span', `value of-${this.typeOf(node)}`);
      if (node.kind === 'object' || node.kind === 'array') {
        row.setAttribute('aria-expanded', 'false');
        const count = this.countOf(node);
        const [open, close] = node.kind === 'object' ? '{}' : '[]';
        value.append(`${open}${count ?? '…'}${close}`);
      } else {
        const written = this.text.slice(node.start, node.end);
        const head = cutText(written, MAX_SHOWN, Infinity);
        appendVisible(value, head);
        if (head.length < written.length) value.append('…');
      }
      row.append(value);
      return row;
    }

    typeOf({ kind, start }) {
      if (kind !== 'scalar') return kind;
      return 'tfn'.includes(this.text[start]) ? 'literal' : 'number';
    }

    /** The number of members of a small container. */
    countOf(node) {
      if (node.end - node.start > SMALL) return null;
      let count = 0;
      for (const member of wshub.json.members(this.text, node)) if (member) count += 1;
      return count;
    }

    pathTo(parent, { key }) {
      if (typeof key === 'number') return `${parent}[${key}]`;
      const name = key.slice(1, -1);
      return /^[A-Za-z_$][\w$]*$/.test(name) ? `${parent}${parent && '.'}${name}` : `${parent}[${key}]`;
    }

    // ---- Expanding and collapsing

    toggle(row) {
      if (row.more) return row.more();
      if (!row.hasAttribute('aria-expanded')) return undefined;
      return row.getAttribute('aria-expanded') === 'true' ? this.fold(row) : this.unfold(row);
    }

    fold(row) {
      row.setAttribute('aria-expanded', 'false');
      row.walk = null;
      while (row.nextElementSibling?.level > row.level) row.nextElementSibling.remove();
    }

    async unfold(row) {
      if (!row.hasAttribute('aria-expanded') || row.getAttribute('aria-expanded') === 'true') return;
      row.setAttribute('aria-expanded', 'true');
      const walk = wshub.json.members(this.text, row.node);
      row.walk = walk;
      await this.members(row, walk, row);
    }

    /** Inserts the next members of a container after a row. */
    async members(row, walk, behind) {
      const made = [];
      const { isDone } = await run(walk, (member) => {
        made.push(this.row(member, row.level + 1, this.pathTo(row.path, member)));
        return made.length < AT_ONCE;
      });
      if (this.isGone || row.walk !== walk) return; // it was collapsed meanwhile
      if (!isDone) {
        const more = /** @type {any} */ (element('div', 'node is-more', 'Show more'));
        Object.assign(more, { level: row.level + 1, path: row.path, node: row.node });
        more.setAttribute('role', 'treeitem');
        more.setAttribute('aria-level', String(more.level));
        more.tabIndex = -1;
        more.style.setProperty('--level', String(row.level));
        more.more = async () => {
          const before = more.previousElementSibling;
          const hadFocus = more.contains(document.activeElement);
          more.remove();
          await this.members(row, walk, before);
          if (hadFocus) this.focus(before.nextElementSibling ?? before);
        };
        made.push(more);
      }
      behind.after(...made);
    }

    // ---- The current row

    focus(row, isAsked = true) {
      if (this.current) this.current.tabIndex = -1;
      this.current = row;
      row.tabIndex = 0;
      this.path.textContent = wshub.visible.visibleText(row.path);
      if (isAsked) row.focus();
    }

    key(event) {
      const row = event.target.closest('[role=treeitem]');
      if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
      const isOpen = row.getAttribute('aria-expanded') === 'true';
      const parent = () => {
        let other = row.previousElementSibling;
        while (other && other.level >= row.level) other = other.previousElementSibling;
        return other;
      };
      const actions = {
        ArrowDown: () => row.nextElementSibling,
        ArrowUp: () => row.previousElementSibling,
        ArrowRight: () => (isOpen ? row.nextElementSibling : void this.unfold(row)),
        ArrowLeft: () => (isOpen ? void this.fold(row) : parent()),
        Home: () => this.box.firstElementChild,
        End: () => this.box.lastElementChild,
        Enter: () => void this.toggle(row),
        ' ': () => void this.toggle(row),
        c: () => void this.copy('value'),
        p: () => void this.copy('path'),
      };
      if (!Object.hasOwn(actions, event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      const to = actions[event.key]();
      if (to) this.focus(to);
    }

    async copy(what) {
      const { node, path } = this.current;
      const text = what === 'path' ? path : this.text.slice(node.start, node.end);
      this.told.textContent = await copyText(text) ? `Copied the ${what}` : 'The browser did not allow copying';
    }

    stop() {
      this.isGone = true;
    }
  }

  return Tree;
})();
