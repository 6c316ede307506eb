//! The table of the commands that are clients, and of the flags that every client has.

use super::spec::{Arity, CommandSpec, FlagGroup, FlagSpec, Kind, PositionalSpec, SIZES_AND_TIMES};

const TIMEOUT: Kind = Kind::Duration { off: false };
const TIMEOUT_OR_OFF: Kind = Kind::Duration { off: true };
const SIZE: Kind = Kind::Size { min: 1 };
const COUNT: Kind = Kind::Count { min: 1 };

/// How to connect: the same for every command that does; `connecting.rs` reads them.
pub static CONNECTING: FlagGroup = FlagGroup {
    topic: "connection",
    heading: "Connection",
    summary: "the flags that every client has",
    title: "How wshub connects: flags of connect, send, subscribe, bench and check",
    flags: &[
        FlagSpec::value(
            "--header",
            "HEADER",
            Kind::Header,
            "add 'Name: value' to the request",
        )
        .short("-H")
        .repeat(),
        FlagSpec::value(
            "--origin",
            "ORIGIN",
            Kind::Text,
            "send this Origin, as a browser would",
        ),
        FlagSpec::value(
            "--subprotocol",
            "NAME",
            Kind::Token,
            "offer this subprotocol; the first is preferred",
        )
        .repeat(),
        FlagSpec::value(
            "--auth",
            "USER:PASSWORD",
            Kind::Credentials,
            "HTTP Basic authentication",
        ),
        FlagSpec::value(
            "--cacert",
            "PEM",
            Kind::Path,
            "trust the certificates in this file, not the system's",
        ),
        FlagSpec::switch(
            "--insecure",
            "take any certificate of a wss:// server; for trials",
        ),
        FlagSpec::value(
            "--connect-timeout",
            "TIME",
            TIMEOUT,
            "for TCP, TLS and the opening handshake",
        )
        .default("10s"),
        FlagSpec::value(
            "--ping-interval",
            "TIME",
            TIMEOUT_OR_OFF,
            "ping after this much silence; or off",
        )
        .default("20s"),
        FlagSpec::value("--max-message", "SIZE", SIZE, "largest message to accept").default("16M"),
    ],
    notes: &[
        "A user and a password may stand in the URL as well: ws://ana:secret@example.com/.",
        SIZES_AND_TIMES,
    ],
    examples: &[
        (
            "wshub connect -H \"X-Token: secret\" ws://example.com/",
            "a header",
        ),
        (
            "wshub connect --origin https://example.com localhost:8765",
            "as a page would",
        ),
        (
            "wshub send --auth ana:secret localhost:8765/echo hello",
            "with a password",
        ),
        (
            "wshub check --cacert cert.pem wss://localhost:8766/echo",
            "your own certificate",
        ),
    ],
};

/// The URL of every client.
pub const URL: PositionalSpec = PositionalSpec {
    name: "URL",
    arity: Arity::Required,
    help: "ws://HOST[:PORT]/PATH or wss://...; ws:// may be left out",
};

/// `wshub connect URL`.
pub static CONNECT: CommandSpec = CommandSpec {
    name: "connect",
    summary: "open a connection; send the lines you type, show what arrives",
    positionals: &[URL],
    flags: &[
        FlagSpec::value(
            "--timestamps",
            "HOW",
            Kind::Choice(&["clock", "delta"]),
            "on a terminal: clock (UTC), or delta since the last message",
        ),
        FlagSpec::switch("--pretty", "indent JSON"),
        FlagSpec::switch("--rtt", "ping every 5 s and show how long the pong took"),
        FlagSpec::switch("--raw-input", "send every line as it is, /lines too"),
        FlagSpec::switch("--reconnect", "connect anew when the connection is lost"),
    ],
    groups: &[&CONNECTING],
    notes: &[
        "/help lists what you can type: /ping, /close, /bin, /file, /frag, /stats and more; the \
         arrow keys bring sent lines back. Lines piped in are sent; it closes when nothing has \
         come for 0.5 s (10 s at the most), or at once if the last one is /close; exit code 1 \
         if one could not be sent.",
    ],
    examples: &[
        (
            "wshub connect ws://localhost:8765/echo",
            "every line comes back",
        ),
        (
            "wshub connect \"localhost:8765/chat/lobby?name=ana\"",
            "chat as ana",
        ),
        (
            "wshub connect -H \"X-Token: secret\" ws://example.com/",
            "with a header",
        ),
        (
            "wshub connect --pretty --reconnect example.com/feed",
            "watch JSON",
        ),
    ],
};

