// Echo on /, and on /broadcast every message to every client of it, on Node's ws.
import { WebSocket, WebSocketServer } from 'ws';

// The address is last; --deflate before it turns compression on, as the library has it by default.
const [host, port] = process.argv.at(-1).split(':');
const perMessageDeflate = process.argv.includes('--deflate');
const server = new WebSocketServer({ host, port: Number(port), perMessageDeflate });
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
