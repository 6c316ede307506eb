"""Windows programs under Wine: run to their end, kept as a server, or typed at in a console."""

import os
import re
import shlex
import signal
import subprocess
import tempfile
import termios
import time
from pathlib import Path

from .checks import wait_until

PROGRAM = Path(os.environ["WSHUB_EXE"])
HELPERS = Path(os.environ["WSHUB_HELPERS"])
SCRATCH = Path(os.environ["WSHUB_SCRATCH"])
LINUX_PROGRAM = os.environ["WSHUB_BIN"]
ROOT = Path(os.environ["WSHUB_ROOT"])


def windows_path(path):
    """Wine shows the whole of the host as drive Z:."""
    return "Z:" + str(path).replace("/", "\\")


def run(*command, stdin=b"", seconds=60, cwd=None, env=None):
    """A Windows program to its end: (exit code, stdout, stderr), in bytes."""
    done = subprocess.run(
        ["wine", *map(str, command)],
        input=stdin,
        capture_output=True,
        timeout=seconds,
        cwd=cwd or SCRATCH,
        env={**os.environ, **(env or {})},
    )
    return done.returncode, done.stdout, done.stderr


def wshub(*arguments, **more):
    return run(PROGRAM, *arguments, **more)


class Server:
    """`wshub serve` on a free port. A context: it is gone afterwards, whatever happened."""

    def __init__(self, *flags, program=None, listen="127.0.0.1:0", env=None):
        self.log_file = tempfile.NamedTemporaryFile(dir=SCRATCH, suffix=".log", delete=False)
        command = ["wine", str(program or PROGRAM)]
        if program == LINUX_PROGRAM:
            command = [program]
        listening = ["--listen", listen] if listen else []
        self.process = subprocess.Popen(
            [*command, "serve", *listening, *flags],
            stdin=subprocess.DEVNULL,
            stdout=self.log_file,
            stderr=self.log_file,
            cwd=SCRATCH,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )

    def __enter__(self):
        try:
            found = wait_until(self.find_port, lambda: f"the server answers: {self.log()}", 30)
            self.port = int(found.group(1))
        except BaseException:
            self.end()
            raise
        return self

    def find_port(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the server has ended: {self.log()}")
        return re.search(r"page +http://[^ /]*:(\d+)/", self.log())

    def __exit__(self, *_):
        self.end()

    def end(self):
        """At once, as a crash would."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(10)
        self.log_file.close()

    def log(self):
        return Path(self.log_file.name).read_text("utf-8")

    def raw_log(self):
        return Path(self.log_file.name).read_bytes()

    def wait_for_log(self, pattern, seconds=20):
        return wait_until(
            lambda: re.search(pattern, self.log()), lambda: f"{pattern} in the log:\n{self.log()}", seconds
        )

    def url(self, path="/echo", scheme="ws"):
        return f"{scheme}://127.0.0.1:{self.port}{path}"


class Console:
    """A command in a terminal, which Wine turns into a Windows console: its screen and its keyboard."""

    count = 0
    # The outer shell stays, so that the screen does, and notes how the command ended: tmux now and
    # then misses that itself. The inner one notes the command's process before it becomes it.
    SCRIPT = """trap : INT
sh -c 'echo $$ >"$0/pid.new"; mv "$0/pid.new" "$0/pid"; exec "$@"' "$0" "$@"
echo $? >"$0/code.new"; mv "$0/code.new" "$0/code"; exec sleep 1000"""

    def __init__(self, *command, cwd=None, env=None):
        Console.count += 1
        self.name = f"wshub-{os.getpid()}-{Console.count}"
        self.notes = Path(tempfile.mkdtemp(dir=SCRATCH))
        settings = [f"{key}={value}" for key, value in (env or {}).items()]
        line = shlex.join(map(str, ["sh", "-c", self.SCRIPT, self.notes, "env", *settings, *command]))
        self.tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", "240", "-y", "50", "-c", str(cwd or SCRATCH), line
        )  # fmt: skip

    def tmux(self, *arguments):
        done = subprocess.run(
            ["tmux", "-u", "-L", self.name, *arguments], capture_output=True, timeout=20, check=True
        )
        return done.stdout.decode("utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
        if self.note("pid") and self.note("code") is None:
            self.kill()

    def close(self):
        """Closes the terminal, which notifies the programs in it, like a click on the window's X."""
        subprocess.run(["tmux", "-L", self.name, "kill-server"], capture_output=True, timeout=20)

    def type(self, text):
        """As soon as Wine's console takes the keys itself; before, the terminal shows them and they are lost."""
        wait_until(self.is_raw, lambda: f"the console reads keys:\n{self.screen().strip()}")
        self.tmux("send-keys", "-l", text)
        self.key("Enter")

    def is_raw(self):
        terminal = os.open(self.tmux("display-message", "-p", "#{pane_tty}").strip(), os.O_RDWR | os.O_NOCTTY)
        try:
            return not termios.tcgetattr(terminal)[3] & termios.ICANON
        finally:
            os.close(terminal)

    def key(self, name):
        self.tmux("send-keys", name)

    def signal(self, number):
        """To the program in the window itself."""
        pid = wait_until(lambda: self.note("pid"), "the command runs")
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass

    def note(self, name):
        file = self.notes / name
        return int(file.read_text()) if file.exists() else None

    def kill(self):
        self.signal(signal.SIGKILL)

    def host(self):
        """What shows the console: Wine's own process, in the session of the program."""
        session = os.getsid(wait_until(lambda: self.note("pid"), "the command runs"))
        for process in map(int, filter(str.isdigit, os.listdir("/proc"))):
            try:
                if os.getsid(process) == session and b"conhost.exe" in Path(f"/proc/{process}/cmdline").read_bytes():
                    return process
            except (ProcessLookupError, FileNotFoundError):
                pass
        return None

    def freeze(self):
        """Blocks the output, as marking text in the window does."""
        os.kill(wait_until(self.host, "the console has a host"), signal.SIGSTOP)

    def thaw(self):
        os.kill(self.host(), signal.SIGCONT)

    def screen(self):
        """The text on it, lines that were wrapped joined again."""
        return self.tmux("capture-pane", "-p", "-J", "-S", "-500")

    def coloured_screen(self):
        return self.tmux("capture-pane", "-p", "-e", "-J", "-S", "-500")

    def wait_for(self, pattern, seconds=30):
        return wait_until(
            lambda: re.search(pattern, self.screen()),
            lambda: f"{pattern} on the screen:\n{self.screen().strip()}",
            seconds,
        )

    def exit_code(self, seconds=20):
        """Waits for the command's end."""
        wait_until(
            lambda: self.note("code") is not None, lambda: f"the command ends:\n{self.screen().strip()}", seconds
        )
        return self.note("code")
