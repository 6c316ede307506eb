"""A WebSocket client of few lines, on asyncio: enough to keep every rule, and to break them."""

import asyncio
import base64
import hashlib
import os
import ssl
import struct

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Ended(Exception):
    """The connection has ended; `code` is that of the server's Close, or None."""

    def __init__(self, code=None, reason=""):
        super().__init__(f"ended: {code} {reason}")
        self.code = code


def masked(payload, key):
    if key == b"\0\0\0\0" or not payload:
        return payload
    whole = (key * (len(payload) // 4 + 1))[: len(payload)]
    number = int.from_bytes(payload, "little") ^ int.from_bytes(whole, "little")
    return number.to_bytes(len(payload), "little")


def frame(opcode, payload=b"", fin=True, rsv=0, mask=True):
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    bit = 0x80 if mask else 0
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", first, bit | size)
    elif size < 65536:
        head = struct.pack("!BBH", first, bit | 126, size)
    else:
        head = struct.pack("!BBQ", first, bit | 127, size)
    if not mask:
        return head + payload
    key = os.urandom(4) if size < 4096 else b"\0\0\0\0"
    return head + key + masked(payload, key)


def trusting_all():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Address:
    """Where the server listens."""

    def __init__(self, port, tls_port):
        self.port, self.tls_port = port, tls_port

    async def dial(self, tls=False, limit=1 << 20):
        port, context = (self.tls_port, trusting_all()) if tls else (self.port, None)
        connecting = asyncio.open_connection("127.0.0.1", port, ssl=context, limit=limit)
        return await asyncio.wait_for(connecting, 30)


class Client:
    """One connection after its opening handshake."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.fragments = b""
        self.kind = None

    @classmethod
    async def open(cls, address, path, tls=False):
        reader, writer = await address.dial(tls)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
        except asyncio.IncompleteReadError as error:
            writer.transport.abort()
            raise Ended(reason=f"instead of a 101: {error.partial!r}") from error
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest())
        if not head.startswith(b"HTTP/1.1 101 ") or accept not in head:
            writer.transport.abort()
            raise Ended(reason=f"instead of a 101: {head!r}")
        return cls(reader, writer)

    async def send(self, opcode, payload, cut=None):
        """Sends a message; `cut` bytes to a fragment."""
        if cut is None or cut >= len(payload):
            self.writer.write(frame(opcode, payload))
        else:
            for at in range(0, len(payload), cut):
                last = at + cut >= len(payload)
                self.writer.write(frame(opcode if at == 0 else 0, payload[at : at + cut], last))
        await self.writer.drain()

    async def receive(self):
        """The next message, whole; pings are answered. Raises Ended at the end."""
        while True:
            try:
                first, second = await self.reader.readexactly(2)
                size = second & 0x7F
                if size == 126:
                    (size,) = struct.unpack("!H", await self.reader.readexactly(2))
                elif size == 127:
                    (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
                payload = await self.reader.readexactly(size)
            except (OSError, asyncio.IncompleteReadError) as error:
                raise Ended(reason=repr(error)) from error
            opcode = first & 15
            if opcode == PING:
                self.writer.write(frame(PONG, payload))
            elif opcode == CLOSE:
                code = struct.unpack("!H", payload[:2])[0] if payload else 1005
                raise Ended(code, payload[2:].decode())
            elif opcode != PONG:
                self.kind = opcode or self.kind
                self.fragments += payload
                if first & 0x80:
                    message, self.fragments = self.fragments, b""
                    return message

    async def close(self, code=1000):
        """Closes properly; the server's code. What still comes before it is passed over."""
        try:
            self.writer.write(frame(CLOSE, struct.pack("!H", code)))
            while True:
                await asyncio.wait_for(self.receive(), 30)
        except Ended as ended:
            return ended.code
        except OSError:
            return None
        finally:
            self.drop()

    def drop(self):
        """Ends TCP at once."""
        self.writer.transport.abort()
