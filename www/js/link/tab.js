'use strict';
// One connection with everything that belongs to it: its log, its round trips, what is being written for it,
// and what stands in the fields while another one is shown.
//
// Gives: wshub.Tab. Uses: link.js, log.js, meter.js, history.js, address.js, visible.js.

wshub.Tab = (() => {
  const { address, visible } = wshub;
  let last = 0;

  class Tab {
    constructor() {
      last += 1;
      this.number = last; // unlike any other's, as long as the page is open
      this.log = new wshub.Log();
      this.link = new wshub.Link(this.log);
      this.meter = new wshub.Meter(this.link);
      this.history = new wshub.History();
      this.url = ''; // as it was typed
      this.protocols = '';
      this.areOwn = false; // the subprotocols were typed, and not brought by a URL used before
      this.custom = ''; // the URL that was typed, while an endpoint of this server is chosen
      this.savedAs = ''; // the name of the saved connection that it is
      this.draft = { mode: 'text', text: '' };
      this.repeating = null; // what is sent again and again (repeat.js)
      this.sendings = wshub.dom.element('div', 'sendings'); // files on their way
      this.unread = 0; // messages since it was looked at
    }

    /** Nobody looks at it again: ends its connection, and what it does by itself. */
    gone() {
      if (this.repeating) clearInterval(this.repeating.timer);
      this.repeating = null;
      this.meter.stop();
      this.link.disconnect();
      this.log.gone();
    }

    /** Where it goes: while it is connected that is the connection's own URL, else what was typed. */
    get target() {
      return this.link.state === 'closed' ? address.completed(this.url.trim()) : this.link.story.address;
    }

    /** What it is called: the name it was saved by, the endpoint of this server, or host and path. */
    get name() {
      if (this.savedAs) return this.savedAs;
      const { target } = this;
      if (address.problemWith(target) !== '') return 'New connection';
      const { host, pathname } = new URL(target);
      const own = address.originOf(target) === address.servedBy && pathname !== '/';
      return visible.visibleText(visible.cutText(own ? pathname.slice(1) : host + pathname.replace(/\/$/, ''), 40, 1));
    }
  }

  return Tab;
})();
