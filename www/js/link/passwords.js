'use strict';
// Passwords of URLs (`ws://user:password@host`). They are kept only in this tab's memory, as long as the page
// is open: the URL is shown, logged, exported and remembered without its password.
//
// Gives: wshub.passwords.

wshub.passwords = (() => {
  const kept = new Map(); // by user, scheme and host: the password as it is written in a URL

  const keyOf = ({ protocol, username, host }) => `${protocol}//${username}@${host}`;

  /** A URL without its password. What is not a URL may have one too: all up to its last @ is left out. */
  function without(url) {
    if (!URL.canParse(url)) return url.replace(/\/\/[^]*@/, '//');
    const parsed = new URL(url);
    if (parsed.password === '') return url;
    parsed.password = '';
    return parsed.href;
  }

  /** A URL without its password, which is kept for `full`. */
  function keep(url) {
    if (!URL.canParse(url)) return without(url);
    const parsed = new URL(url);
    if (parsed.password !== '') kept.set(keyOf(parsed), parsed.password);
    return without(url);
  }

  /** The URL to connect to: with the password that was kept for it, if there is one. */
  function full(url) {
    if (!URL.canParse(url)) return url;
    const parsed = new URL(url);
    const password = kept.get(keyOf(parsed));
    if (parsed.password !== '' || password === undefined) return url;
    parsed.password = password;
    return parsed.href;
  }

  /** The browser's error about a URL; if it quotes the URL, the password is removed. */
  const reasonOf = (error, url) => error.message.replaceAll(full(url), url);

  return { without, keep, full, reasonOf };
})();
