// Tests of the Frames view: the lab with its decoder, presets and links; the visitor's own connection, frame by
// frame; the tour; and that no page is shown another client's frames.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { forEachOpening } from './openings.mjs';
import { button, check, connect, connected, entryWith, open, openDetails, say, showAs, startServer, state, until } from './support.mjs';

/** Whether the program has the feature `deflate`: without it the error is about the flag, else about the address. */
const COMPRESSES = !/built without compression/.test(spawnSync(process.env.WSHUB_BIN, ['serve', '--deflate', '--listen', '203.0.113.1:0'], { encoding: 'utf8' }).stderr);
const tab = (page, name) => page.getByRole('tab', { name, exact: true });
const outcome = (page, hasText) => page.getByRole('status').filter({ hasText }).waitFor();
const rows = (page, ...texts) => texts.reduce((found, hasText) => found.filter({ hasText }), page.getByRole('listitem'));

async function openLab(address) {
  const page = await open(address);
  await tab(page, 'Frames').click();
  await tab(page, 'Lab').click();
  return page;
}

async function decode(page, hex) {
  await page.getByLabel('Hex', { exact: true }).fill(hex);
  await button(page, 'Decode').click();
}

/** The server's number of the connection whose handshake was listed last. */
const numberOf = async (page) => /#(\d+)/.exec(await rows(page, 'handshake', 'to /').last().innerText())[1];

async function watched(address) {
  const page = await open(address);
  await tab(page, 'Frames').click();
  await button(page, 'Watch').click();
  await outcome(page, 'watching 1 open connection');
  return page;
}

/** The rules that the presets break, each with the names of its presets. */
const BROKEN = {
  'frame from a client without a mask': ['Unmasked frame from a client (5.1)'],
  'frame from a server with a mask': ['Masked frame from a server (5.1)'],
  'reserved bit set, but no extension was negotiated': ['RSV1 set without an extension (5.2)', 'RSV2 set without an extension (5.2)',
    'RSV3 set without an extension (5.2)', 'RSV1 set on a ping, without an extension (5.2)'],
  'reserved opcode 3': ['Reserved opcode 3 (5.2)'],
  'reserved opcode 7': ['Reserved opcode 7 (5.2)'],
  'reserved opcode 11': ['Reserved opcode 11 (5.2)'],
  'reserved opcode 15': ['Reserved opcode 15 (5.2)'],
  'length not in its shortest form': ['Length not in its shortest form: 5 in two bytes (5.2)', 'Length not in its shortest form: 5 in eight bytes (5.2)'],
  '64-bit length with its top bit set': ['A 64-bit length with its top bit set (5.2)'],
  'continuation without a message to continue': ['Continuation without a start (5.4)', 'Continuation without a start, not the last (5.4)',
    'A continuation after the last fragment (5.4)'],
  'new message inside a fragmented one': ['A new text inside a fragmented one (5.4)', 'A binary inside a fragmented text (5.4)'],
  'control frame longer than 125 bytes': ['Ping of 126 bytes (5.5)', 'Close of 126 bytes (5.5)'],
  'fragmented control frame': ['Ping without FIN (5.5)', 'Close without FIN (5.5)'],
  'close frame with one byte of payload': ['Close of one byte (5.5.1)'],
  'close reason that is not UTF-8': ['Close with a reason that is not UTF-8 (5.5.1)'],
  ...Object.fromEntries([[0, 'below the range'], [999, 'below the range'], [1004, 'reserved'], [1005, 'never sent'], [1006, 'never sent'],
    [1015, 'never sent'], [1016, 'unassigned'], [2999, 'unassigned'], [5000, 'out of range']].map(([code, why]) => [`close code ${code} may not be sent`, [`Close ${code}, ${why} (7.4)`]])),
  'text that is not UTF-8': ['Text with the byte FF (8.1)', 'Text with a continuation byte alone (8.1)', 'Text with an overlong form (8.1)',
    'Text with a lone surrogate (8.1)', 'Text past U+10FFFF (8.1)', 'Text cut short in a character (8.1)', 'Text broken across two fragments (8.1)'],
  'message of 4611686018427387904 bytes, the limit is 16777216': ['A frame that claims 4 EiB (10.4)'],
};

