'use strict';
// The Frames view: Live, Lab and the tour as tabs. The tour is shown above the part that its step uses.
//
// Gives: wshub.FramesView. Uses: channel.js, live.js, lab.js, tour.js.

wshub.FramesView = (() => {
  const { byId } = wshub.dom;
  const PARTS = ['live', 'lab', 'tour'];

  class FramesView {
    /** `workbench`: { typedUrl(), link(), connectTo(url) }. */
    constructor(workbench) {
      this.moved = []; // called when the part or the lab's bytes change
      this.part = 'live';
      const channel = new wshub.FramesChannel(workbench.typedUrl);
      this.lab = new wshub.Lab(channel);
      this.live = new wshub.Live(channel, workbench);
      this.tour = new wshub.Tour({ live: this.live, lab: this.lab, workbench, showPart: (name) => this.showIn(name) });
      this.lab.moved.push(() => this.tell());
      PARTS.forEach((name, at) => {
        const tab = byId(`half-${name}`);
        tab.addEventListener('click', () => this.show(name));
        tab.addEventListener('keydown', ({ key }) => {
          const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: PARTS.length - 1 }[key];
          if (to === undefined) return;
          const next = PARTS[(to + PARTS.length) % PARTS.length];
          this.show(next);
          byId(`half-${next}`).focus();
        });
      });
    }

    /** The view's part of the page's address. */
    whereabouts() {
      return { part: this.part === 'tour' ? 'tour' : '', lab: this.part === 'lab' ? this.lab.inLink || 'open' : '' };
    }

    /** Opens the part that a link names. A link only decodes bytes, which is harmless; it never connects or watches. */
    offer({ view, part, lab }) {
      if (view !== 'frames') return;
      if (PARTS.includes(part)) this.show(part);
      else if (lab) {
        this.show('lab');
        this.lab.offer(lab);
      }
    }

    show(name) {
      this.part = name;
      for (const other of PARTS) {
        const tab = byId(`half-${other}`);
        tab.setAttribute('aria-selected', String(other === name));
        tab.tabIndex = other === name ? 0 : -1;
      }
      this.render();
      this.tell();
    }

    /** Shows another part below the tour's text. */
    showIn(name) {
      if (this.part === 'tour') this.render();
      else this.show(name);
    }

    render() {
      const below = this.part === 'tour' ? this.tour.part : this.part;
      const isTour = this.part === 'tour';
      byId('frames-tour').hidden = !isTour;
      byId('frames-live').hidden = below !== 'live';
      byId('frames-lab').hidden = below !== 'lab';
      // In the tour, only its own button is filled.
      byId('lab-decode').classList.toggle('main', !isTour);
      this.live.isPrimary = !isTour;
      this.live.render();
    }

    tell() {
      for (const moved of this.moved) moved();
    }
  }

  return FramesView;
})();
