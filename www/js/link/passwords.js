'use strict';
// Passwords of URLs (`ws://user:password@host`). They are kept in this tab's memory alone, as long as
// the page is open: what is shown, logged, exported or remembered is the URL without its password.
//
// Gives: wshub.passwords.

wshub.passwords = (() => {
  const kept = new Map(); // user, scheme and host, to the password as it is written in a URL

  const keyOf = ({ protocol, username, host }) => `${protocol}//${username}@${host}`;

  /** A URL without its password. What is no URL has none: nothing connects there. */
  function without(url) {
    if (!URL.canParse(url)) return url;
    const parsed = new URL(url);
    if (parsed.password === '') return url;
    parsed.password = '';
    return parsed.href;
  }

  /** The same, with the password kept for `full`. */
  function keep(url) {
    if (!URL.canParse(url)) return url;
    const parsed = new URL(url);
    if (parsed.password !== '') kept.set(keyOf(parsed), parsed.password);
    return without(url);
  }

  /** A URL to connect to: with the password that was kept for it, if there is one. */
  function full(url) {
    if (!URL.canParse(url)) return url;
    const parsed = new URL(url);
    const password = kept.get(keyOf(parsed));
    if (parsed.password !== '' || password === undefined) return url;
    parsed.password = password;
    return parsed.href;
  }

  /** What a browser says against a URL, which it may quote. */
  const reasonOf = (error, url) => error.message.replaceAll(full(url), url);

  return { without, keep, full, reasonOf };
})();
