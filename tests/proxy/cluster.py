"""Runs what www/docs/cluster.md shows: two servers on one Redis, nginx in front of both, and a Redis user with
no more permissions than needed. Clients connect through nginx; a server is killed, and one loses its connection to
Redis. Started by ./run."""

import contextlib
import functools
import pathlib
import re
import shlex
import socket
import subprocess
import sys
import threading
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

import checking
from checking import PATIENCE, equal, free_port, trusting, verdict

NAME = "chat.example.com"
program, chapter, scratch = sys.argv[1], pathlib.Path(sys.argv[2]).read_text(), pathlib.Path(sys.argv[3])
readme = pathlib.Path(sys.argv[2]).parents[2] / "README.md"
running = functools.partial(checking.running, scratch)


def until(what, ask):
    deadline = time.monotonic() + PATIENCE
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise SystemExit(f"not in time: {what}")
        time.sleep(0.05)
    return answer


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", chapter, re.S | re.M)


def changed(text, changes):
    for old, new in changes:
        assert old in text, (old, text)
        text = text.replace(old, new)
    return text


def get(port, path):
    """Returns the status and the body of the answer to a plain request."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as peer:
        peer.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: peer.recv(65536), b"")).decode()
    return int(answer.split(" ")[1]), answer


def is_in_cluster(port):
    return get(port, "/healthz?cluster")[0] == 200


def clients_of(port):
    return int(re.search(r'^wshub_clients\{endpoint="/broadcast"\} (\d+)', get(port, "/metrics")[1], re.M)[1])


context = trusting()


def through(port):
    return connect(f"wss://{NAME}:{port}/broadcast", sock=socket.create_connection(("127.0.0.1", port), PATIENCE),
                   ssl=context, server_hostname=NAME, origin=f"https://{NAME}:{port}", open_timeout=PATIENCE)


def received(client, count):
    return [client.recv(PATIENCE) for _ in range(count)]


def nginx(port, servers):
    site = changed(blocks("nginx")[0], [
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/ssl/chat.example.com.pem", str(scratch / "cert.pem")),
        ("/etc/ssl/chat.example.com.key", str(scratch / "key.pem")),
        *[(f"127.0.0.1:{shown}", f"127.0.0.1:{server}") for shown, server in zip((8001, 8002), servers)],
    ])
    temporary = "".join(f"{kind}_temp_path {scratch}/{kind};\n" for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = scratch / "nginx.conf"
    config.write_text(f"daemon off;\nmaster_process off;\npid {scratch}/nginx.pid;\nerror_log {scratch}/nginx.log;\n"
                      f"events {{}}\nhttp {{\naccess_log off;\n{temporary}{site}\n}}\n")
    return ["nginx", "-p", str(scratch), "-e", str(scratch / "nginx.log"), "-c", str(config)]


def one_order(clients, ports):
    """All clients publish at once, and all receive the same messages in the same order."""
    count, each = len(clients), 50
    seen = [None] * count

    def talk(at):
        def publish():
            for number in range(each):
                clients[at].send(f"{at} {number}")
        publisher = threading.Thread(target=publish)
        publisher.start()
        seen[at] = received(clients[at], count * each)
        publisher.join()

    threads = [threading.Thread(target=talk, args=(at,)) for at in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal("each server has some of them", all(clients_of(port) for port in ports), True)
    equal("all see all", sorted(seen[0]), sorted(f"{at} {number}" for at in range(count) for number in range(each)))
    equal("in one order", [other == seen[0] for other in seen], [True] * count)


def comes_again(client, port):
    """Connects again, as a client does whose connection has ended."""
    try:
        client.recv(PATIENCE)
        raise SystemExit("its server was killed, and it hears something")
    except ConnectionClosed:
        return through(port)


def main():
    start, rights = blocks("sh")[:2]
    shown = re.search(r"```sh\n(.*?)```", readme.read_text(), re.DOTALL)[1].split("\n")
    equal("lines of README.md that are not the chapter's", set(map(str.strip, shown)) - {"", *start.splitlines()}, set())
    redis, port, *servers = (free_port() for _ in range(4))
    changes = [("--port 6379", f"--port {redis} --bind 127.0.0.1 --save '' --dir {shlex.quote(str(scratch))}"),
               ("wshub serve", f"{program} serve"), ("redis://localhost", f"redis://localhost:{redis}"),
               *[(f"localhost:{shown}", f"localhost:{server}") for shown, server in zip((8001, 8002), servers)]]
    lines = [shlex.split(line.removesuffix("&")) for line in changed(start, changes).splitlines()]
    # This build takes the place of the one that the chapter installs.
    lines = [line for line in lines if line[0] != "cargo"]
    behind = shlex.split(re.search(r"`wshub serve (--allow-host .*?)`", chapter)[1])
    with contextlib.ExitStack() as stack:
        stack.enter_context(running(redis, lines[0]))
        processes = [stack.enter_context(running(server, line + behind)) for server, line in zip(servers, lines[1:])]
        until("both are in the cluster", lambda: all(map(is_in_cluster, servers)))
        stack.enter_context(running(port, nginx(port, servers)))
        clients = [stack.enter_context(through(port)) for _ in range(4)]
        until("they are in", lambda: sum(map(clients_of, servers)) == len(clients))
        one_order(clients, servers)

        # The clients are checked one by one, to find those whose server was killed.
        before = clients_of(servers[1])
        processes[0].kill()
        processes[0].wait()
        gone = []
        for client in clients:
            try:
                client.recv(0.5)
            except TimeoutError:
                continue
            except ConnectionClosed:
                gone.append(client)
        equal("those of the other server stay", len(clients) - len(gone), before)
        kept = [client for client in clients if client not in gone]
        again = [stack.enter_context(comes_again(client, port)) for client in gone]
        equal("those of the killed one are at the other", clients_of(servers[1]), len(clients))
        again[0].send("here again")
        equal("and hear each other", [received(client, 1) for client in kept + again], [["here again"]] * len(clients))

        # The first server starts again without a way to Redis: nginx passes what it refuses to the other one.
        nowhere = [word.replace(str(redis), str(free_port())) for word in lines[1]]
        stack.enter_context(running(servers[0], nowhere + behind))
        equal("it is not in the cluster", is_in_cluster(servers[0]), False)
        time.sleep(2.1)  # longer than the chapter's fail_timeout
        more = [stack.enter_context(through(port)) for _ in range(4)]
        equal("clients come to the other one", clients_of(servers[1]), len(clients) + len(more))
        more[0].send("all here")
        equal("and hear each other", [received(client, 1) for client in kept + again + more],
              [["all here"]] * (len(clients) + len(more)))

        # The Redis user that the chapter creates.
        command = changed(rights, [("redis-cli", f"redis-cli -p {redis}")])
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=PATIENCE)
        equal("the line for ACL SETUSER", done.stdout.strip(), "OK")
        third = free_port()
        url = f"redis://wshub:PASSWORD@localhost:{redis}"
        stack.enter_context(running(third, [program, "serve", "--listen", f"localhost:{third}", "--cluster", url]))
        until("a server with that user is in the cluster", lambda: is_in_cluster(third))
    verdict()


main()
