"""The console: keys, colours, letters beyond ASCII, and what reaches a pipe instead."""

import asyncio
import re
import socket

from .checks import check, equal, wait_until
from .peers import Raw, clients, closing_of, connect
from .wine import HELPERS, LINUX_PROGRAM, PROGRAM, SCRATCH, Console, Server

SHUT_DOWN = (1001, "server shutting down")


def port_of(console):
    return int(console.wait_for(r"page +http://[^ /]*:(\d+)/").group(1))


async def stopped_by(press, console, count=50):
    """Presses the key with this many clients open; all of them must be told, the program ends well."""
    everyone = await clients(count, f"ws://127.0.0.1:{port_of(console)}/broadcast")
    closings = [asyncio.create_task(closing_of(client)) for client in everyone]
    press()
    equal(set(await asyncio.gather(*closings)), {SHUT_DOWN}, "what the clients were told")
    equal(await asyncio.to_thread(console.exit_code, 6), 0, "the exit code")
    await asyncio.to_thread(console.wait_for, "stopped: every client has left")


@check("Ctrl-C: 50 clients get 1001, the server ends with 0", 90)
async def ctrl_c():
    with Console("wine", PROGRAM, "serve", "--listen", "127.0.0.1:0") as console:
        await stopped_by(lambda: console.key("C-c"), console)


def console_with(event):
    """No terminal here has a Ctrl-Break, and none an X: at Enter, the helper does what Windows does."""
    return Console("wine", HELPERS / "event.exe", event, PROGRAM, "serve", "--listen", "127.0.0.1:0")


@check("Ctrl-Break: 50 clients get 1001, the server ends with 0", 90)
async def ctrl_break():
    with console_with("break") as console:
        await stopped_by(lambda: console.key("Enter"), console)


def press_the_x():
    return console_with("close"), lambda console: console.key("Enter")


def close_the_terminal():
    return Console("wine", PROGRAM, "serve", "--listen", "127.0.0.1:0"), Console.close


def end_the_process():
    return Console("wine", PROGRAM, "serve", "--listen", "127.0.0.1:0"), Console.kill


@check("a closed window: Windows ends what is in it at once, and 50 clients get 1001 all the same", 90)
async def closed_window():
    for way in [press_the_x, close_the_terminal, end_the_process]:
        console, close = way()
        with console:
            port = port_of(console)
            everyone = await clients(50, f"ws://127.0.0.1:{port}/broadcast")
            closings = [asyncio.create_task(closing_of(client)) for client in everyone]
            close(console)
            equal(set(await asyncio.gather(*closings)), {SHUT_DOWN}, f"what the clients were told: {way.__name__}")
            await asyncio.to_thread(wait_until, lambda: refused(port), f"the server is gone as well: {way.__name__}")


def refused(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) != 0


@check("a window that is held for a while holds up nobody")
async def held_window():
    with Console("wine", PROGRAM, "serve", "--listen", "127.0.0.1:0", "-vv") as console:
        url = f"ws://127.0.0.1:{port_of(console)}/"
        console.freeze()
        async with connect(url) as client:
            for number in range(3000):  # some lines of log for each, far more than a pipe holds
                await client.send(str(number))
                equal(await client.recv(), str(number))
        console.thaw()
        console.wait_for("close id=1")


@check("Ctrl-C: a client that does not answer is disconnected in time; a second Ctrl-C exits immediately", 90)
def ctrl_c_twice():
    cut = "no Close from the peer within the close timeout|had not answered in time"
    for presses, seconds, words in [(1, 20, cut), (2, 4, "press Ctrl-C again to exit immediately")]:
        with Console("wine", PROGRAM, "serve", "--listen", "127.0.0.1:0") as console:
            mute = Raw(port_of(console))
            console.key("C-c")
            equal(mute.frame()[0], 0x88)
            console.wait_for("stopping:")
            for _ in range(presses - 1):
                console.key("C-c")
            equal(console.exit_code(seconds), 0)
            console.wait_for(words)


@check("connect in a console: letters of all kinds, typed and shown; what ends it, ends it at once", 120)
def letters():
    text = "h\u00e9llo \u20ac \u65e5\u672c \u0416"
    endings = [
        (lambda _, console: console.key("C-c"), "closed by us: 1000"),
        (lambda _, console: console.type("/quit"), "closed by us: 1000"),
        (lambda server, _: server.process.terminate(), "closed by the server: 1001"),
    ]
    for end, words in endings:
        with Server(program=LINUX_PROGRAM) as server, Console("wine", PROGRAM, "connect", server.url()) as console:
            console.wait_for(r"connected to [\s\S]* leaves")
            console.type(text)
            console.wait_for(f"(?m)^< {text}$")
            end(server, console)
            equal(console.exit_code(3), 0, f"the exit code where it was {words}")
            console.wait_for(words)


@check("colours in a console, none with NO_COLOR, none in a pipe, and never a \\r in a pipe")
async def colours():
    for settings, coloured in [({}, True), ({"NO_COLOR": "1"}, False)]:
        with Console("wine", PROGRAM, "serve", "--listen", "127.0.0.1:0", env=settings) as console:
            async with connect(f"ws://127.0.0.1:{port_of(console)}/"):
                console.wait_for(r"\[INFO\] open id=1")
            seen = console.coloured_screen()
            equal(bool(re.search("\x1b\\[3[0-9]m\\[INFO\\]", seen)), coloured, f"coloured with {settings}")
            assert "\u2190" not in seen, "an escape was shown as a glyph"
    with Server("-vv") as server:
        async with connect(server.url()) as client:
            await client.send("\u20ac")
            await client.recv()
        server.wait_for_log("close id=1")
        log = server.raw_log()
        assert b"\x1b" not in log and b"\r" not in log, log


@check("what a peer writes cannot steer the console")
async def harmless():
    with Console("wine", PROGRAM, "serve", "--listen", "127.0.0.1:0") as console:
        client = await connect(f"ws://127.0.0.1:{port_of(console)}/")
        await client.close(1000, "\x1b[2J\x1b]0;title\x07\r\nfake")
        console.wait_for(re.escape(r'reason="\u{1b}[2J\u{1b}]0;title\u{7}\r\nfake"'))


@check("a log file is UTF-8 with plain line ends, in a folder with letters of all kinds")
async def log_file():
    path = SCRATCH / "l\u00f6g \u65e5.txt"
    with Server("--log-file", path.name) as server:
        client = await connect(server.url())
        await client.close(1000, "\u20ac")
        wait_until(lambda: path.exists() and "close id=1" in path.read_text("utf-8"), "the close in the log file")
    text = path.read_bytes()
    assert "reason=\"\u20ac\"".encode() in text and b"\r" not in text and b"\x1b" not in text, text
