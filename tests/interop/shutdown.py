"""Ctrl-C at our server: every client is told, and the process ends in time."""

import asyncio
import contextlib
import signal
import time

from websockets.asyncio.client import connect
from websockets.frames import Close

from checks import Server, check, holds, main, same
from raw import RawClient

CLIENTS = 50
GRACE = 6  # seconds: the server's own are 5


@check("Ctrl-C: 50 clients each get 1001 \"server shutting down\", and the server exits 0 within 6 s")
async def everyone_hears():
    with Server() as server:
        async with contextlib.AsyncExitStack() as stack:
            targets = ["/", "/echo", "/broadcast"]
            urls = [server.url + targets[n % len(targets)] for n in range(CLIENTS)]
            opened = (stack.enter_async_context(connect(url, proxy=None)) for url in urls)
            peers = await asyncio.gather(*opened)
            for number, peer in enumerate(peers):  # some have spoken, some have not
                if number % 2:
                    await peer.send("hello")
            server.process.send_signal(signal.SIGINT)
            code = await server.ended(GRACE)
            await asyncio.gather(*(peer.wait_closed() for peer in peers))
            closes = [peer.protocol.close_rcvd for peer in peers]
            same(closes, [Close(1001, "server shutting down")] * CLIENTS, "the Closes")
            same(code, 0, "the exit code")


@check("Ctrl-C: a client that never answers its Close holds the server up for 6 s at most")
async def one_is_silent():
    with Server() as server:
        silent = await RawClient.connect(server.port)
        began = time.monotonic()
        server.process.send_signal(signal.SIGINT)
        same(await silent.close_frame(), (1001, "server shutting down"), "the Close")
        same(await server.ended(GRACE), 0, "the exit code")
        waited = time.monotonic() - began
        holds(waited >= 4, f"the client had only {waited:.1f} s to answer")
        silent.end()


@check("Ctrl-C: a second one ends the server at once, whoever is silent")
async def twice():
    with Server() as server:
        silent = await RawClient.connect(server.port)
        server.process.send_signal(signal.SIGINT)
        await silent.close_frame()
        server.process.send_signal(signal.SIGINT)
        same(await server.ended(1), 0, "the exit code")
        silent.end()


main(at_once=True)
