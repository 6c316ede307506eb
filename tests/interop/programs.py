"""Servers and clients that Debian brings, each with what it can do: mosquitto (MQTT over libwebsockets)
and nginx's nchan with our client, and the client of libwebsockets with our server."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import checks
from checks import COMPRESSION, check, free_port, holds, main, same
from stack_cases import BLOBS, TEXTS, comes_back, run

SUBPROTOCOLS = ["--strict", "--subprotocol", "other", "--subprotocol", "mqtt"]
os.environ["PATH"] += ":/usr/sbin"


@contextlib.contextmanager
def program(name, configuration, *command):
    """A server with this configuration, which says $PORT and $FOLDER; gives its port once it listens."""
    path = shutil.which(name) or sys.exit(f"{name} is missing")
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        configuration = configuration.replace("$PORT", str(port)).replace("$FOLDER", folder)
        with open(f"{folder}/conf", "w", encoding="utf-8") as file:
            file.write(configuration)
        with open(f"{folder}/log", "w+", encoding="utf-8") as log:
            process = subprocess.Popen([path, *command, f"{folder}/conf"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                for _ in range(1200):
                    with socket.socket() as probe:
                        if probe.connect_ex(("127.0.0.1", port)) == 0:
                            break
                    if process.poll() is not None:
                        log.seek(0)
                        sys.exit(f"{name} has ended: {log.read()}")
                    time.sleep(0.05)
                yield port
            finally:
                process.terminate()
                process.wait(10)


# Without a listener for MQTT alone version 2.0.11 gives up.
MOSQUITTO = """
user root
listener 0 $FOLDER/socket
listener $PORT 127.0.0.1
protocol websockets
allow_anonymous true
persistence false
log_type error
"""

NCHAN = """
load_module modules/ngx_nchan_module.so;
daemon off;
pid $FOLDER/pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path $FOLDER;
  server {
    listen 127.0.0.1:$PORT;
    client_max_body_size 4m;
    location = /echo {
      nchan_pubsub websocket;
      nchan_channel_id $arg_id;
      nchan_websocket_ping_interval 1;
    }
  }
}
"""


def packet(kind, *parts):
    """A packet of MQTT 3.1.1."""
    body = b"".join(parts)
    rest, length = len(body), b""
    while rest or not length:
        rest, digit = divmod(rest, 128)
        length += bytes([digit | (128 if rest else 0)])
    return bytes([kind]) + length + body


def checks_of_mosquitto(port):
    url = f"ws://127.0.0.1:{port}/"
    connect = packet(0x10, b"\0\4MQTT\4\2\0\74\0\0")
    subscribe = packet(0x82, b"\0\1\0\1t\0")

    @check("mosquitto: what is published in MQTT comes back to its subscriber, in messages of many sizes")
    async def published():
        # Of a message past some 130 KB this version sends a part, whoever the client is.
        publish = [packet(0x30, b"\0\1t", blob) for blob in BLOBS if len(blob) < 100_000]
        answers = [packet(0x20, b"\0\0"), packet(0x90, b"\0\1\0"), *publish]
        for flags in [], ["--fragment", "1001"]:
            await comes_back(url, [connect, subscribe, *publish], "--binary", *SUBPROTOCOLS, *flags, answers=answers)

    @check("mosquitto: messages of every size are acknowledged in MQTT")
    async def acknowledged():
        publish = [packet(0x32, b"\0\1u\0", bytes([n]), blob) for n, blob in enumerate(BLOBS, 1)]
        answers = [packet(0x20, b"\0\0"), *(packet(0x40, bytes([0, n])) for n, _ in enumerate(BLOBS, 1))]
        for flags in [], ["--fragment", "70000"]:
            await comes_back(url, [connect, *publish], "--binary", *SUBPROTOCOLS, *flags, answers=answers)

    @check("mosquitto: our pings are answered")
    async def pinged():
        flags = ["-vv", "--ping-interval", "300ms", "--wait", "4s", "--subprotocol", "mqtt"]
        code, _, err = await run("send", *flags, url, "--binary", "--file", "-", stdin=connect)
        same(code, 0, "exit code")
        holds(err.count("dir=in fin=1 rsv=000 opcode=10/pong") >= 2, f"no pongs: {err}")


def checks_of_nchan(port):
    url = f"ws://127.0.0.1:{port}/echo?id="

    @check("nchan: texts and binary messages of every size come back")
    async def echoes():
        await comes_back(url + "texts", TEXTS)
        await comes_back(url + "blobs", BLOBS, "--binary")

    @check("nchan: pings are answered on both sides")
    async def pinged():
        code, out, err = await run("send", "-vv", "--ping-interval", "300ms", "--wait", "4s", url + "p", "hello")
        same((code, out), (0, b"hello\n"), "exit code and stdout")
        holds("dir=in fin=1 rsv=000 opcode=10/pong" in err, f"no pong: {err}")
        holds("dir=in fin=1 rsv=000 opcode=9/ping" in err, f"no ping: {err}")

    @check("nchan: our Close is answered, and the end is clean")
    async def closes():
        code, out, err = await run("connect", url + "c", stdin="hello\n/close 4321 as agr\u00e9ed\n".encode())
        same((code, out, err), (0, b"hello\n", ""), "exit code, stdout and stderr")

    @check("nchan: a refusal is told with its status, with exit code 5")
    async def refused():
        code, _, err = await run("send", f"ws://127.0.0.1:{port}/nope", "hello")
        same(code, 5, "exit code")
        holds("404" in err, f"stderr is {err!r}")


def checks_of_libwebsockets():
    # It opens two connections, of which one draws: it sends lines, and expects them back.
    @check("libwebsockets: its client gets its subprotocols, sends and receives, and answers the server's pings")
    async def mirror():
        client = shutil.which("libwebsockets-test-client")
        holds(client, "libwebsockets-test-client is missing")
        with checks.Server("--subprotocol", "any", "--ping-interval", "500ms", "--ping-timeout", "5s") as server:
            quiet = asyncio.subprocess.DEVNULL
            process = await asyncio.create_subprocess_exec(
                client, "127.0.0.1", f"--port={server.port}", stdout=quiet, stderr=quiet
            )
            try:
                for _ in range(200):
                    await asyncio.sleep(0.5)
                    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics") as answer:
                        lines = [line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if line[0] != "#"]
                    figures = {name: float(figure) for name, figure in lines}
                    clients = figures['wshub_clients{endpoint="/"}']
                    sent = figures['wshub_messages_total{direction="sent",kind="text"}']
                    pongs = figures['wshub_messages_total{direction="received",kind="pong"}']
                    if clients == 2 and sent > 0 and pongs > 1:
                        return
            finally:
                process.kill()
                await process.wait()
        holds(False, f"{clients} connections (of 2), {sent} messages sent to them, {pongs} pongs")

with program("mosquitto", MOSQUITTO, "-c") as mosquitto, program("nginx", NCHAN, "-c") as nchan:
    checks_of_mosquitto(mosquitto)
    checks_of_nchan(nchan)
    # Version 4.1.6 loops for ever once it receives an uncompressed message although compression was agreed on.
    if not COMPRESSION:
        checks_of_libwebsockets()
    main(at_once=True)
