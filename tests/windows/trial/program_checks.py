"""The package itself, the unit tests and the tests on the loopback, as Windows programs."""

import json
import os
import re
from pathlib import Path

from .checks import check, equal
from .tls_checks import needs_server_side
from .wine import LINUX_PROGRAM, PROGRAM, ROOT, run, wshub



@check("the package holds what it should, and nothing else")
def package():
    home = PROGRAM.parent
    files = {str(file.relative_to(home)) for file in home.rglob("*") if file.is_file()}
    page = {str(file.relative_to(ROOT)) for file in (ROOT / "www").rglob("*") if file.is_file()}
    equal(files, {"wshub.exe", "run.bat", "README.md", "LICENSE", "THIRD-PARTY.txt", "THIRD-PARTY-rust.html"} | page)
    for name in ["README.md", "LICENSE", *page]:
        equal((home / name).read_bytes(), (ROOT / name).read_bytes(), name)


@check("wshub.exe names no path of the machine that built it")
def no_paths():
    program = PROGRAM.read_bytes()
    for path in [str(ROOT), str(Path.home()) + "/"]:
        assert path.encode() not in program, f"{path} stands in wshub.exe"


@check("the version and the help are those of the Linux program, byte for byte")
def help_texts():
    import subprocess

    for arguments in [["--version"], ["--help"], ["serve", "--help"], ["help", "limits"], ["help", "exit-codes"]]:
        linux = subprocess.run([LINUX_PROGRAM, *arguments], capture_output=True, timeout=20)
        equal(wshub(*arguments), (linux.returncode, linux.stdout, linux.stderr))


@check("run.bat has the line ends that Windows needs, here and in every checkout")
def line_ends():
    for file in [PROGRAM.parent / "run.bat", ROOT / "run.bat"]:
        text = file.read_bytes()
        equal(text.count(b"\n"), text.count(b"\r\n"), f"line ends of {file}")
        assert text.isascii() and text.endswith(b"\r\n")
    attributes = (ROOT / ".gitattributes").read_text()
    assert re.search(r"^\*\.bat text eol=crlf$", attributes, re.M), attributes


# These compare tables of this program with well-kept packages, over every code point: the answer
# is the same on every system, and takes minutes under Wine.
SAME_ON_EVERY_SYSTEM = {"unicode", "chat_names"}
# These make TLS servers, each test of them.
NEED_TLS_SERVER = {"proxies_tls", "tls", "tls_files", "tls_renewal"}


def test_binaries():
    with open(os.environ["WSHUB_TESTS"], encoding="utf-8") as messages:
        for message in map(json.loads, filter(str.strip, messages)):
            if message["reason"] == "compiler-artifact" and message["profile"]["test"] and message["executable"]:
                yield message["target"]["name"], message["target"]["kind"], Path(message["executable"])


def add_test_binary(name, kind, path):
    what = "the unit tests" if kind == ["lib"] else f"tests/{name}.rs"

    @check(f"{what} as a Windows program", 400)
    def run_tests():
        if name in NEED_TLS_SERVER:
            needs_server_side()
        code, out, errors = run(path, cwd=ROOT, seconds=390)
        verdict = re.search(rb"test result: ok\. (\d+) passed; 0 failed; 0 ignored", out)
        assert code == 0 and verdict, (out + errors).decode("utf-8", "replace")[-3000:]
        assert int(verdict.group(1)) > 0, "there was no test in it"


def has_tests(name, kind):
    """main.rs has none. Some files are about Linux, Unix or compression alone, some say the same
    everywhere, and the examples are not built for Windows."""
    source = ROOT / "tests" / f"{name}.rs"
    elsewhere = re.compile(r'^#!\[cfg\(.*(target_os = "linux"|\bunix\b|feature = "(deflate|cluster)")', re.M)
    if kind == ["bin"] or name in {"examples", *SAME_ON_EVERY_SYSTEM}:
        return False
    return not (source.exists() and elsewhere.search(source.read_text("utf-8")))


for name, kind, path in test_binaries():
    if has_tests(name, kind):
        add_test_binary(name, kind, path)


@check("the test binaries are all there")
def all_tests():
    wanted = {file.stem for file in (ROOT / "tests").glob("*.rs")} | {"wshub"}
    equal({name for name, kind, _ in test_binaries() if kind != ["bin"]}, wanted)
