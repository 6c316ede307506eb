'use strict';
// Light, dark, or as the system has it. The style sheets name each colour for both; which one is used is
// the browser's `color-scheme`.
//
// Gives: wshub.theme. Uses: dom.js, store.js.

wshub.theme = (() => {
  const THEMES = ['system', 'light', 'dark'];

  /** Makes the choice work, from what was chosen before on. */
  function start() {
    const choice = wshub.dom.byId('theme');
    const show = () => {
      if (choice.value === 'system') delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = choice.value;
    };
    const kept = wshub.store.text('theme', 'system');
    choice.value = THEMES.includes(kept) ? kept : 'system';
    show();
    choice.addEventListener('change', () => {
      wshub.store.write('theme', choice.value);
      show();
    });
  }

  return { start };
})();
