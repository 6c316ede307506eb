'use strict';
// This page's own address: which view, which room, which server. It can be kept and handed on, so there is
// never a user name, a password or a query in the URL that it names.
//
// `?url=ws://…` fills in where to connect to, `?room=NAME` opens the chat at that room, `?view=` one of the
// views, `#echo` chooses an endpoint of this server, `?lab=server-8185...` opens the lab of the frames with these
// bytes, `?part=tour` the tour. A link never makes a browser connect by itself.
//
// Gives: wshub.place. Uses: address.js.

wshub.place = (() => {
  const { address } = wshub;

  /** What the address asks for: { view, room, part, lab, url, endpoint }, '' for what it does not name. */
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

  /** Brings the address up to date; as a step of its own where Back is to come here again. */
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
      // Some browsers let a page opened from disk change nothing there.
    }
  }

  return { read, write };
})();
