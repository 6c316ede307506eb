'use strict';
// The saved connections (name, URL, subprotocols, messages), and saved messages that belong to no connection.
// They are kept in this browser, and copied to other browsers as a JSON file. A password in a URL is neither
// kept nor written to a file.
//
// Gives: wshub.library. Uses: store.js, address.js, passwords.js.

wshub.library = (() => {
  const { store, passwords } = wshub;
  const FORMAT = 'wshub connections';
  const MOST_CONNECTIONS = 200;
  const MOST_MESSAGES = 50; // for one connection, and for no connection
  const MAX_NAME = 80; // characters
  const MAX_URL = 4000;
  const MAX_TEXT = 100000; // of one message: the browser's storage is small
  const KINDS = ['text', 'hex', 'base64'];

  const isText = (value, most) => typeof value === 'string' && value.length <= most;
  const isUrl = (value) => isText(value, MAX_URL) && /^wss?:\/\/[^#]+$/i.test(value) && URL.canParse(value);

  /** A stored message { name, mode, text }; null if the value is not one. */
  function messageFrom(value) {
    if (value === null || typeof value !== 'object' || !KINDS.includes(value.mode) || !isText(value.text, MAX_TEXT)) return null;
    return { name: isText(value.name, MAX_NAME) ? value.name : '', mode: value.mode, text: value.text };
  }

  /** A stored connection { name, url, subprotocols, messages }; null if the value is not one. */
  function connectionFrom(value) {
    if (value === null || typeof value !== 'object' || !isText(value.name, MAX_NAME) || value.name.trim() === '' || !isUrl(value.url)) return null;
    const names = Array.isArray(value.subprotocols) ? value.subprotocols : [];
    if (!names.every((name) => isText(name, 1000)) || wshub.address.problemWithProtocols(names) !== '') return null;
    const messages = (Array.isArray(value.messages) ? value.messages : []).map(messageFrom).filter((message) => message !== null);
    return { name: value.name.trim(), url: passwords.without(value.url), subprotocols: names, messages: messages.slice(0, MOST_MESSAGES) };
  }

  const all = (name, from) => store.list(name, (value) => from(value) !== null).map(from);
  let isKept = true; // the browser stored the last change
  let connections = [];
  let messages = [];
  let version = 0; // changes with each modification
  const changed = []; // called after a change, in this tab or another one

  /** Reads the browser's storage, which another tab may have changed. */
  function refresh() {
    if (!isKept) return; // then the storage is out of date
    connections = all('saved-connections', connectionFrom);
    messages = all('saved', messageFrom);
  }

  function tellAll() {
    version += 1;
    for (const tell of changed) tell();
  }

  function keep() {
    isKept = store.write('saved-connections', connections) && store.write('saved', messages);
    tellAll();
    return isKept;
  }

  for (const name of ['saved', 'saved-connections']) {
    store.watch(name, () => {
      refresh();
      tellAll();
    });
  }
  refresh();

  const connection = (name) => connections.find((one) => one.name === name);

  /** The messages of a connection; with '' those that belong to none. */
  const messagesOf = (name) => (name === '' ? messages : connection(name)?.messages ?? []);

  /** Saves a connection; one of the same name keeps its messages. Returns whether the browser stored it. */
  function saveConnection({ name, url, subprotocols }) {
    refresh();
    const made = connectionFrom({ name, url, subprotocols, messages: connection(name.trim())?.messages });
    if (made === null) return false;
    connections = [made, ...connections.filter((one) => one.name !== made.name)].slice(0, MOST_CONNECTIONS);
    return keep();
  }

  function deleteConnection(name) {
    refresh();
    connections = connections.filter((one) => one.name !== name);
    keep();
  }

  const isSame = (one, other) => one.mode === other.mode && one.text === other.text;

  function setMessages(name, list) {
    const kept = list.slice(0, MOST_MESSAGES);
    if (name === '') messages = kept;
    else connections = connections.map((one) => (one.name === name ? { ...one, messages: kept } : one));
    return keep();
  }

  /** Whether one more message can be saved, for a connection or with '' for none; one that is there already can. */
  const hasRoom = (of, message) => messagesOf(of).length < MOST_MESSAGES || messagesOf(of).some((one) => isSame(one, message));

  /** Saves a message, for a connection or with '' for none. Returns whether the browser stored it. */
  function saveMessage(of, message) {
    refresh();
    const before = messagesOf(of).find((one) => isSame(one, message));
    return setMessages(of, [{ name: '', ...before, ...message }, ...messagesOf(of).filter((one) => !isSame(one, message))]);
  }

  function renameMessage(of, message, name) {
    refresh();
    setMessages(of, messagesOf(of).map((one) => (isSame(one, message) ? { ...one, name: name.trim().slice(0, MAX_NAME) } : one)));
  }

  function deleteMessage(of, message) {
    refresh();
    setMessages(of, messagesOf(of).filter((one) => !isSame(one, message)));
  }

  /** All saved connections and messages, as the text of a file. */
  function write() {
    refresh();
    return `${JSON.stringify({ format: FORMAT, version: 1, connections, messages }, null, 2)}\n`;
  }

  /**
   * Adds a file's contents; a connection replaces the one of its name. Returns { connections, messages, bad },
   * each a count; throws an error that says what is wrong with the whole file.
   */
  function read(text) {
    let file;
    try {
      file = JSON.parse(text);
    } catch {
      throw new Error('it is not JSON');
    }
    if (file === null || typeof file !== 'object' || file.format !== FORMAT) throw new Error(`it does not say "format": "${FORMAT}"`);
    if (file.version !== 1) throw new Error('it has a version that this page does not know');
    const given = (value) => (Array.isArray(value) ? value : []);
    const good = given(file.connections).map(connectionFrom).filter((one) => one !== null);
    const goodMessages = given(file.messages).map(messageFrom).filter((one) => one !== null);
    refresh();
    for (const one of good) connections = [...connections.filter(({ name }) => name !== one.name), one];
    for (const one of goodMessages) messages = [...messages.filter((other) => !isSame(one, other)), one];
    const dropped = Math.max(0, connections.length - MOST_CONNECTIONS) + Math.max(0, messages.length - MOST_MESSAGES);
    connections = connections.slice(0, MOST_CONNECTIONS);
    messages = messages.slice(0, MOST_MESSAGES);
    keep();
    return {
      connections: good.length,
      messages: goodMessages.length,
      bad: given(file.connections).length - good.length + given(file.messages).length - goodMessages.length,
      dropped,
    };
  }

  return {
    MAX_NAME, MAX_TEXT, MOST_CONNECTIONS, MOST_MESSAGES, changed, isUrl, connection, messagesOf, hasRoom, saveConnection, deleteConnection, saveMessage, renameMessage,
    deleteMessage, write, read,
    get connections() { return connections; },
    get isKept() { return isKept; },
    get version() { return version; },
  };
})();
