"""The clients that come and go, flood, stall and break rules. Each kind is one coroutine that
lives for a few seconds; hundreds of them run at any time. What they ask of the server is that it
ends every connection that has to be ended, in a bounded time."""

import asyncio
import random
import socket
import struct
import time

from ws import BINARY, CLOSE, PING, TEXT, Client, Ended, frame

# Within this time a fault, and a slow handshake, has to be answered with the end of TCP.
BOUND = 30


class NotEnded(Exception):
    """The server keeps a connection that it has to end."""


async def ends(reader, what):
    """Reads to the end of TCP."""
    try:
        until = time.monotonic() + BOUND
        while await asyncio.wait_for(reader.read(1 << 16), until - time.monotonic()):
            pass
    except OSError:
        pass
    except (asyncio.TimeoutError, ValueError) as error:
        raise NotEnded(what) from error


def reset(writer):
    """Ends TCP with a reset."""
    sock = writer.get_extra_info("socket")
    if not writer.transport.is_closing() and sock is not None:  # else the server was first
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def comes_and_goes(address, chance):
    path = chance.choice(["/echo", "/broadcast", "/chat/lobby", "/chat/garden?name=gus"])
    client = await Client.open(address, path, chance.random() < 0.3)
    for _ in range(chance.randrange(4)):
        await client.send(TEXT, b"hello " * chance.randrange(20))
    await asyncio.sleep(chance.uniform(0, 2))
    await client.close(chance.choice([1000, 1001, 3000, 4999]))


async def vanishes(address, chance):
    """Disconnects in the middle of the handshake, of a frame, of a message."""
    tls = chance.random() < 0.3
    if chance.random() < 0.4:
        _, writer = await address.dial(tls)
        writer.write(b"GET /echo HTTP/1.1\r\nHost: x\r\nUpgr"[: chance.randrange(36)])
    else:
        client = await Client.open(address, chance.choice(["/echo", "/broadcast"]), tls)
        writer = client.writer
        message = frame(BINARY, b"x" * 5000, fin=chance.random() < 0.5)
        writer.write(message[: chance.randrange(len(message))])
    await asyncio.sleep(chance.uniform(0, 0.5))
    reset(writer)


async def floods(address, chance):
    """Sends without reading for a while, then reads what comes."""
    client = await Client.open(address, "/echo", chance.random() < 0.3)
    message = frame(BINARY, b"f" * chance.choice([0, 10, 1000, 100000]))
    until = time.monotonic() + chance.uniform(0.5, 3)
    try:
        while time.monotonic() < until:
            client.writer.write(message * 10)
            await asyncio.wait_for(client.writer.drain(), 0.5)
    except (OSError, asyncio.TimeoutError):
        pass
    client.drop()


async def floods_a_chat(address, chance):
    client = await Client.open(address, "/chat/flood", chance.random() < 0.3)
    client.writer.write(frame(TEXT, b"spam and spam") * 500)
    await asyncio.sleep(chance.uniform(0, 3))
    reset(client.writer)


async def stalls(address, chance):
    """Reads nothing and answers no ping: the server has to end it."""
    path = chance.choice(["/echo", "/broadcast", "/chat/lobby"])
    client = await Client.open(address, path, chance.random() < 0.3)
    transport = client.writer.transport
    transport.pause_reading()
    await asyncio.sleep(chance.uniform(8, 12))
    transport.resume_reading()
    await ends(client.reader, f"a client of {path} that had answered no ping")
    client.drop()


async def begins_a_large_message(address, chance):
    client = await Client.open(address, "/echo", chance.random() < 0.3)
    client.writer.write(struct.pack("!BBQ", 0x82, 0xFF, 8 << 20) + b"\0\0\0\0" + b"l" * (1 << 20))
    await asyncio.sleep(chance.uniform(0, 3))
    client.drop()


FAULTS = [
    frame(TEXT, b"unmasked", mask=False),
    frame(TEXT, b"reserved", rsv=4),
    frame(3, b"opcode"),
    frame(11, b"opcode"),
    frame(TEXT, b"\xff\xfe"),
    frame(PING, b"p", fin=False),
    frame(PING, b"p" * 126),
    frame(0, b"nothing to continue"),
    frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"),
    frame(CLOSE, struct.pack("!H", 1005)),
    frame(CLOSE, b"x"),
    frame(CLOSE, struct.pack("!H", 1000) + b"\xff"),
    struct.pack("!BBQ", 0x82, 0xFF, 1 << 62) + b"\0\0\0\0",
    struct.pack("!BBH", 0x82, 0xFE, 5) + b"\0\0\0\0short",
    frame(BINARY, b"e", fin=False) + frame(0, b"", fin=False) * 140000,
]


async def breaks_a_rule(address, chance):
    number = chance.randrange(len(FAULTS))
    client = await Client.open(address, "/echo", chance.random() < 0.3)
    client.writer.write(FAULTS[number])
    await ends(client.reader, f"fault {number}")
    client.drop()


HEADS = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"t" * 64,
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET /" + b"x" * 20000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    b"\0" * 100,
    b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
]


async def speaks_no_handshake(address, chance):
    number = chance.randrange(len(HEADS))
    reader, writer = await address.dial(tls=False)
    writer.write(HEADS[number])
    await ends(reader, f"head {number}")
    writer.transport.abort()


async def speaks_no_tls(address, chance):
    reader, writer = await asyncio.open_connection("127.0.0.1", address.tls_port)
    writer.write(chance.choice([b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", b"\0" * 64]))
    await ends(reader, "no TLS on the port for TLS")
    writer.transport.abort()


async def drips(address, _):
    """A request byte by byte, for ever."""
    reader, writer = await address.dial()
    reading = asyncio.create_task(ends(reader, "a handshake that drips"))
    while not reading.done():
        writer.write(b"GET / HTTP/1.1\r\nX-Drip: "[:1])
        await asyncio.wait([reading], timeout=0.3)
    writer.transport.abort()
    await reading


async def asks_for_a_page(address, chance):
    reader, writer = await address.dial(chance.random() < 0.3)
    path = chance.choice(["/", "/healthz", "/metrics", "/closed", "/nothing", "/js/app.js"])
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    await ends(reader, path)
    writer.transport.abort()


# How often each kind is among the next ones.
KINDS = {
    comes_and_goes: 8,
    vanishes: 6,
    floods: 2,
    floods_a_chat: 1,
    stalls: 4,
    begins_a_large_message: 1,
    breaks_a_rule: 6,
    speaks_no_handshake: 3,
    speaks_no_tls: 2,
    drips: 2,
    asks_for_a_page: 3,
}


class Rude:
    """As many at a time as `crowd` says, until it is told to stop."""

    def __init__(self, address, seed, crowd):
        self.address, self.crowd = address, crowd
        self.chance = random.Random(seed)
        self.counts = {}

    async def run(self, until_stop):
        stop = asyncio.create_task(until_stop)
        running = {asyncio.create_task(self.one_after_another(stop)) for _ in range(self.crowd)}
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
        await stop

    async def one_after_another(self, stop):
        kinds, weights = list(KINDS), list(KINDS.values())
        await asyncio.sleep(self.chance.uniform(0, 3))  # not all at once
        while not stop.done():
            (kind,) = self.chance.choices(kinds, weights)
            try:
                await kind(self.address, self.chance)
            except (OSError, Ended, asyncio.TimeoutError, asyncio.IncompleteReadError):
                pass  # ended by the server: that is what they came for
            self.counts[kind.__name__] = self.counts.get(kind.__name__, 0) + 1
            await asyncio.sleep(self.chance.uniform(0, 0.2))
