"""A server on Python's websockets: an echo on /; on /broadcast every message goes to every client there."""
import asyncio
import sys

from websockets.asyncio.server import broadcast, serve
from websockets.exceptions import ConnectionClosed

members = set()


async def client(socket):
    try:
        if socket.request.path != "/broadcast":
            async for message in socket:
                await socket.send(message)
            return
        members.add(socket)
        async for message in socket:
            broadcast(members, message)
    except ConnectionClosed:
        pass
    finally:
        members.discard(socket)


async def main():
    # The address is last; --deflate before it enables compression with the library's default options.
    host, port = sys.argv[-1].split(":")
    compression = "deflate" if "--deflate" in sys.argv else None
    async with serve(client, host, int(port), compression=compression, max_size=16 << 20) as server:
        await server.serve_forever()


asyncio.run(main())
