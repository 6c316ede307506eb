// A server on Node's ws: an echo on /; on /broadcast every message goes to every client there.
import { readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { WebSocket, WebSocketServer } from 'ws';

// The address is last; --deflate before it enables compression with the library's default options,
// and --tls CERTIFICATE KEY makes it wss.
const [host, port] = process.argv.at(-1).split(':');
const perMessageDeflate = process.argv.includes('--deflate');
const tls = process.argv.indexOf('--tls');
const [cert, key] = tls > 0 ? process.argv.slice(tls + 1, tls + 3).map((file) => readFileSync(file)) : [];
const http = cert ? createHttps({ cert, key }) : createHttp();
const server = new WebSocketServer({ server: http, perMessageDeflate });
http.listen(Number(port), host);
const members = new Set();

server.on('connection', (client, request) => {
  client.on('error', () => client.terminate());
  if (request.url !== '/broadcast') {
    client.on('message', (data, binary) => client.send(data, { binary }));
    return;
  }
  members.add(client);
  client.on('close', () => members.delete(client));
  client.on('message', (data, binary) => {
    for (const member of members) {
      if (member.readyState === WebSocket.OPEN) member.send(data, { binary });
    }
  });
});
