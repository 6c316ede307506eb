'use strict';
// Where to connect to: what a person types is completed, checked and explained.
//
// Gives: wshub.address. Pure, given the page's location.

{
  // From disk there is no server to go back to: the program's own default is the best guess.
  const isServed = location.protocol === 'http:' || location.protocol === 'https:';
  const servedBy = isServed ? location.origin.replace(/^http/, 'ws') : 'ws://localhost:8765';

  const ENDPOINTS = {
    broadcast: {
      hint: 'Every message goes to every page that is connected, this one too.',
      placeholder: 'Say something to every tab',
    },
    echo: {
      hint: 'Every message comes straight back, to this page alone.',
      placeholder: 'Say something to the server',
    },
    chat: {
      hint: 'Rooms and names, in lines of text, as they are. The Chat view draws them.',
      placeholder: 'Say something to the room, or type /help',
    },
  };

  /** What a person may type, completed: `/echo`, `localhost:8765/echo`, or all of it. */
  function completed(typed) {
    if (typed.startsWith('/')) return servedBy + typed;
    if (typed === '' || typed.includes('://')) return typed;
    return (location.protocol === 'https:' ? 'wss://' : 'ws://') + typed;
  }

  /** What is wrong with a URL and what to write instead, or '' if nothing is. */
  function problemWith(address) {
    const example = `for example ${servedBy}/echo`;
    if (address === '') return `Write where to connect to, ${example}`;
    if (!/^wss?:\/\//i.test(address)) return `A WebSocket URL begins with ws:// or wss://, ${example}`;
    if (address.includes('#')) return 'A WebSocket URL has no # in it. Leave out the # and all that follows.';
    if (!URL.canParse(address)) return `That is not a URL. It wants a host, perhaps a port, and a path, ${example}`;
    if (location.protocol === 'https:' && /^ws:/i.test(address) && !isThisMachine(address)) {
      return 'This page came over https, so the browser allows wss:// only.';
    }
    return '';
  }

  // Browsers differ on ws:// to this machine from a page over https: let the browser say so.
  const isThisMachine = (address) => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(address).hostname);

  /** The endpoint of ours that a URL names, if any: echo, broadcast or chat. */
  function endpointOf(address) {
    if (problemWith(address) !== '') return '';
    const { pathname } = new URL(address);
    const name = pathname === '/' ? 'echo' : pathname.split('/')[1];
    return Object.hasOwn(ENDPOINTS, name) ? name : '';
  }

  /** The server of a URL with nothing behind it, or this page's own. */
  function originOf(address) {
    if (problemWith(address) !== '') return servedBy;
    const { protocol, host } = new URL(address);
    return `${protocol}//${host}`;
  }

  /** What is wrong with a list of subprotocols, or '' (RFC 6455 section 4.1: tokens, each once). */
  function problemWithProtocols(names) {
    const wrong = names.find((name) => !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name));
    if (wrong !== undefined) return `“${wshub.visible.visibleText(wrong)}” is no subprotocol: letters, digits and a few signs, no spaces.`;
    return new Set(names).size < names.length ? 'The same subprotocol stands there twice.' : '';
  }

  wshub.address = {
    ENDPOINTS, servedBy, isServed, completed, problemWith, endpointOf, originOf, problemWithProtocols,
  };
}
