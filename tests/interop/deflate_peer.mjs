// A client by the WebSocket of browsers, of whatever runs this: sends texts of the sizes that are
// named, compares what comes back, and ends with 0 if all of it did. Started by deflate_more.py.
import process from 'node:process';

const [url, ...sizes] = process.argv.slice(2);
const isNode = !process.versions.bun && !process.versions.deno;
const Socket = isNode ? (await import('undici')).WebSocket : WebSocket;
const piece = '{"event": "order", "items": [1, 2, 3], "name": "Zo\u00eb"}, ';
const texts = sizes.map((size) => piece.repeat(Number(size) / piece.length + 1).slice(0, Number(size)));

function fail(why) {
  console.error(why);
  process.exit(1);
}

const socket = new Socket(url);
let next = 0;
socket.onopen = () => texts.forEach((text) => socket.send(text));
socket.onerror = () => fail('an error');
socket.onmessage = ({ data }) => {
  if (data !== texts[next]) fail(`another message than number ${next}, ${data.length} characters`);
  next += 1;
  if (next === texts.length) socket.close(1000);
};
socket.onclose = ({ code }) => {
  if (code !== 1000 || next < texts.length) fail(`closed with ${code} after ${next} messages`);
  process.exit(0);
};
