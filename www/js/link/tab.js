'use strict';
// One connection with its log, its round trips, its draft, and the contents of the fields while another
// connection is shown.
//
// Gives: wshub.Tab. Uses: link.js, log.js, meter.js, history.js, address.js, visible.js.

wshub.Tab = (() => {
  const { address, visible } = wshub;
  let last = 0;

  class Tab {
    constructor() {
      last += 1;
      this.number = last; // unique as long as the page is open
      this.log = new wshub.Log();
      this.link = new wshub.Link(this.log);
      this.meter = new wshub.Meter(this.link);
      this.history = new wshub.History();
      this.url = ''; // as it was typed
      this.protocols = '';
      this.areOwn = false; // the subprotocols were typed, not remembered with a URL
      this.custom = ''; // the URL that was typed, while an endpoint of this server is chosen
      this.savedAs = ''; // the name of the saved connection that was opened here
      this.draft = { mode: 'text', text: '' };
      this.repeating = null; // the message that is sent repeatedly (repeat.js)
      this.sendings = wshub.dom.element('div', 'sendings'); // files that are being sent
      this.unread = 0; // messages since it was last shown
    }

    /** Closes it for good: ends its connection and its background work. */
    gone() {
      if (this.repeating) clearInterval(this.repeating.timer);
      this.repeating = null;
      this.meter.stop();
      this.link.disconnect();
      this.log.gone();
    }

    /** Its URL: while it is connected the connection's own, else the one that was typed. */
    get target() {
      return this.link.state === 'closed' ? address.completed(this.url.trim()) : this.link.story.address;
    }

    /** Its name: the one it was saved by, the endpoint of this server, or host and path. */
    get name() {
      if (this.savedAs) return visible.visibleText(this.savedAs);
      const { target } = this;
      if (address.problemWith(target) !== '') return 'New connection';
      const { host, pathname } = new URL(target);
      const own = address.originOf(target) === address.servedBy && pathname !== '/';
      return visible.visibleText(visible.cutText(own ? pathname.slice(1) : host + pathname.replace(/\/$/, ''), 40, 1));
    }
  }

  return Tab;
})();
