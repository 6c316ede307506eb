'use strict';
// Shows a message as frames: those that the view Frames has seen, while it watches the connection, or else the
// one frame that the message fits into.
//
// Gives: wshub.framed. Uses: diagram.js, fields.js, bytes.js, dom.js.

wshub.framed = (() => {
  const { element } = wshub.dom;
  const { fields, bytes: { toHex } } = wshub;
  const MAX_BYTES = 64; // of the payload, in a frame that was not seen
  const MAX_FRAMES = 20;

  /** The frames of the newest message with these bytes; `rows` are the server's entries about this tab's connections, oldest first. */
  function seen(rows, way, bytes) {
    const begun = new Map(); // by connection: the frames of the message that is arriving
    let found = null;
    for (const entry of rows) {
      if (entry.kind !== 'frame' || entry.dir !== way || fields.isControl(entry.opcode)) continue;
      const frames = entry.opcode === 0 ? begun.get(entry.id) : [];
      if (frames === undefined) continue; // its beginning is no longer known
      frames.push(entry);
      begun.set(entry.id, frames);
      if (!entry.fin) continue;
      begun.delete(entry.id);
      if (isMessage(frames, bytes)) found = frames;
    }
    return found;
  }

  /** Whether the known bytes of the frames are those of the message. A compressed message is not recognized. */
  function isMessage(frames, bytes) {
    let at = 0;
    for (const { length, payload } of frames) {
      const known = fields.bytesOf(payload);
      if (known.some((byte, i) => byte !== bytes[at + i])) return false;
      at += Number(length);
    }
    return at === bytes.length;
  }

  /** The frame of a message that is neither fragmented nor compressed. */
  const alone = (isSent, isText, bytes) => ({
    fin: true, rsv: 0, opcode: isText ? 1 : 2, masked: isSent, key: '', length: String(bytes.length), payload: toHex(bytes.subarray(0, MAX_BYTES)).replaceAll(' ', ''),
  });

  /** Fills a place with the frames of a message: { isSent, isText, bytes }. `rows` as for `seen`. */
  function showFrames(place, { isSent, isText, bytes }, rows) {
    const frames = seen(rows, isSent ? 'in' : 'out', bytes);
    const box = element('div', 'framed');
    if (frames === null) {
      box.append(element('p', 'hint', 'A page cannot see the frames of its messages. This is how the message looks in one frame that is not compressed. '
        + 'To see the real frames, choose Watch in the view Frames before the message is sent.'));
    } else {
      const how = frames.length === 1 ? 'one frame' : `${frames.length} frames`;
      const cut = frames.length > MAX_FRAMES ? ` The first ${MAX_FRAMES} are shown.` : '';
      box.append(element('p', 'hint', `The server saw ${how} with this content.${cut}`));
    }
    for (const frame of frames?.slice(0, MAX_FRAMES) ?? [alone(isSent, isText, bytes)]) {
      const drawn = element('div', 'frame-drawn');
      new wshub.Diagram(drawn, frame, fields.inWords(frame));
      box.append(drawn);
    }
    place.replaceChildren(box);
  }

  return { showFrames };
})();
