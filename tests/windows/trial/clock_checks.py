"""What depends on the clock. A read that times out is `TimedOut` on Windows, and a read in progress
is not woken by the end of its socket there: every deadline below depends on both."""

import asyncio
import socket
import time

from .checks import check, equal
from .peers import Raw, closing_of, connect
from .wine import Server


@check("keepalive: silence is pinged, an answer keeps the client, none ends it with 1011")
async def keepalive():
    with Server("--ping-interval", "1s", "--ping-timeout", "4s") as server:
        async with connect(server.url()) as lively:
            mute = Raw(server.port)
            began = time.monotonic()
            equal((await asyncio.to_thread(mute.frame))[0], 0x89, "what comes after a second of silence")
            equal(await asyncio.to_thread(mute.frame), (0x88, (1011).to_bytes(2, "big") + b"no pong for 4s"))
            assert 4.5 < time.monotonic() - began < 20, time.monotonic() - began
            await asyncio.to_thread(server.wait_for_log, 'by=us code=1011 reason="no pong for 4s"')
            await lively.send("alive")
            equal(await lively.recv(), "alive")


@check("an idle client is closed with 1001, one that sends is not")
async def idle():
    with Server("--idle-timeout", "2s", "--ping-interval", "500ms") as server:
        busy, silent = await connect(server.url()), await connect(server.url())
        closing = asyncio.create_task(closing_of(silent))
        while not closing.done():
            await busy.send("busy")
            equal(await busy.recv(), "busy")
            await asyncio.sleep(0.1)
        equal(closing.result(), (1001, "idle"))
        await busy.close()


@check("a peer that answers no Close is cut after the close timeout")
def close_timeout():
    with Server("--close-timeout", "1s", "--idle-timeout", "500ms") as server:
        mute = Raw(server.port)
        equal(mute.frame()[0], 0x88)
        began = time.monotonic()
        equal(mute.socket.recv(1), b"", "what follows the Close that was not answered")
        assert time.monotonic() - began < 10
        server.wait_for_log("no Close from the peer within the close timeout")


@check("a handshake that never ends is answered with 408, an empty one is cut")
def handshake_timeout():
    with Server("--handshake-timeout", "1s") as server:
        for sent, answer in [(b"GET / HTTP/1.1\r\nHost:", b"HTTP/1.1 408 "), (b"", b"")]:
            with socket.create_connection(("127.0.0.1", server.port), 20) as half:
                half.sendall(sent)
                equal(half.recv(1000)[:13], answer)


@check("a slow consumer is told so with 1008; the others get everything", 120)
async def slow_consumer():
    with Server("--queue-bytes", "256k", "--write-timeout", "60s") as server:
        slow = Raw(server.port, "/broadcast", receive_buffer=4096)
        publisher, reader = await connect(server.url("/broadcast")), await connect(server.url("/broadcast"))
        for number in range(400):  # 64 KiB each, 25 MiB in all
            message = f"{number:08}" * 8192
            await publisher.send(message)
            for one in (publisher, reader):  # each in its turn: only the slow one is behind
                equal(await one.recv() == message, True, f"message {number}")
        last = await asyncio.to_thread(last_frame, slow)
        equal(last, (0x88, (1008).to_bytes(2, "big") + b"slow consumer"))
        server.wait_for_log('by=us code=1008 reason="slow consumer"')
        await publisher.close()
        await reader.close()


def last_frame(raw):
    """It reads again, at last: everything up to the Close."""
    while True:
        first, payload = raw.frame()
        if first == 0x88:
            return first, payload


@check("a client that reads nothing at all is cut after the write timeout", 90)
async def write_timeout():
    with Server("--write-timeout", "1s", "--queue-bytes", "256k") as server:
        mute = Raw(server.port, "/broadcast", receive_buffer=4096)
        async with connect(server.url("/broadcast")) as publisher:
            for _ in range(400):
                await publisher.send("x" * 65536)
                await publisher.recv()
            server.wait_for_log("the peer read nothing within the write timeout")
        mute.socket.close()
