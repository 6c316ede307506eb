//! The table of the commands that are clients, and of the flags that every client has.

use std::path::PathBuf;

use super::arguments::{HistoryFile, Timestamps};
use super::compression::{DEFLATE, DEFLATE_LEVEL, DEFLATE_MIN};
use super::connect;
use super::habits;
use super::numbers::{
    duration_text, limit_text, read_bytes, read_duration, read_limit, read_positive, saturated,
    size_text,
};
use super::send;
use super::spec::{
    Action, Arity, CommandSpec, FlagGroup, FlagSpec, PositionalSpec, SIZES_AND_TIMES,
};
use super::subscribe;
use super::values::{header, path, proxy, push, set, set_some, text, token};

/// How to connect: the same for every command that does; `connecting.rs` reads them.
pub static CONNECTING: FlagGroup = FlagGroup {
    topic: "connection",
    heading: "Connection",
    summary: "the flags that every client has",
    title: "How wshub connects: flags of connect, send, subscribe, bench and check",
    flags: &[
        FlagSpec::value(
            "-H, --header HEADER...",
            "add 'Name: value' to the request",
            |a, v| push(&mut a.connecting.headers, header(v)),
        ),
        FlagSpec::value(
            "--origin ORIGIN",
            "send this Origin, as a browser would",
            |a, v| set_some(&mut a.connecting.origin, text(v)),
        ),
        FlagSpec::value(
            "--subprotocol NAME...",
            "offer this subprotocol; the first is preferred",
            |a, v| push(&mut a.connecting.subprotocols, token(v)),
        ),
        FlagSpec::switch(
            "--strict",
            "exit 6 unless the server chooses a --subprotocol",
            |a| a.connecting.strict = true,
        ),
        FlagSpec::value(
            "--auth USER[:PASSWORD]",
            "HTTP Basic authentication; asks for the password",
            |a, v| set_some(&mut a.connecting.auth, text(v)),
        ),
        FlagSpec::value(
            "--auth-file FILE",
            "the same from a file, so that ps does not show it",
            |a, v| set_some(&mut a.connecting.auth_file, path(v)),
        ),
        FlagSpec::value(
            "--proxy URL",
            "use this HTTP proxy, not the environment's; or none",
            |a, v| set(&mut a.connecting.proxy, proxy(v)),
        ),
        FlagSpec::value(
            "--cacert PEM",
            "trust these authorities, not the system's",
            |a, v| set_some(&mut a.connecting.ca_file, path(v)),
        ),
        FlagSpec::switch(
            "--insecure",
            "accept any certificate of a wss:// server; for tests",
            |a| a.connecting.insecure = true,
        ),
        FlagSpec::value(
            "--cert FILE",
            "this client's own certificate, in PEM",
            |a, v| set_some(&mut a.connecting.cert, path(v)),
        ),
        FlagSpec::value(
            "--key FILE",
            "its key, in PEM, unless it is in the same file",
            |a, v| set_some(&mut a.connecting.key, path(v)),
        ),
        FlagSpec::value(
            "--pkcs12 FILE",
            "both in one file; password in WSHUB_TLS_PASSWORD",
            |a, v| set_some(&mut a.connecting.pkcs12, path(v)),
        ),
        FlagSpec::value(
            "--tls-password-file FILE",
            "the password of --pkcs12 in a file",
            |a, v| set_some(&mut a.connecting.tls_password_file, path(v)),
        ),
        FlagSpec::value(
            "--connect-timeout TIME",
            "for TCP, TLS and the opening handshake",
            |a, v| set(&mut a.connecting.timeout, read_duration(v)),
        )
        .default(|a| duration_text(a.connecting.timeout)),
        FlagSpec::value(
            "--ping-interval TIME",
            "ping after this much silence; or off",
            |a, v| set(&mut a.connecting.timeouts.ping_interval, read_limit(v)),
        )
        .default(|a| limit_text(a.connecting.timeouts.ping_interval)),
        FlagSpec::value("--max-message SIZE", "largest message to accept", |a, v| {
            set(&mut a.connecting.limits.max_message_bytes, read_bytes(v))
        })
        .default(|a| size_text(a.connecting.limits.max_message_bytes)),
        FlagSpec::switch(
            "-v, --verbose...",
            "show the heads of the handshake; -vv every frame too",
            |a| a.connecting.verbose += 1,
        ),
        DEFLATE,
        DEFLATE_MIN,
        DEFLATE_LEVEL,
    ],
    notes: &[
        "USER:PASSWORD may stand in the URL as well, ws://ana:secret@example.com/, or in the \
         environment as WSHUB_AUTH.",
        "Without --proxy, ws:// takes the proxy in http_proxy, wss:// the one in https_proxy, and \
         either that in all_proxy; hosts in no_proxy are reached directly, as with curl.",
        SIZES_AND_TIMES,
    ],
    examples: &[
        "wshub connect -H \"X-Token: secret\" ws://example.com/  # a header",
        "wshub connect --origin https://example.com localhost:8765  # as a page would",
        "wshub send --auth ana localhost:8765/echo hello  # asks for the password",
        "wshub connect --proxy http://proxy.example:3128 wss://example.com/  # out of an office",
        "wshub check --cacert cert.pem wss://localhost:8766/echo  # your own certificate",
    ],
};

