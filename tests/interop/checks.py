"""What the checks in Python share: how they report, and the programs that they run.

A check is an async function under `@check("sentence")`; `main()` runs all of a file, prints a line
`ok SENTENCE` or `FAILED SENTENCE: WHY` for each, and ends with exit code 1 if any failed.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

PROGRAM = os.environ.get("WSHUB_BIN") or sys.exit("start this with tests/interop/run")
# With tests/interop/run --deflate both ends compress whatever becomes shorter.
COMPRESSION = os.environ.get("WSHUB_FLAGS", "").split()
MIB = 1 << 20
CHECKS = []
PATIENCE = 120  # seconds that a check may take; it only tells a hang

# Started in the background of a shell, a program ignores Ctrl-C, and so do those it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Being ended from outside unwinds, so that the programs started here end as well.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def check(sentence):
    """Registers a check."""

    def register(function):
        CHECKS.append((sentence, function))
        return function

    return register


def short(value):
    """A value for people: a large one by its length and start."""
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:120]}... ({len(value)} long)"


def same(actual, expected, what="value"):
    """Fails unless both are equal."""
    if actual != expected:
        raise AssertionError(f"{what} is {short(actual)}, not {short(expected)}")


def holds(truth, why):
    """Fails, saying why, unless it is so."""
    if not truth:
        raise AssertionError(why)


async def _run(sentence, function):
    try:
        async with asyncio.timeout(PATIENCE):
            await function()
    except TimeoutError as late:
        why = f"not done within {PATIENCE} s" if not str(late) else str(late)
    except Exception as error:  # any failure is this check's, and the others go on
        why = f"{type(error).__name__}: {error}"
    else:
        print(f"ok {sentence}", flush=True)
        return True
    print(f"FAILED {sentence}: {' '.join(why.split())[:600]}", flush=True)
    return False


def main(at_once=False):
    """Runs every check of the file, one after the other or all at once."""

    async def all_of_them():
        if at_once:
            return await asyncio.gather(*(_run(*each) for each in CHECKS))
        return [await _run(*each) for each in CHECKS]

    sys.exit(0 if all(asyncio.run(all_of_them())) else 1)


def free_port():
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Server:
    """`wshub serve` on a free port, for the time of a `with` block."""

    def __init__(self, *flags):
        self.port = free_port()
        self.url = f"ws://127.0.0.1:{self.port}"
        self._flags = [*COMPRESSION, *flags]

    def __enter__(self):
        self._log = tempfile.NamedTemporaryFile(prefix="wshub-log-")
        command = [PROGRAM, "serve", "--listen", f"127.0.0.1:{self.port}", "--log-file", self._log.name]
        self.process = subprocess.Popen([*command, *self._flags], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.__exit__()
        raise RuntimeError(f"{PROGRAM} serve does not listen on port {self.port}")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(8)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()

    async def logged(self, *words):
        """Waits for a line of the log that has all the words."""
        for _ in range(600):
            with open(self._log.name, encoding="utf-8") as log:
                if any(all(word in line for word in words) for line in log):
                    return
            await asyncio.sleep(0.05)
        raise AssertionError(f"no line of the server's log has {words}")

    async def ended(self, seconds):
        """Waits for the process to end by itself; its exit code."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            holds(time.monotonic() < deadline, f"the server still runs after {seconds} s")
            await asyncio.sleep(0.01)
        return self.process.returncode
