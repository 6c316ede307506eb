// Checks the page's scripts with a type checker. They are not modules (browsers refuse those on a page opened from
// disk), so two properties of modules are checked: each name that a script takes from another one exists, and each
// script comes after those that it uses.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const folder = new URL('../../www/', import.meta.url);
const page = readFileSync(new URL('index.html', folder), 'utf8');
const listed = [...page.matchAll(/<script defer src="([^"]+)"/g)].map(([, path]) => path);
const source = (path) => readFileSync(new URL(path, folder), 'utf8');

test('the type checker finds no fault in the scripts', () => {
  const program = ts.createProgram(listed.map((path) => fileURLToPath(new URL(path, folder))), {
    allowJs: true, checkJs: true, noEmit: true, target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2024.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'], types: [],
    // Without this option, an undefined name would have the type any.
    noImplicitAny: true,
  });
  const faults = ts.getPreEmitDiagnostics(program)
    // 7000 to 7999: a type annotation is missing, which is not an error here.
    .filter(({ code }) => code < 7000 || code > 7999)
    .map(({ file, start, messageText }) => {
      const { line } = file.getLineAndCharacterOfPosition(start);
      return `${file.fileName.replace(/.*\/www\//, '')}:${line + 1} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  assert.deepEqual(faults, []);
});

test('every script is on the page, once', () => {
  const there = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.js'));
  assert.deepEqual([...listed].sort(), there.sort());
});

test('each script gives one name, and uses only what scripts before it give', () => {
  const given = new Set();
  for (const path of listed) {
    const text = source(path).replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
    const own = [...text.matchAll(/^wshub\.(\w+) = /gm)].map(([, name]) => name);
    assert.equal(own.length, path === 'js/app.js' ? 0 : 1, path);
    const used = [...text.matchAll(/\bwshub\.(\w+)/g)].map(([, name]) => name);
    const taken = [...text.matchAll(/const \{([^}]*)\} = wshub;/g)].flatMap(([, names]) => names.split(',').map((name) => name.trim()));
    for (const name of [...used, ...taken]) assert.ok(given.has(name) || own.includes(name), `${path} uses ${name}, which no script before it gives`);
    for (const name of own) {
      assert.ok(!given.has(name), `${name} is given twice`);
      given.add(name);
    }
  }
});

test('the texts of the page are in the words that people use', () => {
  const all = [page, ...listed.map(source)].join('\n');
  for (const words of ['Could not connect.', 'The server is full (503)', 'Nothing is listening on ', 'Custom address', 'Reconnect automatically', 'Tools', 'Filter',
    'optional', 'Latency', 'Message size', 'Slow clients closed', "'sample'", ' is not a hex digit (0-9, a-f).', 'are not log records']) assert.ok(all.includes(words), words);
  const written = all.replace(/^\s*(\/\/|\*|\/\*).*$/gm, ''); // comments are not checked here
  for (const words of ['No connection came', 'given if empty', 'is no hex digit', 'Of your own', 'Put it in place', 'Add it behind']) {
    assert.ok(!written.includes(words), words);
  }
});
