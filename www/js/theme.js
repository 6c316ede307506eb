'use strict';
// The choice of light, dark, or the system's scheme. The style sheets define each colour for both;
// `color-scheme` selects one.
//
// Gives: wshub.theme. Uses: dom.js, store.js.

wshub.theme = (() => {
  const THEMES = ['system', 'light', 'dark'];

  /** Applies the stored choice, and changes to it. */
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
