// A Socket.IO server: every event "m" goes to every client of every server, through Redis.
//
//   node server.mjs redis|streams REDIS_PORT HOST:PORT
import { createServer } from 'node:http';
import { createAdapter as createPubSub } from '@socket.io/redis-adapter';
import { createAdapter as createStreams } from '@socket.io/redis-streams-adapter';
import { createClient } from 'redis';
import { Server } from 'socket.io';

// A publish that fails while Redis is unavailable is a rejection that the adapter does not handle; Node would exit.
process.on('unhandledRejection', () => {});

const [kind, redisPort, address] = process.argv.slice(2);
const client = createClient({ url: `redis://127.0.0.1:${redisPort}` });
client.on('error', () => {}); // the client reconnects by itself
await client.connect();
let adapter;
if (kind === 'streams') {
  adapter = createStreams(client);
} else {
  const second = client.duplicate();
  second.on('error', () => {});
  await second.connect();
  adapter = createPubSub(client, second);
}
const http = createServer();
const io = new Server(http, { adapter, serveClient: false, transports: ['websocket'] });
io.on('connection', (socket) => socket.on('m', (text, acknowledge) => {
  io.emit('m', text);
  acknowledge?.();
}));
const [host, port] = address.split(':');
http.listen(Number(port), host);
