#!/usr/bin/env python3
"""Runs a server for some minutes under hundreds of clients that come and go, flood, stall, break
rules and are half-open, while others are checked message by message. At the end the server's
descriptors, threads, metrics and memory are where they were at the start.

Three kinds of process: this one (the server, and what it has of the system), one with the checked
clients, one with the rude ones; and small ones whose clients are half-open, since the process is
stopped with SIGSTOP and then killed.
"""

import argparse
import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import traceback
import urllib.request
from pathlib import Path

from checked import Checked
from rude import Rude
from ws import Address, Client

# How long the server may take to return to its initial state after the last client.
SETTLING = 60

# By how much the resident memory may have grown: pages that the allocator keeps.
MEMORY_KIB = 48 << 10

SERVER_FLAGS = """
    --listen 127.0.0.1:0 --tls-listen 127.0.0.1:0
    --ping-interval 2s --ping-timeout 4s --close-timeout 2s --write-timeout 4s
    --handshake-timeout 4s --queue-messages 20000 --queue-bytes 16M
""".split()


class Wrong(Exception):
    """The run has failed."""


class Server:
    """The program, and what the system knows of it."""

    def __init__(self, program, work):
        self.log = work / "log"
        certificate = ["--tls-cert", work / "cert.pem", "--tls-key", work / "key.pem"]
        self.process = subprocess.Popen(
            [program, "serve", *SERVER_FLAGS, *certificate, "--log-file", self.log],
            stderr=subprocess.PIPE,
            text=True,
        )
        port = tls_port = None
        for line in self.process.stderr:
            if match := re.search(r"ws://localhost:(\d+)/echo", line):
                port = int(match[1])
            if match := re.search(r"wss://localhost:(\d+)/echo", line):
                tls_port = int(match[1])
            if "Ctrl-C stops it" in line:
                break
        if not (port and tls_port):
            raise Wrong("the server did not start")
        self.address = Address(port, tls_port)

    def is_alive(self):
        return self.process.poll() is None

    def status(self, name):
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+)", text, re.M)[1])

    def metrics(self):
        url = f"http://127.0.0.1:{self.address.port}/metrics"
        with urllib.request.urlopen(url, timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def state(self):
        """What has to be the same at the end."""
        metrics = self.metrics()
        held = {
            name: value
            for name, value in metrics.items()
            if re.match(r"wshub_(clients\{|queue_messages|queue_bytes|memory_used_bytes|connections|threads\{)", name)
        }
        held["descriptors"] = len(os.listdir(f"/proc/{self.process.pid}/fd"))
        held["threads"] = self.status("Threads")
        return held

    def settled(self, wanted=None):
        """The state once it is `wanted`, or once it does not change any more."""
        deadline = time.monotonic() + SETTLING
        last, since = None, time.monotonic()
        while time.monotonic() < deadline:
            state = self.state()
            if state != last:
                last, since = state, time.monotonic()
            if wanted is None and time.monotonic() - since > 5:
                return state
            if wanted is not None and all(state.get(k, 0) <= v for k, v in wanted.items()):
                return state
            time.sleep(0.5)
        return last


class Crowd:
    """A process of clients."""

    def __init__(self, role, server, seed, *more):
        self.role = role
        address = server.address
        arguments = [role, address.port, address.tls_port, seed, *more]
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--as", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def is_alive(self):
        return self.process.poll() is None

    def stop(self):
        """Tells it to end and returns what it counted. Raises if a check failed."""
        try:
            out, _ = self.process.communicate("stop\n", timeout=180)
        except subprocess.TimeoutExpired as error:
            self.process.kill()
            raise Wrong(f"the {self.role} clients do not end") from error
        if self.process.returncode != 0:
            raise Wrong(f"the {self.role} clients failed")
        return json.loads(out)


class HalfOpen:
    """A few clients at a time that are stopped in the middle of everything, then killed."""

    def __init__(self, server, seed):
        self.server, self.chance = server, random.Random(seed)
        self.crowd, self.since, self.count = None, 0.0, 0

    def step(self):
        now = time.monotonic()
        if self.crowd is None:
            self.crowd = Crowd("half-open", self.server, self.chance.randrange(1 << 30))
            self.since = now
        elif now - self.since > 14:
            self.crowd.process.kill()
            self.crowd.process.wait()
            self.crowd = None
            self.count += 20
        elif now - self.since > 4:  # longer than a ping and its timeout follow
            self.crowd.process.send_signal(signal.SIGSTOP)

    def end(self):
        if self.crowd is not None:
            self.crowd.process.kill()
            self.crowd.process.wait()


def load(server, seconds, seed, crowd, report):
    """One stretch of load; every process of it has ended behind that."""
    checked = Crowd("checked", server, seed)
    rude = Crowd("rude", server, seed + 1, crowd)
    half_open = HalfOpen(server, seed + 2)
    begin = time.monotonic()
    try:
        next_report = begin + 30
        while time.monotonic() < begin + seconds:
            for process in (server, checked, rude):
                if not process.is_alive():
                    raise Wrong("the server has ended" if process is server else
                                f"the {process.role} clients have ended early")
            half_open.step()
            if report and time.monotonic() > next_report:
                next_report += 30
                state = server.state()
                print(
                    f"{time.monotonic() - begin:6.0f} s: {state['wshub_connections']:.0f} connections, "
                    f"{state['threads']} threads, {state['descriptors']} descriptors, "
                    f"{server.status('VmRSS') >> 10} MiB",
                    flush=True,
                )
            time.sleep(0.5)
        half_open.end()
        counts = checked.stop() | rude.stop()
        counts["half_open"] = half_open.count
        return counts
    finally:
        half_open.end()
        for process in (checked, rude):
            process.process.kill()


def judge(server, before, memory):
    """Compares the server with what it was."""
    after = server.settled(before)
    for name, value in before.items():
        if after.get(name, 0) > value:
            raise Wrong(f"{name} was {value:.0f} and is {after[name]:.0f} after {SETTLING} s")
    metrics = server.metrics()
    total = lambda name: sum(v for k, v in metrics.items() if k.split("{")[0] == name)
    opened, closed = total("wshub_clients_opened_total"), total("wshub_closes_total")
    if opened != closed:
        raise Wrong(f"{opened:.0f} clients were opened, {closed:.0f} were closed")
    for name in ("wshub_handler_panics_total", "wshub_dropped_messages_total"):
        if total(name):
            raise Wrong(f"{name} is {total(name):.0f}")
    if re.search(r"\[ERROR\]|panicked", server.log.read_text()):
        raise Wrong("the log has an error")
    grown = server.status("VmRSS") - memory
    print(f"resident memory: {memory >> 10} MiB before, {grown >> 10:+} MiB after")
    if grown > MEMORY_KIB:
        raise Wrong(f"the resident memory has grown by {grown >> 10} MiB")
    print(f"{opened:.0f} clients in all; every one has ended")


def soak(program, work, minutes, seed, crowd):
    print(f"seed {seed}, {minutes} min, {crowd} rude clients at a time", flush=True)
    server = Server(program, work)
    try:
        print(f"resident memory: {server.status('VmRSS') >> 10} MiB without any client yet")
        # What is allocated once, or kept for reuse, is there before the measuring begins.
        load(server, 15, seed, crowd, report=False)
        before = server.settled()
        memory = server.status("VmRSS")
        counts = load(server, minutes * 60, seed + 10, crowd, report=True)
        print(", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items()))
        judge(server, before, memory)
        server.process.send_signal(signal.SIGTERM)
        code = server.process.wait(timeout=30)
        if code != 0:
            raise Wrong(f"the server ended with {code}")
    finally:
        server.process.kill()
        server.process.wait()


async def told_to_stop():
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


async def be_half_open(address, seed):
    """Clients that are in the middle of something when their process is stopped."""
    chance = random.Random(seed)
    paths = ["/echo", "/broadcast", "/chat/lobby"]
    clients = [
        await Client.open(address, chance.choice(paths), chance.random() < 0.3) for _ in range(20)
    ]
    await asyncio.gather(*(listen(client, chance) for client in clients))


async def listen(client, chance):
    if chance.random() < 0.5:
        await client.send(1, b"hello")
    while True:
        await client.receive()


def act(role, port, tls_port, seed, *more):
    address = Address(int(port), int(tls_port))
    if role == "half-open":
        asyncio.run(be_half_open(address, int(seed)))
        return
    clients = {"checked": Checked, "rude": Rude}[role](address, int(seed), *map(int, more))
    try:
        asyncio.run(clients.run(told_to_stop()))
    except BaseException:
        traceback.print_exc()
        os._exit(1)  # a thread still waits for the word to stop
    print(json.dumps(clients.counts))


def main():
    if sys.argv[1:2] == ["--as"]:
        return act(*sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("program", help="the wshub to run")
    parser.add_argument("work", type=Path, help="a folder with cert.pem and key.pem, for the log")
    parser.add_argument("minutes", type=float)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--crowd", type=int, default=300)
    arguments = parser.parse_args()
    try:
        soak(arguments.program, arguments.work, arguments.minutes, arguments.seed, arguments.crowd)
    except Wrong as wrong:
        print(f"FAILED: {wrong}", flush=True)
        log = arguments.work / "log"
        if log.exists():
            print("the end of the server's log:", *log.read_text().splitlines()[-20:], sep="\n")
        sys.exit(1)
    print("passed")


if __name__ == "__main__":
    main()
