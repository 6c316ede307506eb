'use strict';
// Shows figures with their names, in a row of tiles.
//
// Gives: wshub.drawTiles. Uses: dom.js.

wshub.drawTiles = (() => {
  const { element, setText } = wshub.dom;

  /** Draws figures with their names; only changed ones are updated. */
  function drawTiles(place, rows) {
    while (place.children.length > rows.length) place.lastElementChild.remove();
    rows.forEach(([name, value], at) => {
      const tile = place.children[at] ?? place.appendChild(element('div', '', element('dt'), element('dd')));
      setText(tile.firstElementChild, name);
      setText(tile.lastElementChild, value);
    });
  }

  return drawTiles;
})();
