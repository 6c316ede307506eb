"""Keepalive of our server: silence brings a ping, further silence ends the connection.

    keepalive.py short      with --ping-interval 3s --ping-timeout 3s
    keepalive.py defaults   20 s and 20 s: takes 40 s
"""

import asyncio
import sys
import time

from websockets.asyncio.client import connect

from checks import Server, check, holds, main, same
from raw import CLOSE, PING, TEXT, RawClient

LATE = 10  # seconds that a busy machine may add
EARLY = 0.1


def about(seconds, since, what):
    """Fails unless now is `seconds` after `since`, give or take."""
    passed = time.monotonic() - since
    holds(seconds - EARLY <= passed <= seconds + LATE, f"{what} after {passed:.1f} s, not {seconds} s")


async def given_up(server, interval, timeout):
    """A client that answers nothing is pinged, then told that it is given up."""
    silent = await RawClient.connect(server.port, "/echo")
    opened = time.monotonic()
    frame = await silent.frame()
    same(frame and frame[0], PING, "the first frame's opcode")
    about(interval, opened, "the ping came")
    same(await silent.close_frame(), (1011, f"no pong for {timeout}s"), "the Close")
    about(interval + timeout, opened, "the Close came")
    return silent


def short_times(server):
    @check("keepalive: a client that never answers gets a ping after 3 s, 1011 \"no pong for 3s\" 3 s later, then the end")
    async def silence():
        silent = await given_up(server, 3, 3)
        same(await asyncio.wait_for(silent.frame(), 5 + LATE), None, "what came after the Close")

    @check("keepalive: a client that talks is not pinged")
    async def talk():
        talker = await RawClient.connect(server.port, "/echo")
        for _ in range(8):
            await asyncio.sleep(0.8)
            await talker.send(TEXT, b"still here")
            same(await talker.frame(), (TEXT, b"still here"), "the answer")
        talker.end()

    @check("keepalive: a client that answers pings stays, though it never sends a message")
    async def pongs():
        async with connect(server.url + "/echo", proxy=None, ping_interval=None) as peer:
            await asyncio.sleep(8)
            await peer.send("still here")
            same(await peer.recv(), "still here", "the echo")

    @check("keepalive: any byte is life: half a frame keeps a client that never answers")
    async def half_a_frame():
        slow = await RawClient.connect(server.port, "/echo")
        message = b"slowly"
        whole = bytes([0x80 | TEXT, 0x80 | len(message), 0, 0, 0, 0]) + message
        for byte in whole:
            await slow.send_bytes(bytes([byte]))
            await asyncio.sleep(0.8)
        frame = await slow.frame()
        same(frame, (TEXT, message), "the first frame")
        slow.end()


def defaults(server):
    @check("keepalive, slow: by default the ping comes after 20 s, 1011 \"no pong for 20s\" 20 s later")
    async def silence():
        silent = await given_up(server, 20, 20)
        await silent.send(CLOSE, (1011).to_bytes(2, "big"))
        same(await silent.frame(), None, "what came after the Close")


if sys.argv[1:] == ["defaults"]:
    with Server() as running:
        defaults(running)
        main()
else:
    with Server("--ping-interval", "3s", "--ping-timeout", "3s") as running:
        short_times(running)
        main(at_once=True)
