"""python-websockets as a client of our server: what goes out comes back, and connections end right."""

import contextlib

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close

from checks import COMPRESSION, MIB, Server, check, holds, main, same

LARGEST = 16 * MIB
server = Server()


def client(path="/echo", **options):
    """A connection; as it is by default, permessage-deflate is offered."""
    options = {"max_size": 2 * LARGEST, "proxy": None} | options
    return connect(server.url + path, **options)


async def comes_back(*messages):
    async with client() as peer:
        for message in messages:
            await peer.send(message)
            same(await peer.recv(), message, "the echo")


@check("python: texts come back as they were")
async def texts():
    await comes_back("hello", "h\u00e9llo \u20ac \U0001f600", "a\x00b\r\n", "x" * 125, "x" * 126, "x" * 65535, "x" * 65536)


@check("python: binary messages come back as they were")
async def binary():
    await comes_back(b"\x00\xff\xfe", bytes(range(256)), bytes(65535), bytes(65536))


@check("python: empty messages come back, text as text and binary as binary")
async def empty():
    await comes_back("", b"")


@check("python: 1 MiB comes back")
async def one_mib():
    await comes_back("\u00e9" * (MIB // 2), bytes(range(256)) * (MIB // 256))


@check("python: 16 MiB exactly, the default limit, comes back")
async def largest():
    await comes_back(bytes(range(256)) * (LARGEST // 256), "x" * LARGEST)


@check("python: one byte more than 16 MiB is answered with 1009 and the reason")
async def too_large():
    peer = await client()
    # The library may abort a transport that has ended already, which asyncio does not take well.
    with contextlib.suppress(ConnectionClosed, AttributeError):
        async with peer:
            await peer.send(bytes(LARGEST + 1))
            await peer.recv()
    same(peer.close_code, 1009, "the close code")
    same(peer.close_reason, "message of 16777217 bytes, the limit is 16777216", "the reason")


@check("python: a fragmented message comes back in one piece, and so does one split inside a character")
async def fragments():
    async def parts(*pieces):
        for piece in pieces:
            yield piece

    async with client() as peer:
        await peer.send(parts("a" * 1000, "", "b", "c" * 70000))
        same(await peer.recv(), "a" * 1000 + "b" + "c" * 70000, "the echo")
        await peer.send(parts(b"\xe2\x82", b"\xac\xf0", b"\x9f\x98\x80"), text=True)
        same(await peer.recv(), "\u20ac\U0001f600", "the echo")


@check("python: pings are answered, with a payload of up to 125 bytes and within a fragmented message")
async def pings():
    async with client() as peer:
        for payload in [b"", b"x", bytes(125)]:
            await (await peer.ping(payload))

        async def with_a_ping_inside():
            yield "one "
            await (await peer.ping(b"inside"))
            yield "two"

        await peer.send(with_a_ping_inside())
        same(await peer.recv(), "one two", "the echo")


@check("python: a subprotocol is offered, none is chosen, and the connection works")
async def subprotocol():
    async with client(subprotocols=["chat.example", "other"]) as peer:
        same(peer.subprotocol, None, "the subprotocol")
        same(peer.response.headers.get("Sec-WebSocket-Protocol"), None, "the header")
        await peer.send("hello")
        same(await peer.recv(), "hello", "the echo")


@check(f"python: permessage-deflate is offered and {'taken' if COMPRESSION else 'not taken'}")
async def extensions():
    async with client(compression="deflate") as peer:
        holds("permessage-deflate" in peer.request.headers.get("Sec-WebSocket-Extensions", ""), "nothing was offered")
        taken = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        answer = peer.response.headers.get("Sec-WebSocket-Extensions")
        same(answer, taken if COMPRESSION else None, "the header")
        await peer.send("hello")
        same(await peer.recv(), "hello", "the echo")


@check("python: our server hears the client's close code and reason, and answers with the code")
async def closing():
    for code, reason in [(1000, ""), (1001, "leaving"), (3000, "x" * 123), (4321, "as agr\u00e9ed")]:
        async with client() as peer:
            await peer.close(code, reason)
            answer = peer.protocol.close_rcvd
            same(answer and answer.code, code, "the code in the answer")
        await server.logged("by=peer", f"code={code}", f'reason="{reason}"', "clean=true")


@check("python: a text that is not UTF-8 is answered with 1007 and the reason")
async def not_utf8():
    async with client() as peer:
        await peer.send(b"abc\xff", text=True)
        await peer.wait_closed()
        same(peer.protocol.close_rcvd, Close(1007, "text that is not UTF-8"), "the Close")


with server:
    main()
