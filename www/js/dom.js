'use strict';
// The page's one global name, and the functions that make elements. Every other script is one assignment,
// `wshub.Name = (() => { ... })()`: it takes what it uses from `wshub`, and its other names are private. The
// scripts are not ES modules since browsers refuse those on a page opened from disk; their order is that of
// index.html. A type checker reads them like modules (tests/browser/run): it knows each name that a script
// defines, and rejects one that is not defined.
//
// Gives: wshub, wshub.dom.

const wshub = {};
wshub.dom = (() => {
  /**
   * An element of index.html. Its type is not known here, so every property may be used.
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

  /** A button that does not submit. `label`, if given, is its accessible name in place of `text`. */
  function button(text, className, action, label = '') {
    const made = element('button', className, text);
    made.type = 'button';
    if (label) made.setAttribute('aria-label', label);
    made.addEventListener('click', action);
    return made;
  }

  /** Shows a field's problem below it; '' removes the text. */
  function tellProblem(field, problem) {
    byId(`${field.id}-problem`).textContent = problem;
    if (problem) field.setAttribute('aria-invalid', 'true');
    else field.removeAttribute('aria-invalid');
  }

  /** Sets text only if it changed: a live region would be read out again. */
  function setText(place, text) {
    if (place.textContent !== text) place.textContent = text;
  }

  /** Uses `aria-disabled`: a `disabled` element would lose the keyboard focus. */
  function setUsable(control, isUsable) {
    control.setAttribute('aria-disabled', String(!isUsable));
  }

  /**
   * Whether a key belongs to a word that is being composed (Japanese, Chinese, Korean): Enter accepts the
   * word then. Safari reports the end of the composition first and the key after that, with key code 229.
   */
  function isComposing(event) {
    return event.isComposing || event.keyCode === 229;
  }

  /** Copies text to the clipboard; returns whether that worked. */
  async function copyText(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Over http from another machine there is no Clipboard API; `execCommand` still works.
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
