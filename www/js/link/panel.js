'use strict';
// The bar above the log: the URL, the button that connects and disconnects, and the state.
//
// Gives: wshub.LinkPanel. Uses: tabs.js, address.js, passwords.js, library.js, store.js.

wshub.LinkPanel = (() => {
  const { byId, element, tellProblem, setText, setUsable } = wshub.dom;
  const { store, address, passwords } = wshub;
  const MAX_REMEMBERED = 20;

  const isRemembered = (one) => one !== null && typeof one === 'object' && typeof one.url === 'string'
    && typeof one.protocols === 'string' && address.problemWith(one.url) === '';

  const namesIn = (protocols) => protocols.split(/[\s,]+/).filter((name) => name !== '');

  /** The URLs used before. An earlier version of the page stored them under another name, with their passwords. */
  function rememberedBefore() {
    const old = store.list('urls', (url) => typeof url === 'string' && address.problemWith(url) === '');
    const all = [...store.list('connections', isRemembered), ...old.map((url) => ({ url, protocols: '' }))]
      .map(({ url, protocols }) => ({ url: passwords.without(url), protocols }));
    const remembered = all.filter(({ url }, at) => all.findIndex((other) => other.url === url) === at);
    store.write('connections', remembered);
    store.remove('urls');
    return remembered;
  }

  class LinkPanel {
    constructor(tabs) {
      this.tabs = tabs;
      this.url = byId('url');
      this.toggle = byId('toggle');
      this.protocols = byId('protocols');
      this.endpoint = byId('endpoint');
      this.remembered = rememberedBefore(); // { url, protocols }, newest first
      this.offerRemembered();

      const reconnect = byId('reconnect');
      reconnect.checked = store.flag('reconnect');
      tabs.made.push((tab) => {
        tab.link.retries = () => reconnect.checked;
        tab.url = `${address.servedBy}/broadcast`; // the default, until another one is chosen
        tab.protocols = this.knownFor(tab.url)?.protocols ?? '';
      });
      reconnect.addEventListener('change', () => {
        store.write('reconnect', reconnect.checked);
        if (!reconnect.checked) for (const { link } of tabs.all) link.cancelRetry();
      });

      this.toggle.addEventListener('click', () => {
        const { link } = this;
        if (link.state === 'closed') this.connect();
        else if (link.state !== 'closing') link.disconnect();
      });
      byId('move').addEventListener('click', () => {
        this.toggle.focus(); // this button disappears, so the focus moves
        const { now } = this.tabs;
        if (this.isValid()) now.link.move(() => this.begin(now));
      });
      byId('stop-waiting').addEventListener('click', () => {
        this.link.cancelRetry();
        this.toggle.focus();
      });
      this.url.addEventListener('input', () => this.urlChanged());
      for (const field of [this.url, this.protocols]) {
        field.addEventListener('keydown', (event) => {
          if (event.key !== 'Enter' || wshub.dom.isComposing(event)) return;
          if (this.link.state === 'closed') this.connect();
          else if (this.isElsewhere()) byId('move').click();
        });
      }
      this.protocols.addEventListener('input', () => {
        tabs.now.areOwn = true;
        tabs.now.protocols = this.protocols.value;
        tellProblem(this.protocols, '');
        this.showProtocols();
        this.render();
      });
      setInterval(() => this.showAge(), 1000);
      this.endpoint.addEventListener('change', () => this.choose(this.endpoint.value));
      byId('forget').addEventListener('click', () => this.forget());
      byId('show-options').addEventListener('click', () => this.showOptions(byId('options').hidden));
      tabs.changed.push(() => this.render());
      tabs.leaving.push(() => clearTimeout(this.counting));
      tabs.entered.push((tab) => this.enter(tab));
      this.steps = [1, 2, 3].map((number) => byId(`step-${number}`));
      byId('steps').hidden = store.flag('steps-hidden');
      byId('hide-steps').addEventListener('click', () => {
        this.hideSteps();
        this.toggle.focus();
      });
    }

    get link() {
      return this.tabs.now.link;
    }

    /** Fills in the fields of a connection that is shown from now on. */
    enter(tab) {
      this.url.value = tab.url;
      this.protocols.value = tab.protocols;
      tellProblem(this.url, '');
      tellProblem(this.protocols, '');
      this.describe();
    }

    hideSteps() {
      byId('steps').hidden = true;
      store.write('steps-hidden', true);
    }

    // ---- The URL

    /** Fills in a URL from a link, without its password. */
    fill(url) {
      this.url.value = passwords.keep(address.completed(url.trim()));
      this.urlChanged();
    }

    typed() {
      return address.completed(this.url.value.trim());
    }

    /** The remembered entry of a URL that was used before. */
    knownFor(typed) {
      return this.remembered.find(({ url }) => url === typed);
    }

    protocolNames() {
      return namesIn(this.protocols.value);
    }

    /** Fills in an endpoint of the page's own server, or the URL typed before. An open connection is kept. */
    choose(name) {
      const typed = this.typed();
      const isOwn = address.endpointOf(typed) !== '';
      const { now } = this.tabs;
      if (!address.isPreset(typed) && typed !== '') now.custom = this.url.value;
      if (name === 'custom') {
        this.url.value = now.custom || this.url.value;
        this.url.focus();
      } else {
        // A page from disk uses the server on this machine that was named last.
        const origin = isOwn || (!address.isServed && address.isOurs(typed)) ? address.originOf(typed) : address.servedBy;
        this.url.value = `${origin}/${name}`;
      }
      this.urlChanged();
      if (name === 'custom') this.endpoint.value = 'custom'; // also before a URL is typed
    }

    /** Updates the choice of endpoint and the subprotocols from the URL. */
    urlChanged() {
      const { now } = this.tabs;
      tellProblem(this.url, '');
      this.link.cancelRetry();
      now.url = this.url.value;
      const typed = this.typed();
      if (now.savedAs && wshub.library.connection(now.savedAs)?.url !== passwords.without(typed)) {
        now.savedAs = '';
        now.areOwn = false; // they are those of the saved connection
      }
      // Subprotocols belong to a URL: those of another URL would only make the connection fail.
      const known = this.knownFor(typed);
      if (known || !now.areOwn) {
        this.protocols.value = now.protocols = known?.protocols ?? '';
        now.areOwn = false;
      }
      this.describe();
      this.tabs.list();
    }

    /** Describes the URL, and shows the fields that belong to it. */
    describe() {
      const typed = this.typed();
      const name = address.endpointOf(typed);
      const endpoint = address.ENDPOINTS[name];
      this.endpoint.value = endpoint ? name : 'custom';
      setText(byId('hint'), endpoint ? endpoint.hint : 'Custom address: what comes back is up to that server.');
      byId('message').placeholder = endpoint ? endpoint.placeholder : 'Message';
      byId('second-tab').href = this.linkHere(name);
      this.showProtocols();
      this.render();
    }

    /** Fills in a saved connection; its subprotocols replace those remembered for the URL. */
    fillSaved({ name, url, subprotocols }) {
      const { now } = this.tabs;
      this.url.value = url;
      this.urlChanged();
      now.protocols = this.protocols.value = subprotocols.join(', ');
      now.areOwn = true;
      now.savedAs = name;
      this.describe();
      this.tabs.list();
      for (const tell of this.tabs.changed) tell();
      this.toggle.focus();
    }

    /** Shows the subprotocols even while the options are hidden: they decide whether a connection opens. */
    showProtocols() {
      const names = this.protocols.value.trim();
      setText(byId('show-options'), names === '' ? 'Options' : `Options (subprotocols: ${wshub.visible.cutText(names, 30, 1)})`);
    }

    showOptions(isShown) {
      byId('options').hidden = !isShown;
      byId('show-options').setAttribute('aria-expanded', String(isShown));
    }

    /** A link that opens the page with the present choice. */
    linkHere(name) {
      const typed = this.typed();
      if (name && address.originOf(typed) === address.servedBy) return `#${name}`;
      const shared = address.shareable(typed);
      return shared === '' ? '#' : `?url=${encodeURIComponent(shared)}`;
    }

    offerRemembered() {
      byId('urls').replaceChildren(...this.remembered.map(({ url }) => {
        const option = element('option');
        option.value = url;
        return option;
      }));
      byId('forget').hidden = this.remembered.length === 0;
    }

    remember(url, protocols) {
      this.remembered = [{ url, protocols }, ...store.list('connections', isRemembered).filter((other) => other.url !== url)].slice(0, MAX_REMEMBERED);
      store.write('connections', this.remembered);
      this.offerRemembered();
    }

    forget() {
      this.remembered = [];
      store.write('connections', []);
      this.offerRemembered();
      this.url.focus();
    }

    // ---- The connection

    /** Opens the connection that is shown. */
    connect() {
      if (this.isValid()) this.begin(this.tabs.now);
    }

    /** Whether the fields can be used; if not, shows what is wrong. */
    isValid() {
      const problem = address.problemWith(this.typed());
      if (problem) return this.refuse(this.url, problem);
      const wrong = address.problemWithProtocols(this.protocolNames());
      if (wrong) this.showOptions(true);
      return wrong === '' || this.refuse(this.protocols, wrong);
    }

    /** Opens a connection, which is shown or not, with what is in its fields. */
    begin(tab) {
      if (!this.tabs.all.includes(tab)) return; // it was closed while it waited for its earlier connection to end
      const wanted = passwords.keep(address.completed(tab.url.trim()));
      const names = namesIn(tab.protocols);
      tab.url = wanted;
      if (tab === this.tabs.now) this.url.value = wanted;
      try {
        tab.link.connect(wanted, names);
      } catch (error) {
        this.tabs.show(tab); // so that the problem is seen
        this.refuse(this.url, `The browser does not accept this: ${passwords.reasonOf(error, wanted)}`);
        return;
      }
      this.remember(wanted, names.join(', '));
      tab.areOwn = tab.savedAs !== ''; // otherwise they belong to this URL from now on
      this.render();
    }

    /** Whether the shown tab can connect to `url` without the loss of what it has open or typed. */
    isFreeFor(url) {
      const { link } = this;
      const typed = this.typed();
      return link.state !== 'closed' ? link.story.address === url : typed === '' || typed === url || address.isPreset(typed);
    }

    /** Connects to `url`: in the shown tab if that is free for it, else in a new one; false if there is no room for it. */
    connectTo(url) {
      const { tabs } = this;
      if (!this.isFreeFor(url)) {
        if (tabs.isFull) return false;
        tabs.show(tabs.add());
      }
      const { now } = tabs;
      this.fill(url);
      now.link.move(() => this.begin(now));
      return true;
    }

    refuse(field, problem) {
      tellProblem(field, problem);
      field.focus();
      return false;
    }

    // ---- Drawing

    /** Whether the fields differ from the URL and subprotocols of the open connection. */
    isElsewhere() {
      const { link } = this;
      return link.isOpen && (passwords.without(this.typed()) !== link.story.address
        || this.protocolNames().join() !== link.story.protocols.join());
    }

    render() {
      const { link, toggle } = this;
      const { state } = link;
      const isClosed = state === 'closed';
      setText(byId('state'), state);
      byId('state').dataset.state = state;
      byId('top-state').dataset.state = state;
      setText(byId('top-state'), isClosed ? '' : `${state}: ${new URL(link.story.address).host}`);
      setText(toggle, isClosed ? 'Connect' : 'Disconnect');
      toggle.classList.toggle('main', isClosed); // only the button to press next is filled
      setUsable(toggle, state !== 'closing');
      byId('move').hidden = !this.isElsewhere();
      this.showAge();
      this.countDown();

      const step = state !== 'open' ? 0 : link.story.sent === 0 ? 1 : 2;
      this.steps.forEach((place, at) => {
        place.dataset.place = at < step ? 'done' : at === step ? 'now' : 'later';
        if (at === step) place.setAttribute('aria-current', 'step');
        else place.removeAttribute('aria-current');
      });
      // The first success: a message was sent, and one was received.
      if (link.isOpen && link.story.sent > 0 && link.story.received > 0 && !byId('steps').hidden) this.hideSteps();
    }

    /** Shows for how long the connection has been open. */
    showAge() {
      const { link } = this;
      const seconds = link.isOpen ? Math.floor((performance.now() - link.story.opened) / 1000) : 0;
      const minutes = Math.floor(seconds / 60);
      setText(byId('open-for'), link.isOpen ? `${String(minutes).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}` : '');
    }

    countDown() {
      const { retry } = this.link;
      byId('waiting').hidden = retry === null;
      clearTimeout(this.counting);
      if (retry === null) return;
      const seconds = Math.max(1, Math.ceil((retry.at - performance.now()) / 1000));
      setText(byId('countdown'), `Connecting again in ${seconds} s`);
      this.counting = setTimeout(() => this.countDown(), 250);
    }
  }

  return LinkPanel;
})();
