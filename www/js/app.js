'use strict';
// The page put together: every part made once and handed what it works with.

(() => {
  const { byId } = wshub.dom;

  wshub.theme.start();
  const log = new wshub.Log();
  const view = new wshub.LogView();
  new wshub.LogTools(view);
  new wshub.LogBar(view);
  const pane = new wshub.Pane(view);
  new wshub.Split(byId('divide'), byId('bench'));
  new wshub.Find(view, pane);
  view.show(log);

  const link = new wshub.Link(log);
  const panel = new wshub.LinkPanel(link);
  new wshub.Command(panel);
  const compose = new wshub.Compose(link, view);
  new wshub.Repeat(compose, link);
  new wshub.Files(link, byId('view-workbench'));
  new wshub.Saved(compose);
  new wshub.Latency(link);

  // Once it is open the next thing to do is to type, unless the person has gone elsewhere meanwhile.
  link.changed.push(() => {
    const idle = [byId('toggle'), byId('url'), document.body].includes(/** @type {any} */ (document.activeElement));
    if (link.isOpen && link.story.sent === 0 && idle && views.now === 'workbench') byId('message').focus();
  });
  // Why a connection ended is explained at length: beside the log, unless a message is being read there.
  link.ended.push((isProblem) => {
    const { chosen } = log;
    if (isProblem && (chosen === null || chosen.data === null)) view.choose(log.ring.at(log.ring.next - 1));
  });

  let isStep = false; // the view that the page opens with, or that Back leads to, is no step to go back from
  const typedUrl = () => wshub.address.completed(byId('url').value.trim());
  const frames = new wshub.FramesView({
    typedUrl,
    link: () => link,
    connectTo: (url) => link.move(() => {
      panel.fill(url);
      panel.connect();
    }),
  });
  const chat = new wshub.ChatView(typedUrl);
  const stress = new wshub.StressView(typedUrl);
  const server = new wshub.ServerView();
  const views = new wshub.Views((name) => {
    chat.shown(name === 'chat');
    stress.shown(name === 'stress');
    server.shown(name === 'server');
    wshub.place.write(whereabouts(), isStep);
    isStep = true;
  });

  const keys = byId('keys-dialog');
  byId('keys').addEventListener('click', () => keys.showModal());
  keys.addEventListener('click', (event) => event.target === keys && keys.close());

  // ---- Where this page is, and what was here before a reload

  const whereabouts = () => ({ view: views.now, room: chat.rooms.current, url: typedUrl(), ...frames.whereabouts() });
  link.changed.push(() => wshub.place.write(whereabouts()));
  chat.moved.push(() => wshub.place.write(whereabouts()));
  frames.moved.push(() => wshub.place.write(whereabouts()));
  window.addEventListener('popstate', () => {
    isStep = false;
    views.show(wshub.place.read().view);
    isStep = true;
  });

  const asked = wshub.place.read();
  const kept = wshub.session.load();
  panel.choose(asked.endpoint || 'broadcast');
  if (asked.url) panel.fill(asked.url);
  // The address names a URL without its query: this tab knows the whole of it.
  if (typeof kept.url === 'string' && (!asked.url && !asked.endpoint || wshub.address.shareable(kept.url) === wshub.address.shareable(typedUrl()))) {
    panel.fill(kept.url);
  }
  if (wshub.Compose.isEntry(kept.draft)) compose.load(kept.draft);
  if (typeof kept.log === 'string' && kept.log !== '') {
    for (const record of wshub.ndjson.parse(kept.log).records) log.add(record);
    log.note('From before the reload', ['What is above was here when the page was loaded again. That connection has ended.'], 'divider');
  }
  window.addEventListener('pagehide', () => {
    wshub.session.save({ url: wshub.passwords.without(typedUrl()), draft: compose.now(), records: log.ring });
  });

  for (const changed of link.changed) changed();
  if (asked.room) chat.offer(asked.room);
  views.show(asked.view);
  frames.offer(asked);
})();
