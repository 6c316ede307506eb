'use strict';
// Bytes as text and back: hex, base64, and the dump that shows both hex and ASCII.
//
// Gives: wshub.bytes.

wshub.bytes = (() => {
  const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

  /** The bytes of a hex text. Between the digits, spaces, commas, colons, `0x` and `\x` are allowed. */
  function fromHex(text) {
    const digits = text.replace(/0x|\\x/gi, ' ').replace(/[\s,:]+/g, '');
    const wrong = /[^0-9a-f]/i.exec(digits);
    if (wrong) throw new Error(`“${wshub.visible.visibleText(wrong[0])}” is not a hex digit (0-9, a-f).`);
    if (digits.length % 2 === 1) throw new Error('Each byte is two hex digits, and one digit is left over.');
    return Uint8Array.from({ length: digits.length / 2 }, (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16));
  }

  /** The bytes of a base64 text, in the standard or the URL-safe alphabet, with or without padding. */
  function fromBase64(text) {
    const letters = text.replace(/\s+/g, '').replace(/-/g, '+').replace(/_/g, '/');
    const wrong = /[^A-Za-z0-9+/=]/.exec(letters);
    if (wrong) throw new Error(`“${wshub.visible.visibleText(wrong[0])}” is not a base64 character.`);
    let binary;
    try {
      binary = atob(letters);
    } catch {
      throw new Error('This base64 is not complete: a character is missing at the end, or there is a "=" inside.');
    }
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  }

  function toBase64(bytes) {
    let binary = '';
    for (let from = 0; from < bytes.length; from += 8192) {
      binary += String.fromCharCode(...bytes.subarray(from, from + 8192));
    }
    return btoa(binary);
  }

  const toHex = (bytes) => Array.from(bytes, (byte) => HEX[byte]).join(' ');

  const asAscii = (bytes) =>
    Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7F ? String.fromCharCode(byte) : '.')).join('');

  const offsetDigits = (perLine) => (perLine > 8 ? 8 : 4);

  /** Lines of `00000010  61 62 …  ab…` with `perLine` bytes each; the first byte is at `offset`. */
  function dump(bytes, perLine, offset = 0) {
    const lines = [];
    for (let from = 0; from < bytes.length; from += perLine) {
      const part = bytes.subarray(from, from + perLine);
      const hex = toHex(part).padEnd(3 * perLine - 1);
      lines.push(`${(offset + from).toString(16).padStart(offsetDigits(perLine), '0')}  ${hex}  ${asAscii(part)}`);
    }
    return lines.join('\n');
  }

  /** The number of characters in a line of such a dump. */
  const dumpColumns = (perLine) => offsetDigits(perLine) + 2 + 3 * perLine - 1 + 2 + perLine;

  return { fromHex, fromBase64, toBase64, toHex, asAscii, dump, dumpColumns };
})();
