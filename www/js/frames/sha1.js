'use strict';
// SHA-1 (RFC 3174), for the `Sec-WebSocket-Accept` value. Browsers offer SHA-1 only to secure pages, and this
// page may come over plain http from another machine.
//
// Gives: wshub.sha1. Pure.

wshub.sha1 = (() => {
  const turn = (word, bits) => (word << bits) | (word >>> (32 - bits));

  /** The function and the constant of each of the four rounds of twenty steps. */
  const ROUNDS = [
    [(b, c, d) => (b & c) | (~b & d), 0x5A827999],
    [(b, c, d) => b ^ c ^ d, 0x6ED9EBA1],
    [(b, c, d) => (b & c) | (b & d) | (c & d), 0x8F1BBCDC],
    [(b, c, d) => b ^ c ^ d, 0xCA62C1D6],
  ];

  /** The message with its padding: a one bit, zeros, and its length in bits. */
  function padded(bytes) {
    const whole = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
    whole.set(bytes);
    whole[bytes.length] = 0x80;
    new DataView(whole.buffer).setUint32(whole.length - 4, bytes.length * 8);
    return whole;
  }

  /** The 20 bytes of the digest of a short message. */
  function digest(bytes) {
    const whole = padded(bytes);
    const view = new DataView(whole.buffer);
    const state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0];
    for (let at = 0; at < whole.length; at += 64) {
      const words = Array.from({ length: 16 }, (_, i) => view.getUint32(at + 4 * i));
      for (let i = 16; i < 80; i++) words.push(turn(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1));
      let [a, b, c, d, e] = state;
      words.forEach((word, i) => {
        const [mix, constant] = /** @type {[Function, number]} */ (ROUNDS[Math.floor(i / 20)]);
        [a, b, c, d, e] = [(turn(a, 5) + mix(b, c, d) + e + constant + word) | 0, a, turn(b, 30), c, d];
      });
      [a, b, c, d, e].forEach((word, i) => { state[i] = (state[i] + word) | 0; });
    }
    const out = new DataView(new ArrayBuffer(20));
    state.forEach((word, i) => out.setInt32(4 * i, word));
    return new Uint8Array(out.buffer);
  }

  return digest;
})();
