'use strict';
// The page's settings in this browser's local storage. If storage is disabled or full, the page works without
// it. Stored values are validated, since other programs of this machine may have been served at the same origin
// before.
//
// Gives: wshub.store.

wshub.store = (() => {
  const PREFIX = 'wshub.';

  function read(name) {
    try {
      return JSON.parse(localStorage.getItem(PREFIX + name));
    } catch {
      return null;
    }
  }

  /** Returns whether the browser stored it: a private window or a full storage does not, and the page works on. */
  function write(name, value) {
    try {
      localStorage.setItem(PREFIX + name, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  }

  function remove(name) {
    try {
      localStorage.removeItem(PREFIX + name);
    } catch {
      // There is no storage to remove it from.
    }
  }

  /** Calls `changed` when another tab of this browser has changed a value. */
  function watch(name, changed) {
    window.addEventListener('storage', ({ key }) => {
      if (key === null || key === PREFIX + name) changed();
    });
  }

  const text = (name, otherwise = '') => {
    const value = read(name);
    return typeof value === 'string' ? value : otherwise;
  };
  const flag = (name) => read(name) === true;
  const number = (name, otherwise) => {
    const value = read(name);
    return Number.isFinite(value) ? value : otherwise;
  };

  /** A stored list, with only the entries that `isGood` accepts. */
  const list = (name, isGood) => {
    const value = read(name);
    return Array.isArray(value) ? value.filter(isGood) : [];
  };

  return { write, remove, watch, text, flag, number, list };
})();
