"""wshub.exe as a client, against the Linux server and against a server that misbehaves."""

import asyncio
import socket
import threading

import websockets

from .checks import check, equal
from .wine import LINUX_PROGRAM, SCRATCH, Console, PROGRAM, Server, wshub


def linux_server(*flags):
    return Server(*flags, program=LINUX_PROGRAM)


@check("connect: lines go out, messages come back; pipes carry bytes as they are, without \\r")
def pipes():
    with linux_server() as server:
        lines = "hello\nh\u00e9llo \u20ac \u65e5\u672c\nwith a return\r\nlast"
        code, out, errors = wshub("connect", server.url(), stdin=lines.encode())
        equal((code, errors), (0, b""))
        equal(out.decode(), "hello\nh\u00e9llo \u20ac \u65e5\u672c\nwith a return\nlast\n")
        server.wait_for_log('by=peer code=1000 reason="".*clean=true in=|by=peer code=1000')


@check("connect: a line of 1 MiB goes there and comes back")
def long_line():
    with linux_server() as server:
        line = b"0123456789abcdef" * 65536
        equal(wshub("connect", server.url(), stdin=line + b"\n") == (0, line + b"\n", b""), True, "the same line")


@check("connect: each failure has its exit code and says what is wrong")
def failures():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        free_port = unused.getsockname()[1]
    with linux_server() as server:
        rows = [
            (["ws://127.0.0.1:%d/none" % server.port], 5, "404"),
            (["ws://127.0.0.1:%d/" % free_port], 14, "nothing listens on"),
            (["ws://no-such-name.invalid/"], 21, "no-such-name.invalid"),
            (["ftp://127.0.0.1/"], 2, "ftp"),
            (["--max-mesage", "1", "ws://127.0.0.1/"], 2, "--max-message"),
            ([], 2, "URL"),
        ]
        for arguments, code, text in rows:
            seen, out, errors = wshub("connect", *arguments)
            equal((seen, out), (code, b""), f"{arguments}: {errors}")
            assert text in errors.decode() and b"\r" not in errors, errors


@check("connect: a server's close code becomes the exit code; one that hangs, a timeout")
async def close_codes():
    async def close(client):
        code, reason = client.request.path[1:].split("-")
        await client.close(int(code), reason)

    async with websockets.serve(close, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for close_code, exit_code in [(1000, 0), (1001, 0), (1011, 4), (4000, 4)]:
            code, out, errors = await asyncio.to_thread(wshub, "connect", f"ws://127.0.0.1:{port}/{close_code}-why")
            equal((code, out), (exit_code, b""), f"after {close_code}: {errors}")
            assert exit_code == 0 or f"{close_code} ".encode() in errors and b"why" in errors, errors
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        code, _, errors = await asyncio.to_thread(wshub, "connect", "--connect-timeout", "1s", f"ws://127.0.0.1:{port}/")
        equal(code, 7, f"{errors}")


@check("connect: pings go out in silence, and a server that is gone is noticed")
async def lost():
    seen = asyncio.Event()

    async def vanish(client):
        await client.ping()
        await client.send("here")
        seen.set()
        await asyncio.sleep(0.3)
        client.transport.abort()

    async with websockets.serve(vanish, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]

        def hold():
            code, out, errors = wshub_holding_stdin("connect", f"ws://127.0.0.1:{port}/")
            return code, out, errors

        code, out, errors = await asyncio.to_thread(hold)
        equal((code, out), (1, b"here\n"), f"{errors}")
        assert b"the connection was lost" in errors, errors


def wshub_holding_stdin(*arguments):
    """Its stdin stays open and empty: nothing but the peer ends it."""
    import os
    import subprocess

    reading, writing = os.pipe()
    try:
        done = subprocess.run(["wine", str(PROGRAM), *arguments], stdin=reading, capture_output=True, timeout=40, cwd=SCRATCH)
    finally:
        os.close(reading)
        os.close(writing)
    return done.returncode, done.stdout, done.stderr


@check("two wshub.exe and the Linux server: a broadcast between all of them")
def between():
    with linux_server() as server, Console("wine", PROGRAM, "connect", server.url("/broadcast")) as listener:
        listener.wait_for("connected to")
        code, out, errors = wshub("connect", server.url("/broadcast"), stdin="from the pipe \u20ac\n".encode())
        equal((code, out), (0, "from the pipe \u20ac\n".encode()), f"{errors}")
        listener.wait_for("< from the pipe \u20ac")
        listener.type("/quit")
        equal(listener.exit_code(), 0)
