'use strict';
// The page's own address: it names the view, the room and the server. It can be bookmarked and shared, so the
// URL in it never has a user name, a password or a query.
//
// `?url=ws://…` fills in the URL, `?room=NAME` opens the chat at that room, `?view=` one of the views, `#echo`
// chooses an endpoint of this server, `?lab=server-8185...` opens the frame lab with these bytes, `?part=tour`
// the tour. A link never makes the page connect by itself.
//
// Gives: wshub.place. Uses: address.js.

wshub.place = (() => {
  const { address } = wshub;

  /** The parts of the address: { view, room, part, lab, url, endpoint }, '' for those that it does not have. */
  function read() {
    const asked = new URLSearchParams(location.search);
    const hash = location.hash.slice(1);
    const room = asked.get('room') ?? '';
    return {
      room,
      view: asked.get('view') ?? (room ? 'chat' : 'workbench'),
      part: asked.get('part') ?? '',
      lab: asked.get('lab') ?? '',
      url: asked.get('url') ?? '',
      endpoint: Object.hasOwn(address.ENDPOINTS, hash) ? hash : '',
    };
  }

  /** Updates the address; with `isStep` as a step in the browser's history, for Back. */
  function write({ view, room, url, part = '', lab = '' }, isStep = false) {
    const asked = new URLSearchParams();
    if (view !== 'workbench') asked.set('view', view);
    if (view === 'chat' && room) asked.set('room', room);
    if (view === 'frames' && part) asked.set('part', part);
    if (view === 'frames' && lab) asked.set('lab', lab);
    const isOwn = address.originOf(url) === address.servedBy;
    const endpoint = address.endpointOf(url);
    const shared = address.shareable(url);
    if (shared !== '' && !(isOwn && endpoint)) asked.set('url', shared);
    const there = `${location.pathname}${asked.size > 0 ? `?${asked}` : ''}${isOwn && endpoint ? `#${endpoint}` : ''}`;
    if (there === location.pathname + location.search + location.hash) return;
    try {
      history[isStep ? 'pushState' : 'replaceState'](null, '', there);
    } catch {
      // Some browsers do not let a page opened from disk change its address.
    }
  }

  return { read, write };
})();
