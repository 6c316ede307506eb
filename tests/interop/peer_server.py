"""python-websockets as a server for our client. Prints its port; what it does depends on the target:

    /echo          every message comes back
    /close?CODE    closes with that code and the reason "said the server" after 0.3 s
    /large         a text of 1 MiB, a binary message of 1 MiB, then the end
    /stream        numbered lines without end
    /refuse        no upgrade: 404 with a body of two lines
"""

import asyncio
import contextlib
import http

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

MIB = 1 << 20


def refuse(connection, request):
    if request.path == "/refuse":
        return connection.respond(http.HTTPStatus.NOT_FOUND, "no such room\nsecond line\n")
    return None


async def serve_one(peer):
    with contextlib.suppress(ConnectionClosed):  # a client may leave in the middle
        await converse(peer)


async def converse(peer):
    target, _, query = peer.request.path.partition("?")
    if target == "/echo":
        async for message in peer:
            await peer.send(message)
    elif target == "/close":
        await asyncio.sleep(0.3)
        await peer.close(int(query), "said the server")
    elif target == "/large":
        await peer.send("0123456789abcde\u00e9" * (MIB // 17) + "." * (MIB % 17))
        await peer.send(bytes(range(256)) * (MIB // 256))
    elif target == "/stream":
        number = 0
        while True:
            await peer.send(f"line {number}")
            await asyncio.sleep(0.001)
            number += 1


async def main():
    async with serve(serve_one, "127.0.0.1", 0, process_request=refuse) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


asyncio.run(main())
