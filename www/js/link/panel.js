'use strict';
// The panel beside the log: where to connect to, the one button that does it, and the state.
//
// Gives: wshub.LinkPanel. Uses: link.js, address.js, store.js.

{
  const { byId, element, tellProblem, setText, setUsable } = wshub.dom;
  const { store, address } = wshub;
  const MAX_REMEMBERED = 20;

  class LinkPanel {
    constructor(link) {
      this.link = link;
      this.url = byId('url');
      this.toggle = byId('toggle');
      this.protocols = byId('protocols');
      this.choices = [...document.querySelectorAll('input[name=endpoint]')];
      this.remembered = store.list('urls', (url) => typeof url === 'string' && address.problemWith(url) === '');
      this.offerRemembered();

      this.protocols.value = store.text('protocols');
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
      byId('stop-waiting').addEventListener('click', () => {
        link.cancelRetry();
        this.toggle.focus();
      });
      this.url.addEventListener('input', () => this.urlChanged());
      for (const field of [this.url, this.protocols]) {
        field.addEventListener('keydown', (event) => {
          if (event.key === 'Enter' && link.state === 'closed') this.connect();
        });
      }
      this.protocols.addEventListener('input', () => tellProblem(this.protocols, ''));
      for (const choice of this.choices) choice.addEventListener('change', () => this.choose(choice.value));
      byId('forget').addEventListener('click', () => this.forget());
      link.changed.push(() => this.render());
      this.steps = [1, 2, 3].map((number) => byId(`step-${number}`));
      byId('steps').hidden = store.flag('steps-hidden');
      byId('hide-steps').addEventListener('click', () => {
        byId('steps').hidden = true;
        store.write('steps-hidden', true);
        this.toggle.focus();
      });
    }

    // ---- Where to

    choose(name) {
      // A host that a person typed is kept: only the endpoint on it changes.
      this.url.value = `${address.originOf(address.completed(this.url.value.trim()))}/${name}`;
      this.urlChanged();
      // Who chooses another endpoint while connected wants to move there.
      if (this.link.state !== 'closed') this.link.move(() => this.connect());
    }

    /** Keeps the choice of endpoint, and the words that go with it, true to what the URL says. */
    urlChanged() {
      tellProblem(this.url, '');
      this.link.cancelRetry();
      const name = address.endpointOf(address.completed(this.url.value.trim()));
      const endpoint = address.ENDPOINTS[name];
      for (const choice of this.choices) choice.checked = choice.value === name;
      setText(byId('hint'), endpoint ? endpoint.hint : 'An address of your own.');
      byId('message').placeholder = endpoint ? endpoint.placeholder : 'Say something';
      byId('second-tab').href = this.linkHere(name);
    }

    /** A link that opens this page with what is chosen now. */
    linkHere(name) {
      const typed = address.completed(this.url.value.trim());
      if (name && address.originOf(typed) === address.servedBy) return `#${name}`;
      return address.problemWith(typed) === '' ? `?url=${encodeURIComponent(typed)}` : '#';
    }

    offerRemembered() {
      byId('urls').replaceChildren(...this.remembered.map((url) => {
        const option = element('option');
        option.value = url;
        return option;
      }));
      byId('forget').hidden = this.remembered.length === 0;
    }

    remember(url) {
      this.remembered = [url, ...this.remembered.filter((other) => other !== url)].slice(0, MAX_REMEMBERED);
      store.write('urls', this.remembered);
      this.offerRemembered();
    }

    forget() {
      this.remembered = [];
      store.write('urls', []);
      this.offerRemembered();
      this.url.focus();
    }

    // ---- The connection

    connect() {
      const wanted = address.completed(this.url.value.trim());
      const names = this.protocols.value.split(/[\s,]+/).filter((name) => name !== '');
      const problem = address.problemWith(wanted);
      if (problem) return this.refuse(this.url, problem);
      const wrong = address.problemWithProtocols(names);
      if (wrong) {
        byId('more').open = true;
        return this.refuse(this.protocols, wrong);
      }
      try {
        this.link.connect(wanted, names);
      } catch (error) {
        return this.refuse(this.url, `The browser does not accept this: ${error.message}`);
      }
      this.url.value = wanted;
      store.write('protocols', this.protocols.value);
      return this.remember(wanted);
    }

    refuse(field, problem) {
      tellProblem(field, problem);
      field.focus();
    }

    // ---- What is shown

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
      this.url.readOnly = this.protocols.readOnly = !isClosed;
      this.countDown();

      const step = state !== 'open' ? 0 : link.story.sent === 0 ? 1 : 2;
      this.steps.forEach((place, at) => {
        place.dataset.place = at < step ? 'done' : at === step ? 'now' : 'later';
        if (at === step) place.setAttribute('aria-current', 'step');
        else place.removeAttribute('aria-current');
      });
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

  wshub.LinkPanel = LinkPanel;
}
