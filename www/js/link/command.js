'use strict';
// Makes a command line of the program for what a page cannot do (headers of its own, cookies of other origins),
// quoted for the shell that it is pasted into.
//
// Gives: wshub.Command. Uses: panel.js, tabs.js, dom.js.

wshub.Command = (() => {
  const { byId, tellProblem, copyText, setText } = wshub.dom;
  const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/; // needs no quotes in any shell

  /** Quotes a word for a POSIX shell: no character is special within single quotes. */
  const forSh = (word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

  /** Quotes a word for PowerShell: within single quotes only those, also curly ones, are special; they are doubled. */
  const forPowerShell = (word) => (PLAIN.test(word) && !/[@%,]/.test(word) ? word : `'${word.replace(/['\u2018\u2019\u201A\u201B]/g, '$&$&')}'`);

  /** The words of the command, before quoting. */
  function wordsOf({ url, protocols, headers }) {
    return ['wshub', 'connect', url, ...protocols.flatMap((name) => ['--subprotocol', name]), ...headers.flatMap((header) => ['-H', header])];
  }

  class Command {
    constructor(panel) {
      this.panel = panel;
      this.headers = byId('headers');
      for (const field of [this.headers, panel.url, panel.protocols]) field.addEventListener('input', () => this.show());
      byId('endpoint').addEventListener('change', () => this.show());
      byId('show-options').addEventListener('click', () => this.show());
      panel.tabs.entered.push(() => this.show());
      panel.tabs.changed.push(() => this.show());
      byId('copy-sh').addEventListener('click', () => this.copy(forSh));
      byId('copy-powershell').addEventListener('click', () => this.copy(forPowerShell));
    }

    lines() {
      return this.headers.value.split('\n').map((line) => line.trim()).filter((line) => line !== '');
    }

    words() {
      const url = wshub.passwords.without(this.panel.typed());
      return wordsOf({ url, protocols: this.panel.protocolNames(), headers: this.lines() });
    }

    show() {
      const wrong = this.lines().find((line) => !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:/.test(line));
      tellProblem(this.headers, wrong === undefined ? '' : `“${wshub.visible.visibleText(wrong)}” is not a header; write Name: value.`);
      setText(byId('command'), wshub.visible.visibleText(this.words().map(forSh).join(' ')));
    }

    async copy(quote) {
      const done = await copyText(this.words().map(quote).join(' '));
      const typed = wshub.passwords.full(this.panel.typed());
      const isWhole = wshub.passwords.without(typed) === typed;
      setText(byId('command-told'), !done ? 'The browser did not allow copying' : isWhole ? 'Copied' : 'Copied without the password');
    }
  }

  Command.forSh = forSh;
  Command.forPowerShell = forPowerShell;
  return Command;
})();
