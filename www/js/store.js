'use strict';
// What the page remembers in this browser. A browser that keeps nothing, or a place that is full,
// costs the memory and nothing else; what is found there is checked, since other programs of this
// machine may have been served under the same address before.
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

  /** Says whether the browser took it: a private window or a full store does not, and the page works on. */
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
      // There is no memory to take it from.
    }
  }

  /** Calls back when another tab of this browser has changed a value. */
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

  /** A remembered list, of those entries that `isGood` lets pass. */
  const list = (name, isGood) => {
    const value = read(name);
    return Array.isArray(value) ? value.filter(isGood) : [];
  };

  return { write, remove, watch, text, flag, number, list };
})();
