'use strict';
// Assembles the page: makes every part once and gives it the parts that it uses.

(() => {
  const { byId } = wshub.dom;

  wshub.theme.start();
  const view = new wshub.LogView();
  new wshub.LogTools(view);
  const bar = new wshub.LogBar(view);
  const pane = new wshub.Pane(view);
  new wshub.Split(byId('divide'), byId('bench'));
  new wshub.Find(view, pane);

  const tabs = new wshub.Tabs();
  tabs.entered.push(({ log }) => view.show(log));
  const panel = new wshub.LinkPanel(tabs);
  new wshub.TabStrip(tabs);
  new wshub.Command(panel);
  const compose = new wshub.Compose(tabs, view);
  new wshub.Repeat(compose, tabs);
  new wshub.Files(tabs, byId('view-workbench'));
  new wshub.Saved(compose, tabs);
  new wshub.Latency(tabs);

  // Once the connection is open, the focus moves to the message field, unless the person has moved it
  // meanwhile.
  tabs.changed.push(() => {
    const { link } = tabs.now;
    const idle = [byId('toggle'), byId('url'), document.body].includes(/** @type {any} */ (document.activeElement));
    if (link.isOpen && link.story.sent === 0 && idle && views.now === 'workbench') byId('message').focus();
  });
  // The details beside the log explain why a connection ended, unless they show a message that is being read, or
  // were closed after an earlier failure in the same row.
  tabs.ended.push((isProblem) => {
    const { log, link } = tabs.now;
    const mayShow = log.chosen === null ? link.failures === 0 : log.chosen.data === null;
    if (isProblem && mayShow) view.choose(log.ring.at(log.ring.next - 1));
  });

  let isStep = false; // the first view, and a view that Back leads to, add no step to the browser's history
  const typedUrl = () => wshub.address.completed(byId('url').value.trim());
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

  // ---- The page's address, and the state before a reload

  const whereabouts = () => ({ view: views.now, room: chat.rooms.current, url: typedUrl(), ...frames.whereabouts() });
  const keepPlace = () => views.now && wshub.place.write(whereabouts());
  tabs.changed.push(keepPlace);
  chat.moved.push(keepPlace);
  window.addEventListener('popstate', () => {
    isStep = false;
    views.show(wshub.place.read().view);
    isStep = true;
  });

  const asked = wshub.place.read();
  const kept = wshub.session.load();
  for (const one of kept.all) {
    const tab = tabs.add();
    const { url, custom, protocols, areOwn, savedAs, draft, log, lost } = one;
    Object.assign(tab, { url, custom, protocols, areOwn, savedAs, draft });
    if (log === '' && lost.length === 0) continue;
    for (const record of wshub.ndjson.parse(log).records) tab.log.add(record);
    tab.log.note('From before the reload', ['The entries above are from before the page was reloaded. That connection has ended.', ...lost], 'divider');
  }
  if (tabs.all.length === 0) tabs.add();
  tabs.show(tabs.all[kept.now]);
  bar.filterAsBefore(kept.filter);
  // The page's address has the URL without its query; the tab's session has the whole URL.
  const before = typedUrl();
  if (asked.url) {
    if (wshub.address.shareable(before) !== wshub.address.shareable(wshub.address.completed(asked.url))) panel.fill(asked.url);
  } else if (asked.endpoint && wshub.address.endpointOf(before) !== asked.endpoint) panel.choose(asked.endpoint);
  new wshub.SavedConnections(tabs, panel);
  const frames = new wshub.FramesView({
    typedUrl,
    link: () => tabs.now.link,
    connectTo: (url) => panel.connectTo(url),
  });
  frames.moved.push(keepPlace);
  pane.seenFrames = () => frames.live.entriesOf(tabs.now.link);
  tabs.changed.push(() => frames.live.render());
  window.addEventListener('pagehide', () => {
    tabs.now.draft = compose.now();
    wshub.session.save(tabs, bar.typedFilter);
  });

  if (asked.room) chat.offer(asked.room);
  views.show(asked.view);
  frames.offer(asked);
})();
