'use strict';
// The lab's presets: valid frames that are often asked about, and one for each rule that `wshub check` tests on
// a server. They are masked as a client's, with the masking key of the RFC's own example.
//
// Gives: wshub.presets. Uses: frames/bytes.js. Pure.

wshub.presets = (() => {
  const { frame, joined } = wshub.frameBytes;
  const text = (words) => [...new TextEncoder().encode(words)];
  const close = (code, reason = []) => [code >> 8, code & 255, ...reason];

  /** `section`: of RFC 6455; `reads`: the endpoint that receives the bytes, 'server' by default. */
  const one = (name, section, ...frames) => ({ name, section, reads: 'server', frames });
  const unmasked = (name, section, ...frames) => ({ name, section, reads: 'client', frames: frames.map((each) => ({ ...each, masked: false })) });

  const ALLOWED = [
    one('Text “Hello” from a client', '5.7', { payload: text('Hello') }),
    unmasked('Text “Hello” from a server', '5.7', { payload: text('Hello') }),
    one('A text in three fragments, a ping between them', '5.4',
      { fin: false, payload: text('one') }, { opcode: 9, payload: text('ping') }, { fin: false, opcode: 0, payload: text(' two') }, { opcode: 0, payload: text(' three') }),
    one('A binary of 300 bytes: length in two bytes', '5.2', { opcode: 2, payload: new Array(300).fill(0x2a) }),
    one('Close 1000 with a reason', '5.5.1', { opcode: 8, payload: close(1000, text('done')) }),
    one('An unsolicited pong', '5.5.3', { opcode: 10, payload: text('here') }),
  ];

  const BROKEN = [
    one('Unmasked frame from a client', '5.1', { masked: false, payload: text('hello') }),
    { ...one('Masked frame from a server', '5.1', { payload: text('hello') }), reads: 'client' },
    one('RSV1 set without an extension', '5.2', { rsv: 4, payload: text('hello') }),
    one('RSV2 set without an extension', '5.2', { rsv: 2, payload: text('hello') }),
    one('RSV3 set without an extension', '5.2', { rsv: 1, payload: text('hello') }),
    one('RSV1 set on a ping, without an extension', '5.2', { opcode: 9, rsv: 4 }),
    ...[3, 7, 11, 15].map((opcode) => one(`Reserved opcode ${opcode}`, '5.2', { opcode })),
    one('Length not in its shortest form: 5 in two bytes', '5.2', { form: 2, payload: text('hello') }),
    one('Length not in its shortest form: 5 in eight bytes', '5.2', { form: 8, payload: text('hello') }),
    one('A 64-bit length with its top bit set', '5.2', { opcode: 2, form: 8, length: 2 ** 63 }),
    one('Continuation without a start', '5.4', { opcode: 0, payload: text('x') }),
    one('Continuation without a start, not the last', '5.4', { opcode: 0, fin: false, payload: text('x') }),
    one('A new text inside a fragmented one', '5.4', { fin: false, payload: text('a') }, { payload: text('b') }),
    one('A binary inside a fragmented text', '5.4', { fin: false, payload: text('a') }, { opcode: 2, payload: text('b') }),
    one('A continuation after the last fragment', '5.4', { fin: false, payload: text('a') }, { opcode: 0, payload: text('b') }, { opcode: 0, payload: text('c') }),
    one('Ping of 126 bytes', '5.5', { opcode: 9, payload: new Array(126).fill(0) }),
    one('Ping without FIN', '5.5', { opcode: 9, fin: false, payload: text('x') }),
    one('Close without FIN', '5.5', { opcode: 8, fin: false }),
    one('Close of 126 bytes', '5.5', { opcode: 8, payload: close(1000, new Array(124).fill(0x78)) }),
    one('Close of one byte', '5.5.1', { opcode: 8, payload: [3] }),
    one('Close with a reason that is not UTF-8', '5.5.1', { opcode: 8, payload: close(1000, [0xce, 0xba, 0xff]) }),
    ...[[0, 'below the range'], [999, 'below the range'], [1004, 'reserved'], [1005, 'never sent'], [1006, 'never sent'], [1015, 'never sent'],
      [1016, 'unassigned'], [2999, 'unassigned'], [5000, 'out of range']].map(([code, why]) => one(`Close ${code}, ${why}`, '7.4', { opcode: 8, payload: close(code) })),
    one('Text with the byte FF', '8.1', { payload: [0x61, 0xff, 0x62] }),
    one('Text with a continuation byte alone', '8.1', { payload: [0x80] }),
    one('Text with an overlong form', '8.1', { payload: [0xc0, 0x80] }),
    one('Text with a lone surrogate', '8.1', { payload: [0xed, 0xa0, 0x80] }),
    one('Text past U+10FFFF', '8.1', { payload: [0xf4, 0x90, 0x80, 0x80] }),
    one('Text cut short in a character', '8.1', { payload: [0x61, 0xe2, 0x82] }),
    one('Text broken across two fragments', '8.1', { fin: false, payload: [0xce] }, { opcode: 0, payload: [0xce] }),
    one('A frame that claims 4 EiB', '10.4', { opcode: 2, form: 8, length: 2 ** 62, payload: text('only this came') }),
  ];

  // Frames with compression negotiated; the sections are those of RFC 7692. The first two are its own examples.
  const HELLO = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
  const compressed = (...args) => ({ ...one(...args), isCompressed: true });
  const COMPRESSED = [
    compressed('Compressed text “Hello”', 'RFC 7692 7.2.3.1', { rsv: 4, payload: HELLO }),
    compressed('Compressed text “Hello” in two fragments', 'RFC 7692 7.2.3.1', { fin: false, rsv: 4, payload: HELLO.slice(0, 3) }, { opcode: 0, payload: HELLO.slice(3) }),
    compressed('Compressed data that does not inflate', 'RFC 7692 7.2.2', { rsv: 4, payload: text('Hello') }),
    compressed('Compressed ping', 'RFC 7692 6.1', { opcode: 9, rsv: 4, payload: text('ping') }),
    compressed('RSV1 on the second fragment', 'RFC 7692 6.1', { fin: false, rsv: 4, payload: HELLO.slice(0, 3) }, { opcode: 0, rsv: 4, payload: HELLO.slice(3) }),
  ];

  const withBytes = ({ name, section, reads, isCompressed = false, frames }) => ({ name, section, reads, isCompressed, bytes: joined(frames.map((each) => frame(each))) });
  const ended = one('Bytes after a Close', '5.5.1', { opcode: 8, payload: close(1000) }, { payload: text('behind') });

  return { allowed: [...ALLOWED, ended].map(withBytes), broken: BROKEN.map(withBytes), compressed: COMPRESSED.map(withBytes) };
})();
