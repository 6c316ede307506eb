'use strict';
// Explains why a connection ended. A browser reports a close code, perhaps a reason, and whether the closing
// handshake was complete; only this file explains what they usually mean.
//
// Gives: wshub.closing. Uses: address.js.

wshub.closing = (() => {
  // The names are those registered with IANA for RFC 6455, in normal case; the meanings are for a person.
  const CLOSE_CODES = new Map([
    [1000, ['normal closure', 'The work is done and nothing went wrong.']],
    [1001, ['going away', 'The server is stopping, or it gave up on a connection that was idle.']],
    [1002, ['protocol error', 'One end sent something that the WebSocket protocol does not allow.']],
    [1003, ['unsupported data', 'A message of a kind that the other end does not accept, such as binary where only text is expected.']],
    [1005, ['no status received', 'The connection was closed properly, without a code that says why.']],
    [1006, ['abnormal closure', '']],
    [1007, ['invalid payload data', 'A text message held bytes that are not valid UTF-8.']],
    [1008, ['policy violation', 'A message, or the way it was sent, breaks a rule of the server.']],
    [1009, ['message too big', 'A message was larger than the other end accepts.']],
    [1010, ['mandatory extension', 'The client asked for an extension that the server did not agree to.']],
    [1011, ['internal error', 'The server met a condition that it could not handle, or it received nothing from this page for too long.']],
    [1012, ['service restart', 'The server is being restarted. Connect again in a moment.']],
    [1013, ['try again later', 'The server is overloaded. Connect again later.']],
    [1014, ['bad gateway', 'A gateway got no valid answer from the server behind it.']],
    [1015, ['TLS handshake failed', 'There was no secure connection, most likely because the certificate is not trusted.']],
  ]);

  function closeName(code) {
    if (CLOSE_CODES.has(code)) return CLOSE_CODES.get(code)[0];
    if (code >= 3000 && code <= 3999) return 'a code of a library or framework';
    if (code >= 4000 && code <= 4999) return 'a code of this application';
    return 'a code without a registered name';
  }

  /**
   * What an ending usually means: a list of sentences, and lists of points that belong to them.
   * `opened` is whether the connection had ever been open, `askedHere` whether this page began to
   * close it, `url` where it went, `protocols` the subprotocols that were offered, `page` the location of
   * this page.
   */
  function explainClose({ code, opened, askedHere, url, protocols = [], page }) {
    if (code === 1006) {
      if (askedHere && !opened) return ['You ended the attempt before the connection was open.'];
      if (askedHere) return ['You closed it, and the other end did not answer in time.'];
      return opened ? brokenOff() : neverOpened(url, protocols, page);
    }
    if (code === 1000 && askedHere) return ['You closed it, and the server agreed.'];
    if (code === 1008 && wshub.address.isOurs(url)) {
      return ['This server closes with 1008 if the page read too slowly, if a message had too many fragments, or if a message arrived too slowly.'];
    }
    if (CLOSE_CODES.has(code)) return [CLOSE_CODES.get(code)[1]];
    return ['The two programs define what it means; the reason, if there is one, says more.'];
  }

  function brokenOff() {
    return ['The connection broke without a Close frame: the server was killed, or the network between failed.'];
  }

  /** A browser does not tell a page why an opening handshake failed, so all likely causes are listed. */
  function neverOpened(url, protocols, page) {
    const { host, hostname, pathname, port, protocol } = new URL(url);
    if (wshub.address.isBlocked(url)) {
      return [`Browsers refuse to connect to port ${port}: it belongs to another protocol. Nothing was sent; let the server listen on another port.`];
    }
    const causes = [];
    if (protocols.length > 0) {
      causes.push(`The server chose none of the subprotocols that were offered (${protocols.join(', ')}), and a browser ends such a `
        + `connection. For this server: start it with --subprotocol ${protocols[0]}, or leave the field "Subprotocols" empty.`);
    }
    causes.push(`Nothing is listening on ${host}. Is the server running, and is this its port?`);
    if (page.protocol === 'file:') {
      causes.push('The server refused this page with 403. A page opened from disk has the origin "null", '
        + 'so start the server with --allow-origin null.');
    } else if (page.host !== host) {
      causes.push(`The server refused this page with 403. The page comes from ${page.origin}, `
        + `so start that server with --allow-origin ${page.origin}, or open the page from it.`);
    }
    causes.push(`The server answered 404, because it has no endpoint ${pathname}.`);
    if (protocol === 'wss:') {
      causes.push(`The certificate of ${hostname} is not trusted here. Open https://${host}/ in a tab to see what is wrong with it.`);
    }
    causes.push('The server is full (503), or it asks for a user name and a password (401).');
    return ['Could not connect. The browser does not say why; it is usually one of these:', causes];
  }

  return { closeName, explainClose };
})();
