'use strict';
// Encodes frames, valid and invalid ones: the lab composes them, and the presets are made of them.
//
// Gives: wshub.frameBytes. Pure.

wshub.frameBytes = (() => {
  const KEY = [0x37, 0xfa, 0x21, 0x3d];

  /** The bytes of a length: the 7-bit length and the extended length after it. `form` is 0, 2 or 8 bytes. */
  function lengthIn(form, length) {
    if (form === 0) return [Math.min(length, 125)];
    const bytes = [];
    for (let i = form - 1; i >= 0; i--) bytes.push(Math.floor(length / 256 ** i) % 256);
    return [form === 2 ? 126 : 127, ...bytes];
  }

  const shortestForm = (length) => (length <= 125 ? 0 : length <= 0xFFFF ? 2 : 8);

  /** A frame's bytes. `form`: bytes of the extended length; `length`: the announced one, if not the payload's. */
  function frame({ fin = true, rsv = 0, opcode = 1, masked = true, key = KEY, payload = [], form = undefined, length = payload.length }) {
    const [short, ...extended] = lengthIn(form ?? shortestForm(length), length);
    return Uint8Array.from([
      (fin ? 0x80 : 0) | (rsv << 4) | opcode, (masked ? 0x80 : 0) | short, ...extended,
      ...(masked ? key : []),
      ...Array.from(payload, (byte, i) => (masked ? byte ^ key[i % 4] : byte)),
    ]);
  }

  /** A message in `fragments` frames of nearly equal size. RSV1 is on the first one only (RFC 7692 section 6.1). */
  function message(options, fragments) {
    const { payload = [], opcode = 1, fin = true, rsv = 0 } = options;
    return Array.from({ length: fragments }, (_, i) => {
      const cut = (at) => Math.round((payload.length * at) / fragments);
      const isLast = i === fragments - 1;
      return frame({ ...options, payload: payload.slice(cut(i), cut(i + 1)), rsv: i === 0 ? rsv : rsv & 3, opcode: i === 0 ? opcode : 0, fin: isLast ? fin : false });
    });
  }

  const joined = (parts) => Uint8Array.from(parts.flatMap((part) => [...part]));

  return { KEY, frame, message, joined };
})();