/// `wshub send URL [TEXT...]`.
pub static SEND: CommandSpec = CommandSpec {
    name: "send",
    summary: "send messages, or the lines of stdin, and leave",
    positionals: &[
        URL,
        PositionalSpec {
            name: "TEXT",
            arity: Arity::Many,
            help: "a message each; without any, each line of stdin is one",
        },
    ],
    flags: &[
        FlagSpec::value(
            "--file",
            "FILE",
            Kind::Path,
            "send the whole FILE as one message; - is stdin",
        )
        .repeat(),
        FlagSpec::switch("--binary", "send binary messages, of any bytes"),
        FlagSpec::switch(
            "--null",
            "stdin's messages end with NUL, not with a line break",
        )
        .short("-0"),
        FlagSpec::value("--repeat", "N", COUNT, "send each message N times").default("1"),
        FlagSpec::value("--interval", "TIME", TIMEOUT, "pause between two messages"),
        FlagSpec::value(
            "--fragment",
            "SIZE",
            SIZE,
            "cut messages into fragments of SIZE bytes",
        ),
        FlagSpec::value(
            "--wait",
            "TIME",
            TIMEOUT,
            "print replies for TIME after the last message",
        ),
        FlagSpec::value(
            "--expect",
            "N",
            COUNT,
            "once all is sent, leave after N replies; exit 7 if fewer in --wait (10s)",
        ),
        FlagSpec::value(
            "--until",
            "TEXT",
            Kind::Text,
            "the same, after a reply that has TEXT in it; one of both will do",
        ),
    ],
    groups: &[&CONNECTING],
    notes: &[
        "Exit code 0: all was sent, then closed cleanly. Replies are printed only with --wait, \
         --expect or --until.",
    ],
    examples: &[
        (
            "wshub send ws://localhost:8765/echo hello --expect 1",
            "and print it",
        ),
        (
            "echo hi | wshub send localhost:8765/echo --wait 1s | cat",
            "in a pipe",
        ),
        (
            "wshub send localhost:8765/echo --file photo.jpg --binary",
            "a file, whole",
        ),
        (
            "wshub send localhost:8765/echo tick --repeat 60 --interval 1s",
            "one a second",
        ),
    ],
};

/// `wshub subscribe URL`.
pub static SUBSCRIBE: CommandSpec = CommandSpec {
    name: "subscribe",
    summary: "print what arrives",
    positionals: &[URL],
    flags: &[
        FlagSpec::value(
            "--send",
            "TEXT",
            Kind::Text,
            "send TEXT once connected, at each connection",
        )
        .repeat(),
        FlagSpec::value(
            "--count",
            "N",
            COUNT,
            "leave after N messages; exit 7 if fewer came",
        ),
        FlagSpec::value("--for", "TIME", TIMEOUT, "close and leave after TIME"),
        FlagSpec::value(
            "--filter",
            "TEXT",
            Kind::Text,
            "only messages that have TEXT in them",
        ),
        FlagSpec::value(
            "--output",
            "FILE",
            Kind::Path,
            "append to FILE, not to stdout",
        )
        .short("-o"),
        FlagSpec::switch(
            "--json",
            "one JSON object a line: time, direction, opcode, length, text or base64",
        ),
        FlagSpec::switch("--stats", "messages and bytes of each second, on stderr"),
        FlagSpec::switch("--no-reconnect", "leave when the connection is lost"),
    ],
    groups: &[&CONNECTING],
    notes: &[
        "A text is printed with a line break behind it, a binary message as its bytes (on a \
         terminal: in hex). Once connected, a lost connection is opened anew, 0.5 s to 30 s \
         later; a server's Close with 1000 is the end.",
    ],
    examples: &[
        (
            "wshub subscribe ws://localhost:8765/broadcast",
            "print each message",
        ),
        (
            "wshub subscribe localhost:8765/broadcast --count 1",
            "wait for one",
        ),
        (
            "wshub subscribe example.com/feed --json -o log.jsonl",
            "keep a log",
        ),
        (
            "wshub subscribe example.com/feed --send hello --for 1m",
            "ask first",
        ),
    ],
};
