'use strict';
// Completes, checks and explains the URL that a person types.
//
// Gives: wshub.address. Pure, given the page's location.

wshub.address = (() => {
  // A page from disk has no server of its own: the program's default address is assumed.
  const isServed = location.protocol === 'http:' || location.protocol === 'https:';
  const servedBy = isServed ? location.origin.replace(/^http/, 'ws') : 'ws://localhost:8765';

  const ENDPOINTS = {
    broadcast: {
      hint: 'Every message goes to every client of this endpoint, this page included.',
      placeholder: 'Message to every client',
    },
    echo: {
      hint: 'Every message comes back to this page alone.',
      placeholder: 'Say something to the server',
    },
    chat: {
      hint: 'Rooms and names, as plain lines of text. The view Chat shows them as a chat.',
      placeholder: 'Say something to the room, or type /help',
    },
  };

  /** Completes what a person may type: `/echo`, `localhost:8765/echo`, or a whole URL. */
  function completed(typed) {
    if (typed.startsWith('/')) return servedBy + typed;
    if (typed === '' || typed.includes('://')) return typed;
    return (location.protocol === 'https:' ? 'wss://' : 'ws://') + typed;
  }

  /** What is wrong with a URL and what to write instead; '' if it is valid. */
  function problemWith(address) {
    const example = `for example ${servedBy}/echo`;
    if (address === '') return `Enter a URL to connect to, ${example}`;
    if (!/^wss?:\/\//i.test(address)) return `A WebSocket URL begins with ws:// or wss://, ${example}`;
    if (address.includes('#')) return 'A WebSocket URL has no # in it. Leave out the # and all that follows.';
    if (!URL.canParse(address)) return `This is not a URL. It needs a host, perhaps a port, and a path, ${example}`;
    // Browsers differ on ws:// to this machine from a page over https, so the browser decides.
    if (location.protocol === 'https:' && /^ws:/i.test(address) && !isLoopback(new URL(address).hostname)) {
      return 'This page came over https, so the browser allows wss:// only.';
    }
    return '';
  }

  const isLoopback = (hostname) => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);

  /**
   * Whether a URL goes to the server that sent this page, by any name of this machine. For a page from
   * disk, which no server sent, a server on this machine counts, since `wshub` is started there.
   */
  function isOurs(address) {
    if (problemWith(address) !== '') return false;
    const { hostname, port, protocol } = new URL(address);
    if (!isServed) return isLoopback(hostname);
    const own = new URL(servedBy);
    return port === own.port && protocol === own.protocol
      && (hostname === own.hostname || (isLoopback(hostname) && isLoopback(own.hostname)));
  }

  /** The endpoint of this page's own server that a URL names, if any: echo, broadcast or chat. */
  function endpointOf(address) {
    if (!isOurs(address)) return '';
    const { pathname } = new URL(address);
    const name = pathname === '/' ? 'echo' : pathname.split('/')[1];
    return Object.hasOwn(ENDPOINTS, name) ? name : '';
  }

  /** Whether a URL is just an endpoint of this page's own server: nothing in it would be lost if it is replaced. */
  const isPreset = (address) => endpointOf(address) !== '' && address === `${originOf(address)}/${endpointOf(address)}`;

  /** Whether messages to a URL go to everybody who is connected there: so they do on any wshub, by any name. */
  function reachesOthers(address) {
    return problemWith(address) === '' && /^\/(broadcast|chat)(\/|$)/.test(new URL(address).pathname);
  }

  /** A URL without user name, password and query, as it may be in the page's own address. */
  function shareable(address) {
    if (problemWith(address) !== '') return '';
    const { protocol, host, pathname } = new URL(address);
    return `${protocol}//${host}${pathname}`;
  }

  // Ports that browsers never connect to (the Fetch standard, "port blocking").
  const BLOCKED = new Set([0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95,
    101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512,
    513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723,
    2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080]);

  /** Whether browsers refuse the port of a URL by themselves. */
  const isBlocked = (address) => BLOCKED.has(Number(new URL(address).port || -1));

  /** The origin of a URL, or that of this page's own server. */
  function originOf(address) {
    if (problemWith(address) !== '') return servedBy;
    const { protocol, host } = new URL(address);
    return `${protocol}//${host}`;
  }

  /** What is wrong with a list of subprotocols; '' if it is valid (RFC 6455 section 4.1: tokens, each once). */
  function problemWithProtocols(names) {
    const wrong = names.find((name) => !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name));
    if (wrong !== undefined) return `“${wshub.visible.visibleText(wrong)}” is not a valid subprotocol: use letters, digits and a few signs, no spaces.`;
    return new Set(names).size < names.length ? 'The same subprotocol is there twice.' : '';
  }

  return {
    ENDPOINTS, servedBy, isServed, completed, problemWith, isOurs, endpointOf, isPreset, reachesOthers, originOf, shareable, isBlocked, problemWithProtocols,
  };
})();
