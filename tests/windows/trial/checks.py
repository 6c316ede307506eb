"""A list of checks and the loop that runs them: each has a name that reads as a sentence, and a
bound in time. A check fails by an exception, twice: what Wine itself loses now and then (a key, a
process that does not start) does not come a second time, and what was seen the first time is shown
and counted. One that this machine's Wine has no way to show says so and why: it counts neither as
passed nor as failed, and README.md lists it."""

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
    """Runs the checks whose name contains `only`: how many passed, failed, could not be shown, and
    how many of the passed ones failed at first."""
    chosen = [one for one in ALL if only in one[0]]
    counts = {"ok": 0, "FAILED": 0, "unseen": 0}
    second = 0
    for name, seconds, function in chosen:
        verdict = attempt(name, seconds, function, "again")
        if verdict == "again":
            verdict = attempt(name, seconds, function, "FAILED")
            second += verdict == "ok"
        counts[verdict] += 1
    return counts["ok"], counts["FAILED"], counts["unseen"], second


def attempt(name, seconds, function, failed):
    """One run of a check; its verdict, `failed` for a failure."""
    began = time.monotonic()
    try:
        run_bounded(function, seconds)
    except KeyboardInterrupt:
        raise
    except CannotBeShown as why:
        print(f"unseen  {name}: {why}", flush=True)
        return "unseen"
    except BaseException as error:  # an AssertionError, a TimeoutError, a closed connection
        print(f"{failed:<7} {name}: {type(error).__name__}: {error}", flush=True)
        print("        " + traceback.format_exc().replace("\n", "\n        "), file=sys.stderr)
        return failed
    print(f"ok      {name} ({time.monotonic() - began:.1f}s)", flush=True)
    return "ok"


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
