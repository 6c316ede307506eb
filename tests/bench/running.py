"""Functions that the comparisons share: to run steps of an installation, and to start and stop servers."""
import signal
import socket
import subprocess
import sys
import time


def step(what, command, **options):
    """Runs a step of the installation; its output is shown if it fails."""
    print(f"{what} ...", file=sys.stderr, flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900, **options)
    if done.returncode:
        raise SystemExit(f"{done.stdout}\n{what}: failed")


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def start(command, port, seconds=60):
    """Starts a server and returns it once it accepts clients on `port`; RuntimeError if it does not."""
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{command[0]} ended at once: {process.stderr.read().decode()[-400:]}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process
        except OSError:
            time.sleep(0.02)
    process.kill()
    raise RuntimeError(f"{command[0]} took no client within {seconds} s")


def stop(process):
    process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
