// Node's ws as a server for our client: echoes; `close CODE` closes with that code, `big N`
// sends a text of N bytes. Prints its port.
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 64 << 20 });

server.on('connection', (peer) => {
  peer.on('error', () => {});
  peer.on('message', (data, isBinary) => {
    const [word, number] = data.toString().split(' ');
    if (word === 'close') peer.close(Number(number), 'as asked');
    else if (word === 'big') peer.send('x'.repeat(Number(number)));
    else peer.send(data, { binary: isBinary });
  });
});

server.on('listening', () => console.log(server.address().port));
