'use strict';
// The page's conduct: which endpoint, connect and disconnect, send. The connection's state is
// the socket's own `readyState` and is kept nowhere else, so the two cannot contradict each other.
//
// Uses: log.js, closing.js, visible.js.

const byId = (id) => document.getElementById(id);
const url = byId('url');
const toggle = byId('toggle');
const message = byId('message');
const choices = [...document.querySelectorAll('input[name=endpoint]')];

const log = new Log({
  box: byId('log'), list: byId('entries'), empty: byId('empty'),
  count: byId('count'), newer: byId('newer'), spoken: byId('spoken'),
});

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
    hint: 'Rooms and names, in lines of text. Add ?name=ana to the URL to choose your name.',
    placeholder: 'Say something to the room, or type /help',
  },
};

// From disk there is no server to go back to: the program's own default is the best guess.
const servedBy = location.protocol === 'http:' || location.protocol === 'https:'
  ? location.origin.replace(/^http/, 'ws')
  : 'ws://localhost:8765';

const STATES = ['connecting', 'open', 'closing', 'closed']; // by WebSocket.readyState
let socket = null;
const stateNow = () => (socket === null ? 'closed' : STATES[socket.readyState]);

// ---- Where to

/** What a person may type for a URL, completed: `/echo`, `localhost:8765/echo`, or all of it. */
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
  if (location.protocol === 'https:' && /^ws:/i.test(address)) {
    return 'This page came over https, so the browser allows wss:// only.';
  }
  return '';
}

function choose(name) {
  const typed = completed(url.value.trim());
  // A host that a person typed is kept: only the endpoint on it changes.
  url.value = (problemWith(typed) === '' ? new URL(typed).origin : servedBy) + '/' + name;
  urlChanged();
  if (stateNow() === 'closed') return;
  socket.connectNext = true; // who chooses another endpoint while connected wants to move there
  disconnect();
}

/** Keeps the choice of endpoint, and the words that go with it, true to what the URL says. */
function urlChanged() {
  tellProblem(url, '');
  const typed = completed(url.value.trim());
  const path = problemWith(typed) === '' ? new URL(typed).pathname : '';
  const name = path === '/' ? 'echo' : path.split('/')[1] ?? '';
  const endpoint = Object.hasOwn(ENDPOINTS, name) ? ENDPOINTS[name] : null;
  for (const choice of choices) choice.checked = choice.value === name;
  byId('hint').textContent = endpoint ? endpoint.hint : 'An address of your own.';
  message.placeholder = endpoint ? endpoint.placeholder : 'Say something';
  byId('second-tab').hash = endpoint ? name : '';
}

// ---- The connection

function connect() {
  const address = completed(url.value.trim());
  const problem = problemWith(address);
  if (problem) return refuseUrl(problem);
  let made;
  try {
    made = new WebSocket(address);
  } catch (error) {
    return refuseUrl(`The browser does not accept this URL: ${error.message}`);
  }
  url.value = address;
  follow(made, address);
}

function refuseUrl(problem) {
  tellProblem(url, problem);
  url.focus();
}

/** Tells one connection's story, from the first word to the last. */
function follow(made, address) {
  const begun = performance.now();
  let opened = 0;
  let received = 0;
  socket = made;
  socket.binaryType = 'arraybuffer';
  socket.sentCount = 0;
  socket.askedHere = false;
  socket.connectNext = false;
  render();

  made.addEventListener('open', () => {
    opened = performance.now();
    log.note(`Open: ${address}`, [`The opening handshake took ${inTime(opened - begun)}.`]);
    // The next thing to do is to type, unless the person has gone elsewhere meanwhile.
    if ([toggle, url, document.body].includes(document.activeElement)) message.focus();
    render();
  });
  made.addEventListener('message', ({ data }) => {
    received += 1;
    if (typeof data === 'string') log.text('received', data);
    else log.binary('received', data);
  });
  made.addEventListener('close', ({ code, reason, wasClean }) => {
    const sentences = explainClose({ code, opened: opened > 0, askedHere: made.askedHere, url: address, page: location });
    if (reason) sentences.unshift(`Reason given: \u201C${reason}\u201D`);
    if (opened > 0) {
      const lasted = inTime(performance.now() - opened);
      sentences.push(`It was open for ${lasted}; ${made.sentCount} sent, ${received} received.`);
    }
    const isProblem = !(wasClean && [1000, 1001, 1005].includes(code)) && !made.askedHere;
    log.note(`Closed: ${code}, ${closeName(code)} (${wasClean ? 'clean' : 'not clean'})`, sentences, isProblem);
    if (isProblem) byId('log').scrollIntoView({ block: 'nearest' }); // on a small screen it may be out of view
    if (made.connectNext) connect();
    render();
  });
}

function disconnect() {
  socket.askedHere = true;
  socket.close(1000); // while closing already, this does nothing
  render();
}

function send() {
  if (stateNow() !== 'open') {
    return tellProblem(message, 'Not sent: there is no open connection. Press Connect first.');
  }
  if (message.value === '') return tellProblem(message, 'Nothing to send yet: type a message first.');
  socket.send(message.value);
  socket.sentCount += 1;
  log.text('sent', message.value);
  log.toEnd(); // who sends wants to see it arrive
  message.value = '';
  tellProblem(message, '');
  render();
}

// ---- What is shown

function render() {
  const state = stateNow();
  const isClosed = state === 'closed';
  byId('state').textContent = state;
  byId('state').dataset.state = state;
  toggle.textContent = isClosed ? 'Connect' : 'Disconnect';
  toggle.classList.toggle('main', isClosed); // the one filled button is the one to press next
  // Not "disabled": a disabled element loses the keyboard's focus.
  toggle.setAttribute('aria-disabled', String(state === 'closing'));
  byId('send').setAttribute('aria-disabled', String(state !== 'open'));
  url.readOnly = !isClosed;
  if (state === 'open') tellProblem(message, '');

  const step = state !== 'open' ? 1 : socket.sentCount === 0 ? 2 : 3;
  for (const number of [1, 2, 3]) {
    const place = byId(`step-${number}`);
    place.dataset.place = number < step ? 'done' : number === step ? 'now' : 'later';
    if (number === step) place.setAttribute('aria-current', 'step');
    else place.removeAttribute('aria-current');
  }
}

function tellProblem(field, problem) {
  byId(`${field.id}-problem`).textContent = problem;
  if (problem) field.setAttribute('aria-invalid', 'true');
  else field.removeAttribute('aria-invalid');
}

function inTime(milliseconds) {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

// ---- What a person does

toggle.addEventListener('click', () => {
  const state = stateNow();
  if (state === 'closed') connect();
  else if (state !== 'closing') disconnect();
});
url.addEventListener('input', urlChanged);
url.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && stateNow() === 'closed') connect();
});
for (const choice of choices) choice.addEventListener('change', () => choose(choice.value));

byId('send').addEventListener('click', () => {
  send();
  message.focus();
});
message.addEventListener('input', () => tellProblem(message, ''));
message.addEventListener('keydown', (event) => {
  // While a word is being composed (Japanese, Chinese, Korean), Enter accepts the word.
  if (event.key !== 'Enter' || event.isComposing || event.shiftKey) return;
  event.preventDefault();
  send();
});
byId('clear').addEventListener('click', () => log.clear());

// The link to a second tab names the endpoint, so that both tabs meet at the same one.
const asked = location.hash.slice(1);
choose(Object.hasOwn(ENDPOINTS, asked) ? asked : 'broadcast');
render();
