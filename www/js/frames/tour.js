'use strict';
// The tour: from the opening handshake to the Close in five minutes, for readers who know TCP. Each step is
// done on the visitor's own connection, and is complete when the server reports that it happened.
//
// Gives: wshub.Tour. Uses: live.js, lab.js, presets.js.

wshub.Tour = (() => {
  const { byId, element, setText, setUsable } = wshub.dom;

  const isFrame = (entry, dir, ...opcodes) => entry.kind === 'frame' && entry.dir === dir && opcodes.includes(entry.opcode);

  /**
   * The steps. `does` is the button's text, if there is one, `act` its action, `isDone(entry)` whether an entry seen on the
   * connection (or chosen) completes the step, `shows` which entry is chosen then.
   */
  const STEPS = [
    {
      title: 'A WebSocket begins as HTTP',
      words: ['TCP carries bytes in both directions, and does not mark where a message ends. In HTTP, every response needs a request. A WebSocket stays open, and either end may send a message at any time.',
        'It begins with an ordinary request that asks to go on in another protocol. Press the button: the Workbench connects to the endpoint /echo of this page’s own server, which sends every message back to you alone, and the server shows what it saw. If the Workbench has another connection, that one stays, and this one gets a tab of its own.'],
      does: 'Open a connection and watch it',
      act: ({ live }) => live.watch(live.echo),
      isDone: (entry) => entry.kind === 'response',
      shows: (entry) => entry.kind === 'opened',
      then: 'Below are the request and the response 101, “Switching Protocols”. After the empty line at its end, the connection no longer carries HTTP.',
    },
    {
      title: 'The key and the accept value',
      words: ['A server that does not know WebSocket must not be made to open one by accident. So the client sends a random key, and the server has to send back a value that only a WebSocket server computes from it.',
        'It is not a password: it only proves that the server understood the request. Open “How the accept value comes from the key” below, and follow the steps.'],
      does: 'Show the handshake',
      act: ({ live }) => live.chooseLast((entry) => entry.kind === 'opened'),
      isDone: (entry) => entry.kind === 'steps',
      then: 'Both values agree, so the connection is open. From now on, both ends send frames.',
    },
    {
      title: 'A frame from the client',
      words: ['A frame is a short header and a payload. Send a text: this page’s browser makes one frame of it.',
        'The header has at least two bytes: the first has FIN and the kind of the frame, the second has the length.'],
      does: 'Send “Hello”',
      act: ({ live }) => live.send('Hello'),
      isDone: (entry) => isFrame(entry, 'in', 1),
      shows: (entry) => isFrame(entry, 'in', 1),
      then: 'Below is the frame, bit by bit. Point at its fields. The payload is masked: each byte is combined with a byte of the random key, so that a script in a page cannot choose the bytes on the wire and deceive a proxy on the way (section 10.3).',
    },
    {
      title: 'A frame from the server',
      words: ['The server answered. Look at its frame: the MASK bit is 0, there is no key, and the payload is readable as it is.',
        'A client that receives a masked frame must fail the connection, and so must a server that receives an unmasked one. You can try that in the Lab.'],
      does: 'Show the server’s frame',
      act: ({ live }) => live.chooseLast((entry) => isFrame(entry, 'out', 1)) || live.send('Hello'),
      isDone: (entry) => isFrame(entry, 'out', 1),
      shows: (entry) => isFrame(entry, 'out', 1),
      then: 'The same text, without a mask: two bytes of header, five of payload.',
    },
    {
      title: 'Longer frames',
      words: ['Seven bits hold a length of up to 125. For a longer payload, the seven bits are 126 and two bytes with the length follow, or they are 127 and eight bytes follow. Only the shortest form that fits is allowed.'],
      does: 'Send 200 bytes',
      act: ({ live }) => live.send('0123456789'.repeat(20)),
      isDone: (entry) => isFrame(entry, 'in', 1) && Number(entry.length) >= 126,
      shows: (entry) => isFrame(entry, 'in', 1) && Number(entry.length) >= 126,
      then: 'The length field is 126, and the extended length after it is 200.',
    },
    {
      title: 'Fragments',
      words: ['A message may be split into several frames, so that a sender can begin before it knows the whole message. The first frame has the kind and FIN 0, the others are continuations, and the last one has FIN 1. Pings may come between them; frames of another message may not.',
        'A page cannot ask its browser to fragment, so these frames come from the Lab: the server’s decoder reads them.'],
      does: 'Decode three fragments with a ping between them',
      act: ({ lab, showPart }) => {
        showPart('lab');
        lab.take(wshub.presets.allowed.find(({ name }) => name.startsWith('A text in three fragments')));
      },
      isDone: (entry) => entry.kind === 'decoded' && entry.frames.length === 4,
      then: 'The ping is delivered at once, and the text with its last fragment: the Lab shows which frame completes which event.',
    },
    {
      title: 'Ping and pong',
      words: ['A TCP connection whose other end is gone looks like a connection on which nobody sends. So one end sends a ping, and the other end answers with a pong that has the same payload. A browser answers by itself and does not tell the page.',
        'This server pings a client that has been silent for 20 seconds. Send nothing and wait for it, or continue with Next.'],
      isDone: (entry) => isFrame(entry, 'in', 10),
      shows: (entry) => isFrame(entry, 'out', 9),
      then: 'The ping from the server, and the pong from your browser with the same payload.',
    },
    {
      title: 'The Close',
      words: ['A connection also ends with a handshake. One end sends a Close frame with a code and perhaps a reason, the other end answers with a Close. Then the server closes TCP, and after it the client. All that was sent before the Close has arrived; without a Close, something may be lost.'],
      does: 'Close the connection',
      act: ({ workbench }) => workbench.link().disconnect(),
      isDone: (entry) => entry.kind === 'ended',
      shows: (entry) => isFrame(entry, 'in', 8),
      then: 'Code 1000, “normal closure”, in both directions. You have seen the whole protocol: a handshake, frames, a Close. The Lab has examples of broken rules.',
    },
  ];

  class Tour {
    /** `parts`: { live, lab, workbench, showPart(name) }. */
    constructor(parts) {
      this.parts = parts;
      this.at = 0;
      this.done = new Set();
      byId('tour-do').addEventListener('click', () => this.act());
      byId('tour-next').addEventListener('click', () => this.go(this.at + 1));
      byId('tour-back').addEventListener('click', () => this.go(this.at - 1));
      parts.live.happened.push((entry) => this.see(entry));
      parts.live.shownDetail.push((entry) => this.see(entry));
      parts.lab.decoded.push((answer) => this.see(answer));
      this.render();
    }

    /** The part that is shown below the text of the present step. */
    get part() {
      return STEPS[this.at].title === 'Fragments' ? 'lab' : 'live';
    }

    act() {
      STEPS[this.at].act?.(this.parts);
    }

    go(to) {
      if (to < 0 || to >= STEPS.length) return;
      this.at = to;
      this.render();
      this.parts.showPart('tour');
    }

    see(entry) {
      const step = STEPS[this.at];
      if (!this.isShown || this.done.has(this.at) || !step.isDone(entry)) return;
      this.done.add(this.at);
      this.render();
      if (step.shows) this.parts.live.chooseLast(step.shows);
    }

    get isShown() {
      return !byId('frames-tour').hidden;
    }

    render() {
      const step = STEPS[this.at];
      const isDone = this.done.has(this.at);
      setText(byId('tour-step'), `Step ${this.at + 1} of ${STEPS.length}${isDone ? ', done' : ''}`);
      byId('tour-words').replaceChildren(element('h2', '', step.title), ...step.words.map((words) => element('p', '', words)));
      const act = byId('tour-do');
      act.hidden = step.does === undefined; // a step that only waits
      setText(act, step.does ?? '');
      act.classList.toggle('main', !isDone);
      byId('tour-next').classList.toggle('main', isDone);
      setUsable(byId('tour-back'), this.at > 0);
      setUsable(byId('tour-next'), this.at < STEPS.length - 1);
      setText(byId('tour-done'), isDone ? step.then : '');
    }
  }

  return Tour;
})();
