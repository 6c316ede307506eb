"""Windows programs under Wine: run to their end, kept as a server, or typed at in a console."""

import os
import re
import shlex
import signal
import subprocess
import tempfile
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
            found = wait_until(self.find_port, f"the server answers: {self.log()}", 30)
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
            lambda: re.search(pattern, self.log()), f"{pattern} in the log:\n{self.log()}", seconds
        )

    def url(self, path="/echo", scheme="ws"):
        return f"{scheme}://127.0.0.1:{self.port}{path}"


class Console:
    """A command in a terminal, as a person sees and types it; Wine makes a Windows console of it."""

    count = 0

    def __init__(self, *command, cwd=None, env=None, columns=160):
        Console.count += 1
        self.name = f"wshub-{os.getpid()}-{Console.count}"
        line = shlex.join(str(word) for word in command)
        settings = [f"{key}={value}" for key, value in (env or {}).items()]
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", "50", "sleep 1000")
        self.tmux("set-option", "-g", "remain-on-exit", "on")
        self.tmux("respawn-pane", "-k", "-c", str(cwd or SCRATCH), f"exec env {shlex.join(settings)} {line}")

    def tmux(self, *arguments):
        done = subprocess.run(
            ["tmux", "-u", "-L", self.name, *arguments], capture_output=True, timeout=20, check=True
        )
        return done.stdout.decode("utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["tmux", "-L", self.name, "kill-server"], capture_output=True, timeout=20)

    def type(self, text):
        self.tmux("send-keys", "-l", text)
        self.key("Enter")

    def say(self, text):
        """To `wshub connect`, when nothing moves on the screen any more: Wine's console mixes up
        what is typed with what is shown at that moment."""
        seen = None
        for _ in range(20):
            before, seen = seen, self.screen()
            if seen == before:
                break
            time.sleep(0.5)
        self.type(text)

    def key(self, name):
        self.tmux("send-keys", name)

    def signal(self, number):
        """To the program in the window itself, which is the process that tmux started."""
        os.kill(int(self.tmux("display-message", "-p", "#{pane_pid}")), number)

    def kill(self):
        self.signal(signal.SIGKILL)

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def screen(self):
        """The text on it, lines that were wrapped joined again."""
        return self.tmux("capture-pane", "-p", "-J", "-S", "-500")

    def coloured_screen(self):
        return self.tmux("capture-pane", "-p", "-e", "-J", "-S", "-500")

    def wait_for(self, pattern, seconds=30):
        return wait_until(
            lambda: re.search(pattern, self.screen()), f"{pattern} on the screen:\n{self.screen().strip()}", seconds
        )

    def exit_code(self, seconds=20):
        """Waits for the command's end. Once in some twenty times Wine holds a program that has
        ended until the console has a key for it; that is not the program's doing, so it gets one."""
        status = "#{pane_dead} #{pane_dead_status}"
        patience = time.monotonic() + min(5, seconds / 2)

        def ended():
            if time.monotonic() > patience and "closed by us: 1000" in self.screen():
                self.key("Enter")
            return re.match(r"1 (\d+)", self.tmux("display-message", "-p", status))

        return int(wait_until(ended, f"the command ends:\n{self.screen().strip()}", seconds).group(1))
