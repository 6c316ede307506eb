'use strict';
// The bar above the log: where to connect to, the one button that does it, and the state.
//
// Gives: wshub.LinkPanel. Uses: link.js, address.js, passwords.js, store.js, title.js.

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
    constructor(link) {
      this.link = link;
      this.url = byId('url');
      this.toggle = byId('toggle');
      this.protocols = byId('protocols');
      this.endpoint = byId('endpoint');
      this.remembered = rememberedBefore(); // { url, protocols }, newest first
      this.custom = ''; // the URL that was typed, while an endpoint of this server is chosen
      this.areOwn = false; // the subprotocols were typed, and not brought by a URL used before
      this.offerRemembered();

      const reconnect = byId('reconnect');
      reconnect.checked = store.flag('reconnect');
      link.retries = () => reconnect.checked;
      reconnect.addEventListener('change', () => {
        store.write('reconnect', reconnect.checked);
        if (!reconnect.checked) link.cancelRetry();
      });

      this.toggle.addEventListener('click', () => {
        if (link.state === 'closed') this.connect();
        else if (link.state !== 'closing') link.disconnect();
      });
      byId('move').addEventListener('click', () => {
        this.toggle.focus(); // this button goes
        link.move(() => this.connect());
      });
      byId('stop-waiting').addEventListener('click', () => {
        link.cancelRetry();
        this.toggle.focus();
      });
      this.url.addEventListener('input', () => this.urlChanged());
      for (const field of [this.url, this.protocols]) {
        field.addEventListener('keydown', (event) => {
          if (event.key !== 'Enter' || wshub.dom.isComposing(event)) return;
          if (link.state === 'closed') this.connect();
          else if (this.isElsewhere()) byId('move').click();
        });
      }
      this.protocols.addEventListener('input', () => {
        this.areOwn = true;
        tellProblem(this.protocols, '');
        this.showProtocols();
        this.render();
      });
      this.endpoint.addEventListener('change', () => this.choose(this.endpoint.value));
      byId('forget').addEventListener('click', () => this.forget());
      byId('show-options').addEventListener('click', () => this.showOptions(byId('options').hidden));
      link.changed.push(() => this.render());
      this.steps = [1, 2, 3].map((number) => byId(`step-${number}`));
      byId('steps').hidden = store.flag('steps-hidden');
      byId('hide-steps').addEventListener('click', () => {
        this.hideSteps();
        this.toggle.focus();
      });
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

    protocolNames() {
      return this.protocols.value.split(/[\s,]+/).filter((name) => name !== '');
    }

    /** Fills an endpoint of this page's own server in, or the URL that was typed before. An open connection stays. */
    choose(name) {
      const typed = this.typed();
      const isOwn = address.endpointOf(typed) !== '';
      if (!isOwn && this.url.value.trim() !== '') this.custom = this.url.value;
      if (name === 'custom') {
        this.url.value = this.custom;
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
      tellProblem(this.url, '');
      this.link.cancelRetry();
      const typed = this.typed();
      const name = address.endpointOf(typed);
      const endpoint = address.ENDPOINTS[name];
      this.endpoint.value = endpoint ? name : 'custom';
      setText(byId('hint'), endpoint ? endpoint.hint : 'Custom address: what comes back is up to that server.');
      byId('message').placeholder = endpoint ? endpoint.placeholder : 'Message';
      byId('second-tab').href = this.linkHere(name);
      // Subprotocols belong to a URL: those of another one would only make the connection fail.
      const known = this.remembered.find(({ url }) => url === typed);
      if (known || !this.areOwn) {
        this.protocols.value = known?.protocols ?? '';
        this.areOwn = false;
      }
      this.showProtocols();
      this.render();
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

    connect() {
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
      this.url.value = wanted;
      try {
        this.link.connect(wanted, names);
      } catch (error) {
        return this.refuse(this.url, `The browser does not accept this: ${passwords.reasonOf(error, wanted)}`);
      }
      this.remember(wanted, names.join(', '));
      this.areOwn = false; // they are this URL's from now on
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
      const host = isClosed ? '' : new URL(link.story.address).host;
      setText(byId('top-state'), isClosed ? '' : `${state}: ${host}`);
      wshub.title.tell('connection', isClosed ? '' : `${state}: ${host}`);
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
