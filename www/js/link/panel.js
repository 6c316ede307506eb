'use strict';
// The bar above the log: where to connect to, the one button that does it, and the state.
//
// Gives: wshub.LinkPanel. Uses: tabs.js, address.js, passwords.js, library.js, store.js.

wshub.LinkPanel = (() => {
  const { byId, element, tellProblem, setText, setUsable } = wshub.dom;
  const { store, address, passwords } = wshub;
  const MAX_REMEMBERED = 20;

  const isRemembered = (one) => one !== null && typeof one === 'object' && typeof one.url === 'string'
    && typeof one.protocols === 'string' && address.problemWith(one.url) === '';

  /** The URLs used before. An earlier edition of this page stored them elsewhere, and passwords with them. */
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
        tab.url = `${address.servedBy}/broadcast`; // until something else is chosen
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
        this.toggle.focus(); // this button goes
        const { now } = this.tabs;
        now.link.move(() => this.connect(now));
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

    /** Fills in what belongs to a connection that is looked at from now on. */
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

    // ---- Where to

    /** Fills an address in that somebody else wrote, without its password. */
    fill(url) {
      this.url.value = passwords.keep(address.completed(url.trim()));
      this.urlChanged();
    }

    typed() {
      return address.completed(this.url.value.trim());
    }

    /** What is remembered of a URL that was used before. */
    knownFor(typed) {
      return this.remembered.find(({ url }) => url === typed);
    }

    protocolNames() {
      return this.protocols.value.split(/[\s,]+/).filter((name) => name !== '');
    }

    /** Fills an endpoint of this page's own server in, or the URL that was typed before. An open connection stays. */
    choose(name) {
      const typed = this.typed();
      const isOwn = address.endpointOf(typed) !== '';
      const { now } = this.tabs;
      if (!isOwn && this.url.value.trim() !== '') now.custom = this.url.value;
      if (name === 'custom') {
        this.url.value = now.custom;
        this.url.focus();
      } else {
        // A page from disk keeps to the server on this machine that was named last.
        const origin = isOwn || (!address.isServed && address.isOurs(typed)) ? address.originOf(typed) : address.servedBy;
        this.url.value = `${origin}/${name}`;
      }
      this.urlChanged();
      if (name === 'custom') this.endpoint.value = 'custom'; // also before anything is typed
    }

    /** Keeps the choice of endpoint, and what goes with a URL, true to what the URL says. */
    urlChanged() {
      const { now } = this.tabs;
      tellProblem(this.url, '');
      this.link.cancelRetry();
      now.url = this.url.value;
      const typed = this.typed();
      if (now.savedAs && wshub.library.connection(now.savedAs)?.url !== passwords.without(typed)) now.savedAs = '';
      // Subprotocols belong to a URL: those of another one would only make the connection fail.
      const known = this.knownFor(typed);
      if (known || !now.areOwn) {
        this.protocols.value = now.protocols = known?.protocols ?? '';
        now.areOwn = false;
      }
      this.describe();
      this.tabs.list();
    }

    /** Says what the URL is, and shows what goes with it. */
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

    /** Fills a saved connection in: its subprotocols are its own, whatever went with the URL before. */
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

    /** Subprotocols are never out of sight: they decide whether a connection opens. */
    showProtocols() {
      const names = this.protocols.value.trim();
      setText(byId('show-options'), names === '' ? 'Options' : `Options (subprotocols: ${wshub.visible.cutText(names, 30, 1)})`);
    }

    showOptions(isShown) {
      byId('options').hidden = !isShown;
      byId('show-options').setAttribute('aria-expanded', String(isShown));
    }

    /** A link that opens this page with what is chosen now. */
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

    /** Connects the one that is looked at; gives up if that is no longer `tab`. */
    connect(tab = this.tabs.now) {
      if (tab !== this.tabs.now) return undefined; // another one is looked at meanwhile
      const typed = this.typed();
      const names = this.protocolNames();
      const problem = address.problemWith(typed);
      if (problem) return this.refuse(this.url, problem);
      const wrong = address.problemWithProtocols(names);
      if (wrong) {
        this.showOptions(true);
        return this.refuse(this.protocols, wrong);
      }
      const wanted = passwords.keep(typed);
      this.url.value = tab.url = wanted;
      try {
        this.link.connect(wanted, names);
      } catch (error) {
        return this.refuse(this.url, `The browser does not accept this: ${passwords.reasonOf(error, wanted)}`);
      }
      this.remember(wanted, names.join(', '));
      tab.areOwn = tab.savedAs !== ''; // else they are this URL's from now on
      return this.render();
    }

    refuse(field, problem) {
      tellProblem(field, problem);
      field.focus();
    }

    // ---- What is shown

    /** Whether the fields say something else than what the open connection goes to. */
    isElsewhere() {
      const { link } = this;
      return link.isOpen && passwords.without(this.typed()) !== link.story.address;
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
      toggle.classList.toggle('main', isClosed); // the one filled button is the one to press next
      setUsable(toggle, state !== 'closing');
      byId('move').hidden = !this.isElsewhere();
      this.countDown();

      const step = state !== 'open' ? 0 : link.story.sent === 0 ? 1 : 2;
      this.steps.forEach((place, at) => {
        place.dataset.place = at < step ? 'done' : at === step ? 'now' : 'later';
        if (at === step) place.setAttribute('aria-current', 'step');
        else place.removeAttribute('aria-current');
      });
      // The first success: something was sent, and something came.
      if (link.isOpen && link.story.sent > 0 && link.story.received > 0 && !byId('steps').hidden) this.hideSteps();
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