/// The URL of every client.
pub const URL: PositionalSpec = PositionalSpec {
    name: "URL",
    arity: Arity::Required,
    help: "ws://HOST[:PORT]/PATH or wss://...; ws:// may be left out",
    words: None,
    set: |a, v| match habits::lone_port(v) {
        Some(port) => Err(format!("{v} is a port alone; write localhost:{port}")),
        None => set(&mut a.connecting.url, Ok(v.to_owned())),
    },
};

/// `wshub connect URL`.
pub static CONNECT: CommandSpec = CommandSpec {
    name: "connect",
    summary: "open a connection; send the lines you type, show what arrives",
    positionals: &[URL],
    flags: &[
        FlagSpec::choice(
            "--timestamps HOW",
            "on a terminal: clock (UTC), or delta since the last message",
            &[
                ("clock", |a| a.connect.timestamps = Some(Timestamps::Clock)),
                ("delta", |a| a.connect.timestamps = Some(Timestamps::Delta)),
            ],
        ),
        FlagSpec::switch("--pretty", "indent JSON; on a terminal in colour", |a| {
            a.connect.pretty = true
        }),
        FlagSpec::value(
            "--send TEXT...",
            "send TEXT first, at each connection",
            |a, v| push(&mut a.connect.send, text(v)),
        ),
        FlagSpec::value(
            "--save-dir DIR",
            "write binary messages to files in DIR, not to stdout",
            |a, v| set_some(&mut a.connect.save_dir, path(v)),
        ),
        FlagSpec::choice(
            "--paste HOW",
            "hold pasted lines until Enter, or send them at once",
            &[
                ("hold", |a| a.connect.sends_pastes = false),
                ("send", |a| a.connect.sends_pastes = true),
            ],
        ),
        FlagSpec::value(
            "--history FILE",
            "keep sent lines here, or none [the state folder]",
            |a, v| {
                let file = path::<PathBuf>(v).map(|path| match v {
                    "none" => HistoryFile::None,
                    _ => HistoryFile::At(path),
                });
                set(&mut a.connect.history, file)
            },
        ),
        FlagSpec::switch(
            "--rtt",
            "ping every 5 s and show how long the pong took",
            |a| a.connect.rtt = true,
        ),
        FlagSpec::switch("--raw-input", "send every line as it is, /lines too", |a| {
            a.connect.raw_input = true
        }),
        FlagSpec::switch(
            "--reconnect",
            "reconnect when the connection is lost",
            |a| a.connect.reconnect = true,
        ),
    ],
    groups: &[&CONNECTING],
    notes: &[
        "/help lists what you can type: /ping, /close, /bin, /file, /save, /frag, /stats and more. \
         Keys work as in a shell; Up and Ctrl-R recall lines, also of earlier runs, except those \
         that begin with a space or contain a password as in ws://user:password@host. Lines \
         piped in are sent; then connect closes when nothing has arrived for 0.5 s (after 10 s \
         at the latest), or at once if the last line is /close. The exit code is 1 if a line \
         could not be sent.",
    ],
    examples: &[
        "wshub connect ws://localhost:8765/echo  # every line comes back",
        "wshub connect \"localhost:8765/chat/lobby?name=ana\"  # chat as ana",
        "wshub connect -H \"X-Token: secret\" ws://example.com/  # with a header",
        "wshub connect --pretty --reconnect example.com/feed  # watch JSON",
    ],
    action: Action::Run(|a| connect::run(&a.connecting, &a.connect)),
};

