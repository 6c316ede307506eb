#!/usr/bin/env python3
"""One stuck client of 100: does it delay the other 99?

    tests/bench/stuck_client.py [--rate N] [--secs S] [--bytes B] [--flags 'serve flags'] PROGRAM

Starts `PROGRAM serve` and 100 clients of /broadcast: 99 in this process, one in a child process.
A publisher sends at a fixed rate; each message contains its send time. First all clients read; then
the child is stopped (SIGSTOP) and the same is done again, long enough for its queue to fill and the
server's policy for slow clients to apply. Prints the latency of the other 99 before and after, and fails if one of
them missed a message, got one twice or out of order. Needs only Python 3.9.
"""
import argparse
import os
import re
import selectors
import shlex
import signal
import socket
import struct
import subprocess
import sys
import time

CLIENTS = 99


def connect(port):
    sock = socket.create_connection(("127.0.0.1", port), 20)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(
        f"GET /broadcast HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)
        assert byte, head
        head += byte
    assert head.startswith(b"HTTP/1.1 101"), head
    return sock


def frame(payload):
    mask = b"\x37\xfa\x21\x3d"
    length = len(payload)
    head = bytes([0x82, 0x80 | length]) if length < 126 else struct.pack(">BBH", 0x82, 0xFE, length)
    masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return head + mask + masked


class Client:
    def __init__(self, sock):
        self.sock, self.data, self.next = sock, b"", 0

    def read(self, now, latencies):
        chunk = self.sock.recv(1 << 18)
        assert chunk, "the server closed a client that reads"
        self.data += chunk
        at = 0
        while len(self.data) - at >= 4:
            first, length, skip = self.data[at], self.data[at + 1], 2
            if length == 126:
                length, skip = struct.unpack_from(">H", self.data, at + 2)[0], 4
            if len(self.data) - at < skip + length:
                break
            if first == 0x82:
                number, sent = struct.unpack_from(">Qd", self.data, at + skip)
                assert number == self.next, f"message {number} instead of {self.next}"
                self.next += 1
                latencies.append(now - sent)
            else:
                assert first == 0x89, f"a frame that begins with {first:#x}"
            at += skip + length
        self.data = self.data[at:]


def run(publisher, clients, selector, options, number):
    latencies, filler = [], bytes(max(0, options.bytes - 16))
    start, published = time.monotonic(), 0
    deadline = None
    while True:
        now = time.monotonic()
        due = min(int((now - start) * options.rate), int(options.rate * options.secs))
        while published < due:
            publisher.sendall(frame(struct.pack(">Qd", number, time.monotonic()) + filler))
            number, published = number + 1, published + 1
        if published == int(options.rate * options.secs):
            deadline = deadline or now + 20
            if all(client.next == number for client in clients):
                return number, sorted(latencies)
            assert now < deadline, "messages are missing"
        for key, _ in selector.select(0.001):
            key.data.read(time.monotonic(), latencies)


def report(name, latencies):
    def at(share):
        return latencies[min(len(latencies) - 1, int(len(latencies) * share))] * 1e3

    print(f"{name:<22} {len(latencies)} deliveries  p50 {at(.5):.2f} ms  p99 {at(.99):.2f} ms  "
          f"p99.9 {at(.999):.2f} ms  most {latencies[-1] * 1e3:.2f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=300, help="messages published in a second")
    parser.add_argument("--secs", type=float, default=8)
    parser.add_argument("--bytes", type=int, default=4096, help="of each message")
    parser.add_argument("--flags", default="", help="further flags for serve")
    parser.add_argument("program")
    options = parser.parse_args()
    server = subprocess.Popen(
        [options.program, "serve", "--listen", "127.0.0.1:0", *shlex.split(options.flags)],
        stderr=subprocess.PIPE, text=True)
    port, said = None, []
    while port is None:
        line = server.stderr.readline()
        assert line, "the server ended: " + "".join(said)
        said.append(line)
        found = re.search(r"ws://[^ ]*:(\d+)/", line)
        port = found and int(found.group(1))
    os.set_blocking(server.stderr.fileno(), False)
    child = os.fork()
    if child == 0:
        victim = Client(connect(port))
        while True:
            victim.read(time.monotonic(), [])
    try:
        selector, clients = selectors.DefaultSelector(), []
        for _ in range(CLIENTS):
            client = Client(connect(port))
            clients.append(client)
            selector.register(client.sock, selectors.EVENT_READ, client)
        publisher = clients[0].sock
        time.sleep(0.5)
        number, before = run(publisher, clients, selector, options, 0)
        report("all 100 read", before)
        os.kill(child, signal.SIGSTOP)
        number, after = run(publisher, clients, selector, options, number)
        report("one of 100 is stopped", after)
        log = server.stderr.read() or ""
        struck = [line for line in log.splitlines() if "slow id=" in line]
        print(f"the server's word on it: {struck[0] if struck else 'nothing: its queue did not fill'}")
        return 0 if struck else 1
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        server.terminate()
        server.wait(20)


if __name__ == "__main__":
    sys.exit(main())
