'use strict';
// Makes elements of chat lines and names. A name always has the same one of twelve colours, derived from its
// letters; each is legible on light and on dark.
//
// Gives: wshub.chatDraw. Uses: visible.js.

wshub.chatDraw = (() => {
  const { element } = wshub.dom;
  const HUES = 12;

  function hueOf(name) {
    let hash = 0;
    for (const character of name.toLowerCase()) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
    return hash % HUES;
  }

  function nameOf(name, isMine = false) {
    const made = element('b', `name hue-${hueOf(name)}`);
    made.dir = 'auto';
    wshub.visible.appendVisible(made, name);
    return isMine ? element('span', 'mine', made, element('span', 'aside', ' (you)')) : made;
  }

  const WORDS = { notice: '·', own: '·', refusal: '!', other: '·' };

  function lineOf(line) {
    const made = element('p', `chat-line is-${line.type}${line.isPast ? ' is-past' : ''}${line.isMine ? ' is-mine' : ''}`);
    const time = element('time', 'time', line.isPast ? 'earlier' : wshub.units.clockOf(new Date(line.at)).slice(0, 5));
    time.dateTime = new Date(line.at).toISOString();
    const text = element('span', 'words');
    text.dir = 'auto';
    wshub.visible.appendVisible(text, line.text);
    const who = line.type === 'message' ? nameOf(line.name) : element('span', 'sign', WORDS[line.type]);
    made.append(time, ' ', who, line.type === 'message' ? ': ' : ' ', text);
    return made;
  }

  return { lineOf, nameOf, hueOf };
})();