/// `wshub send URL [TEXT...]`.
pub static SEND: CommandSpec = CommandSpec {
    name: "send",
    summary: "send messages, or the lines of stdin, and exit",
    positionals: &[
        URL,
        PositionalSpec {
            name: "TEXT",
            arity: Arity::Many,
            help: "one message each; without any, the lines of stdin",
            words: None,
            set: |a, v| push(&mut a.send.texts, Ok(v.to_owned())),
        },
    ],
    flags: &[
        FlagSpec::value(
            "--file FILE...",
            "send the whole FILE as one message; - is stdin",
            |a, v| push(&mut a.send.files, path(v)),
        ),
        FlagSpec::switch("--binary", "send binary messages, of any bytes", |a| {
            a.send.binary = true
        }),
        FlagSpec::switch(
            "-0, --null",
            "stdin's messages end with NUL, not with a line break",
            |a| a.send.null = true,
        ),
        FlagSpec::value("--repeat N", "send each message N times", |a, v| {
            set(&mut a.send.repeat, read_positive(v))
        })
        .default(|a| a.send.repeat.to_string()),
        FlagSpec::value("--interval TIME", "pause between two messages", |a, v| {
            set_some(&mut a.send.interval, read_duration(v))
        }),
        FlagSpec::value(
            "--fragment SIZE",
            "cut messages into fragments of SIZE bytes",
            |a, v| set_some(&mut a.send.fragment, read_bytes(v).map(saturated)),
        ),
        FlagSpec::value(
            "--wait TIME",
            "print replies for TIME after the last message",
            |a, v| set_some(&mut a.send.wait, read_duration(v)),
        ),
        FlagSpec::value(
            "--expect N",
            "when all is sent, wait for N replies; code 7 past --wait (10s)",
            |a, v| set_some(&mut a.send.expect, read_positive(v)),
        ),
        FlagSpec::value(
            "--until TEXT",
            "exit when a reply contains TEXT; or after --expect",
            |a, v| set_some(&mut a.send.until, text(v)),
        ),
    ],
    groups: &[&CONNECTING],
    notes: &[
        "Exit code 0: all was sent, then closed cleanly. Replies are printed only with --wait, \
         --expect or --until.",
    ],
    examples: &[
        "wshub send ws://localhost:8765/echo hello --expect 1  # and print it",
        "echo hi | wshub send localhost:8765/echo --wait 1s | cat  # in a pipe",
        "wshub send localhost:8765/echo --file photo.jpg --binary  # a file, whole",
        "wshub send localhost:8765/echo tick --repeat 60 --interval 1s  # one a second",
    ],
    action: Action::Run(|a| send::run(&a.connecting, &a.send)),
};

/// `wshub subscribe URL`.
pub static SUBSCRIBE: CommandSpec = CommandSpec {
    name: "subscribe",
    summary: "print what arrives",
    positionals: &[URL],
    flags: &[
        FlagSpec::value(
            "--send TEXT...",
            "send TEXT first, at each connection",
            |a, v| push(&mut a.subscribe.send, text(v)),
        ),
        FlagSpec::value(
            "--count N",
            "exit after N messages; code 7 if fewer came",
            |a, v| set_some(&mut a.subscribe.count, read_positive(v)),
        ),
        FlagSpec::value("--for TIME", "close and exit after TIME", |a, v| {
            set_some(&mut a.subscribe.time, read_duration(v))
        }),
        FlagSpec::value(
            "--filter TEXT",
            "only messages that contain TEXT",
            |a, v| set_some(&mut a.subscribe.filter, text(v)),
        ),
        FlagSpec::value(
            "-o, --output FILE",
            "append to FILE, not to stdout",
            |a, v| set_some(&mut a.subscribe.output, path(v)),
        ),
        FlagSpec::switch(
            "--json",
            "one JSON object a line: time, direction, opcode, length, text or base64",
            |a| a.subscribe.json = true,
        ),
        FlagSpec::switch(
            "--stats",
            "messages and bytes of each second, on stderr",
            |a| a.subscribe.stats = true,
        ),
        FlagSpec::switch(
            "--retry",
            "try again also when the first connection fails",
            |a| a.subscribe.retry = true,
        ),
        FlagSpec::switch("--no-reconnect", "exit when the connection is lost", |a| {
            a.subscribe.no_reconnect = true
        }),
    ],
    groups: &[&CONNECTING],
    notes: &[
        "A text is printed with a line break after it, a binary message as its bytes (on a \
         terminal: in hex). A lost connection is opened again after 0.5 s to 30 s; when the \
         server closes with 1000, subscribe exits.",
    ],
    examples: &[
        "wshub subscribe ws://localhost:8765/broadcast  # print each message",
        "wshub subscribe localhost:8765/broadcast --count 1  # wait for one",
        "wshub subscribe example.com/feed --json -o log.jsonl  # keep a log",
        "wshub subscribe example.com/feed --send hello --for 1m  # ask first",
    ],
    action: Action::Run(|a| subscribe::run(&a.connecting, &a.subscribe)),
};
