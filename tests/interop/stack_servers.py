"""Our client against the servers of other stacks: one table of cases, and stack_server.py for each
stack, or stack_server.mjs in another runtime of JavaScript."""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile

from checks import check, holds, main, same
from stack_cases import BLOBS, TEXTS, comes_back, run

PINGING = ["aiohttp", "tornado", "picows", "Deno"]
CODE, REASON = 4321, "said the server \u00e9"


class Server:
    """A server of another stack, for the time of a `with` block, and what it prints."""

    def __init__(self, *command):
        self._command = command

    def __enter__(self):
        self._output = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=self._output)
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._output.close()

    async def line(self, is_it):
        """Waits for a line that it prints."""
        for _ in range(1200):
            # The process has the same file, and the same place in it.
            lines = os.pread(self._output.fileno(), 1 << 20, 0).decode().split("\n")[:-1]
            for line in lines:
                if is_it(line):
                    return line
            holds(self._process.poll() is None, "the server has ended")
            await asyncio.sleep(0.05)
        raise AssertionError(f"the server printed only {lines}")

    async def url(self, path):
        port = int(await self.line(str.isdecimal))
        while True:  # some print the port before they listen
            with contextlib.suppress(ConnectionRefusedError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return f"ws://127.0.0.1:{port}{path}"
            await asyncio.sleep(0.05)


def cases_of(name, server):
    @check(f"to {name}: texts of every size come back")
    async def echoes_of_texts():
        await comes_back(await server.url("/echo"), TEXTS)

    @check(f"to {name}: binary messages of every size come back")
    async def echoes_of_binary():
        await comes_back(await server.url("/echo"), BLOBS, "--binary")

    @check(f"to {name}: fragmented messages come back")
    async def fragments():
        await comes_back(await server.url("/echo"), TEXTS, "--fragment", "1001")
        await comes_back(await server.url("/echo"), BLOBS, "--fragment", "70000", "--binary")

    @check(f"to {name}: our pings are answered")
    async def pings():
        url = await server.url("/echo")
        code, out, err = await run("send", "-vv", "--ping-interval", "300ms", "--wait", "4s", url, "hello")
        same((code, out), (0, b"hello\n"), f"exit code and stdout, with {err!r} on stderr,")
        answers = err.count("dir=in fin=1 rsv=000 opcode=10/pong")
        holds(answers >= 2, f"{answers} pongs: {err}")

    if name in PINGING:

        @check(f"to {name}: its pings are answered, and so we stay")
        async def pinged():
            url = await server.url("/echo")
            code, out, err = await run("send", "-vv", "--ping-interval", "off", "--wait", "6s", url, "hello")
            same((code, out), (0, b"hello\n"), f"exit code and stdout, with {err!r} on stderr,")
            holds("dir=in fin=1 rsv=000 opcode=9/ping" in err, f"no ping: {err}")
            holds("dir=out fin=1 rsv=000 opcode=10/pong" in err, f"no pong: {err}")

    @check(f"to {name}: our close code and reason are heard, and the end is clean")
    async def closes():
        url = await server.url("/echo")
        code, out, err = await run("connect", "-vv", url, stdin="hello\n/ping\n/close 4000 as agr\u00e9ed\n".encode())
        same((code, out), (0, b"hello\n"), f"exit code and stdout, with {err!r} on stderr,")
        holds("dir=in fin=1 rsv=000 opcode=10/pong" in err, f"no pong: {err}")
        await server.line(lambda line: line == "closed 4000 as agr\u00e9ed")

    @check(f"to {name}: its close code and reason are told, with exit code 4")
    async def closed():
        code, out, err = await run("send", "--wait", "60s", await server.url("/close"), "hello")
        same((code, out), (4, b""), f"exit code and stdout, with {err!r} on stderr,")
        holds(str(CODE) in err and REASON in err, f"stderr is {err!r}")

    @check(f"to {name}: it chooses one of the subprotocols that we offer")
    async def subprotocol():
        offer = ["--strict", "--subprotocol", "other", "--subprotocol", "chat.example"]
        code, out, err = await run("send", *offer, "--expect", "1", await server.url("/echo"), "hello")
        same((code, out, err), (0, b"hello\n", ""), "exit code, stdout and stderr")

    @check(f"to {name}: a refusal is told with its status, with exit code 5")
    async def refused():
        code, out, err = await run("send", await server.url("/nope"), "hello")
        same((code, out), (5, b""), f"exit code and stdout, with {err!r} on stderr,")
        holds("404" in err and err.count("\n") == 1, f"stderr is {err!r}")


STACKS = {name: [sys.executable, "stack_server.py", name] for name in ["aiohttp", "tornado", "picows", "wsproto", "pywebsocket3"]}
STACKS["Bun"] = ["node_modules/.bin/bun", "run", "stack_server.mjs"]
STACKS["Deno"] = ["node_modules/.bin/deno", "run", "--allow-net", "stack_server.mjs"]

with contextlib.ExitStack() as servers:
    for name, command in STACKS.items():
        cases_of(name, servers.enter_context(Server(*command)))
    main(at_once=True)
