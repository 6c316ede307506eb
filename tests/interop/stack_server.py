"""aiohttp, tornado, picows, wsproto or pywebsocket3 as a server for our client: stack_server.py NAME.

Prints its port, then `closed CODE REASON` for each Close that it receives. It chooses the subprotocol
chat.example, and pings after one to three seconds where its stack does that by itself:

    /echo     every message comes back
    /close    closes with 4321 "said the server \u00e9" once a message came
    others    no upgrade: 404
"""

import asyncio
import contextlib
import logging
import os
import pathlib
import socket
import sys

SUBPROTOCOL = "chat.example"
CODE, REASON = 4321, "said the server \u00e9"
HOST = "127.0.0.1"


def heard(code, reason):
    print(f"closed {code} {reason}", flush=True)


async def serve_aiohttp(listener):
    from aiohttp import WSMsgType, web

    def answer(path):
        async def handle(request):
            peer = web.WebSocketResponse(protocols=[SUBPROTOCOL], max_msg_size=0, heartbeat=2)
            await peer.prepare(request)
            while (message := await peer.receive()).type in (WSMsgType.TEXT, WSMsgType.BINARY):
                if path == "/close":
                    await peer.close(code=CODE, message=REASON.encode())
                elif message.type == WSMsgType.TEXT:
                    await peer.send_str(message.data)
                else:
                    await peer.send_bytes(message.data)
            if message.type == WSMsgType.CLOSE:
                heard(message.data, message.extra)
            return peer

        return web.get(path, handle)

    app = web.Application()
    app.add_routes([answer("/echo"), answer("/close")])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.SockSite(runner, listener).start()


async def serve_tornado(listener):
    import tornado.httpserver
    import tornado.web
    import tornado.websocket

    class Handler(tornado.websocket.WebSocketHandler):
        def select_subprotocol(self, offered):
            return SUBPROTOCOL if SUBPROTOCOL in offered else None

        def get_compression_options(self):
            return {}

        async def on_message(self, message):
            if self.request.path == "/close":
                self.close(CODE, REASON)
            else:
                await self.write_message(message, binary=isinstance(message, bytes))

        def on_close(self):
            heard(self.close_code, self.close_reason)

    app = tornado.web.Application([("/(?:echo|close)", Handler)], websocket_ping_interval=1, websocket_ping_timeout=0)
    tornado.httpserver.HTTPServer(app).add_sockets([listener])


async def serve_picows(listener):
    from picows import WSListener, WSMsgType, WSUpgradeResponse, WSUpgradeResponseWithListener, ws_create_server

    class Peer(WSListener):
        def __init__(self, path):
            self.path = path

        # Frame by frame: fragments come back as they came.
        def on_ws_frame(self, transport, frame):
            if frame.msg_type == WSMsgType.CLOSE:
                code = frame.get_close_code()
                heard(getattr(code, "value", code), frame.get_close_reason())
                transport.send_close(code, frame.get_close_message())
                transport.disconnect()
            elif frame.msg_type == WSMsgType.PONG:
                pass
            elif self.path == "/close":
                transport.send_close(CODE, REASON.encode())
            else:
                transport.send(frame.msg_type, frame.get_payload_as_bytes(), frame.fin)

    def accept(request):
        path = request.path.decode()
        if path not in ("/echo", "/close"):
            return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(404, b"no such endpoint"), None)
        offered = request.headers.get("Sec-WebSocket-Protocol", "")
        chosen = {"Sec-WebSocket-Protocol": SUBPROTOCOL} if SUBPROTOCOL in offered else None
        return WSUpgradeResponseWithListener(WSUpgradeResponse.create_101_response(chosen), Peer(path))

    await ws_create_server(
        accept, sock=listener, enable_auto_ping=True, auto_ping_idle_timeout=3, auto_ping_reply_timeout=3
    )


async def serve_wsproto(listener):
    import wsproto
    import wsproto.events as events
    from wsproto.extensions import PerMessageDeflate

    async def converse(reader, writer):
        peer = wsproto.WSConnection(wsproto.ConnectionType.SERVER)
        path = None
        while some := await reader.read(65_536):
            peer.receive_data(some)
            for event in peer.events():
                if isinstance(event, events.Request):
                    path = event.target
                    if path in ("/echo", "/close"):
                        chosen = SUBPROTOCOL if SUBPROTOCOL in event.subprotocols else None
                        answer = events.AcceptConnection(subprotocol=chosen, extensions=[PerMessageDeflate()])
                    else:
                        answer = events.RejectConnection(status_code=404, headers=[(b"Content-Length", b"0")])
                elif isinstance(event, events.CloseConnection):
                    heard(event.code, event.reason)
                    if peer.state != wsproto.ConnectionState.REMOTE_CLOSING:
                        continue
                    answer = event.response()
                elif isinstance(event, events.Ping):
                    answer = event.response()
                elif path == "/close":
                    answer = events.CloseConnection(CODE, REASON)
                elif isinstance(event, events.Message):
                    answer = type(event)(event.data, event.frame_finished, event.message_finished)
                else:
                    continue
                writer.write(peer.send(answer))
            await writer.drain()
            if peer.state in (wsproto.ConnectionState.CLOSED, wsproto.ConnectionState.REJECTING):
                break
        writer.close()

    async def accept(reader, writer):
        with contextlib.suppress(ConnectionError, wsproto.utilities.RemoteProtocolError):
            await converse(reader, writer)

    await asyncio.start_server(accept, sock=listener)


async def serve_pywebsocket3(listener):
    """A program; what it does is in the folder pywebsocket3."""
    port = str(listener.getsockname()[1])
    print(port, flush=True)
    listener.close()
    handlers = str(pathlib.Path(__file__).parent / "pywebsocket3")
    command = [sys.executable, "-m", "pywebsocket3.standalone", "-H", HOST, "-p", port, "-d", handlers, "-w", handlers]
    os.execv(sys.executable, [*command, "--log-level", "critical"])


async def main(name):
    listener = socket.create_server((HOST, 0))
    listener.setblocking(False)
    logging.disable()  # refusals are expected
    await globals()[f"serve_{name}"](listener)
    print(listener.getsockname()[1], flush=True)  # once it serves: loading a stack can take longer than a client waits
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1]))
