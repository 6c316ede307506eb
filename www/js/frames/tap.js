'use strict';
// What makes a connection of this page watched: a token in the URL that is connected to, and nowhere else.
//
// A URL that brings such a token along, by a link or a message, would show what is sent to whoever drew it:
// the parameter is taken out of every URL of this page's own server, and only the page's own token put in.
//
// Gives: wshub.tap. Uses: address.js.

wshub.tap = (() => {
  const PARAMETER = 'frames';
  let token = '';

  /** A new token: 128 random bits, as 32 hex digits. It is used once `use` is called with it. */
  function draw() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  /** From here on connections are opened with this token; '' for none. */
  function use(drawn) {
    token = drawn;
  }

  /** The URL to connect to for a URL of the page. Other servers are none of this. */
  function full(url) {
    if (!wshub.address.isOurs(url)) return url;
    const parsed = new URL(url);
    if (token === '' && !parsed.searchParams.has(PARAMETER)) return url;
    parsed.searchParams.delete(PARAMETER);
    if (token !== '') parsed.searchParams.set(PARAMETER, token);
    return parsed.href;
  }

  return { draw, use, full };
})();
