"""A list of checks and the loop that runs them: each has a name that reads as a sentence, and a
bound in time. A check fails by an exception; nothing is ever skipped."""

import asyncio
import signal
import sys
import time
import traceback

ALL = []


def check(name, seconds=60):
    """Adds a function, async or not, to the list."""

    def add(function):
        ALL.append((name, seconds, function))
        return function

    return add


def run(only=""):
    """Runs the checks whose name contains `only`; returns how many failed, of how many."""
    chosen = [one for one in ALL if only in one[0]]
    failed = 0
    for name, seconds, function in chosen:
        began = time.monotonic()
        try:
            run_bounded(function, seconds)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # an AssertionError, a TimeoutError, a closed connection
            failed += 1
            print(f"FAILED  {name}: {type(error).__name__}: {error}", flush=True)
            print("        " + traceback.format_exc().replace("\n", "\n        "), file=sys.stderr)
        else:
            print(f"ok      {name} ({time.monotonic() - began:.1f}s)", flush=True)
    return failed, len(chosen)


def run_bounded(function, seconds):
    def too_long(*_):
        raise TimeoutError(f"not done after {seconds} s")

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(seconds)
    try:
        if asyncio.iscoroutinefunction(function):
            asyncio.run(function())
        else:
            function()
    finally:
        signal.alarm(0)


def wait_until(condition, what, seconds=20):
    """Polls until `condition()` is true, and returns what it said."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still not: {what}")
        time.sleep(0.05)


def equal(seen, wanted, what=""):
    assert seen == wanted, f"{what} is {seen!r}, not {wanted!r}"
