'use strict';
// The one global name of the page, and the few words in which elements are made. Every other script
// is one assignment, `wshub.Name = (() => { ... })()`: it takes what it uses from `wshub`, and its
// inside is its own. These are modules in all but the keyword, since browsers refuse real ones on a
// page opened from disk; the order is that of index.html. A type checker reads them just like
// modules (tests/browser/run): it knows each name that a script gives, and refuses one that nobody gives.
//
// Gives: wshub, wshub.dom.

const wshub = {};
wshub.dom = (() => {
  /**
   * An element of index.html. Its kind stands there and not here, so any property may be asked for.
   * @returns {any}
   */
  const byId = (id) => document.getElementById(id);

  /** An element with text and elements in it. Strings become text nodes, never markup. */
  function element(tag, className = '', ...children) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  /** A button that is no submit button. `label`, if given, is what is heard in place of `text`. */
  function button(text, className, action, label = '') {
    const made = element('button', className, text);
    made.type = 'button';
    if (label) made.setAttribute('aria-label', label);
    made.addEventListener('click', action);
    return made;
  }

  /** Says below a field what is wrong with it, or with '' that nothing is. */
  function tellProblem(field, problem) {
    byId(`${field.id}-problem`).textContent = problem;
    if (problem) field.setAttribute('aria-invalid', 'true');
    else field.removeAttribute('aria-invalid');
  }

  /** Sets text only where it changed: a live region would be read out again. */
  function setText(place, text) {
    if (place.textContent !== text) place.textContent = text;
  }

  /** Not `disabled`: an element that is disabled loses the keyboard's focus. */
  function setUsable(control, isUsable) {
    control.setAttribute('aria-disabled', String(!isUsable));
  }

  /**
   * Whether a key belongs to a word that is being composed (Japanese, Chinese, Korean): Enter accepts the
   * word then. Safari tells the end of it first and the key after that, with the number 229.
   */
  function isComposing(event) {
    return event.isComposing || event.keyCode === 229;
  }

  /** Puts text on the clipboard; says whether that worked. */
  async function copyText(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Over http from another machine there is no clipboard to ask: the old way is still open.
      const back = /** @type {any} */ (document.activeElement);
      const field = element('textarea', 'unseen');
      field.value = text;
      document.body.append(field);
      field.select();
      const done = document.execCommand('copy');
      field.remove();
      back?.focus();
      return done;
    }
  }

  return { byId, element, button, tellProblem, setText, setUsable, isComposing, copyText };
})();
