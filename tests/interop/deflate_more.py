"""Compression is really on, both ways, with further stacks: a proxy between the two ends counts the
messages that go compressed. aiohttp, undici, Bun, Deno and Chromium as clients of our server; aiohttp and
tornado as servers of our client."""

import asyncio
import contextlib
import os
import signal
import tempfile

import aiohttp
from aiohttp import web
from tornado.httpserver import HTTPServer
from tornado.web import Application
from tornado.websocket import WebSocketHandler

from checks import MIB, PROGRAM, Server, check, holds, main, same

SIZES = [0, 1, 125, 126, 65_535, 65_536, 1_000_000, 9 * MIB]
LONG = 1000  # every stack compresses from there on
server = Server("--allow-origin", "any")


def text(size):
    return ('{"event": "order", "items": [1, 2, 3], "name": "Zo\u00eb"}, ' * (size // 50 + 1))[:size]


class Direction:
    """Counts the messages in a stream of frames, and those of them that are compressed."""

    def __init__(self):
        self.messages = self.compressed = 0
        self._rest = b""
        self._skip = 0
        self.head = None

    def feed(self, data):
        self._rest += data
        if self.head is None:
            head, end, rest = self._rest.partition(b"\r\n\r\n")
            if not end:
                return
            self.head, self._rest = head.decode(), rest
        while self._rest:
            skipped = min(self._skip, len(self._rest))
            self._skip -= skipped
            self._rest = self._rest[skipped:]
            if self._skip or not self._frame():
                return

    def _frame(self):
        """Takes the header in front; false if it has not come."""
        data = self._rest
        if len(data) < 2:
            return False
        length, at = data[1] & 0x7F, 2
        if length > 125:
            wide = 2 if length == 126 else 8
            if len(data) < 2 + wide:
                return False
            length, at = int.from_bytes(data[2 : 2 + wide], "big"), 2 + wide
        if data[0] & 0x0F in (1, 2):  # the first frame of a message
            self.messages += 1
            self.compressed += data[0] >> 6 & 1
        self._skip = at + (4 if data[1] & 0x80 else 0) + length
        return True


@contextlib.asynccontextmanager
async def counted(port):
    """A proxy to a port of this machine: its own port, and what goes from the client and to it."""
    ways = Direction(), Direction()

    async def pump(reader, writer, way):
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                way.feed(data)
                writer.write(data)
                await writer.drain()
        with contextlib.suppress(ConnectionError, RuntimeError):
            writer.write_eof()

    async def serve(reader, writer):
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, back, ways[0]), pump(there, writer, ways[1]))
        writer.close()
        back.close()

    proxy = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with proxy:
        yield proxy.sockets[0].getsockname()[1], *ways


def both_compressed(out, back, client_compresses=True):
    holds("permessage-deflate" in back.head, back.head)
    long = sum(size >= LONG for size in SIZES)
    for way, name, compresses in ((out, "sent", client_compresses), (back, "received", True)):
        same(way.messages, len(SIZES), f"messages {name}")
        holds(way.compressed >= long or not compresses, f"{way.compressed} messages {name} compressed")


@check("deflate: aiohttp as a client, with narrow windows and the widest")
async def aiohttp_client():
    for bits in (9, 12, 15):
        async with counted(server.port) as (port, out, back), aiohttp.ClientSession() as session:
            url = f"ws://127.0.0.1:{port}/echo"
            async with session.ws_connect(url, compress=bits, max_msg_size=0) as peer:
                for size in SIZES:
                    await peer.send_str(text(size))
                    same(await peer.receive_str(), text(size), f"the echo of {size} with {bits} bits")
        if bits == 15:
            both_compressed(out, back)
        else:  # what is longer than the window goes out as it is
            holds(f"server_max_window_bits={bits}" in back.head, back.head)
            holds(out.compressed and back.compressed, f"nothing compressed with {bits} bits")


async def run_client(*command, client_compresses=True):
    """Runs a client in another language, which ends with 0 when all came back."""
    async with counted(server.port) as (port, out, back):
        url = f"ws://127.0.0.1:{port}/echo"
        process = await asyncio.create_subprocess_exec(*command, "deflate_peer.mjs", url, *map(str, SIZES))
        try:
            same(await process.wait(), 0, "the client's exit code")
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
    both_compressed(out, back, client_compresses)


@check("deflate: undici as a client, which inflates and compresses nothing itself")
async def undici_client():
    await run_client("node", client_compresses=False)


@check("deflate: Bun as a client")
async def bun_client():
    await run_client("node_modules/.bin/bun")


