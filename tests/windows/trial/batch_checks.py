"""run.bat under Wine's cmd, in each of its situations, from a folder with an awkward name."""

import os
import re
import shutil
import socket
import stat
import tempfile
import urllib.request
from pathlib import Path

from .checks import check, equal, wait_until
from .peers import closing_of, connect
from .wine import HELPERS, LINUX_PROGRAM, PROGRAM, SCRATCH, Console, Server, run, windows_path

HOME = PROGRAM.parent
DRIVE_C = Path(os.environ["WINEPREFIX"]) / "drive_c"
PRESS_A_KEY = r"Press any key to continue"


class Folder:
    """A folder of its own, its name full of what cmd takes for syntax, with run.bat in it."""

    def __init__(self, *programs):
        self.path = Path(tempfile.mkdtemp(dir=SCRATCH)) / "a (b) & c, d; e=f ! ^ 'g' \u00fc \u65e5"
        self.path.mkdir()
        shutil.copy(HOME / "run.bat", self.path)
        for place in programs:
            target = self.path / place
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROGRAM, target)

    def console(self, *arguments, env=None):
        return Console("wine", "cmd", "/c", "run.bat", *arguments, cwd=self.path, env=env)

    def console_elsewhere(self, *arguments):
        """From another folder, by its whole path; cmd's own rules on quotes need the detour."""
        batch = SCRATCH / "elsewhere.bat"
        batch.write_bytes(b'@call "%WSHUB_FOLDER%\\run.bat" %*\r\n')
        settings = {"WSHUB_FOLDER": windows_path(self.path)}
        return Console("wine", "cmd", "/c", batch.name, *arguments, cwd=SCRATCH, env=settings)


