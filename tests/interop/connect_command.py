"""`wshub connect` against python-websockets and node's ws as servers: what it prints, how it ends."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import time

from checks import COMPRESSION, MIB, PROGRAM, check, free_port, holds, main, same

AT_ONCE = 3  # seconds; the client's own timeouts are 5 s and more
PIPE = asyncio.subprocess.PIPE


@contextlib.contextmanager
def peer_server(*command):
    """A server of another make; gives its URL."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"ws://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


@contextlib.asynccontextmanager
async def started(*command):
    """A command, with pipes."""
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=4 * MIB)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def connect(url):
    return started(PROGRAM, "connect", *COMPRESSION, url)


async def ending(process):
    """Exit code, stdout and stderr of a process that ends by itself, its stdin open all the time."""
    out, err = await asyncio.gather(process.stdout.read(), process.stderr.read())
    return await process.wait(), out, err.decode()


def checks_against(name, url):
    """Registers every check that needs a server."""

    text = "one\n\nh\u00e9llo \U0001f600\n" + "x" * 5000 + "\nlast"

    @check(f"connect to {name}: each line of stdin goes out, each answer is a line of stdout; the end of stdin is exit code 0")
    async def lines():
        async with connect(url + "/echo") as client:
            client.stdin.write(text.encode() + b"\n")
            for line in text.split("\n"):
                same((await client.stdout.readline()).decode(), line + "\n", "the next line of stdout")
            client.stdin.close()
            same(await ending(client), (0, b"", ""), "exit code, stdout and stderr")

    # A server may take a Close for its turn to fall silent (RFC 6455 allows it): it has to come late enough.
    @check(f"connect to {name}: what was asked before stdin ended is still answered")
    async def piped():
        async with connect(url + "/echo") as client:
            out, err = await client.communicate(text.encode())
            same(out.decode(), text + "\n", "stdout")
            same((client.returncode, err), (0, b""), "exit code and stderr")

    for code, exit_code in [(1000, 0), (1001, 0), (1011, 4), (4001, 4)]:

        @check(f"connect to {name}: the server's Close {code} ends it at once with {exit_code}, though stdin is open")
        async def closed(code=code, exit_code=exit_code):
            began = time.monotonic()
            async with connect(f"{url}/close?{code}") as client:
                ended, out, err = await ending(client)
            lasted = time.monotonic() - began
            same((ended, out), (exit_code, b""), "exit code and stdout")
            if exit_code:
                holds(str(code) in err and "said the server" in err, f"stderr tells not why: {err!r}")
            else:
                same(err, "", "stderr")
            holds(lasted < AT_ONCE, f"it took {lasted:.1f} s")

    @check(f"connect to {name}: HTTP 404 gives exit code 5, and stderr has the status and the body's first line")
    async def refused():
        async with connect(url + "/refuse") as client:
            code, out, err = await ending(client)
        same((code, out), (5, b""), "exit code and stdout")
        holds("404" in err and "no such room" in err and "second line" not in err, f"stderr is {err!r}")
        same(err.count("\n"), 1, "the number of lines on stderr")

    @check(f"connect to {name}: messages of 1 MiB arrive whole, text and binary")
    async def large():
        async with connect(url + "/large") as client:
            code, out, err = await ending(client)
        text = ("0123456789abcde\u00e9" * (MIB // 17) + "." * (MIB % 17)).encode()
        holds(out == text + b"\n" + bytes(range(256)) * (MIB // 256), f"other bytes, {len(out)} of them")
        same((code, err), (0, ""), "exit code and stderr")

    @check(f"connect to {name}: `| head -1` ends quietly and at once")
    async def head():
        pipeline = '"$0" connect "$1" | head -1; exit "${PIPESTATUS[0]}"'
        began = time.monotonic()
        async with started("bash", "-c", pipeline, PROGRAM, url + "/stream") as both:
            same(await ending(both), (0, b"line 0\n", ""), "exit code, stdout and stderr")
        lasted = time.monotonic() - began
        holds(lasted < AT_ONCE, f"it took {lasted:.1f} s")

    @check(f"connect to {name}: Ctrl-C closes and ends at once with 0")
    async def interrupted():
        async with connect(url + "/echo") as client:
            client.stdin.write(b"hello\n")
            same(await client.stdout.readline(), b"hello\n", "the echo")
            began = time.monotonic()
            client.send_signal(signal.SIGINT)
            code, out, err = await ending(client)
            lasted = time.monotonic() - began
        same((code, out, err), (0, b"", ""), "exit code, stdout and stderr")
        holds(lasted < AT_ONCE, f"it took {lasted:.1f} s")


@check("connect: where nothing listens, exit code 14 and one line on stderr")
async def nothing_listens():
    async with connect(f"ws://127.0.0.1:{free_port()}/") as client:
        code, out, err = await ending(client)
    same((code, out), (14, b""), "exit code and stdout")
    holds("nothing listens" in err and err.count("\n") == 1, f"stderr is {err!r}")


with peer_server(sys.executable, "peer_server.py") as python, peer_server("node", "peer_server.mjs") as node:
    checks_against("python-websockets", python)
    checks_against("node ws", node)
    main()
