"""A list of checks and the loop that runs them: each has a name that reads as a sentence, and a
bound in time. A check fails by an exception. One that this machine's Wine has no way to show says
so and why: it counts neither as passed nor as failed, and README.md lists it."""

import asyncio
import signal
import sys
import time
import traceback

ALL = []


class CannotBeShown(Exception):
    """Wine lacks what it takes; a real Windows has it."""


def check(name, seconds=60):
    """Adds a function, async or not, to the list."""

    def add(function):
        ALL.append((name, seconds, function))
        return function

    return add


def run(only=""):
    """Runs the checks whose name contains `only`: how many passed, failed, could not be shown."""
    chosen = [one for one in ALL if only in one[0]]
    passed = failed = unseen = 0
    for name, seconds, function in chosen:
        began = time.monotonic()
        try:
            run_bounded(function, seconds)
        except KeyboardInterrupt:
            raise
        except CannotBeShown as why:
            unseen += 1
            print(f"unseen  {name}: {why}", flush=True)
        except BaseException as error:  # an AssertionError, a TimeoutError, a closed connection
            failed += 1
            print(f"FAILED  {name}: {type(error).__name__}: {error}", flush=True)
            print("        " + traceback.format_exc().replace("\n", "\n        "), file=sys.stderr)
        else:
            passed += 1
            print(f"ok      {name} ({time.monotonic() - began:.1f}s)", flush=True)
    return passed, failed, unseen


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
    """Polls until `condition()` is true, and returns what it said. `what` may be a function: what
    there is to see when the patience is over."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still not: {what() if callable(what) else what}")
        time.sleep(0.05)


def equal(seen, wanted, what=""):
    assert seen == wanted, f"{what} is {seen!r}, not {wanted!r}"
