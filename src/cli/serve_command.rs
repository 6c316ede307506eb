//! The table of `wshub serve`.

use super::spec::{CommandSpec, FlagGroup, FlagSpec, Kind, SIZES_AND_TIMES};

const TIMEOUT: Kind = Kind::Duration { off: false };
const TIMEOUT_OR_OFF: Kind = Kind::Duration { off: true };
const SIZE: Kind = Kind::Size { min: 1 };
const COUNT: Kind = Kind::Count { min: 1 };
const SLOW_CLIENT: Kind = Kind::Choice(&["disconnect", "drop"]);

/// What the server bounds.
pub static LIMITS: FlagGroup = FlagGroup {
    topic: "limits",
    heading: "Limits",
    summary: "what serve bounds: sizes, counts, queues, times",
    title: "What wshub serve bounds: sizes, counts, queues and times",
    flags: &[
        FlagSpec::value(
            "--max-message",
            "SIZE",
            SIZE,
            "largest message, all its fragments together",
        )
        .default("16M"),
        FlagSpec::value(
            "--max-fragments",
            "N",
            COUNT,
            "most fragments of one message",
        )
        .default("131072"),
        FlagSpec::value(
            "--max-clients",
            "N",
            COUNT,
            "clients at one time; the next one gets 503",
        )
        .default("10000"),
        FlagSpec::value(
            "--queue-messages",
            "N",
            COUNT,
            "messages that may wait for one client",
        )
        .default("256"),
        FlagSpec::value(
            "--queue-bytes",
            "SIZE",
            SIZE,
            "bytes that may wait for one client",
        )
        .default("1M"),
        FlagSpec::value(
            "--slow-client",
            "WHAT",
            SLOW_CLIENT,
            "if full: disconnect or drop new ones",
        )
        .default("disconnect"),
        FlagSpec::value(
            "--history",
            "N",
            Kind::Count { min: 0 },
            "lines of a chat room shown to who comes late",
        )
        .default("50"),
        FlagSpec::value(
            "--handshake-timeout",
            "TIME",
            TIMEOUT,
            "for the whole opening handshake",
        )
        .default("10s"),
        FlagSpec::value(
            "--ping-interval",
            "TIME",
            TIMEOUT_OR_OFF,
            "ping after this much silence; or off",
        )
        .default("20s"),
        FlagSpec::value(
            "--ping-timeout",
            "TIME",
            TIMEOUT,
            "then close if nothing comes in this time",
        )
        .default("20s"),
        FlagSpec::value(
            "--idle-timeout",
            "TIME",
            TIMEOUT_OR_OFF,
            "close after this long without a message",
        )
        .default("off"),
        FlagSpec::value(
            "--close-timeout",
            "TIME",
            TIMEOUT,
            "wait this long for the client's Close",
        )
        .default("5s"),
        FlagSpec::value(
            "--write-timeout",
            "TIME",
            TIMEOUT,
            "cut a client that blocks one write so long",
        )
        .default("10s"),
    ],
    notes: &[SIZES_AND_TIMES],
    examples: &[
        ("wshub serve --idle-timeout 5m", "close who says nothing"),
        (
            "wshub serve --slow-client drop --queue-messages 1000",
            "for lossy feeds",
        ),
        ("wshub serve --ping-interval off", "no keepalive"),
    ],
};

/// `wshub serve`, and `wshub` without a command.
pub static SERVE: CommandSpec = CommandSpec {
    name: "serve",
    summary: "run the server: echo, broadcast, chat, and a page to try them",
    positionals: &[],
    flags: &[
        FlagSpec::value("--listen", "HOST:PORT", Kind::Address, "where to listen; 0: any port")
            .repeat()
            .default("localhost:8765"),
        FlagSpec::switch("--lan", "listen on every address; takes the port of --listen"),
        FlagSpec::value("--tls-listen", "HOST:PORT", Kind::Address, "where to listen for wss, https")
            .repeat()
            .default("localhost:8766"),
        FlagSpec::value("--tls-cert", "PEM", Kind::Path, "certificate, with its chain behind it"),
        FlagSpec::value("--tls-key", "PEM", Kind::Path, "its PKCS#8 key"),
        FlagSpec::value("--tls-pkcs12", "FILE", Kind::Path, "both in one file instead (.p12, .pfx)"),
        FlagSpec::value("--tls-password-file", "FILE", Kind::Path, "its password; or in WSHUB_TLS_PASSWORD"),
        FlagSpec::value("--allow-origin", "ORIGIN", Kind::Origin, "an origin to let in: https://*.a.example, null, any; without it, only this server's own")
            .repeat(),
        FlagSpec::value("--allow-host", "HOST", Kind::Host, "Host to answer to, or any [on loopback: its names]")
            .repeat(),
        FlagSpec::value("--basic-auth-file", "FILE", Kind::Path, "user:password lines; or in WSHUB_BASIC_AUTH"),
        FlagSpec::switch("--public-metrics", "show /metrics and /closed to everybody"),
        FlagSpec::switch("--open", "open the page in the browser, once the port answers"),
        FlagSpec::switch("--quiet", "no greeting; log warnings and errors only"),
        FlagSpec::switch("--verbose", "log more; -vv draws every frame").short("-v").repeat(),
        FlagSpec::value("--log-file", "FILE", Kind::Path, "write the log to FILE, not to stderr"),
    ],
    groups: &[&LIMITS],
    notes: &[],
    examples: &[
        ("wshub", "then open localhost:8765"),
        ("wshub serve --lan", "for others on the network"),
        ("wshub serve --allow-origin https://example.com", "let that site's pages in"),
        ("wshub serve --tls-cert cert.pem --tls-key key.pem", "wss and https too"),
    ],
};
