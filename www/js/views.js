'use strict';
// The views as tabs: one is shown. Arrow keys go from tab to tab; Alt with a digit selects a view from
// anywhere.
//
// Gives: wshub.Views.

wshub.Views = (() => {
  const { byId } = wshub.dom;
  const NAMES = ['workbench', 'frames', 'chat', 'stress', 'server'];

  class Views {
    /** `whenShown` is called with the name of each view when it is shown. */
    constructor(whenShown) {
      this.whenShown = whenShown;
      this.now = ''; // none yet
      NAMES.forEach((name, at) => {
        const tab = byId(`tab-${name}`);
        tab.addEventListener('click', () => this.show(name));
        tab.addEventListener('keydown', ({ key }) => {
          const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: NAMES.length - 1 }[key];
          if (to === undefined) return;
          const next = NAMES[(to + NAMES.length) % NAMES.length];
          this.show(next);
          byId(`tab-${next}`).focus();
        });
      });
      document.addEventListener('keydown', (event) => {
        const at = ['Digit1', 'Digit2', 'Digit3', 'Digit4', 'Digit5'].indexOf(event.code);
        if (at === -1 || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.getModifierState('AltGraph')) return;
        // With many keyboards, Alt with a digit types a character.
        if (event.target instanceof HTMLElement && event.target.matches('input:not([type=radio], [type=checkbox]), textarea')) return;
        event.preventDefault();
        this.show(NAMES[at]);
        reach(byId(`tab-${NAMES[at]}`));
      });
    }

    show(wanted) {
      const name = NAMES.includes(wanted) ? wanted : 'workbench';
      if (this.now === name) return;
      this.now = name;
      for (const other of NAMES) {
        const isShown = other === name;
        byId(`view-${other}`).hidden = !isShown;
        const tab = byId(`tab-${other}`);
        tab.setAttribute('aria-selected', String(isShown));
        tab.tabIndex = isShown ? 0 : -1;
      }
      document.body.dataset.view = name;
      this.whenShown(name);
    }
  }

  /** Focuses a tab and makes the focus visible: browsers do not show it after a key with Alt. */
  function reach(tab) {
    tab.classList.add('is-reached');
    tab.addEventListener('blur', () => tab.classList.remove('is-reached'), { once: true });
    tab.focus();
  }

  return Views;
})();
