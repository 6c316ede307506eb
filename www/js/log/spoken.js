'use strict';
// The live region that a screen reader reads out: each entry while they come slowly, only their number while
// they come fast. The list itself is not live, since scrolling changes its contents.
//
// Gives: wshub.Spoken.

wshub.Spoken = (() => {
  const MAX_EACH = 3; // entries in a second that are read out one by one
  const MAX_CHARACTERS = 200;
  const PAUSE = 1000; // milliseconds

  class Spoken {
    constructor(place, what = 'entries in the log') {
      this.place = place;
      this.what = what;
      this.waiting = [];
      this.count = 0;
      this.timer = 0;
    }

    hear(record) {
      this.count += 1;
      if (this.waiting.length < MAX_EACH) this.waiting.push(record);
      this.timer ||= setTimeout(() => this.say(), this.waiting.length === 1 ? 150 : PAUSE);
    }

    say() {
      const { waiting, count } = this;
      this.waiting = [];
      this.count = 0;
      this.timer = setTimeout(() => {
        this.timer = 0;
        if (this.count > 0) this.say();
        else this.place.replaceChildren(); // it has been read out; it must not be found again
      }, PAUSE);
      this.place.replaceChildren();
      if (count > waiting.length) {
        this.place.append(`${wshub.units.group(count)} new ${this.what}`);
        return;
      }
      for (const record of waiting) this.place.append(wshub.dom.element('p', '', inWords(record)));
    }
  }

  function inWords({ kind, data, title, sentences, bytes }) {
    if (data === null) return wshub.visible.visibleText([title, ...sentences.flat()].join('. '));
    if (typeof data !== 'string') return `${kind}: ${wshub.units.inBytes(bytes ?? data.length)} of binary`;
    const { cutText, visibleText } = wshub.visible;
    return `${kind}: ${visibleText(cutText(data, MAX_CHARACTERS, 4))}${data.length > MAX_CHARACTERS ? '…' : ''}`;
  }

  return Spoken;
})();
