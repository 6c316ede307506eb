'use strict';
// The controls above the log: which entries are shown and how; and the keys that work in it.
//
// Gives: wshub.LogBar. Uses: view.js, filter.js, store.js.

wshub.LogBar = (() => {
  const { byId, tellProblem } = wshub.dom;
  const { store } = wshub;

  class LogBar {
    constructor(view) {
      this.view = view;
      this.filterField = byId('filter');
      this.filterField.addEventListener('input', () => this.filterChanged());
      byId('direction').addEventListener('change', () => this.filterChanged());
      byId('kind').addEventListener('change', () => this.filterChanged());
      byId('pause').addEventListener('click', () => this.pause(!view.log.isPaused));

      const time = byId('time');
      time.value = store.text('time') === 'since' ? 'since' : 'clock';
      view.look.time = time.value;
      time.addEventListener('change', () => {
        view.look.time = time.value;
        store.write('time', time.value);
        view.list.redraw();
      });

      byId('show-tools').addEventListener('click', () => this.showTools(byId('log-tools').hidden));
      this.showTools(store.flag('tools'));
      view.box.addEventListener('keydown', (event) => this.key(event));
      view.switched.push(() => byId('pause').setAttribute('aria-pressed', String(view.log.isPaused)));
    }

    showTools(isShown) {
      byId('log-tools').hidden = !isShown;
      byId('show-tools').setAttribute('aria-expanded', String(isShown));
      store.write('tools', isShown);
    }

    filterChanged() {
      const { text, direction, kind } = this.typedFilter;
      let test;
      try {
        test = wshub.filter.testFrom(text);
        tellProblem(this.filterField, '');
      } catch (error) {
        return tellProblem(this.filterField, `This is not a regular expression: ${error.message}`);
      }
      const isFiltered = direction !== 'all' || kind !== 'all' || test !== null;
      byId('talk').classList.toggle('is-filtered', isFiltered);
      return this.view.filter(wshub.filter.filterFrom({ direction, kind, test }), isFiltered);
    }

    /** What is typed and chosen as the filter. */
    get typedFilter() {
      return { text: this.filterField.value, direction: byId('direction').value, kind: byId('kind').value };
    }

    /** Filters as `typedFilter` said before a reload. */
    filterAsBefore({ text, direction, kind }) {
      this.filterField.value = text;
      for (const [id, value] of [['direction', direction], ['kind', kind]]) {
        if ([...byId(id).options].some((option) => option.value === value)) byId(id).value = value;
      }
      this.filterChanged();
    }

    pause(isPaused) {
      byId('pause').setAttribute('aria-pressed', String(isPaused));
      this.view.pause(isPaused);
    }

    /** Arrows go from entry to entry, Enter shows its details, C copies it, S saves it. */
    key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const { view } = this;
      const { list } = view;
      if (list.size === 0) return;
      const entry = event.target.closest?.('.entry');
      const here = entry ? Number(entry.dataset.row) : null;
      const last = list.next - 1;
      const page = Math.max(1, Math.floor(list.box.clientHeight / list.rowHeight) - 1);
      const steps = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity };
      if (Object.hasOwn(steps, event.key)) {
        if (here === null && !event.key.startsWith('Arrow')) return; // the browser scrolls the box
        event.preventDefault();
        const from = here ?? list.rowAt(list.lastTop + list.box.clientHeight - 8) + (event.key === 'ArrowDown' ? -1 : 1);
        const row = Math.max(list.first, Math.min(from + steps[event.key], last));
        list.show(row)?.focus({ preventScroll: true });
        if (view.log.chosen !== null) view.choose(list.record(row)); // the details follow
      } else if (here !== null) {
        const record = list.record(here);
        const actions = {
          Enter: () => view.choose(record),
          Escape: () => view.choose(null),
          c: () => wshub.actions.copyOne(record),
          s: () => record.data !== null && wshub.actions.saveOne(record),
        };
        if (!Object.hasOwn(actions, event.key)) return;
        event.preventDefault();
        actions[event.key]();
      }
    }
  }

  return LogBar;
})();
