// Tests of the page in Firefox, served and from disk: one check for each part of the page, of what differs most
// between browser engines.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { visit, connectedIn } from './firefox.mjs';
import { forEachOpening } from './openings.mjs';
import { check, until } from './support.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const VIEWS = ['Workbench', 'Frames', 'Chat', 'Stress', 'Server'];

/** Sends many messages, faster than a person types. */
const sendAll = (ana, texts) => ana.page.evaluate((texts) => {
  const field = document.querySelector('textarea[aria-label=Message]');
  for (const text of texts) {
    field.value = text;
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  }
}, texts);

forEachOpening((way) => {
  if (way.isSecure) return; // the scripts are the same; the Chromium tests check that they load over TLS
  // For what the way in which the page was opened cannot change.
  const checkOnce = way.isServed ? check : () => {};

  check('Firefox: a message goes out and comes back, hostile text is shown and does nothing', async () => {
    const ana = await connectedIn(way.page(), way.at('/echo'));
    const hostile = '<img src=x onerror="harmed=1"> \u202Egnp.exe';
    await ana.say(hostile);
    const shown = await ana.entry('received', '<img src=x');
    assert.ok(shown.includes('U+202E') && !shown.includes('\u202E'), shown);
    assert.equal(await ana.page.evaluate(() => document.querySelectorAll('img').length + (window.harmed ?? 0)), 0);
    await ana.write('Message', 'one');
    await ana.chord('Shift', 'Enter');
    await ana.page.keyboard.type('two');
    await ana.key('Enter');
    await ana.entry('received', 'one ↵ two', '7 B');
    await ana.choose('Written as', 'Hex bytes');
    await ana.say('00 ff 80');
    await ana.entry('received', '00 ff 80', '3 B');
    await ana.choose('Written as', 'Base64');
    await ana.say('AAECAw==');
    await ana.entry('received', '00 01 02 03', '4 B');
    await ana.press('Disconnect');
    await ana.entry('Closed: 1000', 'normal closure', '(clean)', '4 messages sent, 4 received');
    await ana.state('closed');
  });

  check('Firefox: endings are told by code, name and reason, and what browsers block is not blamed on the server', async () => {
    const endings = [[1001, 'restart', 'going away'], [1003, '', 'unsupported data'], [1008, 'no', 'policy violation'], [1011, '', 'internal error'],
      [1013, 'later', 'try again later'], [4000, 'own \u202E reason', 'private use']];
    const { at } = await way.foreign((client, { url }) => client.close(...endings[Number(url.slice(1))]));
    const ana = await visit(way.page(), { mayFail: true });
    for (const [row, [code, reason]] of endings.entries()) {
      await ana.connect(`${at}${row}`);
      const words = await ana.entry(`Closed: ${code}`, '(clean)');
      assert.ok(words.includes(reason.replace('\u202E', 'U+202E')), words);
      await ana.state('closed');
    }
    await ana.connect(way.at('/no-such-endpoint'));
    await ana.entry('Closed: 1006', 'not clean');
    await ana.reads('The server answered 404');
    await ana.state('closed');
    await ana.connect(`${way.at('').split(':')[0]}://127.0.0.1:6667/`);
    await ana.reads('Browsers refuse to connect to port 6667');
    assert.doesNotMatch(await ana.page.evaluate(() => document.querySelector('[aria-label=Details]').innerText), /Nothing is listening/);
  });

  checkOnce('Firefox: choosing an endpoint keeps the URL that was typed, and leaves an open connection alone', async () => {
    const ana = await connectedIn(way.page(), way.at('/echo'));
    await ana.choose('Endpoint', 'Chat lobby');
    assert.equal(await ana.value('URL'), way.at('/chat'));
    await ana.say('still an echo');
    await ana.entry('received', 'still an echo');
    await ana.press('Disconnect');
    await ana.state('closed');
    await ana.write('URL', 'ws://example.test:9999/of/my/own?key=1');
    await ana.choose('Endpoint', 'Broadcast');
    assert.equal(await ana.value('URL'), way.at('/broadcast'));
    await ana.choose('Endpoint', 'Custom address');
    assert.equal(await ana.value('URL'), 'ws://example.test:9999/of/my/own?key=1');
  });

  check('Firefox: another server is not taken for this one, and the chat says which server it joins', async () => {
    const { at } = await way.foreign((client, { url }) => url.startsWith('/chat') || client.close(1008, 'no'));
    const ana = await visit(way.page({ url: at }));
    // For a page from disk, any server on this machine counts as ours.
    if (way.isServed) assert.equal(await ana.value('Endpoint'), 'custom');
    await ana.connect();
    const ending = await ana.entry('Closed: 1008');
    if (way.isServed) assert.doesNotMatch(ending, /the page read too slowly/);
    const bob = await visit(way.page({ url: `${at}chat`, view: 'chat' }));
    await bob.reads(`Joins the chat of ${at.replace(/\/$/, '')}`);
    await bob.press('Join');
    await bob.reads('does not answer like a chat of wshub', 'alert');
    await bob.reads('open, no room yet', 'status');
  });

  check('Firefox: subprotocols belong to their URL, and it is told that none was chosen', async () => {
    const ana = await visit(way.page());
    await ana.press('Options');
    await ana.write('Subprotocols', 'chat.v9');
    await ana.press('Options (subprotocols: chat.v9)');
    await ana.connect(way.at('/echo'));
    await ana.entry('The server chose none of the subprotocols'); // Firefox keeps such a connection open
    await ana.write('URL', way.at('/broadcast'));
    await ana.find('Options', 'button');
  });

  check('Firefox: it connects again by itself, with a countdown', async () => {
    let visits = 0;
    const { at } = await way.foreign((client) => {
      visits += 1;
      if (visits === 1) setTimeout(() => client.terminate(), 50);
    });
    const ana = await visit(way.page(), { mayFail: true });
    await ana.press('Options');
    await ana.press('Reconnect automatically Not after close code 1000 or 1008.', 'checkbox');
    await ana.connect(at);
    await until('it connects again', (count) => count === 2, () => visits);
    await ana.state('open');
    await ana.entry('Connection 2');
  });

  checkOnce('Firefox: a server that accepts and closes is called less and less often', async () => {
    const visits = [];
    const { at } = await way.foreign((client) => {
      visits.push(performance.now());
      client.terminate();
    });
    const ana = await visit(way.page(), { mayFail: true });
    await ana.press('Options');
    await ana.press('Reconnect automatically Not after close code 1000 or 1008.', 'checkbox');
    await ana.connect(at);
    await until('it connects again', (count) => count >= 4, () => visits.length);
    // The third pause is 4 s, reduced by at most half.
    assert.ok(visits[3] - visits[2] >= 1900, `${visits}`);
    await ana.press('Stop waiting');
  });

  check('Firefox: the log is filtered and searched', async () => {
    const ana = await connectedIn(way.page(), way.at('/echo'));
    await sendAll(ana, ['apple 1', 'Pear 22', 'apple 333']);
    await ana.entry('received', 'apple 333');
    for (const [typed, left] of [['APPLE', 4], ['/\\d{2,}$/', 4], ['-apple', 3], ['/^apple \\d$/', 2]]) {
      await ana.write('Filter', typed);
      await ana.reads(`${left} of 7 entries`);
      assert.equal(await ana.countEntries(), left, typed);
    }
    await ana.write('Filter', '/(/');
    await ana.reads('This is not a regular expression');
    await ana.write('Filter', '');
    await ana.write('Find', 'apple');
    await ana.reads('4 found');
    await ana.key('Enter');
    await ana.reads('4 of 4');
    assert.ok(await ana.page.evaluate(() => CSS.highlights.get('found').size > 0), 'matches are marked');
  });

  checkOnce('Firefox: finding leads into a long message, which is read to its end and saved', async () => {
    const ana = await connectedIn(way.page(), way.at('/echo'), { width: 1280 });
    const long = `${'long '.repeat(30000)}deep down`;
    await ana.say(long);
    await ana.entry('received', '146 KiB');
    await ana.write('Find', 'deep down');
    await ana.key('Enter');
    await ana.see('the match, marked and in view', () => [...CSS.highlights.get('found')].some((range) => {
      const { top } = range.getBoundingClientRect();
      return range.toString() === 'deep down' && top > 0 && top < innerHeight;
    }));
    await ana.reads(/characters 150,001 to 150,009 of 150,009/);
    await ana.press('Earlier');
    await ana.reads(/characters 100,001 to 150,000 of 150,009/);
    await ana.press('Save to file');
    assert.equal(await ana.saved(/^(sent|received)-.*\.txt$/), long);
  });

  checkOnce('Firefox: filter and find are wide enough, and a filter that cannot be read is invalid only until it can', async () => {
    for (const [width, height] of [[320, 640], [1280, 720]]) {
      const ana = await visit(way.page(), { width, height });
      for (const name of ['Filter', 'Find']) {
        const { x, y, width: own } = await (await ana.find(name)).boundingBox();
        assert.ok(own >= 110 && x >= 0 && x + own <= width && y < height, `${name}: ${own} px at ${width}`);
      }
      const invalid = () => ana.page.evaluate(() => [...document.querySelectorAll('[aria-invalid]')].map((one) => [one.getAttribute('aria-label'), one.ariaInvalid]));
      await ana.write('Filter', '/(/');
      await ana.reads('This is not a regular expression', 'alert');
      assert.deepEqual(await invalid(), [['Filter', 'true']]);
      await ana.write('Filter', 'shown');
      assert.deepEqual(await invalid(), []);
      await ana.press('Tools');
      await ana.press('Tools');
      await ana.find('Filter');
    }
  });

  checkOnce('Firefox: flags of parts of a country are flags, repeats are counted, and a time is since the entry that is shown above', async () => {
    const { at } = await way.foreign((client) => client.on('message', (data) => setTimeout(() => client.send(String(data)), 700)));
    const ana = await connectedIn(way.page(), at);
    const england = '\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}';
    await ana.say(`flag ${england} and \u{E0041}`);
    const text = await ana.entry('received', 'flag');
    assert.ok(text.includes(england) && text.includes('U+E0041'), text);
    await ana.say('second');
    await ana.entry('received', 'second');
    await ana.press('Tools');
    await ana.choose('Time', 'Since the entry above');
    await ana.choose('Direction', 'Received');
    await until('it is since the answer before, not since what was sent between', (time) => time >= 705, async () => {
      const [, number, unit] = /\+([\d.]+) (m?s)/.exec(await ana.entry('received', 'second')) ?? [];
      return Number(number) * (unit === 's' ? 1000 : 1);
    });
    await ana.write('Message', 'again');
    await ana.write('every', '3600000');
    await ana.press('Repeat');
    await ana.reads(/^1 message sent$/m);
  });

  check('Firefox: the details show text, a tree and bytes, and copy them', async () => {
    const ana = await connectedIn(way.page(), way.at('/echo'), { width: 1280 });
    await ana.say('{"id":12345678901234567890,"a":{"b":[1.50,null]}}');
    await ana.chooseEntry('received', '12345678901234567890');
    const items = () => ana.page.evaluate(() => [...document.querySelectorAll('[role=treeitem]')].map(({ innerText }) => innerText.trim()));
    await until('the tree is there', (all) => all.length === 6, items);
    assert.deepEqual(await items(), ['{2}', '"id": 12345678901234567890', '"a": {1}', '"b": [2]', '0: 1.50', '1: null']);
    await ana.press('Hex', 'tab');
    await ana.reads('7b 22 69 64 22');
    assert.ok(await ana.page.evaluate(() => [...document.querySelectorAll('[role=tabpanel] *')]
      .filter((one) => one.checkVisibility() && /^[0-9a-f]{4,} {2}7b 22/.test(one.textContent)).every((one) => one.scrollWidth <= one.clientWidth)), 'no byte is cut off');
    await ana.press('Copy');
    await ana.reads(/^Copied$/, 'status');
    await (await ana.find('Message')).focus();
    await ana.chord('Control', 'v');
    assert.equal(await ana.value('Message'), '{"id":12345678901234567890,"a":{"b":[1.50,null]}}');
    await (await ana.find('Message')).focus();
    await ana.chooseEntry('sent', '12345678901234567890');
    await ana.key('ArrowDown');
    await ana.see('the details of the answer', () => /Received/i.test(document.querySelector('[aria-label=Details]').innerText));
    await ana.key('Escape');
    await until('the details are closed', (count) => count === 0, async () => (await ana.all('Details', 'region')).length);
  });

  check('Firefox: what was on the screen when a flood was paused stays there', async () => {
    const { at } = await way.foreign((client) => {
      client.send('the first');
      client.on('message', () => { for (let i = 0; i < 60000; i++) client.send(`flood ${i}`); });
    });
    const ana = await connectedIn(way.page(), at);
    await ana.entry('received', 'the first');
    await ana.press('Pause');
    await ana.say('flood');
    await ana.reads(/older dropped, paused, 50,000 waiting/);
    assert.deepEqual(await Promise.all(['Connection 1', 'the first', ''].map((text) => ana.countEntries(text))), [1, 1, 2]);
    await ana.press('Pause');
    await ana.entry('received', 'flood 59999');
  });

  check('Firefox: several connections are tabs, and a reload brings them back with their drafts and logs', async () => {
    const ana = await connectedIn(way.page(), way.at('/echo?key=secret'));
    await ana.say('said before');
    await ana.entry('received', 'said before');
    await ana.write('Message', 'first draft');
    await ana.press('New connection');
    await ana.connect(way.at('/chat/pond'));
    await ana.state('open');
    await until('the title counts', (title) => title.includes('2 of 2 open'), () => ana.page.title());
    await ana.write('Message', 'second draft');
    await ana.page.reload();
    await ana.entry('From before the reload');
    assert.equal(await ana.value('Message'), 'second draft');
    assert.doesNotMatch(ana.page.url(), /secret/);
    await ana.see('the first tab', () => {
      const tab = [...document.querySelectorAll('[role=tab]')].find((one) => /echo, closed/.test(one.getAttribute('aria-label') ?? ''));
      tab?.dispatchEvent(new MouseEvent('click', { bubbles: true }));
      return tab !== undefined;
    });
    await ana.entry('received', 'said before');
    assert.equal(await ana.value('Message'), 'first draft');
    assert.equal(await ana.value('URL'), way.at('/echo?key=secret'));
    await ana.state('closed'); // the page does not connect by itself
  });

  check('Firefox: saved messages and connections are kept, and known to another tab', async () => {
    const ana = await visit(way.page());
    await ana.write('URL', way.at('/echo?v=2').replace('://', '://ana:secret@'));
    await ana.press('Saved connections');
    await ana.write('Save this connection as', 'orders');
    await ana.press('Save connection');
    await ana.reads(/^Saved$/, 'status');
    await ana.write('Message', 'kept');
    await ana.press('Save');
    const other = await ana.another(way.page());
    await other.press('Saved connections (1)');
    await other.press('Open orders');
    assert.equal(await other.value('URL'), way.at('/echo?v=2').replace('://', '://ana@'));
    await other.reads('Saved (1)');
    assert.doesNotMatch(await other.page.evaluate(() => JSON.stringify({ ...localStorage })), /secret/);
  });

  checkOnce('Firefox: a saved message is sent without touching what is being written', async () => {
    const ana = await connectedIn(way.page(), way.at('/echo'));
    await ana.write('Message', 'kept');
    await ana.press('Save');
    await ana.write('Message', 'a draft');
    await ana.press('Send saved: kept');
    await ana.entry('received', 'kept');
    assert.equal(await ana.value('Message'), 'a draft');
  });

  check('Firefox: Back goes through the views, and Alt with a digit types in a field', async () => {
    const ana = await visit(way.page());
    const shows = (name) => ana.see(`the view ${name}`, (name) => document.querySelector('[aria-label=Views] [aria-selected=true]').textContent === name, name);
    await ana.press('Stress', 'tab');
    await ana.press('Frames', 'tab');
    await shows('Frames');
    await ana.page.evaluate(() => history.back());
    await shows('Stress');
    await ana.page.evaluate(() => history.back());
    await shows('Workbench');
    await (await ana.find('Message')).focus();
    await ana.chord('Alt', '2');
    await shows('Workbench');
    await (await ana.find('Pause', 'button')).focus();
    await ana.chord('Alt', '2');
    await shows('Frames');
  });

  check('Firefox: Tab reaches every control of every view, and each shows that it has the focus', async () => {
    for (const view of VIEWS) {
      // Each is loaded again: a headless Firefox draws no focus after the focus has passed the end of the page.
      const ana = await visit(way.page({ view: view.toLowerCase() }));
      await ana.find(view, 'tab');
      const wanted = await ana.page.evaluate(() => {
        const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
          .filter((one) => one.checkVisibility() && one.tabIndex === 0);
        all.forEach((one, at) => { one.dataset.control = String(at); });
        return all.length;
      });
      const met = new Set();
      for (let presses = 0; presses < wanted + 12 && met.size < wanted; presses++) {
        await ana.key('Tab');
        const { at, isSeen } = await ana.page.evaluate(() => {
          const { outlineStyle, boxShadow } = getComputedStyle(document.activeElement);
          return { at: document.activeElement.dataset.control, isSeen: outlineStyle !== 'none' || boxShadow !== 'none' };
        });
        if (at === undefined) continue;
        assert.ok(isSeen, `the focus is seen on control ${at} of ${view}`);
        met.add(at);
      }
      assert.equal(met.size, wanted, `controls of ${view}`);
    }
  });

  check('Firefox: two people chat, in a room with a name', async () => {
    const people = [];
    for (const name of ['ana', 'bob']) {
      const one = await visit(way.page());
      await one.press('Chat', 'tab');
      await one.write('Your name', `${name}-fx`);
      await one.write('Room', 'fox');
      await one.press('Join');
      await one.reads(`you are ${name}-fx in #fox`);
      people.push(one);
    }
    const [ana, bob] = people;
    await ana.look();
    await ana.reads('bob-fx joined (2 here)');
    await ana.write('Your line', 'hello bob <b>');
    await ana.key('Enter');
    await bob.look();
    await bob.reads('hello bob <b>');
    await bob.reads('In this room (2)');
    await bob.press('Leave chat');
    await ana.look();
    await ana.reads('bob-fx left (1 here)');
  });

  check('Firefox: 50 sockets echo, and every message comes back', async () => {
    const ana = await visit(way.page());
    await ana.press('Stress', 'tab');
    await ana.press('Start');
    await ana.reads('50 of 50');
    const figures = () => ana.page.evaluate(() => Object.fromEntries([...document.querySelectorAll('#view-stress dl > div')]
      .map((one) => [one.querySelector('dt').textContent, one.querySelector('dd').textContent])));
    await until('some hundred are sent', ({ Sent }) => Number(Sent.replace(/,/g, '')) >= 200, figures);
    await ana.press('Stop');
    await ana.reads(/^done$/, 'status');
    const { Sent, Received, Delivered, Refused } = await figures();
    assert.deepEqual([Delivered, Refused, Received], ['100%', '0', Sent]);
  });

  check('Firefox: the lab decodes what is typed, composed and chosen', async () => {
    const ana = await visit(way.page({ view: 'frames' }));
    await ana.press('Lab', 'tab');
    await ana.write('Hex', '81 85 37fa213d 7f9f4d5158');
    await ana.press('Decode');
    await ana.reads('1 frame, no rule broken.', 'status');
    await ana.reads('Event: a text of 5 bytes: “Hello”');
    await (await ana.find('FIN 1', 'button')).focus();
    await ana.reads(/^FIN: 1\. .*section 5\.4\)$/, 'status');
    await ana.key('ArrowRight');
    await ana.reads(/^RSV1: 0/, 'status');
    await ana.write('Payload', 'Hi');
    await ana.press('Replace the bytes');
    await ana.press('RSV2', 'checkbox');
    await ana.reads('reserved bit set, but no extension was negotiated (RFC 6455 section 5.2)', 'status');
    await ana.choose('Preset', 'Ping of 126 bytes (5.5)');
    await ana.reads('control frame longer than 125 bytes', 'status');
    const bits = await ana.page.evaluate(() => [['FIN', 1], ['opcode', 4], ['MASK', 1]].map(([name, bits]) => {
      const one = [...document.querySelectorAll('button')].find((each) => each.checkVisibility() && each.getAttribute('aria-label')?.startsWith(name) || each.textContent.startsWith(name));
      return one.getBoundingClientRect().width / bits;
    }));
    assert.ok(Math.max(...bits) - Math.min(...bits) < 1.1, `drawn to scale: ${bits}`);
  });

  check('Firefox: what is sent in the Workbench is shown as frames both ways, with the handshake and the Close', async () => {
    const ana = await visit(way.page({ url: way.at('/echo') }));
    await ana.press('Frames', 'tab');
    await ana.press('Watch');
    await ana.reads('watching 1 open connection', 'status');
    await ana.write('Text to send', 'Hello, frames');
    await ana.press('Send it');
    await ana.entry('↑ from the client', 'text', 'masked', 'Hello, frames');
    await ana.entry('↓ from the server', 'text', 'Hello, frames');
    await ana.page.evaluate(() => [...document.querySelectorAll('li')].find((one) => one.checkVisibility() && one.textContent.includes('handshake')).querySelector('button').click());
    await ana.reads('Sec-WebSocket-Key:');
    await ana.reads('HTTP/1.1 101 Switching Protocols');
    await ana.press('Close the connection');
    await ana.entry('↓ from the server', 'close', 'Close code 1000');
    await ana.entry('ended', 'The client ended it: 1000, normal closure');
  });

  check('Firefox: round trips are measured where only the own endpoint answers', async () => {
    const ana = await connectedIn(way.page(), way.at('/broadcast'));
    await ana.press('Measure');
    await ana.reads('the messages would reach everybody', 'alert');
    await ana.write('URL', way.at('/echo'));
    await ana.press('Connect to this URL');
    await ana.entry('Open:', way.at('/echo'));
    await ana.press('Measure');
    await ana.reads(/([3-9]|\d\d+) samples\./);
    await ana.press('Disconnect');
    await ana.entry('Closed: 1000', '0 messages sent, 0 received');
  });

  check('Firefox: dropped files are sent, and an Enter that ends the composing of a word sends nothing', async () => {
    const ana = await connectedIn(way.page(), way.at('/echo'));
    await ana.page.evaluate(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(3 << 20).fill(7)], 'dropped.bin'));
      const target = document.querySelector('[role=log]');
      for (const type of ['dragover', 'drop']) target.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    });
    await ana.reads('dropped.bin: 3,145,728 bytes sent');
    await ana.entry('received', '07 07 07', '3.0 MiB');
    await ana.write('Message', 'かな');
    await ana.page.evaluate(() => document.querySelector('textarea[aria-label=Message]')
      .dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true })));
    assert.equal(await ana.value('Message'), 'かな');
  });

  check('Firefox: on a touch screen Copy is seen, and Enter begins a line', async () => {
    const ana = await connectedIn(way.page(), way.at('/echo'), { isTouch: true, width: 360, height: 740 });
    assert.ok(await ana.page.evaluate(() => matchMedia('(pointer: coarse)').matches && matchMedia('(hover: none)').matches), 'it is touched');
    await ana.say('tap me');
    await ana.entry('received', 'tap me');
    const { x, y } = await ana.page.evaluate(() => {
      const { left, top } = [...document.querySelectorAll('[role=log] li')].find((one) => /received tap me/.test(one.textContent)).getBoundingClientRect();
      return { x: left + 120, y: top + 8 };
    });
    await ana.page.touchscreen.tap(x, y);
    await ana.find('Copy', 'button');
    assert.equal(await ana.page.evaluate(() => [...document.querySelectorAll('button')].filter((one) => one.checkVisibility()
      && getComputedStyle(one).opacity === '0').length), 0);
    await ana.write('Message', 'a');
    await ana.key('Enter');
    await ana.page.keyboard.type('b');
    assert.equal(await ana.value('Message'), 'a\nb');
  });

  check('Firefox: every view is whole and accessible at 320 and 1440 px, light and dark', async () => {
    for (const width of [320, 1440]) {
      const ana = await connectedIn(way.page(), way.at('/echo'), { width, height: 900 });
      await ana.say('{"a":[1,2]}');
      await ana.chooseEntry('received', '"a"');
      await ana.page.evaluate(axe);
      for (const view of VIEWS) {
        await ana.press(view, 'tab');
        const overflow = await ana.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(overflow <= 0, `${view} is ${overflow} px too wide at ${width}`);
        for (const theme of ['Light theme', 'Dark theme']) {
          await ana.choose('Theme', theme);
          const told = await ana.page.evaluate(async () => (await globalThis.axe.run(document, { resultTypes: ['violations'] })).violations
            .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ').slice(0, 300)}`));
          assert.deepEqual(told, [], `${view}, ${theme}, ${width} px`);
        }
      }
    }
  });
}, { atOnce: false });
