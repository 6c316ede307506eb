"""Loads a server in a known way, reads its metrics with prometheus_client's parser, and checks
that every figure is the one that the load must have caused. Started by ./run."""

import base64
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack

from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

PATIENCE = 30  # seconds, for any one condition
passed = failed = 0


def check(what, good, seen=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"not ok: {what}{': ' if seen != '' else ''}{seen}")


def equal(what, seen, expected):
    check(what, seen == expected, f"{seen}, not {expected}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The program under test, and its metrics as (name, labels) -> value."""

    def __init__(self, program, *flags, env=None):
        self.port = free_port()
        self.log = tempfile.TemporaryFile()
        command = [program, "serve", "--listen", f"127.0.0.1:{self.port}", *flags]
        environment = {**os.environ, **(env or {})}
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=self.log, env=environment)
        wait("the server listens", self.listens)

    def listens(self):
        if self.process.poll() is not None:
            self.log.seek(0)
            raise SystemExit(f"the server ended at once:\n{self.log.read().decode()}")
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def connect(self, path, **options):
        return connect(f"ws://127.0.0.1:{self.port}{path}", open_timeout=PATIENCE, **options)

    def get(self, path, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers, answer.read().decode()

    def raw(self, path):
        """An open WebSocket whose frames are written by hand."""
        peer = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        key = base64.b64encode(os.urandom(16)).decode()
        peer.sendall((f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += peer.recv(1)
        return peer

    def families(self):
        status, headers, text = self.get("/metrics")
        assert status == 200, (status, text)
        assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8", headers
        return text, list(text_string_to_metric_families(text))

    def samples(self):
        _, families = self.families()
        return {(sample.name, frozenset(sample.labels.items())): sample.value
                for family in families for sample in family.samples}

    def value(self, name, **labels):
        return self.samples().get((name, frozenset(labels.items())), 0)

    def total(self, name, **labels):
        wanted = set(labels.items())
        return sum(value for (other, has), value in self.samples().items() if other == name and wanted <= has)


def wait(what, is_so):
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit(f"waited in vain for: {what}")
        time.sleep(0.02)


def frame(first, payload, masked=True):
    """A frame written by hand; its masking key is zeros."""
    assert len(payload) < 126
    return bytes([first, len(payload) | (0x80 if masked else 0)]) + (bytes(4) if masked else b"") + payload


def refused(server, path, **options):
    try:
        server.connect(path, **options)
    except InvalidStatus as error:
        return error.response.status_code
    return 101


def well_formed(server):
    text, families = server.families()
    names = [family.name for family in families]
    equal("families that stand twice", [name for name in names if names.count(name) > 1], [])
    for family in families:
        check(f"{family.name} has a help", bool(family.documentation))
        check(f"{family.name} has a type", family.type in ("counter", "gauge", "histogram"), family.type)
        check(f"{family.name} is called after the program", family.name.startswith("wshub_"))
    counters = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE") and line.endswith(" counter")]
    equal("counters whose name does not say so", [name for name in counters if not name.endswith("_total")], [])
    others = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE") and not line.endswith(" counter")]
    equal("other families that are called total", [name for name in others if name.endswith("_total")], [])
    check("the exposition ends with a line break", text.endswith("\n"))
    helps = text.count("# HELP ")
    equal("helps and types", helps, text.count("# TYPE "))
    ping = next(family for family in families if family.name == "wshub_ping_round_trip_seconds")
    buckets = [(float(s.labels["le"]), s.value) for s in ping.samples if s.name.endswith("_bucket")]
    check("buckets are in order and only grow", buckets == sorted(buckets) and
          [count for _, count in buckets] == sorted(count for _, count in buckets), buckets)
    count = next(s.value for s in ping.samples if s.name.endswith("_count"))
    equal("the last bucket is the count", buckets[-1], (float("inf"), count))
    return text


def load(server):
    """Traffic for which every value of the metrics is known."""
    with ExitStack() as stack:
        echoes = [stack.enter_context(server.connect("/echo")) for _ in range(5)]
        for client in echoes:
            for n in range(10):
                client.send("ü" * n)
                client.recv(PATIENCE)
            for _ in range(4):
                client.send(bytes(1000))
                client.recv(PATIENCE)
        equal("clients now", server.value("wshub_clients", endpoint="/echo"), 5)
        crowd = [stack.enter_context(server.connect("/broadcast")) for _ in range(4)]
        for n in range(20):
            crowd[0].send(f"message {n:2}")
        for client in crowd:
            for n in range(20):
                client.recv(PATIENCE)
        equal("clients of the broadcast", server.value("wshub_clients", endpoint="/broadcast"), 4)
        # One for each member at most; few serve many while messages come fast.
        check("writers run", 1 <= server.value("wshub_threads", kind="writer") <= 4)
        trips = lambda: server.value("wshub_ping_round_trip_seconds_count")
        wait("pings of the keepalive are answered", lambda: trips() >= 9)
        pinger = stack.enter_context(server.connect("/echo"))
        pinger.ping(b"four").wait(PATIENCE)
        pinger.close(4321, "as I please")
    for first, payload in ((0x91, b"rsv"), (0x81, b"\xff"), (0x83, b"")):
        rude = server.raw("/echo")
        rude.sendall(frame(first, payload))
        while rude.recv(4096):
            pass
        rude.close()
    gone = server.raw("/echo")
    gone.close()
    equal("a foreign page", refused(server, "/broadcast", origin="https://peer-chose.example"), 403)
    equal("no such endpoint", refused(server, "/peer-chose-this"), 404)
    equal("the page", server.get("/")[0], 200)
    equal("no such page", server.get("/peer-chose-that")[0], 404)
    equal("an endpoint asked for plainly", server.get("/echo")[0], 426)
    equal("a method", urllib_method(server, "PUT"), 405)
    socket.create_connection(("127.0.0.1", server.port)).close()
    wait("everybody has left", lambda: server.total("wshub_clients") == 0)


def urllib_method(server, method):
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}/", method=method)
    try:
        return urllib.request.urlopen(request, timeout=PATIENCE).status
    except urllib.error.HTTPError as error:
        return error.code


def adds_up(server, before):
    now = server.samples()

    def value(name, **labels):
        return now.get((name, frozenset(labels.items())), 0)

    def total(name, **labels):
        wanted = set(labels.items())
        return sum(v for (other, has), v in now.items() if other == name and wanted <= has)

    clients = 5 + 4 + 1 + 3 + 1
    texts, text_bytes = 5 * 10, 5 * 2 * sum(range(10))
    equal("handshakes", value("wshub_handshakes_total", status="101"), clients)
    equal("refused: foreign page", value("wshub_handshakes_total", status="403"), 1)
    equal("refused: no endpoint", value("wshub_handshakes_total", status="404"), 1)
    check("left without a word", value("wshub_handshakes_total", status="none") >= 1)
    equal("plain: 404", value("wshub_http_responses_total", status="404"), 1)
    equal("plain: 405", value("wshub_http_responses_total", status="405"), 1)
    equal("plain: 426", value("wshub_http_responses_total", status="426"), 1)
    equal("clients opened", total("wshub_clients_opened_total"), clients)
    equal("clients opened on echo", value("wshub_clients_opened_total", endpoint="/echo"), 10)
    equal("clients opened on broadcast", value("wshub_clients_opened_total", endpoint="/broadcast"), 4)
    equal("closes are as many as clients", total("wshub_closes_total"), clients)
    equal("closed by the peer with 1000", value("wshub_closes_total", by="peer", code="1000"), 9)
    equal("closed by the peer as it pleased", value("wshub_closes_total", by="peer", code="4xxx"), 1)
    equal("closed for a fault", total("wshub_closes_total", by="fault"), 3)
    equal("closed by the network", value("wshub_closes_total", by="network", code="1006"), 1)
    equal("faults", total("wshub_protocol_faults_total"), 3)
    for rule, section in (("reserved_bits", "5.2"), ("reserved_opcode", "5.2"), ("invalid_utf8", "8.1")):
        equal(f"faults: {rule}", value("wshub_protocol_faults_total", rule=rule, section=section), 1)
    for direction, more, more_bytes in (("received", 20, 200), ("sent", 80, 800)):
        seen = value("wshub_messages_total", direction=direction, kind="text")
        equal(f"texts {direction}", seen, texts + more)
        seen = value("wshub_message_bytes_total", direction=direction, kind="text")
        equal(f"bytes of texts {direction}", seen, text_bytes + more_bytes)
        equal(f"binaries {direction}", value("wshub_messages_total", direction=direction, kind="binary"), 20)
        equal(f"bytes of binaries {direction}", value("wshub_message_bytes_total", direction=direction, kind="binary"), 20000)
    equal("pings received", value("wshub_messages_total", direction="received", kind="ping"), 1)
    equal("their bytes", value("wshub_message_bytes_total", direction="received", kind="ping"), 4)
    equal("pongs sent", value("wshub_messages_total", direction="sent", kind="pong"), 1)
    pings, pongs = (value("wshub_messages_total", direction=d, kind=k) for d, k in (("sent", "ping"), ("received", "pong")))
    trips = value("wshub_ping_round_trip_seconds_count")
    check("every round trip is a ping and a pong", 9 <= trips <= pongs <= pings, (trips, pongs, pings))
    check("round trips take time", 0 < value("wshub_ping_round_trip_seconds_sum") < PATIENCE * trips)
    equal("publishes", value("wshub_publishes_total"), 20)
    equal("deliveries", value("wshub_deliveries_total"), 80)
    equal("nobody was slow", value("wshub_slow_consumer_evictions_total") + value("wshub_dropped_messages_total"), 0)
    equal("nothing waits", value("wshub_queue_messages") + value("wshub_queue_bytes"), 0)
    equal("no memory is held", value("wshub_memory_used_bytes"), 0)
    equal("the memory that there is", value("wshub_memory_limit_bytes"), 100 << 20)
    check("something has waited", value("wshub_queue_high_water_messages") >= 1)
    check("time goes on", value("wshub_uptime_seconds") > 0)
    equal("threads that accept", value("wshub_threads", kind="accept"), 1)
    equal("no writer is left", value("wshub_threads", kind="writer"), 0)
    counters = ("_total", "_bucket", "_sum", "_count")
    fallen = [key for key, was in before.items() if key[0].endswith(counters) and now.get(key, 0) < was]
    equal("counters that fell", fallen, [])


def nothing_a_peer_chose(server):
    text, families = server.families()
    check("no word of a peer", not any(word in text for word in ("peer-chose", "4321", "as I please")))
    values = {(label, value) for family in families for sample in family.samples for label, value in sample.labels.items()}
    check("few labels", len(values) < 60, len(values))


def slow_clients(program, policy):
    """A client that does not read is closed or misses messages, and is counted."""
    with Server(program, "--quiet", "--queue-messages", "4", "--slow-client", policy, "--write-timeout", "2s") as server:
        lazy = server.raw("/broadcast")
        with server.connect("/broadcast", max_queue=None) as busy:
            name = {"disconnect": "wshub_slow_consumer_evictions_total", "drop": "wshub_dropped_messages_total"}[policy]

            def until():
                for _ in range(20):
                    busy.send(bytes(60_000))
                    busy.recv(PATIENCE)
                return server.value(name) >= 1

            wait(f"a slow client is noticed ({policy})", until)
            equal(f"high water under {policy}", server.value("wshub_queue_high_water_messages") <= 4, True)
            check(f"something waits under {policy}", server.value("wshub_queue_messages") <= 8)
            both = server.samples()
            published = both[("wshub_publishes_total", frozenset())]
            delivered = both[("wshub_deliveries_total", frozenset())]
            check(f"the busy one missed nothing ({policy})", published <= delivered <= 2 * published, (published, delivered))
        lazy.close()


def with_compression(program):
    """Compressed messages are counted before and after, in both directions."""
    with Server(program, "--quiet", "--deflate") as server:
        well_formed(server)
        text = "counted inflated, and as it went; " * 50

        def compressed(direction):
            return (server.value("wshub_compressed_messages_total", direction=direction),
                    server.value("wshub_compressed_message_bytes_total", direction=direction, form="inflated"),
                    server.value("wshub_compressed_message_bytes_total", direction=direction, form="compressed"))

        with server.connect("/echo", compression=None) as plain:
            plain.send(text)
            equal("a plain echo", plain.recv(PATIENCE), text)
        equal("nothing was compressed", (compressed("received"), compressed("sent")), ((0, 0, 0), (0, 0, 0)))
        with server.connect("/echo") as client:
            for _ in range(10):
                client.send(text)
                equal("a compressed echo", client.recv(PATIENCE), text)
            for message in ("short", text):
                client.send(message)
                client.recv(PATIENCE)
        wait("all are counted", lambda: compressed("sent")[0] == 11)
        for direction, messages, inflated in (("received", 12, 11 * len(text) + 5), ("sent", 11, 11 * len(text))):
            seen = compressed(direction)
            equal(f"compressed messages {direction}", seen[:2], (messages, inflated))
            check(f"they are a tenth or less as they were {direction}", 0 < seen[2] < inflated / 10, seen)
        seen = server.value("wshub_message_bytes_total", direction="sent", kind="text")
        equal("bytes of texts are those of the texts", seen, 12 * len(text) + 5)


def with_a_password(program):
    env = {"WSHUB_BASIC_AUTH": "scrape:me"}
    with Server(program, "--quiet", env=env) as server:
        equal("metrics without a password", server.get("/metrics")[0], 401)
        right = "Basic " + base64.b64encode(b"scrape:me").decode()
        status, _, text = server.get("/metrics", Authorization=right)
        equal("metrics with a password", status, 200)
        families = {family.name for family in text_string_to_metric_families(text)}
        check("and they are the same", "wshub_build_info" in families, families)
        equal("the health check", server.get("/healthz")[0], 200)


def main():
    program = sys.argv[1]
    if "--deflate" in sys.argv[2:]:
        with_compression(program)
        print(f"{passed} passed, {failed} failed")
        sys.exit(1 if failed else 0)
    with Server(program, "--quiet", "--ping-interval", "150ms", "--memory", "100MiB") as server:
        well_formed(server)
        before = server.samples()
        load(server)
        adds_up(server, before)
        well_formed(server)
        nothing_a_peer_chose(server)
        status, _, closed = server.get("/closed")
        equal("the endings", (status, len(closed.splitlines())), (200, 14))
    for policy in ("disconnect", "drop"):
        slow_clients(program, policy)
    with_a_password(program)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
