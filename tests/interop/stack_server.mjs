// Bun or Deno as a server for our client; does what stack_server.py does, which says what that is.
/* global Bun, Deno */
const SUBPROTOCOL = 'chat.example';
const CLOSE = [4321, 'said the server \u00e9'];
const PATHS = ['/echo', '/close'];

const heard = (code, reason) => console.log('closed', code, reason);
const path = (request) => new URL(request.url).pathname;
const chosen = (request) => (request.headers.get('sec-websocket-protocol') ?? '').split(/, */).find((one) => one === SUBPROTOCOL);
const refusal = () => new Response('no such endpoint', { status: 404 });

if (globalThis.Bun) {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request, server) {
      const protocol = chosen(request);
      const headers = protocol ? { 'Sec-WebSocket-Protocol': protocol } : {};
      const upgraded = PATHS.includes(path(request)) && server.upgrade(request, { headers, data: path(request) });
      return upgraded ? undefined : refusal();
    },
    websocket: {
      maxPayloadLength: 16 << 20,
      perMessageDeflate: true,
      message(peer, message) {
        if (peer.data === '/close') peer.close(...CLOSE);
        else peer.send(message);
      },
      close(peer, code, reason) { heard(code, reason); },
    },
  });
  console.log(server.port);
} else {
  const onListen = ({ port }) => console.log(String(port));
  Deno.serve({ hostname: '127.0.0.1', port: 0, onListen }, (request) => {
    if (!PATHS.includes(path(request))) return refusal();
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: chosen(request), idleTimeout: 6 });
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => {
      if (path(request) === '/close') socket.close(...CLOSE);
      else socket.send(data);
    };
    socket.onclose = ({ code, reason }) => heard(code, reason);
    return response;
  });
}
