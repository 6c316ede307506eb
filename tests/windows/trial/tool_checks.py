"""wshub.exe send, subscribe, bench and check against the Linux server."""

import json
import subprocess

from .checks import check, equal
from .wine import LINUX_PROGRAM, PROGRAM, SCRATCH, Server, wshub


@check("send: arguments, lines and whole files, any bytes, and the replies on stdout")
def send():
    with Server(program=LINUX_PROGRAM) as server:
        url = server.url()
        rows = [
            (["hello", "h\u00e9llo \u20ac", "--expect", "2"], b"", "hello\nh\u00e9llo \u20ac\n".encode()),
            (["--expect", "3"], "one\r\ntwo\n\u65e5\u672c\n".encode(), "one\ntwo\n\u65e5\u672c\n".encode()),
        ]
        for arguments, stdin, out in rows:
            equal(wshub("send", url, *arguments, stdin=stdin), (0, out, b""), f"{arguments}")
        every_byte = bytes(range(256)) * 300 + b"\r\n\x1a\n"  # Ctrl-Z once was an end of file
        (SCRATCH / "every byte").write_bytes(every_byte)
        for name, stdin in [("every byte", b""), ("-", every_byte)]:
            code, out, errors = wshub("send", url, "--binary", "--file", name, "--expect", "1", stdin=stdin)
            equal((code, errors, out == every_byte), (0, b"", True), f"{name}: {len(out)} bytes came back")


@check("subscribe: what Linux sends arrives as lines, and it leaves after the last one")
def subscribe():
    with Server(program=LINUX_PROGRAM) as server:
        command = ["wine", str(PROGRAM), "subscribe", server.url("/broadcast"), "--count", "3"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=SCRATCH) as subscriber:
            server.wait_for_log("open id=1")
            subprocess.run([LINUX_PROGRAM, "send", server.url("/broadcast"), "1", "\u20ac", "3"], timeout=20, check=True)
            out, errors = subscriber.communicate(timeout=30)
        equal((subscriber.returncode, out), (0, "1\n\u20ac\n3\n".encode()), f"{errors}")


@check("bench: echo and fanout, nothing lost, and the report as JSON", 90)
def bench():
    with Server(program=LINUX_PROGRAM) as server:
        echo = ["bench", server.url(), "-c", "20", "-n", "2000", "--warmup", "100ms"]
        fanout = ["bench", server.url("/broadcast"), "--mode", "fanout", "-c", "10", "-d", "1s", "--rate", "50"]
        for arguments in (echo, fanout):
            code, out, errors = wshub(*arguments, "--json", "--quiet", "--assert", "errors=0,failed=0")
            equal(code, 0, f"{arguments}: {out} {errors}")
            report = json.loads(out)
            equal((report["connections"]["failed"], report["errors"]), (0, {}), "what failed")
            assert report["connections"]["made"] in (10, 20) and report["messages"] >= 0, report
            assert report["reach"] is None or report["reach"]["percent"] == 100, report


@check("check: the Linux server conforms, says wshub.exe", 120)
def probe():
    with Server(program=LINUX_PROGRAM) as server:
        code, out, errors = wshub("check", server.url(), seconds=110)
        equal(code, 0, f"{out.decode()}{errors.decode()}")
