"""wshub.exe serves Linux clients: what every client gets, whatever system the server runs on."""

import asyncio
import contextlib
import urllib.error
import urllib.request

import websockets

from .checks import check, equal
from .peers import MIB, Raw, clients, closing_of, connect
from .wine import Server


@check("echo: every kind and length comes back as it was")
async def echo():
    texts = ["", "hello", "h\u00e9llo \u20ac \u65e5\u672c \U0001f600", "a\r\nb\n", "x" * 125, "x" * 126, "x" * 65535, "x" * 65536]
    with Server() as server:
        for path in ["/", "/echo"]:
            async with connect(server.url(path)) as client:
                for message in texts + [text.encode() for text in texts] + [bytes(range(256)) * 4096]:
                    await client.send(message)
                    equal(await client.recv(), message)
                await client.send(["in ", "three ", "fragments"])
                equal(await client.recv(), "in three fragments")
                await asyncio.wait_for(await client.ping(b"are you there"), 10)


@check("16 MiB comes back, and one byte more is refused with 1009", 120)
async def largest():
    with Server() as server:
        async with connect(server.url()) as client:
            text = "0123456789abcdef" * MIB
            await client.send(text)
            equal(await client.recv() == text, True, "the same 16 MiB")
        client = await connect(server.url())
        closing = asyncio.create_task(closing_of(client))
        # The server ends TCP in the middle of this write, which asyncio does not always take well.
        with contextlib.suppress(websockets.ConnectionClosed, AttributeError):
            await client.send(b"x" * (16 * MIB + 1))
        equal(await closing, (1009, "message of 16777217 bytes, the limit is 16777216"))


@check("broadcast: 20 clients see 300 messages of three senders in one and the same order")
async def broadcast():
    with Server() as server:
        everyone = await clients(20, server.url("/broadcast"))

        async def publish(sender, name):
            for number in range(100):
                await sender.send(f"{name} {number}")
                await asyncio.sleep(0)

        async def read(client):
            return [await client.recv() for _ in range(300)]

        reading = [asyncio.create_task(read(client)) for client in everyone]
        await asyncio.gather(*(publish(client, i) for i, client in enumerate(everyone[:3])))
        seen = await asyncio.gather(*reading)
        assert all(one == seen[0] for one in seen), "the orders differ"
        for name in range(3):
            equal([m for m in seen[0] if m.startswith(f"{name} ")], [f"{name} {n}" for n in range(100)])
        await asyncio.gather(*(client.close() for client in everyone))


@check("200 clients at once, each with its echo", 120)
async def many():
    with Server() as server:
        everyone = await clients(200, server.url())

        async def turn(number, client):
            for round_ in range(10):
                await client.send(f"{number} {round_}")
                equal(await client.recv(), f"{number} {round_}")

        await asyncio.gather(*(turn(number, client) for number, client in enumerate(everyone)))
        await asyncio.gather(*(client.close(1000, "bye") for client in everyone))
        await asyncio.to_thread(server.wait_for_log, r'close id=200 .* by=peer code=1000 reason="bye"')


@check("the closing handshake: the code comes back, the server ends TCP, the log says who and why")
async def closing():
    with Server() as server:
        for code, reason in [(1000, "bye"), (3000, "h\u00e9"), (4999, "")]:
            client = await connect(server.url())
            await client.close(code, reason)
            equal((client.close_code, client.protocol.close_rcvd.code), (code, code))
            await asyncio.to_thread(server.wait_for_log, f'by=peer code={code} reason="{reason}".*clean=true')
        raw = Raw(server.port)
        raw.send(0x88, b"")
        equal(raw.frame(), (0x88, b""))
        equal(raw.socket.recv(1), b"")


@check("a client that resets TCP, or drops it, ends with a cause and disturbs nobody")
async def resets():
    # Wine tells of a reset as one or as an end, and once in hundreds of times not at all: a ping finds out.
    of_reset = r'close id=2 .*by=network code=1006 reason="" why="(?:reading|writing) failed: |close id=2 .*TCP ended'
    with Server("--ping-interval", "2s") as server:
        async with connect(server.url()) as other:
            Raw(server.port).reset()
            await asyncio.to_thread(server.wait_for_log, of_reset)
            Raw(server.port).socket.close()
            await asyncio.to_thread(
                server.wait_for_log, r'close id=3 .*by=network code=1006 reason="" why="TCP ended without a Close"'
            )
            await other.send("still here")
            equal(await other.recv(), "still here")


@check("a protocol fault gets its code at once")
async def fault():
    with Server() as server:
        raw = Raw(server.port)
        raw.send(0x81, b"\xff")
        first, payload = raw.frame()
        equal((first, payload[:2]), (0x88, (1007).to_bytes(2, "big")))
        equal(raw.socket.recv(1), b"")


@check("the page and the health check come over HTTP, unknown paths are 404, endpoints 426")
def http():
    with Server() as server:
        base = f"http://127.0.0.1:{server.port}"
        page = urllib.request.urlopen(base + "/", timeout=20).read()
        assert b"<title>" in page and b"\r" not in page, page[:200]
        equal(urllib.request.urlopen(base + "/healthz", timeout=20).read(), b"ok\n")
        for path, status in [("/none", 404), ("/broadcast", 426)]:
            try:
                urllib.request.urlopen(base + path, timeout=20)
                raise AssertionError(f"{path} was answered with 200")
            except urllib.error.HTTPError as answer:
                equal(answer.code, status, path)


@check("a page opened from disk is let in with --allow-origin null, and only then")
async def origin():
    for flags, let_in in [((), False), (("--allow-origin", "null"), True)]:
        with Server(*flags) as server:
            try:
                async with connect(server.url(), origin="null"):
                    seen = True
            except websockets.InvalidStatus as refused:
                equal(refused.response.status_code, 403)
                seen = False
            equal(seen, let_in, f"let in with {flags}")


@check("localhost, ::1, and every address: where it listens")
async def listening():
    with Server("--listen", "[::1]:0") as server:  # beside 127.0.0.1:0
        async with connect(server.url()) as client:
            await client.send("v4")
            equal(await client.recv(), "v4")
    with Server(listen="[::1]:0") as server:
        raw = Raw(server.port, host="::1")
        raw.send(0x81, b"v6")
        equal(raw.frame(), (0x81, b"v6"))
    with Server(listen="localhost:0") as server:
        async with connect(f"ws://localhost:{server.port}/echo") as client:
            await client.send("by name")
            equal(await client.recv(), "by name")
    with Server("--lan", listen="localhost:0") as server:
        for host in ["127.0.0.1", "::1"]:
            raw = Raw(server.port, host=host)
            raw.send(0x81, host.encode())
            equal(raw.frame(), (0x81, host.encode()))
        assert "no password is set" in server.log(), server.log()
