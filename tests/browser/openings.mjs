// The three ways to open the page. The checks run for each of them; checks of what a browser permits only some of
// them use `isServed` or `isSecure`, and say why. Files about what is drawn, typed or stored, which is the same over
// TLS, leave that way out.
import { after, before, describe } from 'node:test';
import { foreignServer, onDisk, startServer } from './support.mjs';

const WAYS = [
  { name: 'served over http', isServed: true, isSecure: false },
  { name: 'opened from disk', isServed: false, isSecure: false },
  { name: 'served over https, and wss', isServed: true, isSecure: true },
].filter(({ name }) => name.includes(process.env.OPENING ?? ''));

class Opening {
  constructor(way) {
    Object.assign(this, way);
  }

  /** Starts the server of this opening. */
  async start(...more) {
    this.server = await startServer({ more });
    this.port = this.server.port;
    this.tlsPort = this.server.tlsPort;
    this.host = `127.0.0.1:${this.isSecure ? this.tlsPort : this.port}`;
    /** What the browser sends as the page's Origin. */
    this.origin = this.isServed ? `${this.isSecure ? 'https' : 'http'}://${this.host}` : 'null';
    return this;
  }

  /** Stops it; resolves once it has ended. */
  stop() {
    return this.server?.stop();
  }

  /** A WebSocket URL on the server of this opening. */
  at(path) {
    return `${this.isSecure ? 'wss' : 'ws'}://${this.host}${path}`;
  }

  /** The page's URL. From disk it names the server, since a file has none. */
  page(query = {}) {
    const base = this.isServed ? `${this.origin}/` : onDisk;
    const asked = new URLSearchParams(this.isServed ? query : { url: this.at('/broadcast'), ...query });
    return asked.size === 0 ? base : `${base}?${asked}`;
  }

  /** Starts a server of another implementation, over TLS if the page is. */
  foreign(whenConnected, options = {}) {
    return foreignServer(whenConnected, { isSecure: this.isSecure, ...options });
  }

  /** The same opening with another server of ours, which ends with the check. */
  another(...more) {
    const { name, isServed, isSecure } = this;
    return new Opening({ name, isServed, isSecure }).start(...more);
  }
}

/**
 * Runs the same checks for each opening, each with a server of its own; side by side if `atOnce`, and over TLS
 * if `overTls`.
 * Nothing is awaited before the checks are registered: a runner without checks finishes, and ends
 * what all checks share.
 */
export function forEachOpening(checks, { atOnce = true, overTls = true } = {}) {
  describe('the page', { concurrency: atOnce ? WAYS.length : 1 }, () => {
    for (const way of WAYS.filter(({ isSecure }) => overTls || !isSecure).map((one) => new Opening(one))) {
      describe(way.name, { concurrency: 1 }, () => {
        before(() => way.start());
        after(() => way.stop());
        checks(way);
      });
    }
  });
}