@check("deflate: Deno as a client: it offers nothing, and is answered with nothing")
async def deno_client():
    async with counted(server.port) as (port, out, back):
        command = ["node_modules/.bin/deno", "run", "--allow-all", "deflate_peer.mjs"]
        process = await asyncio.create_subprocess_exec(*command, f"ws://127.0.0.1:{port}/echo", *map(str, SIZES))
        same(await process.wait(), 0, "the client's exit code")
    offers = "permessage-deflate" in out.head
    same("permessage-deflate" in back.head, offers, "answered as it was offered")
    same((out.messages, back.messages), (len(SIZES), len(SIZES)), "messages")
    holds(offers == bool(back.compressed), "compressed as it was agreed on")


# Reads no file: what Node, Bun and Deno get as arguments stands in the URL.
PAGE = """<!doctype html><meta charset="utf-8"><script type="module">
const { url, sizes } = Object.fromEntries(new URL(location.href).searchParams);
const piece = '{"event": "order", "items": [1, 2, 3], "name": "Zo\u00eb"}, ';
const texts = sizes.split(",").map(Number).map((size) => piece.repeat(size / piece.length + 1).slice(0, size));
const socket = new WebSocket(url);
let next = 0;
let verdict = "nothing came";
socket.onopen = () => texts.forEach((text) => socket.send(text));
socket.onmessage = ({ data }) => {
  verdict = data === texts[next] ? "all came back" : `another message than number ${next}, ${data.length} characters`;
  next += 1;
  if (next === texts.length || verdict !== "all came back") socket.close(1000);
};
socket.onclose = ({ code }) => fetch("/ended", { method: "POST", body: `${code}, ${next} messages: ${verdict}` });
</script>"""


@check("deflate: Chromium as a client")
async def chromium_client():
    told = asyncio.get_running_loop().create_future()

    async def page(_):
        return web.Response(text=PAGE, content_type="text/html")

    async def ended(request):
        told.set_result(await request.text())
        return web.Response()

    application = web.Application()
    application.add_routes([web.get("/", page), web.post("/ended", ended)])
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        # Parts of Chromium outlive its first process, and may still write.
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            async with counted(server.port) as (port, out, back):
                here = f"http://127.0.0.1:{runner.addresses[0][1]}"
                query = f"url=ws://127.0.0.1:{port}/echo&sizes={','.join(map(str, SIZES))}"
                flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}"]
                null = asyncio.subprocess.DEVNULL
                browser = await asyncio.create_subprocess_exec(
                    os.environ.get("CHROMIUM", "chromium"), *flags, f"{here}/?{query}", stdout=null, stderr=null,
                    start_new_session=True)
                try:
                    same(await told, f"1000, {len(SIZES)} messages: all came back", "what the page tells")
                finally:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(browser.pid, signal.SIGKILL)
                    await browser.wait()
    finally:
        await runner.cleanup()
    both_compressed(out, back)


async def our_client(there):
    """Our client sends texts to an echo server, and gets them back."""
    async with counted(there) as (port, out, back):
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for size in SIZES:
                files += ["--file", f"{folder}/{size}"]
                with open(files[-1], "w", encoding="utf-8") as file:
                    file.write(text(size))
            flags = ["--deflate", "--deflate-min", "1", "--max-message", "16M", "--proxy", "none"]
            process = await asyncio.create_subprocess_exec(
                PROGRAM, "send", *flags, *files, "--expect", str(len(SIZES)), f"ws://127.0.0.1:{port}/",
                stdout=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL)
            answers, _ = await process.communicate()
        same(process.returncode, 0, "exit code")
        same(answers.decode(), "".join(text(size) + "\n" for size in SIZES), "the echoes")
    both_compressed(out, back)


@check("deflate: aiohttp as a server of our client")
async def aiohttp_server():
    async def echo(request):
        peer = web.WebSocketResponse(max_msg_size=0)
        await peer.prepare(request)
        async for message in peer:
            await peer.send_str(message.data)
        return peer

    application = web.Application()
    application.add_routes([web.get("/", echo)])
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        await our_client(runner.addresses[0][1])
    finally:
        await runner.cleanup()


@check("deflate: tornado as a server of our client: it takes its context over")
async def tornado_server():
    class Echo(WebSocketHandler):
        def get_compression_options(self):
            return {}

        def on_message(self, message):
            self.write_message(message)

    there = HTTPServer(Application([("/", Echo)], websocket_max_message_size=16 * MIB))
    there.listen(0, "127.0.0.1")
    (socket,) = there._sockets.values()
    try:
        await our_client(socket.getsockname()[1])
    finally:
        there.stop()


with server:
    main()
