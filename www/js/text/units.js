'use strict';
// Formats sizes, times and counts.
//
// Gives: wshub.units.

wshub.units = (() => {
  const encoder = new TextEncoder();

  /** The number of bytes of a text in UTF-8. */
  function bytesIn(text) {
    return encoder.encode(text).length;
  }

  const grouped = new Intl.NumberFormat('en');

  function inBytes(count) {
    return count === 1 ? '1 byte' : grouped.format(count) + ' bytes';
  }

  /** A size in short form: 119 B, 4.9 KiB, 16 MiB. */
  function shortBytes(count) {
    const step = count < 1024 ? 0 : count < 1024 * 1023.95 ? 1 : 2;
    if (step === 0) return `${count} B`;
    const size = count / 1024 ** step;
    return `${size.toFixed(size < 9.95 ? 1 : 0)} ${step === 1 ? 'KiB' : 'MiB'}`;
  }

  /** A local time of day to the millisecond, the same in every locale: 09:05:07.042 */
  function clockOf(date) {
    const two = (number) => String(number).padStart(2, '0');
    return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
      + `.${String(date.getMilliseconds()).padStart(3, '0')}`;
  }

  /** A duration, rounded: 0.4 ms, 12 ms, 3.2 s, 4 min. */
  function inTime(milliseconds) {
    if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
    if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
    if (milliseconds < 120000) return `${(milliseconds / 1000).toFixed(1)} s`;
    return `${Math.round(milliseconds / 60000)} min`;
  }

  const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

  /** `1 entry`, `1,200 entries`. */
  function counted(count, one, many = `${one}s`) {
    return `${grouped.format(count)} ${count === 1 ? one : many}`;
  }

  return {
    bytesIn, inBytes, shortBytes, clockOf, inTime, counted,
    group: (number) => grouped.format(number),
    short: (number) => compact.format(number),
  };
})();
