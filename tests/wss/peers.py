"""python-websockets over TLS: as a client of our server, and as a server of our client."""

import asyncio
import os
import ssl
import sys

import websockets

URL, FOLDER, PROGRAM = os.environ["WSS_URL"], os.environ["WSS_DIR"], os.environ["WSHUB_BIN"]
CERTIFICATE, KEY = f"{FOLDER}/cert.pem", f"{FOLDER}/key.pem"
MIB = 1 << 20
CHECKS = []


def check(sentence):
    """Registers a check."""

    def register(function):
        CHECKS.append((sentence, function))
        return function

    return register


def same(actual, expected):
    assert actual == expected, f"{str(actual)[:200]!r} is not {str(expected)[:200]!r}"


def trusting():
    return ssl.create_default_context(cafile=CERTIFICATE)


@check("python-websockets gets its messages back, 16 MiB too, and parts cleanly")
async def echo():
    async with websockets.connect(f"{URL}/echo", ssl=trusting(), max_size=None) as socket:
        for message in ("hello", "", "\U0001f600" * 50000, b"", b"\0\xff" * 8 * MIB):
            await socket.send(message)
            same(await socket.recv(), message)
        await (await socket.ping())
    same((socket.close_code, socket.close_reason), (1000, ""))


@check("python-websockets floods both ways at once")
async def flood():
    async with websockets.connect(f"{URL}/echo", ssl=trusting(), max_size=None) as socket:
        block = os.urandom(MIB)

        async def send():
            for _ in range(64):
                await socket.send(block)

        sending = asyncio.create_task(send())
        for _ in range(64):
            same(await socket.recv() == block, True)
        await sending


@check("a hundred python-websockets hear one broadcast")
async def broadcast():
    context = trusting()
    members = await asyncio.gather(
        *(websockets.connect(f"{URL}/broadcast", ssl=context, open_timeout=60) for _ in range(100))
    )
    await members[0].send("to all")
    same(set(await asyncio.gather(*(member.recv() for member in members))), {"to all"})
    await asyncio.gather(*(member.close() for member in members))


@check("python-websockets that ends TCP without close_notify harms nobody")
async def cut():
    socket = await websockets.connect(f"{URL}/echo", ssl=trusting())
    socket.transport.abort()
    await echo()


async def our_client(*arguments, lines=b"one\ntwo\n"):
    process = await asyncio.create_subprocess_exec(
        PROGRAM, "connect", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    # Not before the answers are there: a server that reads messages and a Close at once may
    # answer the Close alone.
    process.stdin.write(lines)
    out = b""
    while out.count(b"\n") < lines.count(b"\n"):
        more = await asyncio.wait_for(process.stdout.read(1 << 16), 20)
        if not more:
            break
        out += more
    rest, error = await asyncio.wait_for(process.communicate(b""), 20)  # closes stdin
    return process.returncode, (out + rest).decode(), error.decode()


async def with_server(version, client):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, KEY)
    context.minimum_version = context.maximum_version = version
    names = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)

    async def echo_back(socket):
        async for message in socket:
            await socket.send(message)

    async with websockets.serve(echo_back, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        await client(port)
    return names


@check("our client talks to a server of python-websockets, TLS 1.2 and 1.3, and sends its name")
async def our_client_echoes():
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        async def client(port):
            code, out, error = await our_client("--cacert", CERTIFICATE, f"wss://localhost:{port}/")
            same((code, out), (0, "one\ntwo\n"))

        same(set(await with_server(version, client)), {"localhost"})


@check("our client refuses a certificate that it does not trust, with exit code 8")
async def our_client_refuses():
    async def client(port):
        code, out, error = await our_client(f"wss://localhost:{port}/")
        same((code, out), (8, ""))
        assert "self-signed" in error or "self signed" in error, error
        code, out, error = await our_client("--insecure", f"wss://127.0.0.1:{port}/")
        same((code, out), (0, "one\ntwo\n"))
        assert "warning" in error, error

    await with_server(ssl.TLSVersion.TLSv1_3, client)


async def main():
    failed = 0
    for sentence, function in CHECKS:
        try:
            await asyncio.wait_for(function(), 60)
            print(f"ok {sentence}", flush=True)
        except Exception as error:  # every failure is told alike
            failed += 1
            print(f"FAILED {sentence}: {type(error).__name__} {str(error)[:600]}", flush=True)
    sys.exit(1 if failed else 0)


asyncio.run(main())
