// Drives the page in Firefox; elements are found by roles, names and texts. Playwright needs its own build of
// Firefox; puppeteer drives Debian's, over WebDriver BiDi. Started by ./run, which names the browser.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import puppeteer from 'puppeteer-core';
import { faultsOf, isHere, until } from './support.mjs';

const { FIREFOX } = process.env;
assert.ok(FIREFOX, 'start this with tests/browser/run');

const downloads = await mkdtemp(join(tmpdir(), 'wshub-downloads.'));
const STILL = {
  'ui.prefersReducedMotion': 1, // during a colour transition, the contrast differs
  'browser.download.folderList': 2, // the directory that follows
  'browser.download.dir': downloads,
};
const TOUCH = { ...STILL, 'ui.primaryPointerCapabilities': 1, 'ui.allPointerCapabilities': 1, 'dom.w3c_touch_events.enabled': 1 };
const running = new Map(); // by settings: promises of browsers, each started when a check first needs it
after(async () => {
  await Promise.all([...running.values()].map(async (one) => (await one).close()));
  await rm(downloads, { recursive: true, force: true });
});

function started(prefs) {
  const key = JSON.stringify(prefs);
  if (!running.has(key)) {
    running.set(key, puppeteer.launch({
      browser: 'firefox', executablePath: FIREFOX, headless: true, acceptInsecureCerts: true, extraPrefsFirefox: prefs,
    }));
  }
  return running.get(key);
}

/**
 * Opens the page in a new browser context. `mayFail`: connections are refused on purpose, and the
 * browser reports an error for each; `isTouch`: a touch screen, without a mouse.
 */
export async function visit(address, { mayFail = false, isTouch = false, width = 1100, height = 800 } = {}) {
  const browser = await started(isTouch ? TOUCH : STILL);
  const context = await browser.createBrowserContext();
  return new Visitor(context, faultsOf(context), mayFail).open(address, { width, height });
}

export class Visitor {
  constructor(context, faults, mayFail) {
    Object.assign(this, { context, faults, mayFail });
  }

  async open(address, viewport) {
    const { faults } = this;
    this.page = await this.context.newPage();
    await this.page.setViewport(viewport);
    const isRefusal = (words) => this.mayFail && /establish a connection|was interrupted while the page was loading/.test(words);
    this.page.on('pageerror', ({ message }) => isRefusal(message) || faults.push(message));
    this.page.on('console', (line) => line.type() === 'error' && !isRefusal(line.text()) && faults.push(line.text()));
    this.page.on('request', (request) => isHere(request.url()) || faults.push(`asked ${request.url()}`));
    this.page.on('response', (response) => response.status() >= 400 && !this.mayFail && faults.push(`${response.status()} ${response.url()}`));
    await this.page.goto(address);
    return this;
  }

  /** Another tab of the same browser. */
  async another(address) {
    const other = new Visitor(this.context, this.faults, this.mayFail);
    return other.open(address, this.page.viewport());
  }

  look() {
    return this.page.bringToFront(); // a tab in the background is not drawn
  }

  close() {
    return this.page.close();
  }

  // ---- Finding

  async all(name, role) {
    const found = await this.page.$$(`::-p-aria([name="${name}"]${role ? `[role="${role}"]` : ''})`);
    // A name without a role is a field's; its label has the same text.
    const fits = await Promise.all(found.map((one) => one.evaluate((one, any) => one.checkVisibility() && (any || one.matches('input, select, textarea')), role !== undefined)));
    return found.filter((_, at) => fits[at]);
  }

  /** Waits for the first visible element. */
  async find(name, role) {
    const [one] = await until(`a ${role ?? 'control'} named ${name}`, ({ length }) => length > 0, () => this.all(name, role));
    return one;
  }

  /** Waits until `read`, which runs in the page with `given`, returns a value, and returns it. */
  see(what, read, ...given) {
    return until(what, (value) => value !== null && value !== false && value !== undefined, () => this.page.evaluate(read, ...given));
  }

  /** Waits until a text is in view; `role`: only in elements of this role. */
  reads(words, role = '') {
    const { source, flags } = words instanceof RegExp ? words : { source: words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), flags: '' };
    return this.see(`the page says ${words}`, (source, flags, role) => [...document.querySelectorAll(role ? `[role=${role}]` : 'body')]
      .some((one) => one.checkVisibility() && new RegExp(source, flags).test(one.innerText)), source, flags, role);
  }

  /** Waits for an entry that has all these texts, and returns the text of the last one. */
  entry(...texts) {
    return this.see(`an entry with ${texts.join(', ')}`, (texts) => [...document.querySelectorAll('li')]
      .filter((one) => one.checkVisibility() && texts.every((text) => one.textContent.includes(text))).at(-1)?.textContent, texts);
  }

  /** The number of entries that have all these texts. */
  countEntries(...texts) {
    return this.page.evaluate((texts) => [...document.querySelectorAll('li')]
      .filter((one) => one.checkVisibility() && texts.every((text) => one.textContent.includes(text))).length, texts);
  }

  /** Waits for a download that is complete, deletes it, and returns its text; `name`: a regular expression. */
  async saved(name) {
    const [file, text] = await until(`a download named ${name}`, ([, text]) => text, async () => {
      const all = await readdir(downloads);
      const file = all.find((one) => name.test(one) && !all.includes(`${one}.part`));
      return [file, file && await readFile(join(downloads, file), 'utf8')];
    });
    await rm(join(downloads, file));
    return text;
  }

  async value(name) {
    return (await this.find(name)).evaluate((field) => field.value);
  }

  state(word) {
    return this.reads(new RegExp(`^${word}$`), 'status');
  }

  // ---- Actions

  async press(name, role = 'button') {
    await (await this.find(name, role)).click();
  }

  async write(name, text) {
    const field = await this.find(name);
    await field.focus();
    await this.chord('Control', 'a');
    if (text === '') await this.page.keyboard.press('Backspace');
    else await field.evaluate((one, text) => one.ownerDocument.execCommand('insertText', false, text), text); // a paste
  }

  async choose(name, label) {
    const field = await this.find(name);
    await field.select(await field.evaluate((one, label) => [...one.options].find(({ text }) => text === label).value, label));
  }

  async chord(held, key) {
    await this.page.keyboard.down(held);
    await this.page.keyboard.press(key);
    await this.page.keyboard.up(held);
  }

  key(name) {
    return this.page.keyboard.press(name);
  }

  /** Chooses the last entry with these texts, which shows its details. */
  async chooseEntry(...texts) {
    await this.entry(...texts);
    const one = await this.page.evaluateHandle((texts) => [...document.querySelectorAll('li')]
      .filter((one) => one.checkVisibility() && texts.every((text) => one.textContent.includes(text))).at(-1), texts);
    await one.click();
    return this.find('Details', 'region');
  }

  async connect(url) {
    if (url !== undefined) await this.write('URL', url);
    await this.press('Connect');
  }

  async say(text) {
    await this.write('Message', text);
    await this.press('Send');
  }
}

export async function connectedIn(address, url, options) {
  const visitor = await visit(address, options);
  await visitor.connect(url);
  await visitor.state('open');
  return visitor;
}
