// node's ws as a server for our client; does what peer_server.py does, which says what that is.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const MIB = 1 << 20;

function converse(peer, request) {
  peer.on('error', () => {}); // a client that is cut off is no trouble of the server's
  const [target, query] = request.url.split('?');
  if (target === '/echo') {
    peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }));
  } else if (target === '/close') {
    setTimeout(() => peer.close(Number(query), 'said the server'), 300);
  } else if (target === '/large') {
    peer.send('0123456789abcde\u00e9'.repeat(Math.floor(MIB / 17)) + '.'.repeat(MIB % 17));
    peer.send(Buffer.alloc(MIB, Uint8Array.from({ length: 256 }, (_, byte) => byte)));
    peer.close(1000);
  } else if (target === '/stream') {
    let number = 0;
    const timer = setInterval(() => { peer.send(`line ${number}`); number += 1; }, 1);
    peer.on('close', () => clearInterval(timer));
  }
}

const sockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: true,
}).on('connection', converse);

const server = createServer().on('upgrade', (request, socket, head) => {
  if (request.url === '/refuse') {
    const body = 'no such room\nsecond line\n';
    socket.end(`HTTP/1.1 404 Not Found\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
  } else {
    sockets.handleUpgrade(request, socket, head, (peer) => sockets.emit('connection', peer, request));
  }
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
