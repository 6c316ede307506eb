'use strict';
// The token that makes a connection of this page watched. It is only in the URL that is connected to.
//
// A URL from a link or a message that already has a token would show the connection's frames to the token's
// author. So tokens are removed from every URL, since a server may have several names, and only the page's own
// token is added.
//
// Gives: wshub.tap. Uses: address.js.

wshub.tap = (() => {
  const PARAMETER = 'frames';
  let token = '';

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
    const isOurs = wshub.address.isOurs(url);
    const brought = parsed.searchParams.getAll(PARAMETER);
    const isBrought = isOurs ? brought.length > 0 : brought.some((value) => /^[0-9a-f]{32}$/.test(value));
    const isUsed = isOurs && token !== '';
    if (!isBrought && !isUsed) return url;
    parsed.searchParams.delete(PARAMETER);
    if (isUsed) parsed.searchParams.set(PARAMETER, token);
    return parsed.href;
  }

  return { draw, use, full, without };
})();
