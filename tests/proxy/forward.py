"""Runs the program's clients through real forward proxies, with and without a password, to ws and to
wss. Started by ./run."""

import functools
import os
import pathlib
import shutil
import subprocess
import sys

import checking
from checking import PATIENCE, equal, free_port, verdict

program, scratch = sys.argv[1], pathlib.Path(sys.argv[2])
running = functools.partial(checking.running, scratch)


def tinyproxy(port, targets):
    config = scratch / "tinyproxy.conf"
    allowed = "".join(f"ConnectPort {target}\n" for target in targets)
    config.write_text(f"Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nBasicAuth ana secret\nTimeout 60\n{allowed}")
    return ["tinyproxy", "-d", "-c", str(config)]


def squid(port, targets):
    """Squid asks a helper program about users, which accepts one."""
    helper = scratch / "users"
    helper.write_text('#!/bin/sh\nwhile read -r user password; do\n'
                      '  [ "$user $password" = "ana secret" ] && echo OK || echo ERR\ndone\n')
    helper.chmod(0o755)
    folder = scratch / "squid"
    folder.mkdir(exist_ok=True)
    # Squid gives up root, and still has to read its files.
    for path in (scratch, folder):
        path.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(folder, "proxy")
    config = scratch / "squid.conf"
    config.write_text(
        f"http_port 127.0.0.1:{port}\npid_filename {folder}/pid\ncache_log {folder}/log\naccess_log none\ncache deny all\n"
        f"auth_param basic program {helper}\nauth_param basic children 1\nacl known proxy_auth REQUIRED\n"
        f"acl open port {' '.join(map(str, targets))}\nhttp_access deny !known\nhttp_access allow open\n"
        "http_access deny all\nshutdown_lifetime 1 second\nvisible_hostname test\ncoredump_dir none\n")
    return ["squid", "-N", "-f", str(config)]


def client(*arguments, **variables):
    """Returns exit code, stdout and stderr of a client that has only these environment variables."""
    environment = {"PATH": os.environ["PATH"], **variables}
    done = subprocess.run([program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=PATIENCE, env=environment)
    return done.returncode, done.stdout, done.stderr


def through(name, port, ws, wss):
    says = lambda what: f"{name}: {what}"
    proxy = f"http://ana:secret@127.0.0.1:{port}"
    nobody = f"http://ana:wrong@127.0.0.1:{port}"
    trust = ["--cacert", str(scratch / "cert.pem")]
    hello = ["hello", "--expect", "1"]
    equal(says("ws by a flag"), client("send", ws, *hello, "--proxy", proxy), (0, "hello\n", ""))
    equal(says("wss by a flag"), client("send", wss, *hello, *trust, "--proxy", proxy), (0, "hello\n", ""))
    equal(says("ws by the environment"), client("send", ws, *hello, http_proxy=proxy), (0, "hello\n", ""))
    equal(says("wss by the environment"), client("send", wss, *hello, *trust, HTTPS_PROXY=proxy), (0, "hello\n", ""))
    code, _, why = client("send", "-v", ws, *hello, all_proxy=proxy)
    equal(says("it was the proxy"), (code, "> CONNECT localhost:" in why, "secret" in why), (0, True, False))
    code, _, why = client("send", ws, *hello, http_proxy=nobody)
    equal(says("a wrong password"), (code, " answered 40" in why), (5, True))
    code, _, why = client("send", ws, *hello, "--proxy", f"http://127.0.0.1:{port}")
    equal(says("no password"), (code, " answered 40" in why, len(why) < 700), (5, True, True))
    code, _, why = client("send", "ws://localhost:9/", *hello, "--proxy", proxy)
    equal(says("a port that is not open"), (code, " answered 403" in why), (5, True))
    equal(says("a host reached directly"), client("send", ws, *hello, http_proxy=nobody, no_proxy="localhost"),
          (0, "hello\n", ""))
    code, report, why = client("bench", ws, "-c", "20", "-n", "400", "--warmup", "off", "--quiet", "--proxy", proxy)
    equal(says("a bench"), code, 0)


def main():
    for name, make in (("tinyproxy", tinyproxy), ("squid", squid)):
        port, plain, secure = free_port(), free_port(), free_port()
        server = [program, "serve", "--listen", f"localhost:{plain}", "--tls-listen", f"localhost:{secure}",
                  "--tls-cert", str(scratch / "cert.pem"), "--tls-key", str(scratch / "key.pem")]
        with running(plain, server), running(port, make(port, (plain, secure))):
            through(name, port, f"ws://localhost:{plain}/echo", f"wss://localhost:{secure}/echo")
    verdict("forward proxies: ")


main()
