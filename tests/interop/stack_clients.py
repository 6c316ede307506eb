"""aiohttp, tornado, picows, wsproto and libcurl as clients of our server: one table of cases, and an
adapter for each stack.

An adapter opens a connection (or raises `Refused`), sends messages, and receives them as `str` or
`bytes`; the end as `End`. What its stack has no way to do, it does not define: `send_fragments`, `ping`.
"""

import asyncio
import contextlib
import dataclasses
import re
import urllib.parse

import aiohttp
import curl_cffi
import picows
import wsproto
import wsproto.events as events
from tornado.httpclient import HTTPClientError
from tornado.websocket import WebSocketClosedError, websocket_connect
from wsproto.extensions import PerMessageDeflate

from checks import COMPRESSION, Server, check, holds, main, same
from stack_cases import BLOBS, SIZES, TEXTS

LIMIT = max(SIZES)
SUBPROTOCOLS = ["other", "chat.example"]
CLOSES = [(1000, ""), (4000, "x" * 123), (4321, "as agr\u00e9ed")]
server = Server("--max-message", str(LIMIT), "--subprotocol", "chat.example", "--ping-interval", "off")
# Of its own, since a ping may come at any time when the machine is busy, and not every adapter expects it.
pinging = Server("--ping-interval", "1s", "--ping-timeout", "5s")


@dataclasses.dataclass
class End:
    """How a connection ended, as far as the stack tells."""

    code: int | None
    reason: str | None


class Refused(Exception):
    """The handshake was answered with a status other than 101."""

    def __init__(self, status):
        super().__init__(f"HTTP {status}")
        self.status = status


class Aiohttp:
    async def open(self, url, protocols=()):
        self.session = aiohttp.ClientSession()
        try:
            self.peer = await self.session.ws_connect(
                url, protocols=protocols, max_msg_size=0, autoping=False, compress=15 if COMPRESSION else 0
            )
        except aiohttp.WSServerHandshakeError as refused:
            await self.session.close()
            raise Refused(refused.status) from refused
        self.subprotocol = self.peer.protocol

    async def send(self, message):
        await (self.peer.send_str(message) if isinstance(message, str) else self.peer.send_bytes(message))

    async def ping(self, payload):
        await self.peer.ping(payload)
        message = await self.peer.receive()
        same((message.type, message.data), (aiohttp.WSMsgType.PONG, payload), "the answer")

    async def receive(self):
        while True:
            message = await self.peer.receive()
            if message.type == aiohttp.WSMsgType.PING:
                await self.peer.pong(message.data)
            elif message.type == aiohttp.WSMsgType.CLOSE:
                await self.session.close()
                return End(message.data, message.extra)
            else:
                holds(message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), f"{message}")
                return message.data

    async def close(self, code, reason):
        await self.peer.close(code=code, message=reason.encode())
        await self.session.close()
        return End(self.peer.close_code, None)


class Tornado:
    async def open(self, url, protocols=()):
        try:
            options = {} if COMPRESSION else None
            self.peer = await websocket_connect(url, subprotocols=list(protocols) or None, compression_options=options)
        except HTTPClientError as refused:
            raise Refused(refused.code) from refused
        self.subprotocol = self.peer.selected_subprotocol

    async def send(self, message):
        with contextlib.suppress(WebSocketClosedError):  # a server may refuse it before it is through
            await self.peer.write_message(message, binary=isinstance(message, bytes))

    async def ping(self, payload):
        answer = asyncio.get_running_loop().create_future()
        self.peer.on_pong = answer.set_result
        self.peer.ping(payload)
        same(await answer, payload, "the answer")

    async def receive(self):
        message = await self.peer.read_message()
        return End(self.peer.close_code, self.peer.close_reason) if message is None else message

    async def close(self, code, reason):
        self.peer.close(code, reason)
        return await self.receive()


