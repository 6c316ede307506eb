'use strict';
// Parses JSON without converting it: values are ranges of the text, so numbers past 2^53, duplicate keys and
// the spelling of escapes stay as the peer sent them. A large text is not parsed in one go: generators yield
// regularly, and the caller continues them.
//
// Gives: wshub.json. Pure.

wshub.json = (() => {
  const MAX_PRETTY = 400000; // characters; formatting more takes longer than a person waits
  const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
  const STEP = 4000; // tokens between two yields

  /** Whether a text looks like an object or an array. It is cheap enough for each message that is shown. */
  function looksLike(text) {
    return text.length >= 2 && /^[ \t\r\n]*[{[]/.test(text) && /[}\]][ \t\r\n]*$/.test(text.slice(-200));
  }

  /** The offset after the string that begins at `from`, or -1 if it does not end. */
  function stringEnd(text, from) {
    for (let at = from + 1; ;) {
      const quote = text.indexOf('"', at);
      if (quote === -1) return -1;
      let slash = quote - 1;
      while (text[slash] === '\\') slash -= 1;
      if ((quote - 1 - slash) % 2 === 0) return quote + 1; // an even number of backslashes: not escaped
      at = quote + 1;
    }
  }

  /** The token at or after an offset: { kind, start, end }. `kind` is punctuation, string, scalar, end or wrong. */
  function tokenAt(text, from) {
    let start = from;
    while (start < text.length && ' \t\r\n'.includes(text[start])) start += 1;
    if (start === text.length) return { kind: 'end', start, end: start };
    const first = text[start];
    if ('{}[],:'.includes(first)) return { kind: first, start, end: start + 1 };
    if (first === '"') {
      const end = stringEnd(text, start);
      return { kind: end === -1 ? 'wrong' : 'string', start, end };
    }
    SCALAR.lastIndex = start;
    const found = SCALAR.exec(text);
    return found ? { kind: 'scalar', start, end: start + found[0].length } : { kind: 'wrong', start, end: start };
  }

  /** Where a text stops being JSON, as an offset; -1 if it is valid. Yields regularly; the return value is the answer. */
  function* check(text) {
    const inside = []; // the closing brackets that are still expected: '}' or ']'
    let wants = 'value';
    const valueEnds = () => { wants = inside.length === 0 ? 'end' : 'comma'; };
    for (let at = 0, count = 1; ; count++) {
      const { kind, start, end } = tokenAt(text, at);
      at = end;
      if (count % STEP === 0) yield;
      if (wants === 'end') return kind === 'end' ? -1 : start;
      if (kind === 'end' || kind === 'wrong') return start;
      if (wants === 'colon') {
        if (kind !== ':') return start;
        wants = 'value';
      } else if (kind === inside.at(-1) && ['comma', 'first value', 'first key'].includes(wants)) {
        inside.pop();
        valueEnds();
      } else if (wants === 'comma') {
        if (kind !== ',') return start;
        wants = inside.at(-1) === '}' ? 'key' : 'value';
      } else if (wants === 'key' || wants === 'first key') {
        if (kind !== 'string') return start;
        wants = 'colon';
      } else if (kind === '{' || kind === '[') {
        inside.push(kind === '{' ? '}' : ']');
        wants = kind === '{' ? 'first key' : 'first value';
      } else if (kind === 'string' || kind === 'scalar') {
        valueEnds();
      } else {
        return start;
      }
    }
  }

  /** The value at an offset of valid JSON: { kind: object | array | string | scalar, start, end }. Yields regularly. */
  function* valueAt(text, from) {
    const { kind, start, end } = tokenAt(text, from);
    if (kind === 'string' || kind === 'scalar') return { kind, start, end };
    let depth = 1;
    let at = end;
    for (let count = 1; depth > 0; count++) {
      const token = tokenAt(text, at);
      at = token.end;
      if (token.kind === '{' || token.kind === '[') depth += 1;
      else if (token.kind === '}' || token.kind === ']') depth -= 1;
      if (count % STEP === 0) yield;
    }
    return { kind: kind === '{' ? 'object' : 'array', start, end: at };
  }

  /** The members of an object or array of valid JSON; `key`: the name as written, or the index. Yields null regularly. */
  function* members(text, container) {
    let at = container.start + 1;
    for (let index = 0; ; index++) {
      let token = tokenAt(text, at);
      if (token.kind === '}' || token.kind === ']') return;
      if (token.kind === ',') token = tokenAt(text, token.end);
      let key = index;
      let from = token.start;
      if (container.kind === 'object') {
        key = text.slice(token.start, token.end);
        from = tokenAt(text, token.end).end; // after the colon
      }
      const walk = valueAt(text, from);
      let step = walk.next();
      while (!step.done) {
        yield null;
        step = walk.next();
      }
      const value = /** @type {any} */ (step.value);
      at = value.end;
      yield { ...value, key };
    }
  }

  /** What is wrong with a text as JSON; '' if it is valid. */
  function problemWith(text) {
    try {
      JSON.parse(text);
      return '';
    } catch (error) {
      return error.message.replace(/^JSON\.parse: /, '');
    }
  }

  /** The same JSON with a line for each value; null if the text is not JSON. */
  function pretty(text) {
    if (text.length > MAX_PRETTY || !looksLike(text) || problemWith(text) !== '') return null;
    let out = '';
    let depth = 0;
    const line = () => '\n' + '  '.repeat(Math.min(depth, 40));
    for (let token = tokenAt(text, 0); token.kind !== 'end'; token = tokenAt(text, token.end)) {
      const { kind, start, end } = token;
      if (kind === '{' || kind === '[') {
        const next = tokenAt(text, end);
        if (next.kind === '}' || next.kind === ']') {
          out += kind + next.kind;
          token = next;
        } else {
          depth += 1;
          out += kind + line();
        }
      } else if (kind === '}' || kind === ']') {
        depth -= 1;
        out += line() + kind;
      } else if (kind === ',') {
        out += kind + line();
      } else {
        out += kind === ':' ? ': ' : text.slice(start, end);
      }
    }
    return out;
  }

  return { looksLike, check, valueAt, members, problemWith, pretty };
})();
