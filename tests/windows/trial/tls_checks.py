"""wss:// from a .pfx file, by the TLS that Windows brings (SChannel; here it is Wine's)."""

import asyncio
import re
import ssl
import subprocess
import urllib.request

from .checks import CannotBeShown, check, equal
from .peers import MIB, closing_of, connect
from .wine import LINUX_PROGRAM, SCRATCH, Server, wshub

PASSWORD = "secret"


def made_by_openssl():
    """A certificate for localhost, as www/docs/operating.md says: PEM, and PKCS#12 behind a password."""
    folder = SCRATCH / "certificate"
    if not folder.exists():
        folder.mkdir()
        for line in [
            "req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost "
            "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out cert.pem",
            f"pkcs12 -export -in cert.pem -inkey key.pem -out cert.pfx -passout pass:{PASSWORD}",
        ]:
            subprocess.run(["openssl", *line.split()], cwd=folder, check=True, capture_output=True, timeout=60)
    return folder


# SEC_E_UNSUPPORTED_FUNCTION: the SChannel of Wine before version 9 is a client's only.
NO_SERVER_SIDE = "-2146893054"


def tls_server(*flags, program=None):
    pfx = made_by_openssl() / "cert.pfx"
    flags = ["--tls-pkcs12", f"certificate/{pfx.name}", "--tls-listen", "127.0.0.1:0", *flags]
    return Server(*flags, env={"WSHUB_TLS_PASSWORD": PASSWORD}, program=program)


def needs_server_side():
    """Raises where Wine has no TLS for servers."""
    try:
        with tls_server():
            return
    except AssertionError as error:
        if NO_SERVER_SIDE not in str(error):
            raise
    raise CannotBeShown("Wine's SChannel has no server side (SEC_E_UNSUPPORTED_FUNCTION)")


@check("a .pfx is opened with its password; where Windows has no TLS for it, a sentence and no server")
def opened_pfx():
    try:
        with tls_server() as server:
            server.wait_for_log(r"with TLS +https://")
    except AssertionError as error:
        sentence = "wshub: the certificate and the key in certificate/cert.pfx cannot be used: "
        assert sentence in str(error) and NO_SERVER_SIDE in str(error), error
        assert "is listening" not in str(error), error


def trusted():
    return ssl.create_default_context(cafile=made_by_openssl() / "cert.pem")


def tls_port(server):
    return int(server.wait_for_log(r"with TLS +https://[^ /]*:(\d+)/").group(1))


@check("wss from a .pfx: echo, 16 MiB, broadcast between ws and wss, the page over https", 120)
async def wss():
    needs_server_side()
    with tls_server() as server:
        url = f"wss://localhost:{tls_port(server)}"
        client = await connect(url + "/echo", ssl=trusted())
        for message in ["hello \u20ac", b"\0\r\n" * 10000, "x" * (16 * MIB)]:
            await client.send(message)
            equal(await client.recv() == message, True, "what came back")
        await client.close(1000, "bye")
        server.wait_for_log('by=peer code=1000 reason="bye".*clean=true')
        one, other = await connect(url + "/broadcast", ssl=trusted()), await connect(server.url("/broadcast"))
        for sender, text in [(one, "from wss"), (other, "from ws")]:
            await sender.send(text)
            equal([await one.recv(), await other.recv()], [text, text])
        await one.close()
        await other.close()
        page = await asyncio.to_thread(
            lambda: urllib.request.urlopen(f"https://localhost:{tls_port(server)}/", context=trusted(), timeout=30).read()
        )
        assert b"<title>" in page, page[:200]


@check("wss both ways at once, 50 clients, and a stop that tells them all", 120)
async def wss_many():
    needs_server_side()
    with tls_server("--idle-timeout", "20s") as server:
        url = f"wss://127.0.0.1:{tls_port(server)}/echo"
        everyone = await asyncio.gather(*(connect(url, ssl=trusted()) for _ in range(50)))

        async def turn(client):
            messages = [bytes([number]) * 20000 for number in range(50)]
            sending = asyncio.create_task(send_all(client, messages))
            equal([await client.recv() for _ in messages] == messages, True, "what came back")
            await sending

        await asyncio.gather(*(turn(client) for client in everyone))
        equal({await closing_of(client) for client in everyone}, {(1001, "idle")})


async def send_all(client, messages):
    for message in messages:
        await client.send(message)


@check("wshub.exe connects with wss:// to the Linux server; whom it trusts")
def wss_client():
    # Short lines: Wine says of a record that comes in pieces that all of it is still missing, and
    # the TLS library then waits for more than there is. (Windows says how much is.)
    lines = "over TLS \u20ac\n".encode()
    with tls_server(program=LINUX_PROGRAM) as server:
        url = f"wss://localhost:{tls_port(server)}/echo"
        code, out, errors = wshub("connect", url, stdin=lines)
        equal((code, out), (8, b""), f"a certificate that nobody vouches for: {errors}")
        for flags in [["--insecure"], ["--cacert", "certificate/cert.pem"]]:
            code, out, errors = wshub("connect", *flags, url, stdin=lines)
            equal((code, out), (0, lines), f"{flags}: {errors}")
        server.wait_for_log('by=peer code=1000.*clean=true')


@check("a .pfx that is not there, is none, or has another password: no server starts without TLS")
def wrong_pfx():
    made_by_openssl()
    not_opened = "is not a PKCS#12 file that can be used here|the password does not open"
    rows = [("cert.pfx", "wrong", not_opened), ("cert.pem", PASSWORD, not_opened), ("none.pfx", PASSWORD, "cannot read")]
    for name, password, words in rows:
        flags = ["--tls-pkcs12", f"certificate/{name}", "--listen", "127.0.0.1:0"]
        code, out, errors = wshub("serve", *flags, env={"WSHUB_TLS_PASSWORD": password})
        equal((code, out), (8, b""), f"{name}: {errors}")
        assert f"certificate/{name}" in errors.decode() and re.search(words, errors.decode()), errors
        assert b"is listening" not in errors, errors