forEachOpening((way) => {
  check('hex is decoded for either end: fields, events, or the broken rule with its section and Close code', async () => {
    const page = await openLab(way.page());
    await decode(page, '81 85 37fa213d 7f9f4d5158');
    await outcome(page, '1 frame, no rule broken.');
    const frame = page.getByRole('region', { name: 'Frame 1: text' });
    await frame.getByText('Event: a text of 5 bytes: “Hello”').waitFor();
    await frame.getByRole('img', { name: 'Masked payload 7f 9f 4d 51 58, key 37 fa 21 3d, unmasked payload 48 65 6c 6c 6f' }).waitFor();
    await page.getByLabel('Read by').selectOption('a client, from the server');
    await outcome(page, 'Broken rule in frame 1: frame from a server with a mask (RFC 6455 section 5.1). The client fails the connection with Close 1002.');
    await decode(page, '01 01 61 89 00 80 01 62');
    await outcome(page, '3 frames, no rule broken.');
    await page.getByText('Event: a text of 2 bytes: “ab”').waitFor();
    await decode(page, '82 05 61');
    await outcome(page, 'announces 4 more bytes');
    await decode(page, '81 0');
    await page.getByRole('alert').filter({ hasText: 'Each byte is two hex digits' }).waitFor();
    await decode(page, 'zz');
    await page.getByRole('alert').filter({ hasText: 'is not a hex digit' }).waitFor();
  });

  check('the lab reads 64 KiB, and says so of more', async () => {
    const page = await openLab(way.page());
    await page.getByLabel('Read by').selectOption('a client, from the server');
    await decode(page, `827efffc${'00'.repeat(65532)}`);
    await page.getByText('Event: a binary message of 65,532 bytes').waitFor();
    await decode(page, `827efffc${'00'.repeat(65533)}`);
    await page.getByRole('alert').filter({ hasText: '65,537 bytes: the lab reads 65,536 at most.' }).waitFor();
  });

  check('a frame is composed by toggles, and each toggle shows what it does', async () => {
    const page = await openLab(way.page());
    const hex = page.getByLabel('Hex', { exact: true });
    await page.getByLabel('Payload', { exact: true }).fill('Hi');
    await button(page, 'Replace the bytes').click();
    await page.getByText('Event: a text of 2 bytes: “Hi”').waitFor();
    assert.equal(await hex.inputValue(), '81 82 37 fa 21 3d 7f 93');
    await button(page, 'Append to the bytes').click();
    await outcome(page, '2 frames, no rule broken.');
    await button(page, 'Replace the bytes').click();
    await outcome(page, '1 frame, no rule broken.');
    for (const [name, first] of [['RSV1', 'c1'], ['RSV2', 'a1'], ['RSV3', '91']]) {
      await page.getByRole('checkbox', { name }).check();
      await outcome(page, 'reserved bit set, but no extension was negotiated (RFC 6455 section 5.2)');
      assert.equal((await hex.inputValue()).slice(0, 2), first, name);
      await page.getByRole('region', { name: 'Frame 1: text' }).getByRole('button', { name: `${name} 1` }).waitFor();
      await page.getByRole('checkbox', { name }).uncheck();
      await outcome(page, '1 frame, no rule broken.');
    }
    await page.getByRole('checkbox', { name: 'MASK' }).uncheck();
    await outcome(page, 'frame from a client without a mask');
    await page.getByRole('checkbox', { name: 'MASK' }).check();
    await page.getByLabel('Length form', { exact: true }).selectOption('two bytes');
    await outcome(page, 'length not in its shortest form');
    await page.getByLabel('Length form', { exact: true }).selectOption('shortest');
    await page.getByRole('checkbox', { name: 'FIN' }).uncheck();
    await outcome(page, 'the receiver waits for its next fragment');
    await page.getByRole('checkbox', { name: 'FIN' }).check();
    await page.getByLabel('Fragments', { exact: true }).fill('2');
    await page.getByLabel('Fragments', { exact: true }).blur();
    await outcome(page, '2 frames, no rule broken.');
    assert.equal(await hex.inputValue(), '01 81 37 fa 21 3d 7f 80 81 37 fa 21 3d 5e');
    await page.getByLabel('Opcode', { exact: true }).selectOption('3 reserved');
    await outcome(page, 'reserved opcode 3');
    await page.getByLabel('Masking key', { exact: true }).fill('00');
    await page.getByLabel('Masking key', { exact: true }).blur();
    await page.getByRole('alert').filter({ hasText: 'A masking key has four bytes.' }).waitFor();
  });

  check('frames of different kinds are composed one after another, and bytes from elsewhere stay', async () => {
    const page = await openLab(way.page());
    const hex = page.getByLabel('Hex', { exact: true });
    const opcode = page.getByLabel('Opcode', { exact: true });
    const FIRST = '01 85 37 fa 21 3d 7f 9f 4d 51 58';
    await page.getByRole('checkbox', { name: 'FIN' }).uncheck();
    await outcome(page, 'the receiver waits for its next fragment');
    await button(page, 'Append to the bytes').click();
    await outcome(page, 'new message inside a fragmented one');
    await opcode.selectOption('0 continuation');
    await page.getByRole('checkbox', { name: 'FIN' }).check();
    await outcome(page, '2 frames, no rule broken.');
    assert.equal(await hex.inputValue(), `${FIRST} ${FIRST.replace('01', '80')}`);
    // Pasted bytes: a toggle leaves them as they are, and Append keeps them.
    await decode(page, '89 80 00 00 00 00');
    await outcome(page, '1 frame, no rule broken.');
    await opcode.selectOption('1 text');
    assert.equal(await hex.inputValue(), '89 80 00 00 00 00');
    await button(page, 'Append to the bytes').click();
    await outcome(page, '2 frames, no rule broken.');
    await opcode.selectOption('2 binary');
    await page.getByText('Event: a binary message of 5 bytes').waitFor();
    assert.equal(await hex.inputValue(), `89 80 00 00 00 00 ${FIRST.replace('01', '82')}`);
    await hex.fill('8');
    await button(page, 'Append to the bytes').click();
    await page.getByRole('alert').filter({ hasText: 'Each byte is two hex digits' }).waitFor();
    assert.equal(await hex.inputValue(), '8');
  });

  check('of a composed message in fragments only the first frame has RSV1', async () => {
    const page = await openLab(way.page());
    await page.getByRole('checkbox', { name: 'RSV1' }).check();
    await page.getByLabel('Payload as').selectOption('bytes');
    await page.getByLabel('Payload', { exact: true }).fill('f2 48 cd c9 c9 07 00');
    await page.getByLabel('Fragments', { exact: true }).fill('2');
    await button(page, 'Replace the bytes').click();
    await outcome(page, 'reserved bit set');
    assert.match(await page.getByLabel('Hex', { exact: true }).inputValue(), /^41 84 (.. ){8}80 83 /);
    await page.getByRole('checkbox', { name: 'Compression negotiated' }).check();
    if (!COMPRESSES) await outcome(page, 'This server was built without compression');
    else await page.getByText('Event: a text of 5 bytes: “Hello”').waitFor();
  });

  check('each preset breaks its rule, and is a link that opens the same', async () => {
    const page = await openLab(way.page());
    // All presets in one test: each is chosen when the one before it has been answered.
    const told = await page.getByLabel('Preset').evaluate(async (select) => {
      const outcome = document.querySelector('.lab-state');
      const frames = document.querySelector('.lab-frames');
      const all = [];
      // Presets with compression have a check of their own: not every build of the server can decode them.
      for (const option of [...select.options].slice(1).filter(({ parentElement }) => parentElement.label !== 'With compression')) {
        const drawn = new Promise((done) => {
          const looking = new MutationObserver(() => done(looking.disconnect()));
          looking.observe(frames, { childList: true });
        });
        select.value = option.value;
        select.dispatchEvent(new Event('change', { bubbles: true }));
        await drawn;
        const link = document.getElementById('lab-link').href;
        all.push({ name: option.textContent, group: option.parentElement.label, said: outcome.textContent, link });
      }
      return all;
    });
    const broken = told.filter(({ group }) => group === 'Rules to break');
    assert.ok(told.length > broken.length);
    const rules = Object.fromEntries(broken.map(({ name, said }) => [name, /^Broken rule in frame \d+: (.*) \(RFC 6455 section ([\d.]+)\)/.exec(said)?.slice(1)]));
    assert.deepEqual(rules, Object.fromEntries(Object.entries(BROKEN).flatMap(([rule, names]) => names.map((name) => [name, [rule, /\(([\d.]+)\)$/.exec(name)[1]]]))));
    for (const { name, said } of told) if (!broken.some((one) => one.name === name)) assert.match(said, /no rule broken/, name);
    // Reading a link does not depend on how the page was opened, so two openings open only the one below.
    for (const { name, said, link } of way.isServed && !way.isSecure ? told : []) {
      await page.goto(way.page({ view: 'frames', lab: new URL(link).searchParams.get('lab') }));
      await outcome(page, said);
      assert.equal(await page.getByLabel('Preset').evaluate((select) => select.selectedOptions[0].textContent), name);
    }
    await page.getByLabel('Preset').selectOption('Ping of 126 bytes (5.5)');
    await outcome(page, 'control frame longer than 125 bytes');
    const link = await page.getByRole('link', { name: 'Link to these bytes' }).getAttribute('href');
    const shared = await open(way.page({ view: 'frames', lab: new URLSearchParams(link).get('lab') }));
    await outcome(shared, 'control frame longer than 125 bytes');
    assert.equal(await shared.getByLabel('Preset').inputValue(), 'Ping of 126 bytes');
    // A reload keeps the bytes, if the page may change its address.
    if (way.isServed) {
      assert.ok(page.url().includes(link.slice(link.indexOf('lab='))), page.url());
      await page.reload();
      await outcome(page, 'control frame longer than 125 bytes');
    }
  });

  check('with compression agreed on RSV1 marks a compressed message, if the server was built for that', async () => {
    const page = await openLab(way.page());
    const refusal = 'This server was built without compression';
    await page.getByLabel('Preset').selectOption('Compressed text “Hello” (RFC 7692 7.2.3.1)');
    assert.ok(await page.getByRole('checkbox', { name: 'Compression negotiated' }).isChecked());
    if (!COMPRESSES) await outcome(page, refusal);
    else {
      await outcome(page, '1 frame, no rule broken.');
      await page.getByText('Event: a text of 5 bytes: “Hello”').waitFor();
      await page.getByRole('region', { name: 'Frame 1: text' }).getByRole('button', { name: 'RSV1 1' }).hover();
      await page.getByRole('status').filter({ hasText: /^RSV1: 1\. .*compressed.*RFC 7692/ }).waitFor();
      for (const [preset, said] of [['Compressed text “Hello” in two fragments (RFC 7692 7.2.3.1)', '2 frames, no rule broken.'],
        ['Compressed data that does not inflate (RFC 7692 7.2.2)', '(RFC 7692 section 7.2.2). The server fails the connection with Close 1007.'],
        ['Compressed ping (RFC 7692 6.1)', '(RFC 7692 section 6.1). The server fails the connection with Close 1002.'],
        ['RSV1 on the second fragment (RFC 7692 6.1)', '(RFC 7692 section 6.1). The server fails the connection with Close 1002.']]) {
        await page.getByLabel('Preset').selectOption(preset);
        await outcome(page, said);
      }
    }
    // The toggle is part of the link; without it the same bit violates a rule.
    const link = await page.getByRole('link', { name: 'Link to these bytes' }).getAttribute('href');
    const shared = await open(way.page({ view: 'frames', lab: new URLSearchParams(link).get('lab') }));
    await outcome(shared, COMPRESSES ? '(RFC 7692 section 6.1)' : refusal);
    assert.ok(await shared.getByRole('checkbox', { name: 'Compression negotiated' }).isChecked());
    await shared.getByRole('checkbox', { name: 'Compression negotiated' }).uncheck();
    await outcome(shared, 'reserved bit set, but no extension was negotiated (RFC 6455 section 5.2)');
  });

  check('a field is explained where the pointer or the keyboard is, with its section', async () => {
    const page = await openLab(way.page());
    await decode(page, '81 85 37fa213d 7f9f4d5158');
    const frame = page.getByRole('region', { name: 'Frame 1: text' });
    await frame.getByRole('button', { name: 'MASK 1' }).hover();
    await frame.getByRole('status').filter({ hasText: /^MASK: 1\. The payload is masked.*section 5\.3\)$/ }).waitFor();
    await frame.getByRole('button', { name: 'FIN 1' }).focus();
    await frame.getByRole('status').filter({ hasText: /^FIN: 1\. .*section 5\.4\)$/ }).waitFor();
    for (const said of [/^RSV1: 0/, /^RSV2: 0/, /^RSV3: 0/, /^opcode: 1 text\..*5\.6/, /^MASK: 1/, /^length: 5\./, /^masking key: 37 fa 21 3d/, /^Payload\. Text: “Hello”/]) {
      await page.keyboard.press('ArrowRight');
      await frame.getByRole('status').filter({ hasText: said }).waitFor();
    }
    await page.keyboard.press('Home');
    await frame.getByRole('status').filter({ hasText: /^FIN/ }).waitFor();
  });

  check('a frame is drawn to scale: 32 bits to a row', async () => {
    const page = await openLab(way.page());
    await decode(page, '81 85 37fa213d 7f9f4d5158');
    const widths = {};
    const frame = page.getByRole('region', { name: 'Frame 1: text' });
    for (const [name, bits] of [['FIN 1', 1], ['opcode 1 text', 4], ['length 5', 7], ['masking key 37 fa 21 3d', 16]]) {
      const { width } = await frame.getByRole('button', { name }).first().boundingBox();
      widths[name] = width / bits;
    }
    const [least, most] = [Math.min(...Object.values(widths)), Math.max(...Object.values(widths))];
    assert.ok(most - least < 1.1, JSON.stringify(widths));
  });

  check('what is sent in the Workbench is shown as frames both ways, with the handshake and the Close', async () => {
    const page = await watched(way.page({ url: way.at('/echo') }));
    await rows(page, 'handshake', 'to /').first().waitFor();
    await page.getByLabel('Text to send').fill('Hello, frames');
    await button(page, 'Send it').click();
    await rows(page, '↑ from the client', 'text', 'masked', 'Hello, frames').waitFor();
    await rows(page, '↓ from the server', 'text', 'Hello, frames').getByRole('button').click();
    const chosen = page.getByRole('region', { name: 'Chosen frame' });
    await chosen.getByRole('heading', { name: 'text from the server' }).waitFor();
    await chosen.getByRole('img', { name: /^Payload 48 65 6c 6c 6f.*not masked$/ }).waitFor();
    await rows(page, '↑ from the client').getByRole('button').first().click();
    await chosen.getByRole('img', { name: /^Masked payload .* unmasked payload 48 65 6c 6c 6f/ }).waitFor();

    await rows(page, 'handshake').getByRole('button').click();
    await chosen.getByText('Sec-WebSocket-Key:').waitFor();
    await chosen.getByText('HTTP/1.1 101 Switching Protocols').waitFor();
    assert.doesNotMatch(await chosen.innerText(), /[0-9a-f]{32}/, 'the token is not shown');
    await chosen.getByText('How the accept value comes from the key').click();
    await chosen.getByText('Both values agree').waitFor();
    const key = /Sec-WebSocket-Key: (\S+)/i.exec(await chosen.innerText())[1];
    const both = `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const digest = createHash('sha1').update(both).digest();
    const accept = digest.toString('base64');
    assert.deepEqual(await chosen.getByRole('listitem').getByRole('code').allInnerTexts(),
      [key, both, digest.toString('hex').replace(/..(?=.)/g, '$& '), accept, accept]);

    // The same connection in the Workbench, whose log has both messages and no token in its URL.
    await tab(page, 'Workbench').click();
    await entryWith(page, 'received', 'Hello, frames').waitFor();
    assert.doesNotMatch(await page.getByLabel('URL').inputValue(), /frames=/);
    assert.doesNotMatch((await page.getByRole('log').allInnerTexts()).join(), /[0-9a-f]{32}/);
    const pane = await openDetails(page, 'sent', 'Hello, frames');
    await showAs(page, 'On the wire');
    await pane.getByText('The server saw one frame with this content.').waitFor();
    await pane.getByRole('img', { name: /^Masked payload .* unmasked payload 48 65 6c 6c 6f/ }).waitFor();
    await openDetails(page, 'received', 'Hello, frames');
    await pane.getByRole('img', { name: /^Payload 48 65 6c 6c 6f.*not masked$/ }).waitFor();
    await button(page, 'Close details').click();
    await say(page, 'x'.repeat(300));
    await tab(page, 'Frames').click();
    await rows(page, '↑ from the client', '300 B').waitFor();
    await button(page, 'Close the connection').click();
    await rows(page, '↑ from the client', 'close', 'Close code 1000').waitFor();
    await rows(page, '↓ from the server', 'close', 'Close code 1000').waitFor();
    await rows(page, 'ended', 'The client ended it: 1000, normal closure').waitFor();

    await button(page, 'Stop watching').click();
    await outcome(page, 'not watching');
    await tab(page, 'Workbench').click();
    await button(page, 'Connect').click();
    await state(page, 'open');
    await say(page, 'unwatched');
    await openDetails(page, 'sent', 'unwatched');
    await pane.getByText('This is how the message looks in one frame that is not compressed.').waitFor();
    await pane.getByRole('button', { name: 'length 9' }).waitFor();
    await pane.getByRole('img', { name: 'Payload 75 6e 77 61 74 63 68 65 64, unmasked' }).waitFor();
    await pane.getByRole('button', { name: 'masking key ?' }).waitFor();
    await tab(page, 'Frames').click();
    assert.equal(await rows(page, 'unwatched').count(), 0);
  });

  check('each row says its connection, one connection can be listed alone, and a message is shown with its own connection’s frames', async () => {
    const page = await watched(way.page({ url: way.at('/echo') }));
    const first = await numberOf(page);
    await tab(page, 'Workbench').click();
    await say(page, 'the same');
    await entryWith(page, 'received', 'the same').waitFor();
    await button(page, 'New connection').click();
    await connect(page, way.at('/echo'));
    await state(page, 'open');
    await say(page, 'the same');
    await entryWith(page, 'received', 'the same').waitFor();
    await tab(page, 'Frames').click();
    await outcome(page, 'watching 2 open connections');
    const second = await numberOf(page);
    assert.notEqual(first, second);
    const live = page.getByRole('tabpanel', { name: 'Live' });
    const shown = () => live.getByRole('listitem').filter({ hasText: 'the same' });
    const only = live.getByLabel('Connection', { exact: true });
    await until('both connections', (count) => count === 4, () => shown().count());
    const keys = {};
    for (const number of [first, second]) {
      await only.selectOption(`#${number} to /echo`);
      await until('one connection', (count) => count === 2, () => shown().count());
      assert.equal(await live.getByRole('listitem').filter({ hasNotText: `#${number}` }).count(), 0);
      await rows(live, '↑ from the client', 'the same').getByRole('button').click();
      keys[number] = await live.getByRole('button', { name: /^masking key/ }).first().innerText();
    }
    // The arrow keys reach the listed rows only.
    await page.keyboard.press('Tab');
    await live.getByRole('listitem').getByRole('button').first().focus();
    await page.keyboard.press('End');
    assert.match(await live.getByRole('listitem').locator('[aria-current]').innerText(), new RegExp(`#${second}`));
    await only.selectOption('all');
    await until('both connections', (count) => count === 4, () => shown().count());
    await tab(page, 'Workbench').click();
    const pane = await openDetails(page, 'sent', 'the same');
    await showAs(page, 'On the wire');
    await pane.getByText('The server saw one frame with this content.').waitFor();
    assert.equal(await pane.getByRole('button', { name: /^masking key/ }).first().innerText(), keys[second]);
    await page.getByRole('tab', { name: /echo, open$/ }).first().click();
    await openDetails(page, 'sent', 'the same');
    await showAs(page, 'On the wire');
    await pane.getByText('The server saw one frame with this content.').waitFor();
    assert.equal(await pane.getByRole('button', { name: /^masking key/ }).first().innerText(), keys[first]);
  });

  check('watching can be stopped and begun at once, and each answer of the server goes to its own question', async () => {
    const page = await open(way.page({ url: way.at('/echo') }));
    await tab(page, 'Frames').click();
    await button(page, 'Watch').evaluate((watch) => {
      watch.click();
      watch.click();
    });
    await outcome(page, 'watching 1 open connection');
    assert.equal(await rows(page, 'handshake', 'to /').count(), 1);
    await tab(page, 'Workbench').click();
    await entryWith(page, 'Connection 1').waitFor();
    assert.equal(await entryWith(page, 'Connection').count(), 1, 'two presses open one connection');
    await tab(page, 'Frames').click();
    // All at once, so that each question is asked while the connection before it is still closing.
    await page.evaluate(() => {
      const press = (id) => document.getElementById(id).click();
      document.getElementById('lab-hex').value = '89 80 00 00 00 00';
      press('lab-decode');
      press('live-watch'); // stops
      press('live-watch'); // begins again
      press('live-watch'); // while the server has not agreed yet: nothing more
      press('lab-decode');
    });
    await outcome(page, 'watching 1 open connection');
    await page.getByLabel('Text to send').fill('still seen');
    await button(page, 'Send it').click();
    await rows(page, '↓ from the server', 'still seen').waitFor();
    await tab(page, 'Lab').click();
    await outcome(page, '1 frame, no rule broken.');
    await decode(page, '81 85 37fa213d 7f9f4d5158');
    await page.getByText('Event: a text of 5 bytes: “Hello”').waitFor();
    // The token in use is the one that the server knows: a new connection is watched too.
    await tab(page, 'Workbench').click();
    await button(page, 'Disconnect').click();
    await state(page, 'closed');
    await button(page, 'Connect').click();
    await state(page, 'open');
    await tab(page, 'Frames').click();
    await tab(page, 'Live').click();
    await outcome(page, 'watching 1 open connection');
  });

  check('Watch and the tour keep an open connection, and a URL of another server: theirs gets a tab of its own', async () => {
    const page = await connected(way.page(), way.at('/chat/garden'));
    await tab(page, 'Frames').click();
    await tab(page, 'Tour').click();
    await button(page, 'Open a connection and watch it').click();
    await outcome(page, /^Step 1 of 8, done$/);
    await tab(page, 'Workbench').click();
    assert.equal(await page.getByLabel('URL').inputValue(), way.at('/echo'));
    await page.getByRole('tab', { name: /chat\/garden, open/ }).click();
    await state(page, 'open');
    assert.equal(await page.getByLabel('URL').inputValue(), way.at('/chat/garden'));
    assert.equal(await entryWith(page, 'Closed').count(), 0);

    // From disk, a server on this machine counts as the page's own.
    const elsewhere = way.isServed ? 'wss://example.org/feed' : way.at('/feed');
    const other = await open(way.page());
    await other.getByLabel('URL').fill(elsewhere);
    await tab(other, 'Frames').click();
    await button(other, 'Watch').click();
    await outcome(other, 'watching 1 open connection');
    await tab(other, 'Workbench').click();
    assert.equal(await other.getByLabel('URL').inputValue(), way.at('/echo'));
    await other.getByRole('tab', { name: /feed, closed/ }).click();
    assert.equal(await other.getByLabel('URL').inputValue(), elsewhere);
  });

  check('a Close with a reason is shown, and a message in fragments', async () => {
    const small = await way.another('--max-message', '300K');
    const page = await watched(small.page({ url: small.at('/echo') }));
    await tab(page, 'Workbench').click();
    // The browser sends so long a message in several frames.
    const long = 'y'.repeat(290000);
    await page.getByLabel('Message', { exact: true }).fill(long);
    await button(page, 'Send').click();
    await entryWith(page, 'received', 'yyy').waitFor();
    const pane = await openDetails(page, 'sent', 'yyy');
    await showAs(page, 'On the wire');
    await pane.getByText(/The server saw \d+ frames with this content\./).waitFor();
    await tab(page, 'Frames').click();
    await rows(page, '↑ from the client', 'text, first fragment').first().waitFor();
    await rows(page, '↑ from the client', 'continuation, last fragment').first().waitFor();
    await tab(page, 'Workbench').click();
    await page.getByLabel('Message', { exact: true }).fill(`${long}${long}`);
    await button(page, 'Send').click();
    await tab(page, 'Frames').click();
    await rows(page, '↓ from the server', 'close', 'Close code 1009').getByRole('button').click();
    const told = await page.getByRole('region', { name: 'Chosen frame' }).getByRole('button', { name: /^payload/ }).innerText();
    assert.match(told, /Close code 1009.*reason “.+”/);
  });

  check('nobody is shown the frames of another page, nor by a link that brings a token', async () => {
    const token = '0123456789abcdef0123456789abcdef';
    // Another client watches with a token, and a link tries to make the page use that token.
    const spy = new WebSocket(way.at('/frames'), { rejectUnauthorized: false });
    const told = [];
    spy.on('message', (data) => told.push(String(data)));
    await once(spy, 'open');
    spy.send(`watch ${token}`);
    await until('the spy watches', (all) => all.length === 1, () => told);
    assert.match(told[0], /watching/);
    const victim = await open(way.page({ url: `${way.at('/echo')}?frames=${token}` }));
    await connect(victim);
    await state(victim, 'open');
    await say(victim, 'secret');
    await entryWith(victim, 'received', 'secret').waitFor();
    await victim.getByLabel('URL').fill(`${way.at('/echo')}?x=1&frames=${token}`);
    await button(victim, 'Connect to this URL').click();
    await entryWith(victim, 'Connection 2').waitFor();
    await state(victim, 'open');
    await say(victim, 'secret again');
    await entryWith(victim, 'received', 'secret again').waitFor();
    await tab(victim, 'Stress').click();
    await victim.getByRole('tabpanel', { name: 'Stress' }).getByLabel('Endpoint').selectOption('The URL in the Workbench');
    await victim.getByRole('spinbutton', { name: 'Connections' }).fill('2');
    await button(victim, 'Start').click();
    await victim.getByText('2 of 2').waitFor();
    const other = await watched(way.page());
    await other.getByLabel('Text to send').fill('mine');
    await button(other, 'Send it').click();
    await rows(other, 'mine').first().waitFor();
    assert.equal(await rows(other, 'secret').count(), 0);
    spy.send('anything?');
    await until('an answer', (all) => all.length > 1, () => told);
    assert.equal(told.length, 2, told.join('\n'));
    assert.match(told[1], /This is not a command/);
    spy.terminate();
  });

  check('the tour goes from the handshake to the Close, each step done on the connection', async () => {
    const pinging = await way.another('--ping-interval', '2s');
    const page = await open(pinging.page({ view: 'frames', part: 'tour' }));
    const next = () => button(page, 'Next').click();
    const done = async (number) => {
      await outcome(page, new RegExp(`^Step ${number} of 8, done$`));
      assert.deepEqual(await page.locator('button.main:visible').allInnerTexts(), ['Next'], 'one button is filled');
    };
    await outcome(page, 'Step 1 of 8');
    assert.deepEqual(await page.locator('button.main:visible').allInnerTexts(), ['Open a connection and watch it']);
    await button(page, 'Open a connection and watch it').click();
    await done(1);
    await next();
    await page.getByText('How the accept value comes from the key', { exact: true }).click();
    await done(2);
    await next();
    await button(page, 'Send “Hello”').click();
    await done(3);
    await next();
    await button(page, 'Show the server’s frame').click();
    await done(4);
    await next();
    await button(page, 'Send 200 bytes').click();
    await done(5);
    await next();
    await button(page, 'Decode three fragments with a ping between them').click();
    await done(6);
    await page.getByText('Event: a text of 13 bytes: “one two three”').waitFor();
    await next();
    await done(7);
    await next();
    await button(page, 'Close the connection').first().click();
    await done(8);
  });
});

check('a server that has gone is told of, in the lab and while watching', async () => {
  const server = await startServer();
  const page = await watched(`http://127.0.0.1:${server.port}/`);
  await server.stop();
  await page.getByRole('alert').filter({ hasText: 'The server no longer shows frames to this page.' }).waitFor();
  await outcome(page, 'not watching');
});
