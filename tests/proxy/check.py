"""Runs the reverse proxies of www/docs/operating.md in front of the server, and connects through them.
Started by ./run."""

import base64
import functools
import pathlib
import re
import socket
import ssl
import sys
import time

from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import checking
from checking import PATIENCE, equal, free_port, trusting, verdict

NAME = "chat.example.com"
program, chapter, scratch = sys.argv[1], pathlib.Path(sys.argv[2]).read_text(), pathlib.Path(sys.argv[3])
running = functools.partial(checking.running, scratch)


def block(language):
    """Returns the chapter's first code block in this language."""
    found = re.search(rf"^```{language}\n(.*?)^```", chapter, re.S | re.M)
    if not found:
        raise SystemExit(f"the chapter has no block of {language}")
    return found[1]


def changed(text, *changes):
    for old, new in changes:
        assert old in text, (old, text)
        text = text.replace(old, new)
    return text


def nginx(port, server_port):
    site = changed(
        block("nginx"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/ssl/chat.example.com.pem", str(scratch / "cert.pem")),
        ("/etc/ssl/chat.example.com.key", str(scratch / "key.pem")),
        ("127.0.0.1:8765", f"127.0.0.1:{server_port}"),
    )
    temporary = "".join(f"{kind}_temp_path {scratch}/{kind};\n" for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = scratch / "nginx.conf"
    config.write_text(f"daemon off;\npid {scratch}/nginx.pid;\nerror_log {scratch}/nginx.log;\nevents {{}}\n"
                      f"http {{\naccess_log off;\n{temporary}{site}\n}}\n")
    return ["nginx", "-p", str(scratch), "-e", str(scratch / "nginx.log"), "-c", str(config)], None


def caddy(port, server_port):
    site = changed(
        block("caddyfile"),
        ("chat.example.com {", f"https://chat.example.com:{port} {{\n\ttls internal\n\tbind 127.0.0.1"),
        ("127.0.0.1:8765", f"127.0.0.1:{server_port}"),
    )
    config = scratch / "Caddyfile"
    config.write_text("{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n}\n" + site)
    home = {"XDG_DATA_HOME": str(scratch), "XDG_CONFIG_HOME": str(scratch), "HOME": str(scratch)}
    return ["caddy", "run", "--config", str(config), "--adapter", "caddyfile"], home


context = trusting()


def wait_for_tls(port):
    """Waits for the certificate: a proxy that makes its own one listens before it has it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return context.wrap_socket(socket.create_connection(("127.0.0.1", port), PATIENCE), server_hostname=NAME).close()
        except ssl.SSLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def get_through(port, path, headers=""):
    """Returns the status of the answer to a plain request, from a client whose address is not the proxy's own."""
    stream = socket.create_connection(("127.0.0.1", port), PATIENCE, source_address=("127.0.0.2", 0))
    with context.wrap_socket(stream, server_hostname=NAME) as peer:
        peer.sendall(f"GET {path} HTTP/1.1\r\nHost: {NAME}:{port}\r\n{headers}Connection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: peer.recv(65536), b"")).decode()
    return int(answer.split(" ")[1])


def guesses(proxy_name, port):
    """A client that guesses passwords is slowed down, whatever X-Forwarded-For it sends itself."""
    begun = time.monotonic()
    for guess in range(7):
        credentials = base64.b64encode(f"ana:guess-{guess}".encode()).decode()
        status = get_through(port, "/", f"Authorization: Basic {credentials}\r\nX-Forwarded-For: 192.0.2.{guess}\r\n")
        equal(f"{proxy_name}: a guess", status, 401)
    equal(f"{proxy_name}: guesses wait", time.monotonic() - begun > 1.7, True)
    credentials = base64.b64encode(b"ana:secret").decode()
    equal(f"{proxy_name}: the right password", get_through(port, "/", f"Authorization: Basic {credentials}\r\n"), 200)


def through(proxy_name, port, server_port):
    own = f"https://{NAME}:{port}"
    get = lambda path: get_through(port, path)

    def stream():
        return socket.create_connection(("127.0.0.1", port), PATIENCE)

    def websocket(path, origin):
        try:
            return connect(f"wss://{NAME}:{port}{path}", sock=stream(), ssl=context, server_hostname=NAME,
                           origin=origin, open_timeout=PATIENCE)
        except InvalidStatus as error:
            return error.response.status_code, error.response.body.decode()

    says = lambda what: f"{proxy_name}: {what}"
    with websocket("/echo", own) as client:
        client.send("through")
        equal(says("an echo"), client.recv(PATIENCE), "through")
        client.send(bytes(200_000))
        equal(says("a large echo"), client.recv(PATIENCE), bytes(200_000))
    with websocket("/broadcast", own) as one, websocket("/broadcast", own) as other:
        one.send("to all")
        equal(says("a broadcast"), [one.recv(PATIENCE), other.recv(PATIENCE)], ["to all"] * 2)
    status, why = websocket("/broadcast", "https://evil.example")
    equal(says("a foreign page"), (status, "--allow-origin https://evil.example" in why), (403, True))
    status, _ = websocket("/broadcast", f"http://{NAME}:{port}0")
    equal(says("a page of another port"), status, 403)
    equal(says("the page"), get("/"), 200)
    equal(says("the health check"), get("/healthz"), 200)
    equal(says("the metrics are not for all"), get("/metrics"), 403)
    equal(says("nor are the endings"), get("/closed"), 403)
    with socket.create_connection(("127.0.0.1", server_port), PATIENCE) as peer:
        peer.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        equal(says("they are for this machine"), peer.recv(12), b"HTTP/1.1 200")


def get_in_the_clear(port, path, headers=""):
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as peer:
        peer.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: peer.recv(65536), b"")).decode()
    return int(answer.split(" ")[1]), answer


def nginx_by_default(port, server_port):
    """The `location` has only `proxy_pass`: nginx then uses HTTP/1.0."""
    temporary = "".join(f"{kind}_temp_path {scratch}/{kind};\n" for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = scratch / "nginx-default.conf"
    config.write_text(f"daemon off;\npid {scratch}/nginx.pid;\nerror_log {scratch}/nginx.log;\nevents {{}}\n"
                      f"http {{\naccess_log off;\n{temporary}server {{\nlisten 127.0.0.1:{port};\n"
                      f"location / {{ proxy_pass http://127.0.0.1:{server_port}; }}\n}}\n}}\n")
    return ["nginx", "-p", str(scratch), "-e", str(scratch / "nginx.log"), "-c", str(config)]


def haproxy(port, server_port):
    """The health check names only the path: HAProxy then uses HTTP/1.0, without a Host header."""
    config = scratch / "haproxy.cfg"
    config.write_text(f"""
defaults
    mode http
    timeout connect 30s
    timeout client 30s
    timeout server 30s
    timeout check 30s
frontend front
    bind 127.0.0.1:{port}
    stats enable
    stats uri /stats
    default_backend back
backend back
    option httpchk GET /healthz
    server one 127.0.0.1:{server_port} check inter 30s
""")
    return ["haproxy", "-db", "-f", str(config)]


def over_http_1_0():
    port, server_port = free_port(), free_port()
    server = [program, "serve", "--listen", f"127.0.0.1:{server_port}"]
    with running(server_port, server), running(port, nginx_by_default(port, server_port)):
        for path in ("/", "/healthz"):
            equal(f"nginx by default: {path}", get_in_the_clear(port, path)[0], 200)
        upgrade = ("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
        status, answer = get_in_the_clear(port, "/echo", upgrade)
        equal("nginx by default: a WebSocket", (status, "proxy_http_version 1.1" in answer), (505, True))
    port, server_port = free_port(), free_port()
    server = [program, "serve", "--listen", f"127.0.0.1:{server_port}"]
    with running(server_port, server), running(port, haproxy(port, server_port)):
        deadline, seen = time.monotonic() + PATIENCE, None
        while seen is None and time.monotonic() < deadline:
            lines = get_in_the_clear(port, "/stats;csv")[1].splitlines()
            lines = lines[next(at for at, line in enumerate(lines) if line.startswith("# pxname")):]
            names = lines[0].lstrip("# ").split(",")
            rows = [dict(zip(names, line.split(","))) for line in lines[1:]]
            row = next(row for row in rows if row.get("svname") == "one")
            if row["check_status"] not in ("", "INI") and not row["check_status"].startswith("*"):
                seen = row["status"], row["check_status"], row["check_code"]
            else:
                time.sleep(0.05)
        equal("haproxy: its check", seen, ("UP", "L7OK", "200"))
        equal("haproxy: the page", get_in_the_clear(port, "/")[0], 200)
        with connect(f"ws://127.0.0.1:{port}/echo", open_timeout=PATIENCE) as client:
            client.send("through")
            equal("haproxy: an echo", client.recv(PATIENCE), "through")


def main():
    for name, make in (("nginx", nginx), ("caddy", caddy)):
        port, server_port = free_port(), free_port()
        # The command is the chapter's, except for the port.
        server = [program, "serve", "--allow-host", NAME, "--trusted-proxy", "127.0.0.1",
                  "--listen", f"127.0.0.1:{server_port}"]
        command, env = make(port, server_port)
        with running(server_port, server), running(port, command, env):
            wait_for_tls(port)
            through(name, port, server_port)
        with running(server_port, server, {"WSHUB_BASIC_AUTH": "ana:secret"}), running(port, command, env):
            wait_for_tls(port)
            guesses(name, port)
    over_http_1_0()
    verdict()


main()
