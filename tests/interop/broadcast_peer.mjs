// node's ws on /broadcast, for broadcast.py: prints `open`, then sends each line of stdin as a text
// and prints each message that arrives as a line. Leaves at the end of stdin.
import { createInterface } from 'node:readline';
import WebSocket from 'ws';

const peer = new WebSocket(process.argv[2]);
peer.on('message', (data) => console.log(data.toString()));
peer.on('close', (code, reason) => console.log(`closed ${code} ${reason}`));
peer.on('open', () => {
  console.log('open');
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => peer.send(line));
  lines.on('close', () => peer.close(1000));
});
