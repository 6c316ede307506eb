"""What is sent to other stacks and comes from them, and our program as their client."""

import asyncio
import contextlib
import tempfile

from checks import COMPRESSION, PROGRAM, holds, same

SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000]
TEXTS = [b"x" * size for size in SIZES] + ["h\u00e9llo \u20ac \U0001f600\0".encode() * 50]
BLOBS = [bytes(range(256)) * (size // 256) + bytes(size % 256) for size in SIZES]
FLAGS = [*COMPRESSION, "--proxy", "none"]


async def run(*arguments, stdin=b""):
    """Exit code, stdout and stderr of our program."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(PROGRAM, *arguments, *FLAGS, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        out, err = await process.communicate(stdin)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    return process.returncode, out, err.decode()


async def comes_back(url, messages, *flags, answers=None):
    """Sends the messages from files; each has to come back, or these answers."""
    answers = answers or messages
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, message in enumerate(messages):
            files.append(f"{folder}/{number}")
            with open(files[-1], "wb") as file:
                file.write(message)
        given = [word for file in files for word in ("--file", file)]
        code, out, err = await run("send", *flags, *given, "--expect", str(len(answers)), "--wait", "60s", url)
    ends = b"" if "--binary" in flags else b"\n"
    holds(out == b"".join(answer + ends for answer in answers), f"other bytes, {len(out)} of them")
    same((code, err), (0, ""), "exit code and stderr")