class Picows(picows.WSListener):
    def __init__(self):
        self.frames = asyncio.Queue()

    def on_ws_frame(self, transport, frame):
        kind = frame.msg_type
        if kind == picows.WSMsgType.CLOSE:
            code = frame.get_close_code()
            self.frames.put_nowait(End(getattr(code, "value", code), frame.get_close_reason()))
            transport.disconnect()
        else:
            payload = frame.get_payload_as_bytes()
            self.frames.put_nowait((kind, payload.decode() if kind == picows.WSMsgType.TEXT else payload))

    async def open(self, url, protocols=()):
        headers = {"Sec-WebSocket-Protocol": ", ".join(protocols)} if protocols else None
        try:
            self.peer, _ = await picows.ws_connect(lambda: self, url, extra_headers=headers)
        except picows.WSInvalidStatusError as refused:
            raise Refused(int(refused.response.status)) from refused
        self.subprotocol = self.peer.response.headers.get("Sec-WebSocket-Protocol")

    async def send(self, message):
        await self.send_fragments([message])

    async def send_fragments(self, parts):
        kind = picows.WSMsgType.TEXT if isinstance(parts[0], str) else picows.WSMsgType.BINARY
        for number, part in enumerate(parts, 1):
            part = part.encode() if isinstance(part, str) else part
            self.peer.send(kind, part, number == len(parts))
            kind = picows.WSMsgType.CONTINUATION

    async def ping(self, payload):
        self.peer.send_ping(payload)
        same(await self.frames.get(), (picows.WSMsgType.PONG, payload), "the answer")

    async def receive(self):
        frame = await self.frames.get()
        return frame if isinstance(frame, End) else frame[1]

    async def close(self, code, reason):
        self.peer.send_close(code, reason.encode())
        return await self.receive()


class Wsproto:
    async def open(self, url, protocols=()):
        parts = urllib.parse.urlsplit(url)
        self.reader, self.writer = await asyncio.open_connection(parts.hostname, parts.port)
        self.peer = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
        self.pending = []
        extensions = [PerMessageDeflate()] if COMPRESSION else []
        await self._send(
            events.Request(parts.netloc, parts.path, extensions=extensions, subprotocols=list(protocols))
        )
        answer = await self._next()
        if isinstance(answer, events.RejectConnection):
            self.writer.close()
            raise Refused(answer.status_code)
        self.subprotocol = answer.subprotocol

    async def _send(self, event):
        with contextlib.suppress(ConnectionError):  # a server may refuse it before it is through
            self.writer.write(self.peer.send(event))
            await self.writer.drain()

    async def _next(self):
        while not self.pending:
            self.peer.receive_data(await self.reader.read(65_536) or None)
            self.pending = list(self.peer.events())
        return self.pending.pop(0)

    async def send(self, message):
        await self.send_fragments([message])

    async def send_fragments(self, parts):
        kind = events.TextMessage if isinstance(parts[0], str) else events.BytesMessage
        for number, part in enumerate(parts, 1):
            await self._send(kind(part, message_finished=number == len(parts)))

    async def ping(self, payload):
        await self._send(events.Ping(payload))
        same(await self._next(), events.Pong(payload), "the answer")

    async def receive(self):
        parts = []
        while True:
            event = await self._next()
            if isinstance(event, events.Ping):
                await self._send(event.response())
            elif isinstance(event, events.CloseConnection):
                if self.peer.state == wsproto.ConnectionState.REMOTE_CLOSING:
                    await self._send(event.response())
                self.writer.close()
                return End(event.code, event.reason)
            else:
                parts.append(event.data)
                if event.message_finished:
                    return type(event.data)().join(parts)

    async def close(self, code, reason):
        await self._send(events.CloseConnection(code, reason))
        return await self.receive()


