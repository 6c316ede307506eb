'use strict';
// Draws one frame to scale: 32 bits to a row, as in the figure of RFC 6455 section 5.2, and below it the
// payload byte by byte, masked and unmasked. The field under the pointer, or with the keyboard focus, is
// explained.
//
// Gives: wshub.Diagram. Uses: fields.js, dom.js.

wshub.Diagram = (() => {
  const { element } = wshub.dom;
  const { fields, bytes } = wshub;
  const ROW_BITS = 32;

  /** The positions of the fields in rows of 32 bits: a field that does not fit continues in the next row. */
  function places(all) {
    const found = [];
    let at = 0;
    for (const field of all) {
      let left = field.bits;
      for (let isFirst = true; left > 0; isFirst = false) {
        const room = ROW_BITS - (at % ROW_BITS);
        const bits = Math.min(left, room);
        found.push({ field, row: Math.floor(at / ROW_BITS), column: at % ROW_BITS, bits, isFirst });
        at += bits;
        left -= bits;
      }
    }
    return { found, end: at };
  }

  class Diagram {
    /** Draws into `place`; `name` is the frame's accessible name. */
    constructor(place, frame, name) {
      this.frame = frame;
      this.told = element('p', 'frame-told');
      this.told.setAttribute('role', 'status');
      this.rest = 'Point at a field, or go to it with the arrow keys: what it says is explained here.';
      this.told.textContent = this.rest;
      this.grid = element('div', 'frame-grid');
      this.grid.setAttribute('role', 'group');
      this.grid.setAttribute('aria-label', name);
      this.scale();
      this.cells = [];
      const { found, end } = places(fields.fieldsOf(frame));
      for (const one of found) this.cell(one);
      this.payloadCell(end);
      this.cells[0].tabIndex = 0;
      this.grid.addEventListener('keydown', (event) => this.key(event));
      const scroll = element('div', 'frame-scroll', this.grid);
      place.replaceChildren(scroll, this.told, this.payload());
    }

    /** The bit numbers, as in the RFC's figure. */
    scale() {
      for (let bit = 0; bit < ROW_BITS; bit++) {
        const mark = element('span', 'frame-bit', String(bit % 10));
        if (bit % 10 === 0) mark.dataset.tens = String(bit / 10);
        mark.setAttribute('aria-hidden', 'true');
        this.grid.append(mark);
      }
    }

    cell({ field, row, column, bits, isFirst }) {
      const isFlag = bits === 1;
      const words = isFirst ? [element('span', 'frame-name', field.name), ' ', element('span', 'frame-value', field.value)]
        : [element('span', 'frame-name', `${field.name}, continued`)];
      const cell = element('button', `frame-cell${isFlag ? ' is-flag' : ''}`, ...words);
      cell.type = 'button';
      cell.tabIndex = -1;
      cell.style.gridArea = `${row + 2} / ${column + 1} / auto / span ${bits}`;
      if (isFirst) this.explainAt(cell, `${field.name}: ${field.value}. ${field.says}`, field.section);
      else {
        cell.setAttribute('aria-hidden', 'true'); // its first part has been read out already
        cell.disabled = true;
      }
      this.grid.append(cell);
      if (isFirst) this.cells.push(cell);
    }

    payloadCell(end) {
      const { says, section } = fields.payloadSays(this.frame);
      const cell = element('button', 'frame-cell is-payload', element('span', 'frame-name', 'payload'), ' ', element('span', 'frame-value', says));
      cell.type = 'button';
      cell.tabIndex = -1;
      const column = end % ROW_BITS;
      cell.style.gridArea = `${Math.floor(end / ROW_BITS) + 2} / ${column + 1} / auto / -1`;
      this.explainAt(cell, `Payload. ${says}`, section);
      this.grid.append(cell);
      this.cells.push(cell);
    }

    explainAt(cell, says, section) {
      const tell = () => { this.told.textContent = `${says} (RFC 6455 section ${section})`; };
      cell.addEventListener('pointerenter', tell);
      cell.addEventListener('focus', tell);
      cell.addEventListener('click', tell);
    }

    key(event) {
      const at = this.cells.indexOf(event.target);
      const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: this.cells.length - 1 }[event.key];
      if (at === -1 || to === undefined) return;
      event.preventDefault();
      const next = this.cells[(to + this.cells.length) % this.cells.length];
      for (const cell of this.cells) cell.tabIndex = cell === next ? 0 : -1;
      next.focus();
    }

    /** The known payload bytes: each as on the wire, the masking key's byte, and the unmasked byte. */
    payload() {
      const plain = fields.bytesOf(this.frame.payload);
      if (plain.length === 0) return '';
      const wire = fields.onTheWire(this.frame);
      const key = fields.bytesOf(this.frame.key);
      const isMasked = key.length === 4;
      const hex = (byte) => bytes.toHex([byte]);
      const legend = element('div', 'byte is-legend', ...(isMasked ? ['masked', 'key', 'unmasked', 'text'] : ['bytes', 'text']).map((word) => element('span', '', word)));
      const columns = Array.from(plain, (byte, i) => element('div', 'byte', ...[
        ...(isMasked ? [hex(wire[i]), hex(key[i % 4])] : []), hex(byte), bytes.asAscii([byte]),
      ].map((word) => element('span', '', word))));
      const box = element('div', 'bytes', legend, ...columns);
      box.setAttribute('role', 'img');
      box.setAttribute('aria-label', isMasked
        ? `Masked payload ${bytes.toHex(wire)}, key ${bytes.toHex(key)}, unmasked payload ${bytes.toHex(plain)}`
        : `Payload ${bytes.toHex(plain)}, ${this.frame.masked ? 'unmasked' : 'not masked'}`);
      return box;
    }
  }

  return Diagram;
})();
