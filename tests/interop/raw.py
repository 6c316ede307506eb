"""A WebSocket client that does nothing by itself: it shows each frame and answers none."""

import asyncio
import base64
import os
import struct

TEXT, CLOSE, PING = 1, 8, 9


class RawClient:
    """One connection, frame by frame."""

    def __init__(self, reader, writer, head):
        self._reader = reader
        self._writer = writer
        self.head = head

    @classmethod
    async def connect(cls, port, target="/", *headers):
        """Opens a connection; `headers` are whole lines of the request."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {target} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", *headers, "", ""]
        writer.write("\r\n".join(lines).encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if not head.startswith("HTTP/1.1 101 "):
            raise AssertionError(f"the answer to the handshake is {head.splitlines()[0]!r}")
        return cls(reader, writer, head)

    async def frame(self):
        """The next frame as (opcode, payload); None at the end of TCP."""
        try:
            first, second = await self._reader.readexactly(2)
        except asyncio.IncompleteReadError:
            return None
        if not first & 0x80 or second & 0x80 or second > 125:
            raise AssertionError(f"not one small unmasked frame: {first:02x} {second:02x}")
        return first & 0x0F, await self._reader.readexactly(second)

    async def close_frame(self):
        """The next frame, which must be a Close, as (code, reason)."""
        frame = await self.frame()
        if frame is None or frame[0] != CLOSE:
            raise AssertionError(f"{frame} came where a Close was due")
        return struct.unpack(">H", frame[1][:2])[0], frame[1][2:].decode()

    async def send(self, opcode, payload=b""):
        """Sends one small frame, masked with zeros."""
        await self.send_bytes(bytes([0x80 | opcode, 0x80 | len(payload), 0, 0, 0, 0]) + payload)

    async def send_bytes(self, some):
        """Sends bytes as they are."""
        self._writer.write(some)
        await self._writer.drain()

    def end(self):
        """Closes the TCP connection."""
        self._writer.close()
