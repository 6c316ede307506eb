'use strict';
// Sends files as binary messages of exactly their bytes; they are chosen, or dropped on the page. The progress
// is computed from the browser's `bufferedAmount`.
//
// Gives: wshub.Files. Uses: tabs.js.

wshub.Files = (() => {
  const { byId, element, tellProblem, button } = wshub.dom;
  const { inBytes } = wshub.units;
  const MAX_BYTES = 512 << 20; // a browser holds a whole message in memory
  const LOOK = 60; // milliseconds

  class Files {
    constructor(tabs, dropZone) {
      this.tabs = tabs;
      this.last = Promise.resolve(); // files are sent one after the other
      byId('choose-file').addEventListener('click', () => byId('file').click());
      byId('file').addEventListener('change', ({ target }) => {
        this.sendAll([...target.files]);
        target.value = ''; // so that the same file can be chosen again
      });
      // These apply to the whole page: a file that misses the target must not replace the page.
      for (const type of /** @type {const} */ (['dragover', 'drop'])) {
        document.addEventListener(type, (event) => event.dataTransfer.types.includes('Files') && event.preventDefault());
      }
      const over = (isOver) => dropZone.classList.toggle('is-target', isOver);
      dropZone.addEventListener('dragover', (event) => over(event.dataTransfer.types.includes('Files')));
      dropZone.addEventListener('dragleave', (event) => dropZone.contains(event.relatedTarget) || over(false));
      dropZone.addEventListener('drop', (event) => {
        over(false);
        this.sendAll([...event.dataTransfer.files]);
      });
      tabs.entered.push(({ sendings }) => byId('sendings').replaceChildren(sendings));
    }

    sendAll(files) {
      if (files.length === 0) return;
      const problem = (words) => tellProblem(byId('message'), words);
      const tab = this.tabs.now;
      if (!tab.link.isOpen) return void problem('Not sent: there is no open connection. Press Connect first.');
      const large = files.find(({ size }) => size > MAX_BYTES);
      if (large) return void problem(`Not sent: ${large.name} has ${inBytes(large.size)}, more than a browser should hold in one message (512 MiB).`);
      const { socket } = tab.link;
      for (const file of files) this.last = this.last.then(() => this.send(file, tab, socket));
    }

    async send(file, { link, sendings }, socket) {
      const words = element('span', 'words', `${file.name}: reading ${inBytes(file.size)}`);
      const bar = element('progress');
      bar.max = 1;
      bar.value = 0;
      bar.setAttribute('aria-label', file.name);
      const row = element('div', 'sending', words, bar);
      sendings.append(row);
      const end = (text, isProblem = false) => {
        words.textContent = text;
        bar.remove();
        row.classList.toggle('is-problem', isProblem);
        row.append(button('Dismiss', 'small', () => row.remove(), `Dismiss: ${file.name}`));
        if (!isProblem) setTimeout(() => row.remove(), 8000);
      };
      let bytes;
      try {
        bytes = new Uint8Array(await file.arrayBuffer());
      } catch (error) {
        return end(`${file.name}: not sent, it could not be read (${error.name})`, true);
      }
      if (socket !== link.socket || !link.isOpen) return end(`${file.name}: not sent, the connection has ended`, true);
      link.send(bytes);
      while (socket.readyState === WebSocket.OPEN && socket.bufferedAmount > 0) {
        const gone = Math.max(0, bytes.length - socket.bufferedAmount);
        words.textContent = `${file.name}: ${inBytes(gone)} of ${inBytes(bytes.length)}`;
        bar.value = gone / bytes.length;
        await new Promise((done) => setTimeout(done, LOOK));
      }
      return socket.bufferedAmount > 0
        ? end(`${file.name}: the connection ended with ${inBytes(Math.min(bytes.length, socket.bufferedAmount))} not sent`, true)
        : end(`${file.name}: ${inBytes(bytes.length)} sent`);
    }
  }

  return Files;
})();
