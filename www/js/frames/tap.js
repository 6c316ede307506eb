'use strict';
// The token that makes a connection of this page watched. It is only in the URL that is connected to.
//
// A URL from a link or a message that already has a token would show the connection's frames to the token's
// author. So tokens are removed from every URL, since a server may have several names, and only the page's own
// token is added. With it goes a number, which tells the page's connections apart: the server repeats it with the
// request.
//
// Gives: wshub.tap. Uses: address.js.

wshub.tap = (() => {
  const PARAMETER = 'frames';
  const NUMBER = 'frames-connection';
  const MAX_CONNECTIONS = 20; // that are remembered, the newest ones
  let token = '';
  let last = 0; // the number of the last connection with a token

  /** Makes a new token: 128 random bits, as 32 hex digits. It takes effect when `use` is called with it. */
  function draw() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  /** From now on connections are opened with this token; '' for none. */
  function use(drawn) {
    token = drawn;
  }

  /** The URL to connect to for a URL of the page. For another server, only tokens by their form are removed. */
  function full(url) {
    return withToken(url, token);
  }

  /** The URL to connect to for a connection that is never watched. */
  function without(url) {
    return withToken(url, '');
  }

  function withToken(url, token) {
    if (!URL.canParse(url)) return url;
    const parsed = new URL(url);
    const { searchParams } = parsed;
    const isOurs = wshub.address.isOurs(url);
    const isBrought = isOurs ? searchParams.has(PARAMETER) || searchParams.has(NUMBER)
      : searchParams.getAll(PARAMETER).some((value) => /^[0-9a-f]{32}$/.test(value));
    const isUsed = isOurs && token !== '';
    if (!isBrought && !isUsed) return url;
    searchParams.delete(PARAMETER);
    searchParams.delete(NUMBER);
    if (isUsed) {
      last += 1;
      searchParams.set(PARAMETER, token);
      searchParams.set(NUMBER, String(last));
    }
    return parsed.href;
  }

  /** The number of a connection of this page, in the head of its request; '' if it has none. */
  const numberIn = (text) => new RegExp(`^[^\\r\\n]*[?&]${NUMBER}=(\\d+)`).exec(text)?.[1] ?? '';

  /** The number of a connection to this URL; '' if it is not watched. */
  const numberOf = (url) => (wshub.address.isOurs(url) ? numberIn(url) : '');

  return { draw, use, full, without, numberIn, numberOf, MAX_CONNECTIONS };
})();
