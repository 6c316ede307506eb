"""What clients of several servers lose when Redis or a server is killed. Used by compare-cluster --losses.

Six subscribers, two on each server, and a publisher on each server that sends 50 messages a second and is a
subscriber too. After 2 s something is killed; after 8 s the publishers stop, and all clients receive for 3 s more.
"""
import base64
import json
import os
import socket
import struct
import threading
import time
import urllib.error
import urllib.request

SUBSCRIBERS = 2  # on each server
PAUSE = 0.02
SECONDS = {"kill": 2, "restart": 3, "quiet": 8, "end": 11}


class WebSocket:
    """A client for text messages that fit into one frame; it is used only in these comparisons."""

    def __init__(self, address, path):
        host, port = address.split(":")
        self.socket = socket.create_connection((host, int(port)), 5)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
        self.bytes = b""
        while b"\r\n\r\n" not in self.bytes:
            self._more()
        head, _, self.bytes = self.bytes.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101 "):
            raise OSError(head.splitlines()[0].decode())
        self.lock = threading.Lock()

    def _more(self):
        more = self.socket.recv(65536)
        if not more:
            raise OSError("the connection has ended")
        self.bytes += more

    def _take(self, count):
        while len(self.bytes) < count:
            self._more()
        taken, self.bytes = self.bytes[:count], self.bytes[count:]
        return taken

    def send(self, text, opcode=1):
        payload = text.encode()
        length = len(payload)
        assert length < 65536
        header = bytes([0x80 | opcode]) + (bytes([0x80 | length]) if length < 126 else struct.pack("!BH", 0xFE, length))
        with self.lock:
            self.socket.sendall(header + bytes(4) + payload)  # a masking key of zeros leaves the payload unchanged

    def receive(self):
        while True:
            first, length = self._take(2)
            if length == 126:
                length, = struct.unpack("!H", self._take(2))
            elif length == 127:
                length, = struct.unpack("!Q", self._take(8))
            payload = self._take(length)
            if first & 15 == 8:
                raise OSError("closed by the server")
            if first & 15 == 9:
                self.send(payload.decode(), 10)
            elif first & 15 == 1:
                return payload.decode()


class Client:
    """Connects again if its connection ends, unless its server was killed, and records what it receives."""

    def __init__(self, run, address, publisher=None):
        self.run, self.address, self.publisher = run, address, publisher
        self.seen, self.ends = [], 0
        self.is_first = True
        self.web_socket = None
        self.number = 0
        self.is_in = threading.Event()
        threading.Thread(target=self.listen, daemon=True).start()
        if not self.is_in.wait(10):
            raise RuntimeError(f"a client does not get into {address}")
        if publisher is not None:
            threading.Thread(target=self.publish, daemon=True).start()

    def connect(self):
        web_socket = WebSocket(self.address, self.run.path)
        if self.run.is_socket_io:
            web_socket.receive()
            web_socket.send("40")
            while not web_socket.receive().startswith("40"):
                pass
        return web_socket

    def listen(self):
        while not self.run.is_over:
            try:
                self.web_socket = self.connect()
                self.is_in.set()
                while True:
                    self.take(self.web_socket.receive())
            except OSError:
                if self.is_in.is_set() and self.web_socket:
                    self.ends += not self.run.is_over
                self.web_socket = None
                time.sleep(0.1)

    def take(self, text):
        if self.run.is_socket_io:
            if text == "2":
                return self.web_socket.send("3")
            if text.startswith("43"):
                return self.run.acknowledge(f"{self.publisher} {text[2:text.index('[')]}")
            if not text.startswith("42"):
                return
            text = json.loads(text[2:])[1]
        self.seen.append(text)
        if self.run.comes_back and self.publisher is not None and text.split(" ")[0] == str(self.publisher):
            self.run.acknowledge(text)

    def publish(self):
        while not self.run.is_quiet:
            time.sleep(PAUSE)
            self.number += 1
            text = f"{self.publisher} {self.number}"
            try:
                if self.run.post:
                    request = urllib.request.Request(f"http://{self.address}{self.run.post}", text.encode())
                    self.run.published += 1
                    if urllib.request.urlopen(request, timeout=5).status in (201, 202):
                        self.run.acknowledge(text)
                elif (web_socket := self.web_socket) is not None:
                    sent = f'42{self.number}["m","{text}"]' if self.run.is_socket_io else text
                    web_socket.send(sent)
                    self.run.published += 1
            except (OSError, urllib.error.URLError):
                pass


class Losses:
    """Runs one system, with one thing that is killed."""

    def __init__(self, path, is_socket_io=False, post=None):
        self.path, self.is_socket_io, self.post = path, is_socket_io, post
        self.comes_back = not is_socket_io and post is None
        self.acknowledged, self.published = set(), 0
        self.is_quiet = self.is_over = False

    def acknowledge(self, text):
        self.acknowledged.add(text)

    def measure(self, addresses, kill, restart, is_killed):
        """`kill` and `restart` are called at their times; `is_killed` says whether a server was killed."""
        clients = [Client(self, address) for address in addresses for _ in range(SUBSCRIBERS)]
        clients += [Client(self, address, publisher) for publisher, address in enumerate(addresses)]
        start = time.monotonic()

        def wait(until):
            time.sleep(max(0, start + SECONDS[until] - time.monotonic()))

        wait("kill")
        kill()
        wait("restart")
        restart()
        wait("quiet")
        self.is_quiet = True
        wait("end")
        self.is_over = True
        return self.count([client for client in clients if not is_killed(client.address)])

    def count(self, clients):
        # A client that is disconnected knows that it may have missed messages.
        untold = [client for client in clients if not client.ends]
        longest = max((client.seen for client in clients), key=len)
        place = {}
        for at, text in enumerate(longest):
            place.setdefault(text, at)
        twice = backwards = 0
        for client in clients:
            known, last = set(), -1
            for text in client.seen:
                twice += text in known
                at = place.get(text, last)
                backwards += text not in known and at < last
                known.add(text)
                last = max(last, at)
        lost = [len(self.acknowledged - set(client.seen)) for client in untold]
        return {"published": self.published, "acknowledged": len(self.acknowledged),
                "received": min(map(len, (set(client.seen) for client in clients))), "lost": max(lost, default=0),
                "disconnected": len(clients) - len(untold), "twice": twice, "backwards": backwards}
