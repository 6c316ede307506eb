"""The Linux end of the connections: python-websockets where a well-behaved client is wanted, and
a misbehaving client where it is not."""

import asyncio
import os
import socket
import struct

import websockets

MIB = 1 << 20


def connect(url, **more):
    """A real client; it has no limit of its own on messages."""
    return websockets.connect(
        url, max_size=None, compression=None, open_timeout=30, close_timeout=10, ping_interval=None, proxy=None, **more
    )


async def closing_of(client):
    """Reads to the end: (code, reason) of the peer's Close."""
    try:
        while True:
            await client.recv()
    except websockets.ConnectionClosed as closed:
        return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")


async def clients(count, url):
    """Many at once, all of them open."""
    return await asyncio.gather(*(connect(url) for _ in range(count)))


class Raw:
    """Frames by hand: this one answers no ping and no Close, and reads only when it is told to."""

    def __init__(self, port, path="/echo", receive_buffer=None, host="127.0.0.1"):
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(30)
        self.socket.connect((host, port))
        name = f"[{host}]" if ":" in host else host
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {name}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.exactly(1)
        assert head.startswith(b"HTTP/1.1 101 "), head

    def exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise EOFError(f"TCP ended, {len(data)} of {count} bytes were there")
            data += more
        return data

    def frame(self):
        """The next frame: (first byte, payload)."""
        first, length = self.exactly(2)
        assert length < 128, "a server's frame is masked"
        if length == 126:
            (length,) = struct.unpack(">H", self.exactly(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self.exactly(8))
        return first, self.exactly(length)

    def send(self, first, payload):
        key = os.urandom(4)
        masked = bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))
        assert len(payload) < 126
        self.socket.sendall(bytes([first, 128 | len(payload)]) + key + masked)

    def reset(self):
        """Leaves as a crashed machine does: with a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
