"""Compression is really on, both ways, with python-websockets as a client of our server: each end's
frames have the bit, for every width of window, and what goes out comes back."""

from websockets.asyncio.client import connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from checks import MIB, Server, check, holds, main, same

SIZES = [0, 1, 2, 125, 126, 127, 255, 256, 257, 65_535, 65_536, 1_000_000, 9 * MIB]
server = Server()


class Counted:
    """An extension that counts the compressed frames of each direction."""

    def __init__(self, extension):
        self._extension = extension
        self.name = extension.name
        self.sent = self.received = 0

    def decode(self, frame, *, max_size=None):
        self.received += frame.rsv1
        return self._extension.decode(frame, max_size=max_size)

    def encode(self, frame):
        frame = self._extension.encode(frame)
        self.sent += frame.rsv1
        return frame


async def client(**parameters):
    """A connection whose only offer has these parameters."""
    offer = ClientPerMessageDeflateFactory(**parameters)
    peer = await connect(server.url + "/echo", extensions=[offer], compression=None, max_size=16 * MIB, proxy=None)
    (extension,) = peer.protocol.extensions
    peer.protocol.extensions = [Counted(extension)]
    return peer, peer.protocol.extensions[0]


def texts(size):
    return ('{"event": "order", "items": [1, 2, 3]}, ' * (size // 40 + 1))[:size]


@check("deflate: messages of every size come back, and both ends compressed the long ones")
async def sizes():
    peer, counted = await client(client_max_window_bits=True)
    async with peer:
        for size in SIZES:
            before = counted.received
            await peer.send(texts(size))
            same(await peer.recv(), texts(size), "the echo")
            holds(counted.received > before or size < 125, f"{size} bytes came back as they were")
        same(counted.sent, len(SIZES), "compressed messages sent")


@check("deflate: every width of the server's window is answered with its width, and honoured")
async def windows():
    for bits in range(8, 16):
        peer, counted = await client(server_max_window_bits=bits)
        async with peer:
            answer = peer.response.headers["Sec-WebSocket-Extensions"]
            holds(f"server_max_window_bits={bits}" in answer, answer)
            for size in [1 << bits, (1 << bits) + 1, 1_000_000]:
                before = counted.received
                await peer.send(texts(size))
                same(await peer.recv(), texts(size), "the echo")
                expected = 1 if size <= 1 << bits or bits == 15 else 0
                same(counted.received - before, expected, f"compressed messages of {size} bytes, {bits} bits")


@check("deflate: a fragmented compressed message with a ping inside comes back")
async def fragments():
    peer, counted = await client()

    async def parts():
        for _ in range(20):
            yield texts(1000)
            await (await peer.ping(b"inside"))

    async with peer:
        await peer.send(parts())
        same(await peer.recv(), texts(1000) * 20, "the echo")
        holds(counted.sent and counted.received, "nothing was compressed")


@check("deflate: a message that inflates past the limit is answered with 1009")
async def bomb():
    peer, _ = await client()
    async with peer:
        await peer.send(bytes(16 * MIB + 1))
        await peer.wait_closed()
    same(peer.close_code, 1009, "the close code")


with server:
    main()
