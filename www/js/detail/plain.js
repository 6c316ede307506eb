'use strict';
// Shows a message as text, and as a dump of its bytes that fills the available width.
//
// Gives: wshub.plain. Uses: pages.js, visible.js, bytes.js.

wshub.plain = (() => {
  const { element } = wshub.dom;
  const MAX_CHARACTERS = 50000; // on one page
  const MAX_BYTES = 8192;
  const PER_LINE = [32, 24, 16, 8, 4, 2]; // bytes in a line of the dump
  const PROBE = 8; // characters whose width is measured

  /** Fills a place with a text; returns the function that shows an offset's page, and returns where that page begins. */
  function showText(place, text) {
    const words = element('div', 'text');
    words.dir = 'auto';
    const pages = new wshub.Pages({
      total: text.length, size: MAX_CHARACTERS, what: 'characters',
      draw: (from, to) => {
        words.replaceChildren();
        // A page never begins or ends within a surrogate pair: the low half moves to the page before.
        wshub.visible.appendVisible(words, text.slice(isLow(text, from) ? from + 1 : from, isLow(text, to) ? to + 1 : to));
      },
    });
    place.replaceChildren(pages.bar, words);
    pages.to(0);
    return (offset) => {
      pages.to(offset);
      return pages.from;
    };
  }

  const isLow = (text, at) => at > 0 && at < text.length && text.charCodeAt(at) >= 0xDC00 && text.charCodeAt(at) <= 0xDFFF;

  /** Fills a place with a dump, which is drawn again when the width of the place changes. */
  function showBytes(place, bytes) {
    const dump = element('pre', 'dump');
    const probe = element('span', 'probe', '0'.repeat(PROBE));
    probe.setAttribute('aria-hidden', 'true');
    let perLine = 0;
    const pages = new wshub.Pages({
      total: bytes.length, size: MAX_BYTES, what: 'bytes',
      draw: (from, to) => { dump.textContent = wshub.bytes.dump(bytes.subarray(from, to), perLine, from); },
    });
    place.replaceChildren(pages.bar, dump, probe);
    const measure = () => {
      const columns = Math.floor(dump.clientWidth / (probe.getBoundingClientRect().width / PROBE));
      const fits = PER_LINE.find((count) => wshub.bytes.dumpColumns(count) <= columns) ?? PER_LINE.at(-1);
      if (fits === perLine || columns === 0) return;
      perLine = fits;
      pages.to(pages.from);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(dump);
    measure();
    return () => observer.disconnect();
  }

  return { showText, showBytes };
})();