class Browser:
    """What Wine opens URLs with: notes the URL, and what answered there at that moment."""

    def __enter__(self):
        folder = Path(tempfile.mkdtemp(dir=SCRATCH))
        self.notes = folder / "notes"
        script = folder / "browser"
        script.write_text(
            "#!/bin/sh\n"
            f'answer=$(curl -s -m 5 -o /dev/null -w "%{{http_code}}" "$1")\necho "$1 $answer" >> {self.notes}\n'
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        self.register("add", "/d", str(script), "/f")
        return self

    def __exit__(self, *_):
        self.register("delete", "/f")

    def register(self, verb, *more):
        code, _, errors = run("reg", verb, r"HKCU\Software\Wine\WineBrowser", "/v", "Browsers", *more)
        equal(code, 0, f"reg {verb}: {errors}")

    def opened(self):
        return self.notes.read_text().splitlines() if self.notes.exists() else []

    def wait_for(self, line):
        wait_until(lambda: self.opened(), "the browser is opened")
        equal(self.opened(), [line])


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def default_port_is_free():
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", 8765)) != 0


@check("run.bat from the .zip: starts, opens the page once it answers, lets a page from disk in", 90)
async def double_click():
    wait_until(default_port_is_free, "port 8765 is free on this machine", 30)
    with Browser() as browser, Console("wine", "cmd", "/c", "run.bat", cwd=HOME) as console:
        console.wait_for(r"page +http://localhost:8765/")
        browser.wait_for("http://localhost:8765/ 200")
        async with connect("ws://127.0.0.1:8765/broadcast", origin="null") as client:
            await client.send("from a page on disk")
            equal(await client.recv(), "from a page on disk")
        await stopped_by_ctrl_c(console, 8765)
        equal(len(browser.opened()), 1, "how often the browser was opened")


@check("run.bat takes wshub.exe beside it before the one in target\\release")
def beside():
    folder = Folder("wshub.exe", "target/release/wshub.exe")
    (folder.path / "target/release/wshub.exe").write_bytes(b"no program")
    with folder.console("--version") as console:
        console.wait_for(r"wshub \d+\.\d+\.\d+")
        equal(console.exit_code(), 0)


@check("run.bat takes target\\release\\wshub.exe, passes its arguments on, from any folder", 90)
async def target_release():
    port, folder = free_port(), Folder("target/release/wshub.exe")
    arguments = [f"--listen=localhost:{port}", "--log-file", "the log.txt", "--idle-timeout", "off"]
    with Browser() as browser, folder.console_elsewhere(*arguments) as console:
        console.wait_for(f"page +http://localhost:{port}/")
        browser.wait_for(f"http://localhost:{port}/ 200")
        async with connect(f"ws://localhost:{port}/", origin="null") as client:
            await client.send("hello")
            equal(await client.recv(), "hello")
        log = SCRATCH / "the log.txt"
        wait_until(lambda: log.exists() and "open id=" in log.read_text(), "a log where the caller stands")
        await stopped_by_ctrl_c(console, port)
        wait_until(lambda: "stopped: every client has left" in log.read_text(), "the stop in the log")


@check("run.bat --lan listens for others and says what that means")
async def lan():
    port = free_port()
    with Browser() as browser, Folder("wshub.exe").console("--lan", "--listen", f"localhost:{port}") as console:
        console.wait_for("no password is set")
        browser.wait_for(f"http://localhost:{port}/ 200")
        equal(urllib.request.urlopen(f"http://{socket.gethostname()}:{port}/healthz", timeout=10).read(), b"ok\n")
        await stopped_by_ctrl_c(console, port)


@check("run.bat builds with cargo where there is no wshub.exe, and then starts it", 90)
async def builds():
    folder, port = Folder(), free_port()
    (folder.path / "Cargo.toml").touch()
    tools = SCRATCH / "some tools (x86)"
    tools.mkdir(exist_ok=True)
    shutil.copy(HELPERS / "cargo.exe", tools)
    settings = {"WINEPATH": windows_path(tools), "WSHUB_BUILT": windows_path(PROGRAM)}
    with Browser() as browser, folder.console("--listen", f"localhost:{port}", env=settings) as console:
        console.wait_for("There is no wshub.exe yet: building it")
        here = windows_path(folder.path)
        console.wait_for(f"page +http://localhost:{port}/")
        wanted = ["build", "--release", "--manifest-path", f"{here}\\Cargo.toml", "--target-dir", f"{here}\\target"]
        equal((tools / "cargo.txt").read_text("utf-8").splitlines(), wanted, "how cargo was called")
        browser.wait_for(f"http://localhost:{port}/ 200")
        await stopped_by_ctrl_c(console, port)


@check("run.bat finds cargo where rustup puts it, before PATH knows")
def rustups_cargo():
    folder = Folder()
    (folder.path / "Cargo.toml").touch()
    _, profile, _ = run("cmd", "/c", "echo %USERPROFILE%")
    place = DRIVE_C / profile.decode().strip().removeprefix("C:\\").replace("\\", "/") / ".cargo/bin"
    place.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copy(HELPERS / "cargo.exe", place)
        with folder.console() as console:
            stays_readable(console, 1, "linker `link.exe` not found", "could not be built", "Build Tools", "start run.bat again")
    finally:
        shutil.rmtree(place.parent)


@check("run.bat without wshub.exe and cargo says where to get them; without anything, to unpack first")
def nothing():
    for is_checkout, words in [(True, "https://rustup.rs/"), (False, "extract all of the .zip")]:
        folder = Folder()
        if is_checkout:
            (folder.path / "Cargo.toml").touch()
        with Browser() as browser, folder.console() as console:
            stays_readable(console, 1, words)
            equal(browser.opened(), [])


@check("run.bat on a taken port: the reason and the way out stay on the screen, no browser opens")
def taken_port():
    with Browser() as browser, Server(program=LINUX_PROGRAM) as other:
        with Folder("wshub.exe").console("--listen", f"127.0.0.1:{other.port}") as console:
            stays_readable(console, 1, "another program uses that port", "--listen localhost:9000", "in another window already")
            equal(browser.opened(), [])


@check("run.bat with a wrong flag: the nearest one is named, and it stays on the screen")
def wrong_flag():
    with Folder("wshub.exe").console("--lam") as console:
        stays_readable(console, 2, "--lan", "exit code 2")


async def stopped_by_ctrl_c(console, port):
    """Wine's cmd ends at once at a Ctrl-C (the real one asks a question), so the clients tell."""
    client = await connect(f"ws://127.0.0.1:{port}/")
    console.key("C-c")
    equal(await closing_of(client), (1001, "server shutting down"))


def stays_readable(console, code, *texts):
    console.wait_for(PRESS_A_KEY)
    for text in texts:
        console.wait_for(re.escape(text))
    console.key("Enter")
    equal(console.exit_code(), code)
