'use strict';
// JSON laid out for reading. The text itself is re-indented, token by token: numbers past 2^53,
// keys that occur twice and the spelling of escapes stay what the peer sent.
//
// Gives: wshub.json.

{
  const MAX_CHARACTERS = 400000; // past it laying out takes longer than a person waits
  const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

  /** Whether a text looks like an object or an array: cheap, for each entry that is shown. */
  function looksLike(text) {
    return text.length >= 2 && text.length <= MAX_CHARACTERS && /^\s*[{[]/.test(text) && /[}\]]\s*$/.test(text);
  }

  /** The same JSON with a line for each value, or null if it is none. */
  function pretty(text) {
    if (!looksLike(text)) return null;
    try {
      JSON.parse(text);
    } catch {
      return null;
    }
    return laidOut(text.match(TOKENS));
  }

  function laidOut(tokens) {
    let out = '';
    let depth = 0;
    const line = () => '\n' + '  '.repeat(Math.min(depth, 40));
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i];
      if (token === '{' || token === '[') {
        if (tokens[i + 1] === '}' || tokens[i + 1] === ']') {
          out += token + tokens[++i];
        } else {
          depth += 1;
          out += token + line();
        }
      } else if (token === '}' || token === ']') {
        depth -= 1;
        out += line() + token;
      } else if (token === ',') {
        out += ',' + line();
      } else {
        out += token === ':' ? ': ' : token;
      }
    }
    return out;
  }

  wshub.json = { looksLike, pretty };
}
