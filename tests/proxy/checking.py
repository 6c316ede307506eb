"""Functions that the checks in this folder share: what is counted, and how programs are started."""

import contextlib
import os
import socket
import ssl
import subprocess
import sys
import time

PATIENCE = 30  # seconds, for any one condition
passed = failed = 0


def equal(what, seen, expected):
    global passed, failed
    if seen == expected:
        passed += 1
    else:
        failed += 1
        print(f"not ok: {what}: {seen}, not {expected}")


def verdict(what=""):
    """Prints the counts, and exits with 1 if a check failed."""
    print(f"{what}{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def trusting():
    """A context of TLS 1.2 for clients, which accepts every certificate.

    The synchronous client of websockets reads in one thread and writes in another. Before Python 3.13, nothing
    keeps the two apart inside OpenSSL: the tickets of TLS 1.3, which come after its handshake, can then make a
    request disappear.
    """
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


@contextlib.contextmanager
def running(scratch, port, command, env=None):
    """A program that listens on `port`, with its output in `scratch`; it ends with the block."""
    with open(scratch / f"log-{port}", "w+b") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **(env or {})})
        try:
            deadline = time.monotonic() + PATIENCE
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > deadline:
                        log.seek(0)
                        raise SystemExit(f"{command[0]} does not listen:\n{log.read().decode()}")
                    time.sleep(0.05)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