class Libcurl:
    # Its own pong waits in a queue until the next call that sends or receives something.
    pongs_late = True

    async def open(self, url, protocols=()):
        headers = {"Sec-WebSocket-Protocol": ", ".join(protocols)} if protocols else None
        self.session = curl_cffi.AsyncSession()
        try:
            self.peer = await self.session.ws_connect(url, headers=headers, proxy="", max_message_size=2 * LIMIT)
        except curl_cffi.CurlError as refused:
            status = re.search(r"Refused WebSocket upgrade: (\d+)", str(refused))
            if status is None:
                raise
            raise Refused(int(status[1])) from refused
        self.subprotocol = None

    async def send(self, message):
        text = isinstance(message, str)
        await (self.peer.send_str(message) if text else self.peer.send_bytes(message))

    async def receive(self):
        payload, flags = await self.peer.recv()
        if flags & curl_cffi.CurlWsFlag.CLOSE:
            await self.session.close()
            return End(self.peer.close_code, self.peer.close_reason)
        return payload.decode() if flags & curl_cffi.CurlWsFlag.TEXT else payload

    async def close(self, code, reason):
        await self.peer.close(code, reason)  # does not wait for the answer
        await self.session.close()
        return End(None, None)


def cases_of(name, stack):
    async def opened(*protocols, by=server):
        peer = stack()
        await peer.open(by.url + "/echo", protocols)
        return peer

    @check(f"{name}: texts and binary messages of every size come back")
    async def echoes():
        peer = await opened()
        for message in [text.decode() for text in TEXTS] + BLOBS:
            await peer.send(message)
            same(await peer.receive(), message, "the echo")
        await peer.close(1000, "")

    if hasattr(stack, "send_fragments"):

        @check(f"{name}: a fragmented message comes back in one piece")
        async def fragments():
            peer = await opened()
            for parts in [["a", "", "b" * 126, "c" * 70_000, ""], [b"", b"\xff" * 65_536, b"\0"]]:
                await peer.send_fragments(parts)
                same(await peer.receive(), type(parts[0])().join(parts), "the echo")
            await peer.close(1000, "")

    if hasattr(stack, "ping"):

        @check(f"{name}: a ping is answered with its payload")
        async def pings():
            peer = await opened()
            for payload in [b"", b"x", bytes(range(125))]:
                await peer.ping(payload)
            await peer.close(1000, "")

    if not hasattr(stack, "pongs_late"):

        @check(f"{name}: it answers the server's pings, and so stays")
        async def pinged():
            peer = await opened(by=pinging)
            waiting = asyncio.ensure_future(peer.receive())
            await asyncio.sleep(7)  # a ping after 1 s of silence, and the end 5 s after a ping without a pong
            holds(not waiting.done(), f"{waiting} came")
            await peer.send("still here")
            same(await waiting, "still here", "the echo")
            await peer.close(1000, "")

    @check(f"{name}: its close code and reason are heard, and come back")
    async def closes():
        for code, reason in CLOSES:
            reason = f"{reason} {name}"[:123]
            peer = await opened()
            end = await peer.close(code, reason)
            holds(end.code in (None, code) and end.reason in (None, reason), f"the answer is {end}")
            await server.logged("by=peer", f"code={code}", f'reason="{reason}"', "clean=true")

    @check(f"{name}: one byte past the limit is answered with 1009 and the reason")
    async def too_large():
        peer = await opened()
        await peer.send(bytes(LIMIT + 1))
        end = await peer.receive()
        why = f"message of {LIMIT + 1} bytes, the limit is {LIMIT}"
        holds(end in (End(1009, why), End(1009, None)), f"the end is {end}")

    @check(f"{name}: of the subprotocols that it offers the server chooses its own")
    async def subprotocol():
        peer = await opened(*SUBPROTOCOLS)
        holds(stack is Libcurl or peer.subprotocol == "chat.example", f"{peer.subprotocol} was chosen")
        await peer.send("hello")
        same(await peer.receive(), "hello", "the echo")
        await peer.close(1000, "")

    @check(f"{name}: a path without an endpoint is refused with 404")
    async def refused():
        try:
            await stack().open(server.url + "/nope")
        except Refused as refused:
            same(refused.status, 404, "the status")
        else:
            holds(False, "it was let in")


STACKS = {"aiohttp": Aiohttp, "tornado": Tornado, "picows": Picows, "wsproto": Wsproto, "libcurl": Libcurl}
for each in STACKS.items():
    cases_of(*each)
with server, pinging:
    main(at_once=True)
