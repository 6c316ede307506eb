'use strict';
// A frame's fields in the layout of RFC 6455 section 5.2, with an explanation of each.
//
// A frame is the server's description of it: { fin, rsv, opcode, masked, key, length, payload }, with the
// payload unmasked and as far as it is known; key and payload are in hex; `lengthBytes`, if known, is 0, 2 or
// 8.
//
// Gives: wshub.fields. Uses: bytes.js, units.js. Pure.

wshub.fields = (() => {
  const OPCODES = new Map([
    [0, ['continuation', 'The next fragment of the message that is under way.', '5.4']],
    [1, ['text', 'A text message, or its first fragment. All of a message’s text has to be UTF-8.', '5.6']],
    [2, ['binary', 'A binary message, or its first fragment. What the bytes mean is up to the application.', '5.6']],
    [8, ['close', 'The closing handshake: a code of two bytes and a reason may follow. The other end answers with a Close.', '5.5.1']],
    [9, ['ping', 'Asks for a pong with the same payload, which shows that the other end still answers.', '5.5.2']],
    [10, ['pong', 'Answers a ping with the ping’s own payload.', '5.5.3']],
  ]);

  const nameOf = (opcode) => OPCODES.get(opcode)?.[0] ?? 'reserved';
  const isControl = (opcode) => opcode >= 8;

  /** The bytes of the extended length: as the server says, or those of the shortest form. */
  function lengthBytes({ lengthBytes: told, length }) {
    if (told !== undefined) return told;
    const bytes = Number(length ?? 0);
    if (bytes <= 125) return 0;
    return bytes <= 0xFFFF ? 2 : 8;
  }

  /** The 7-bit length on the wire: the length itself, or the marker of the longer form that follows. */
  function shortLength(frame) {
    return { 0: frame.length ?? '?', 2: '126', 8: '127' }[lengthBytes(frame)];
  }

  const bytesOf = (hex) => Uint8Array.from({ length: (hex ?? '').length / 2 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));

  /** The payload's known bytes as they were on the wire. */
  function onTheWire(frame) {
    const payload = bytesOf(frame.payload);
    const key = bytesOf(frame.key);
    return key.length === 4 ? payload.map((byte, i) => byte ^ key[i % 4]) : payload;
  }

  /** All fields in wire order: { name, bits, value, says, section }. `bits` is the field's width. */
  function fieldsOf(frame) {
    const { fin, rsv, opcode, masked, key, length } = frame;
    const extended = lengthBytes(frame);
    const [, opcodeSays, opcodeSection] = OPCODES.get(opcode)
      ?? ['reserved', 'This number has no meaning: the receiver fails the connection.', '5.2'];
    const finSays = fin ? 'This is the last frame of its message, or the only one.' : 'More frames of this message follow.';
    const rsvSays = (bit) => `${bit ? 'Set' : 'Not set'}. ${bit === 1 && frame.rsv === 4
      ? 'RSV1 says that the message is compressed, where permessage-deflate was agreed on (RFC 7692); otherwise it breaks a rule.'
      : 'Without an extension that gives it a meaning it has to be 0.'}`;
    const fields = [
      { name: 'FIN', bits: 1, value: fin ? '1' : '0', says: isControl(opcode) ? `${finSays} A control frame is never fragmented.` : finSays, section: isControl(opcode) ? '5.5' : '5.4' },
      ...[4, 2, 1].map((bit, i) => ({ name: `RSV${i + 1}`, bits: 1, value: rsv & bit ? '1' : '0', says: rsvSays(rsv & bit ? 1 : 0), section: '5.2' })),
      { name: 'opcode', bits: 4, value: `${opcode} ${nameOf(opcode)}`, says: opcodeSays, section: opcodeSection },
      { name: 'MASK', bits: 1, value: masked ? '1' : '0', says: masked
        ? 'The payload is masked, and the masking key follows. A client masks every frame, so that a page’s script cannot choose the bytes on the wire.'
        : 'The payload is not masked. A server never masks.', section: '5.3' },
      { name: 'length', bits: 7, value: String(shortLength(frame)), says: {
        0: 'A length of up to 125 bytes is here. The shortest form is required.',
        2: '126 says that the length is in the next two bytes.',
        8: '127 says that the length is in the next eight bytes.' }[extended], section: '5.2' },
    ];
    if (extended > 0) {
      fields.push({ name: 'extended length', bits: extended * 8, value: length ?? '?', section: '5.2',
        says: `The length of the payload in bytes, as a number of ${extended * 8} bits, the most significant byte first.` });
    }
    if (masked) {
      fields.push({ name: 'masking key', bits: 32, value: key ? spaced(key) : '?', section: '5.3',
        says: 'The client chooses this key at random for each frame. Byte i of the payload is combined with byte i modulo 4 of the key, by exclusive or.' });
    }
    return fields;
  }

  const spaced = (hex) => (hex.match(/../g) ?? []).join(' ');

  /** The explanation of a payload: { text, says, section }. */
  function payloadSays(frame) {
    const payload = bytesOf(frame.payload);
    const whole = Number(frame.length ?? 0);
    const cut = whole > payload.length ? ` The first ${payload.length} of ${wshub.units.group(whole)} bytes are shown.` : '';
    if (frame.opcode === 8) {
      if (payload.length < 2) return { says: `A Close without a code.${cut}`, section: '5.5.1' };
      const reason = textOf(payload.subarray(2));
      const code = payload[0] * 256 + payload[1];
      return { says: `Close code ${code}${reason ? `, reason “${reason}”` : ', without a reason'}.${cut}`, section: '7.4' };
    }
    if (frame.rsv & 4) return { says: `Compressed data (RFC 7692).${cut}`, section: '5.2' };
    if (frame.opcode === 1) return { says: `Text: “${textOf(payload)}”${cut}`, section: '5.6' };
    return { says: `${wshub.units.counted(whole, 'byte')}.${cut}`, section: isControl(frame.opcode) ? '5.5' : '5.6' };
  }

  /** Bytes as visible text: invalid UTF-8 and invisible characters are replaced by signs. */
  const textOf = (bytes) => wshub.visible.visibleText(new TextDecoder().decode(bytes));

  /** A frame in a few words. */
  function inWords(frame) {
    const fragment = frame.opcode === 0 ? '' : frame.fin || isControl(frame.opcode) ? '' : ', first fragment';
    const last = frame.opcode === 0 && frame.fin ? ', last fragment' : '';
    return `${nameOf(frame.opcode)}${fragment}${last}`;
  }

  return { OPCODES, nameOf, isControl, fieldsOf, lengthBytes, bytesOf, onTheWire, payloadSays, textOf, spaced, inWords };
})();
