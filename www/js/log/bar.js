'use strict';
// The controls above the log: which entries are shown and how; and the keys that work in it.
//
// Gives: wshub.LogBar. Uses: log.js, filter.js, store.js.

{
  const { byId, tellProblem } = wshub.dom;
  const { store } = wshub;

  class LogBar {
    constructor(log) {
      this.log = log;
      this.filterField = byId('filter');
      this.filterField.addEventListener('input', () => this.filterChanged());
      byId('direction').addEventListener('change', () => this.filterChanged());
      byId('pause').addEventListener('click', () => this.pause(!log.isPaused));

      const time = byId('time');
      time.value = store.text('time') === 'since' ? 'since' : 'clock';
      const pretty = byId('pretty');
      pretty.checked = store.flag('pretty');
      Object.assign(log.look, { time: time.value, pretty: pretty.checked });
      time.addEventListener('change', () => this.set('time', time.value));
      pretty.addEventListener('change', () => this.set('pretty', pretty.checked));

      const tools = byId('log-tools');
      byId('show-tools').addEventListener('click', () => this.showTools(tools.hidden));
      this.showTools(store.flag('tools'));
      log.box.addEventListener('keydown', (event) => this.key(event));
    }

    set(name, value) {
      this.log.look[name] = value;
      store.write(name, value);
      if (name === 'pretty') for (const record of this.log.ring) delete record.open; // one word for all
      this.log.redraw();
    }

    showTools(isShown) {
      byId('log-tools').hidden = !isShown;
      byId('show-tools').setAttribute('aria-expanded', String(isShown));
      store.write('tools', isShown);
      if (!isShown && this.filterField.value + byId('find').value !== '') {
        // A filter that is out of sight would hide entries without a word.
        this.filterField.value = '';
        byId('find').value = '';
        byId('find').dispatchEvent(new Event('input'));
        this.filterChanged();
      }
    }

    filterChanged() {
      const way = byId('direction').value;
      let pattern;
      try {
        pattern = wshub.filter.patternFrom(this.filterField.value);
        tellProblem(this.filterField, '');
      } catch (error) {
        return tellProblem(this.filterField, `No regular expression: ${error.message}`);
      }
      return this.log.filter(wshub.filter.filterFrom(way, pattern), way !== 'all' || pattern !== null);
    }

    pause(isPaused) {
      byId('pause').setAttribute('aria-pressed', String(isPaused));
      this.log.pause(isPaused);
    }

    /** Arrows go from entry to entry, Enter opens one, C copies it, S saves its bytes. */
    key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const entry = event.target.closest?.('.entry');
      const { list } = this.log;
      const { first, next } = list.heights;
      if (first === next) return;
      const here = entry ? Number(entry.dataset.row) : null;
      const steps = { ArrowUp: -1, ArrowDown: 1 };
      if (Object.hasOwn(steps, event.key)) {
        const row = here === null ? list.heights.rowAt(list.lastTop + list.box.clientHeight - 8) : here + steps[event.key];
        event.preventDefault();
        list.show(Math.max(first, Math.min(row, next - 1)))?.focus({ preventScroll: true });
      } else if (here !== null && (event.key === 'Home' || event.key === 'End')) {
        event.preventDefault();
        list.show(event.key === 'Home' ? first : next - 1)?.focus({ preventScroll: true });
      } else if (event.target === entry && entry) {
        const record = list.record(here);
        if (event.key === 'Enter') {
          event.preventDefault();
          entry.querySelector('.fold')?.click();
        } else if (event.key === 'c') {
          this.log.act(record, 'copy');
        } else if (event.key === 's' && record.data instanceof Uint8Array) {
          this.log.act(record, 'save');
        }
      }
    }
  }

  wshub.LogBar = LogBar;
}
