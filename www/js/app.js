'use strict';
// The page put together: every part made once and handed what it works with, and what the page's
// own address asks for. A link only fills fields in: it never makes this browser connect anywhere.
//
// `?url=ws://…` fills in where to connect to, `?room=NAME` opens the chat at that room, `?view=`
// one of the views, `#echo` chooses an endpoint of this server.

{
  const { byId } = wshub.dom;

  const log = new wshub.Log();
  new wshub.LogTools(log);
  new wshub.LogBar(log);
  new wshub.Find(log);

  const link = new wshub.Link(log);
  const panel = new wshub.LinkPanel(link);
  const compose = new wshub.Compose(link, log);
  new wshub.Repeat(compose, link);
  new wshub.Files(link, byId('view-workbench'));
  new wshub.Saved(compose);
  new wshub.Latency(link);

  // Once it is open the next thing to do is to type, unless the person has gone elsewhere meanwhile.
  link.changed.push(() => {
    const idle = [byId('toggle'), byId('url'), document.body].includes(document.activeElement);
    if (link.isOpen && link.story.sent === 0 && idle && views.now === 'workbench') byId('message').focus();
  });
  // On a small screen the log, where an ending is explained, may be out of view.
  link.ended.push((isProblem) => isProblem && byId('log').scrollIntoView({ block: 'nearest' }));

  const typedUrl = () => wshub.address.completed(byId('url').value.trim());
  const chat = new wshub.ChatView(typedUrl);
  const stress = new wshub.StressView(typedUrl);
  const server = new wshub.ServerView();
  const views = new wshub.Views((name) => {
    chat.shown(name === 'chat');
    stress.shown(name === 'stress');
    server.shown(name === 'server');
  });

  const keys = byId('keys-dialog');
  byId('keys').addEventListener('click', () => keys.showModal());
  keys.addEventListener('click', (event) => event.target === keys && keys.close());

  const asked = new URLSearchParams(location.search);
  const endpoint = location.hash.slice(1);
  panel.choose(Object.hasOwn(wshub.address.ENDPOINTS, endpoint) ? endpoint : 'broadcast');
  if (asked.has('url')) {
    byId('url').value = asked.get('url');
    panel.urlChanged();
  }
  for (const changed of link.changed) changed();
  if (asked.has('room')) chat.offer(asked.get('room'));
  views.show(asked.get('view') ?? (asked.has('room') ? 'chat' : 'workbench'));
}
