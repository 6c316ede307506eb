"""`wshub connect` as a client of python-websockets and of node's ws."""

import asyncio
import contextlib
import http

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from checks import MIB, PROGRAM, check, free_port, holds, main, same


async def answer(peer):
    """Echoes; `close CODE` closes with that code, `big N` sends a text of N bytes."""
    with contextlib.suppress(ConnectionClosed):
        await answer_all(peer)


async def answer_all(peer):
    async for message in peer:
        word, _, number = str(message).partition(" ")
        if word == "close":
            await peer.close(int(number), "as asked")
        elif word == "big":
            await peer.send("x" * int(number))
        else:
            await peer.send(message)


def not_found(connection, request):
    if request.path == "/missing":
        return connection.respond(http.HTTPStatus.NOT_FOUND, "No such thing here.\n")
    return None


@contextlib.asynccontextmanager
async def python_server():
    async with serve(answer, "127.0.0.1", 0, process_request=not_found) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@contextlib.asynccontextmanager
async def node_server():
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec("node", "serve_node.mjs", stdout=pipe)
    try:
        yield f"ws://127.0.0.1:{int(await process.stdout.readline())}"
    finally:
        process.kill()
        await process.wait()


SERVERS = {"python": python_server, "node": node_server}


async def start(url):
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(PROGRAM, "connect", url, stdin=pipe, stdout=pipe, stderr=pipe)


async def run(url, lines):
    """Sends the lines and closes stdin; (exit code, stdout, stderr)."""
    client = await start(url)
    out, err = await client.communicate("".join(f"{line}\n" for line in lines).encode())
    return client.returncode, out.decode(), err.decode()


async def talk(url, lines):
    """Sends the lines, and closes stdin once as many have come back: a server may forget what
    it has not answered when a Close arrives. (exit code, lines)"""
    client = await start(url)
    client.stdin.write("".join(f"{line}\n" for line in lines).encode())
    back = [(await client.stdout.readline()).decode().removesuffix("\n") for _ in lines]
    client.stdin.close()
    return await client.wait(), back


def each_server(sentence, seconds=30):
    """A check against both servers."""

    def register(function):
        for name, server in SERVERS.items():

            async def against(server=server):
                async with server() as url:
                    await function(url)

            check(f"our client at {name}: {sentence}", seconds)(against)
        return function

    return register


@each_server("the lines of stdin come back on stdout, and the exit code is 0")
async def lines_come_back(url):
    lines = ["one", "two", "h\u00e9llo \u20ac", "", "last"]
    same(await talk(url, lines), (0, lines), "the run")


@each_server("a thousand lines come back in order")
async def many_lines(url):
    lines = [f"line {number}" for number in range(1000)]
    same(await talk(url, lines), (0, lines), "the run")


@each_server("a message of 1 MiB arrives whole")
async def one_mib(url):
    client = await start(url)
    client.stdin.write(f"big {MIB}\n".encode())
    same(await client.stdout.readexactly(MIB + 1), b"x" * MIB + b"\n", "the message")
    client.stdin.close()
    same(await client.wait(), 0, "the exit code")


@each_server("the server's Close ends the program at once though stdin is open, with its code")
async def closes(url):
    for close, exit_code in [(1000, 0), (1001, 0), (1011, 4), (4000, 4)]:
        client = await start(url)
        client.stdin.write(f"close {close}\n".encode())
        await client.stdin.drain()
        said = await asyncio.wait_for(client.stderr.read(), 5)
        same(await asyncio.wait_for(client.wait(), 5), exit_code, f"the exit code for {close}")
        if exit_code:
            holds(str(close) in said.decode() and "as asked" in said.decode(), f"stderr has not why: {said}")


@each_server("a reader that leaves early (| head -1) ends it quietly")
async def head(url):
    command = f"yes hello | head -n 2000 | {PROGRAM} connect {url} | head -n 1"
    pipe = asyncio.subprocess.PIPE
    shell = await asyncio.create_subprocess_shell(command, stdout=pipe, stderr=pipe)
    same(await shell.communicate(), (b"hello\n", b""), "what it printed")


@check("our client: an HTTP 404 ends it with exit code 5 and the server's own words")
async def missing():
    async with python_server() as url:
        code, out, err = await run(url + "/missing", [])
        same((code, out), (5, ""), "the run")
        holds("404" in err and "No such thing here." in err, f"stderr has not why: {err}")


@check("our client: where nothing listens it ends with exit code 14 and says so")
async def nothing_there():
    code, out, err = await run(f"ws://127.0.0.1:{free_port()}", [])
    same((code, out), (14, ""), "the run")
    holds("nothing listens" in err, f"stderr has not why: {err}")


main()
