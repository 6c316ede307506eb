'use strict';
// The opening handshake of a watched connection: both heads, and how the `Sec-WebSocket-Accept` value is
// derived from the key (RFC 6455 section 4.2.2), step by step.
//
// Gives: wshub.Handshake. Uses: sha1.js, bytes.js, dom.js.

wshub.Handshake = (() => {
  const { element } = wshub.dom;
  const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'; // the fixed GUID of section 1.3

  /** The value of a header in a head, '' if it has no such header. */
  function valueOf(head, name) {
    const line = head.split('\r\n').find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}:`));
    return line === undefined ? '' : line.slice(name.length + 1).trim();
  }

  const SAYS = new Map([
    ['upgrade', 'Asks for, or agrees to, another protocol on this connection (RFC 6455 section 4.1).'],
    ['connection', 'Says that the Upgrade header is meant for the next hop (section 4.1).'],
    ['sec-websocket-key', '16 random bytes in base64, new for each handshake (section 4.1).'],
    ['sec-websocket-version', 'The version of the protocol: always 13 (section 4.1).'],
    ['sec-websocket-accept', 'Proves that the server has read the key and speaks WebSocket (section 4.2.2).'],
    ['sec-websocket-extensions', 'Extensions that are offered, or agreed on (section 9.1).'],
    ['sec-websocket-protocol', 'Subprotocols that are offered, or the one that was chosen (section 1.9).'],
    ['origin', 'The page that connects. A server refuses pages that it does not know (section 10.2).'],
    ['host', 'The server’s name, as the URL has it (section 4.1).'],
  ]);

  /** Draws a head line by line, with explanations of the handshake's headers. */
  function drawHead(title, head) {
    const lines = head.split('\r\n').map((line, at) => {
      const name = at === 0 ? '' : line.split(':', 1)[0].toLowerCase();
      const says = SAYS.get(name);
      const row = element('div', says ? 'head-line is-explained' : 'head-line', element('code', '', wshub.visible.visibleText(line)));
      if (says) row.append(element('span', 'hint', says));
      return row;
    });
    return element('section', 'head', element('h3', '', title), ...lines);
  }

  /** The five steps: { name, value }, and whether the value agrees with what the server sent. */
  function steps(request, response) {
    const key = valueOf(request, 'Sec-WebSocket-Key');
    const both = key + GUID;
    const digest = wshub.sha1(new TextEncoder().encode(both));
    const accept = wshub.bytes.toBase64(digest);
    const sent = valueOf(response, 'Sec-WebSocket-Accept');
    return {
      agrees: sent === accept,
      all: [
        { name: 'The client’s key', value: key },
        { name: 'The fixed text of RFC 6455 section 1.3 after it', value: both },
        { name: 'SHA-1 of that, 20 bytes', value: wshub.bytes.toHex(digest) },
        { name: 'The same in base64: the accept value', value: accept },
        { name: 'What the server sent', value: sent },
      ],
    };
  }

  class Handshake {
    /** Draws into `place`; `asked` is called once the steps are unfolded. */
    constructor(place, { request, response }, asked) {
      const parts = [drawHead('Request', request)];
      if (response) {
        const { agrees, all } = steps(request, response);
        const list = element('ol', 'accept-steps', ...all.map(({ name, value }) => element('li', '', element('span', '', name), element('code', '', value))));
        const unfold = element('details', 'accept', element('summary', '', 'How the accept value comes from the key'), list,
          element('p', agrees ? 'done' : 'problem', agrees ? 'Both values agree: the client opens the connection.' : 'The values differ: a client has to fail the connection.'));
        unfold.addEventListener('toggle', () => unfold.open && asked());
        parts.push(drawHead('Response', response), unfold);
      }
      place.replaceChildren(...parts);
    }
  }

  return Handshake;
})();
