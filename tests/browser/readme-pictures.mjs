// Takes the screenshots of README.md and www/docs/page.md again: tests/browser/run readme-pictures.mjs They are taken
// of the real page.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { button, check, connect, entryWith, open, openDetails, say, startServer, state } from './support.mjs';

const picture = (page, name) => page.screenshot({ path: fileURLToPath(new URL(`screenshots/${name}.png`, import.meta.url)) });
const ORDERS = [
  ['{"event":"order","id":90071992547409931,"items":[{"name":"tea","price":3.50},{"name":"milk","price":1.20}],"paid":true}'],
  ['{"event":"order","id":90071992547409932,"items":[{"name":"bread","price":2.80}],"paid":false}'],
  ['89 50 4e 47 0d 0a 1a 0a 00 00 00 0d 49 48 44 52 00 00 01 2c', 'Hex bytes'],
  ['שלום, and \u001b[31mcolour\u001b[0m, and \u202Egnp.exe'],
  ['{"event":"paid","id":90071992547409932,"at":"2026-03-01T09:30:00Z"}'],
];

async function serve(options) {
  const { port } = await startServer();
  const page = await open(`http://localhost:${port}/`, { viewport: { width: 1280, height: 720 }, colorScheme: 'light', reducedMotion: 'reduce', ...options });
  return { page, at: (path) => `ws://localhost:${port}${path}` };
}

async function talker(page, at, name, texts) {
  const socket = new WebSocket(at(`/chat/lobby?name=${encodeURIComponent(name)}`));
  page.on('close', () => socket.terminate());
  await once(socket, 'open');
  for (const text of texts) socket.send(text);
}

check('the workbench', async () => {
  const { page, at } = await serve();
  await connect(page, at('/echo'));
  await state(page, 'open');
  for (const [text, mode = 'Text'] of ORDERS) {
    await page.getByLabel('Written as').selectOption(mode);
    await say(page, text);
    await page.waitForTimeout(150);
  }
  await page.getByLabel('Written as').selectOption('Text');
  await entryWith(page, 'received', 'paid').last().waitFor();
  await button(page, 'New connection').click();
  await connect(page, at('/chat/orders'));
  await page.getByRole('tab', { name: /^chat\/orders, open/ }).waitFor();
  await page.getByRole('tab', { name: /^echo/ }).click();
  await openDetails(page, 'received', '90071992547409931');
  await page.getByRole('treeitem').first().waitFor();
  await picture(page, 'workbench');
});

check('the chat', async () => {
  const { page, at } = await serve();
  await talker(page, at, 'bob', ['Morning all', 'The new build is up, please try it']);
  await page.getByRole('tab', { name: 'Chat' }).click();
  await page.getByLabel('Your name').fill('ana');
  await button(page, 'Join').click();
  await page.getByRole('tabpanel', { name: 'Lines' }).getByText('you are ana in #lobby').waitFor();
  for (const text of ['Good morning', 'Who has seen the release notes?']) {
    await page.getByLabel('Your line').fill(text);
    await page.keyboard.press('Enter');
  }
  await talker(page, at, 'Zoë', ['They are in the wiki, under 0.1']);
  await page.getByRole('tabpanel', { name: 'Lines' }).getByText('in the wiki').waitFor();
  await page.getByText('In this room (3)').waitFor();
  await picture(page, 'chat');
});
