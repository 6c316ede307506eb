'use strict';
// The lab: frames that are composed with toggles or pasted as hex, and decoded by the server's own decoder.
//
// Gives: wshub.Lab. Uses: channel.js, presets.js, frames/bytes.js, fields.js, diagram.js, bytes.js.

wshub.Lab = (() => {
  const { byId, element, tellProblem, setText } = wshub.dom;
  const { bytes, fields, frameBytes, presets, units } = wshub;
  const MAX_BYTES = 65536; // the server's limit
  const MAX_DRAWN = 20; // frames
  const MAX_IN_LINK = 1000; // bytes

  class Lab {
    constructor(channel) {
      this.channel = channel;
      this.moved = []; // called when the bytes in the page's address change
      this.asked = 0; // the number of requests to decode, so that the answer to an earlier one is not shown
      this.decoded = []; // called with each answer
      this.before = []; // the bytes before the frames that were composed last
      this.written = ''; // the hex with both, as long as nobody changes it
      const preset = byId('lab-preset');
      const first = element('option', '', 'Choose');
      first.value = '';
      preset.append(first);
      this.presets = new Map();
      for (const { label, group } of [{ label: 'What is allowed', group: presets.allowed }, { label: 'Rules to break', group: presets.broken },
        { label: 'With compression', group: presets.compressed }]) {
        const box = element('optgroup');
        box.label = label;
        for (const one of group) {
          this.presets.set(one.name, one);
          const option = element('option', '', `${one.name} (${one.section})`);
          option.value = one.name;
          box.append(option);
        }
        preset.append(box);
      }
      preset.addEventListener('change', () => this.presets.has(preset.value) && this.take(this.presets.get(preset.value)));
      const opcode = byId('lab-opcode');
      for (let number = 0; number < 16; number++) {
        const option = element('option', '', `${number} ${fields.nameOf(number)}`);
        option.value = String(number);
        option.selected = number === 1;
        opcode.append(option);
      }
      byId('lab-form').addEventListener('submit', (event) => {
        event.preventDefault();
        this.decode();
      });
      byId('lab-hex').addEventListener('input', () => this.changed());
      for (const id of ['lab-reads', 'lab-deflate']) {
        byId(id).addEventListener('change', () => {
          this.changed();
          if (byId('lab-hex').value.trim() !== '') this.decode();
        });
      }
      const compose = byId('lab-compose');
      compose.addEventListener('submit', (event) => {
        event.preventDefault();
        this.put([]);
      });
      // A toggle takes effect at once; typed text only when the field is left.
      compose.addEventListener('change', () => this.recompose());
      byId('lab-append').addEventListener('click', () => {
        const typed = this.typed();
        if (typed !== undefined) this.put(typed);
      });
      this.changed();
    }

    /** The bytes in the field; undefined, with the problem shown, if they are not valid. */
    typed() {
      const field = byId('lab-hex');
      try {
        const read = bytes.fromHex(field.value);
        if (read.length > MAX_BYTES) throw new Error(`${units.inBytes(read.length)}: the lab reads ${units.group(MAX_BYTES)} at most.`);
        tellProblem(field, '');
        return read;
      } catch (error) {
        tellProblem(field, error.message);
        return undefined;
      }
    }

    /** The endpoint that receives the bytes, as in commands and links: `server`, or `server deflate`. */
    get reads() {
      return readsOf(byId('lab-reads').value, byId('lab-deflate').checked);
    }

    /** The lab's part of the page's address: `server-8185...`, '' if there are no bytes or too many. */
    get inLink() {
      const digits = byId('lab-hex').value.replace(/0x|\\x|[\s,:]+/gi, '').toLowerCase();
      return /^([0-9a-f]{2})+$/.test(digits) && digits.length <= 2 * MAX_IN_LINK ? `${this.reads.replace(' ', '.')}-${digits}` : '';
    }

    /** Fills in the bytes of a link, and decodes them. */
    offer(asked) {
      const found = /^(server|client)(\.deflate)?-((?:[0-9a-f]{2})+)$/.exec(asked);
      if (found) this.take({ reads: found[1], isCompressed: found[2] !== undefined, bytes: bytes.fromHex(found[3]) });
    }

    take({ reads, isCompressed, bytes: taken }) {
      byId('lab-reads').value = reads;
      byId('lab-deflate').checked = isCompressed;
      this.fill(taken);
      this.decode();
    }

    fill(taken) {
      byId('lab-hex').value = bytes.toHex(taken);
      tellProblem(byId('lab-hex'), '');
      this.changed();
    }

    changed() {
      const { inLink } = this;
      byId('lab-link').hidden = inLink === '';
      byId('lab-link').href = `?view=frames&lab=${inLink}`;
      const preset = [...this.presets.values()].find((one) => `${readsOf(one.reads, one.isCompressed).replace(' ', '.')}-${bytes.toHex(one.bytes).replaceAll(' ', '')}` === inLink);
      byId('lab-preset').value = preset?.name ?? '';
      const digits = byId('lab-hex').value.replace(/[^0-9a-f]/gi, '').length;
      setText(byId('lab-length'), digits < 2 ? '' : units.inBytes(Math.floor(digits / 2)));
      for (const moved of this.moved) moved();
    }

    // ---- Composing

    /** The frames that the toggles describe; undefined, with the problem shown, if there is one. */
    composed() {
      const isOn = (name) => byId(`lab-${name}`).checked;
      const read = (id, get) => {
        const field = byId(id);
        try {
          const value = get(field.value);
          tellProblem(field, '');
          return value;
        } catch (error) {
          tellProblem(field, error.message);
          return undefined;
        }
      };
      const key = read('lab-key', (value) => {
        const four = bytes.fromHex(value);
        if (four.length !== 4) throw new Error('A masking key has four bytes.');
        return [...four];
      });
      const payload = read('lab-payload', (value) => {
        const all = byId('lab-payload-mode').value === 'hex' ? bytes.fromHex(value) : new TextEncoder().encode(value);
        if (all.length > MAX_BYTES - 300) throw new Error(`${units.inBytes(all.length)}: that is more than the lab reads.`);
        return [...all];
      });
      const fragments = read('lab-fragments', (value) => {
        if (!/^\d+$/.test(value) || Number(value) < 1 || Number(value) > 20) throw new Error('From 1 to 20 fragments.');
        return Number(value);
      });
      if (key === undefined || payload === undefined || fragments === undefined) return undefined;
      const form = byId('lab-form-of-length').value;
      return frameBytes.joined(frameBytes.message({
        fin: isOn('fin'), masked: isOn('mask'), key, payload,
        rsv: (isOn('rsv1') ? 4 : 0) + (isOn('rsv2') ? 2 : 0) + (isOn('rsv3') ? 1 : 0),
        opcode: Number(byId('lab-opcode').value),
        form: form === '' ? undefined : Number(form),
      }, fragments));
    }

    /** Appends the composed frames to these bytes, and decodes all of them. */
    put(before) {
      const composed = this.composed();
      if (composed === undefined) return;
      this.fill(Uint8Array.from([...before, ...composed]));
      this.before = before;
      this.written = byId('lab-hex').value;
      this.decode();
    }

    /** Replaces the frames that were composed last; bytes from elsewhere stay. */
    recompose() {
      const { value } = byId('lab-hex');
      if (value.trim() === '') this.put([]);
      else if (value === this.written) this.put(this.before);
      else this.composed(); // shows what is wrong with the fields
    }

    // ---- Decoding

    async decode() {
      const typed = this.typed();
      if (typed === undefined) return;
      this.asked += 1;
      const { asked, reads } = this;
      try {
        const answer = await this.channel.ask(`decode ${reads} ${bytes.toHex(typed).replaceAll(' ', '')}`);
        if (asked !== this.asked) return;
        if (answer.kind === 'problem') this.fail(answer.problem);
        else this.show(answer);
      } catch (error) {
        if (asked === this.asked) this.fail(error.message);
      }
    }

    fail(why) {
      byId('lab-frames').replaceChildren();
      const state = byId('lab-state');
      state.dataset.outcome = 'broken';
      setText(state, why);
    }

    show(answer) {
      const { frames, broken, missing, missingBytes, unreadBytes } = answer;
      const state = byId('lab-state');
      state.dataset.outcome = broken ? 'broken' : missing ? 'waits' : 'fine';
      const words = [];
      if (frames.length === 0) words.push('No bytes, no frames.');
      else if (broken) {
        words.push(`Broken rule in frame ${frames.length}: ${broken.says} (RFC ${broken.rfc} section ${broken.section}). `
          + `The ${answer.role} fails the connection with Close ${broken.close}.`);
      } else words.push(`${units.counted(frames.length, 'frame')}, no rule broken.`);
      if (missing === 'header') words.push('The last frame’s header is not complete.');
      if (missing === 'payload') words.push(`The last frame announces ${units.group(BigInt(missingBytes))} more bytes than there are: the receiver waits for them.`);
      if (missing === 'continuation') words.push('The message is not complete: the receiver waits for its next fragment.');
      if (unreadBytes > 0) words.push(`${units.inBytes(unreadBytes)} after that ${unreadBytes === 1 ? 'is' : 'are'} not read.`);
      setText(state, words.join(' '));
      const drawn = frames.slice(0, MAX_DRAWN).map((frame, at) => this.draw(frame, at, frames.length - 1 === at ? broken : undefined));
      if (frames.length > MAX_DRAWN) {
        drawn.push(element('p', 'hint', `${units.counted(frames.length - MAX_DRAWN, 'more frame')}: the first ${MAX_DRAWN} are drawn.`));
      }
      byId('lab-frames').replaceChildren(...drawn);
      for (const tell of this.decoded) tell(answer);
    }

    draw(frame, at, broken) {
      const name = `Frame ${at + 1}: ${fields.inWords(frame)}`;
      const box = element('section', 'card', element('h2', '', name));
      box.setAttribute('aria-label', name);
      const place = element('div', 'frame-drawn');
      new wshub.Diagram(place, frame, name);
      box.append(place);
      if (frame.event) box.append(element('p', 'frame-event', eventInWords(frame.event)));
      else if (broken) box.append(element('p', 'problem', broken.says));
      else box.append(element('p', 'hint frame-event', 'No event: the application receives nothing yet.'));
      return box;
    }
  }

  const readsOf = (end, isCompressed) => (isCompressed ? `${end} deflate` : end);

  /** An event of the receiver as a text. */
  function eventInWords({ kind, bytes: count, text, hex, cut, code, meaning, reason }) {
    const shown = (words) => wshub.visible.visibleText(words);
    switch (kind) {
      case 'text': return `Event: a text of ${units.inBytes(count)}: “${shown(text)}”${cut ? ' (shortened)' : ''}`;
      case 'binary': return `Event: a binary message of ${units.inBytes(count)}${hex ? `: ${fields.spaced(hex)}` : ''}${cut ? ' (shortened)' : ''}`;
      case 'ping': return `Event: a ping, which is answered with a pong of the same payload${hex ? `: ${fields.spaced(hex)}` : ''}`;
      case 'pong': return `Event: a pong${hex ? `: ${fields.spaced(hex)}` : ''}`;
      default: return code === undefined ? 'Event: a Close without a code. It is answered with a Close.'
        : `Event: Close ${code} (${meaning})${reason ? `, reason “${shown(reason)}”` : ''}. It is answered with the same code.`;
    }
  }

  return Lab;
})();
