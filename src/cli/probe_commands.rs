//! The table of the commands that measure and judge others, and of the completions.

use super::client_commands::{CONNECTING, URL};
use super::spec::{Arity, CommandSpec, FlagSpec, Kind, PositionalSpec};

const TIMEOUT: Kind = Kind::Duration { off: false };
const TIMEOUT_OR_OFF: Kind = Kind::Duration { off: true };
const COUNT: Kind = Kind::Count { min: 1 };

/// `wshub bench URL`.
pub static BENCH: CommandSpec = CommandSpec {
    name: "bench",
    summary: "put load on a server: messages a second, latency, fan-out",
    positionals: &[URL],
    flags: &[
        FlagSpec::value(
            "--mode",
            "WHAT",
            Kind::Choice(&["echo", "fanout", "connect", "idle"]),
            "echo, fanout (to all), connect, idle",
        )
        .default("echo"),
        FlagSpec::value("--connections", "N", COUNT, "connections at one time")
            .short("-c")
            .default("10"),
        FlagSpec::value(
            "--messages",
            "N",
            COUNT,
            "stop after N messages in all, or 5 s without any",
        )
        .short("-n"),
        FlagSpec::value("--duration", "TIME", TIMEOUT, "stop after TIME")
            .short("-d")
            .default("10s"),
        FlagSpec::value(
            "--rate",
            "N",
            COUNT,
            "messages a second in all; latency from when each is due",
        ),
        FlagSpec::value(
            "--depth",
            "N",
            COUNT,
            "without --rate: messages in flight on each connection",
        )
        .default("1"),
        FlagSpec::value(
            "--size",
            "SIZE",
            Kind::SizeRange,
            "payload, or a range such as 1k-4k",
        )
        .default("64"),
        FlagSpec::switch("--binary", "binary messages, not text"),
        FlagSpec::value("--publishers", "N", COUNT, "fanout: connections that send").default("1"),
        FlagSpec::value("--ramp", "TIME", TIMEOUT, "spread the connecting over TIME"),
        FlagSpec::value(
            "--warmup",
            "TIME",
            TIMEOUT_OR_OFF,
            "load before the figures count; or off",
        )
        .default("1s"),
        FlagSpec::value(
            "--assert",
            "LIST",
            Kind::Text,
            "exit 1 unless all hold: 'p99<20ms,errors=0'",
        ),
        FlagSpec::switch("--json", "the report as one JSON object"),
        FlagSpec::switch("--quiet", "no progress on stderr"),
    ],
    groups: &[&CONNECTING],
    notes: &[
        "--assert takes min mean p50 p90 p95 p99 p99.9 max (in us, ms, s), rate, reach (in %), \
         errors, failed; with < <= > >= =. Unless named, errors=0 is asserted too, and \
         reach>=100% in a fanout. Ctrl-C stops and prints.",
    ],
    examples: &[
        (
            "wshub bench ws://localhost:8765/echo -c 100 -d 10s",
            "at full speed",
        ),
        (
            "wshub bench localhost:8765/echo -c 100 --rate 5000",
            "open loop",
        ),
        (
            "wshub bench localhost:8765/broadcast --mode fanout -c 500",
            "reach and lag",
        ),
        (
            "wshub bench localhost:8765/echo --assert \"p99<20ms,errors=0\"",
            "in a test",
        ),
    ],
};

/// `wshub check URL`, `wshub check --client`.
pub static CHECK: CommandSpec = CommandSpec {
    name: "check",
    summary: "is that server conforming? a probe by section of RFC 6455",
    positionals: &[PositionalSpec {
        name: "URL",
        arity: Arity::Optional,
        help: "an endpoint that echoes; of any other less is seen",
    }],
    flags: &[
        FlagSpec::switch(
            "--client",
            "listen, and probe the client that connects instead",
        ),
        FlagSpec::value(
            "--listen",
            "HOST:PORT",
            Kind::Address,
            "where --client listens; 0: any port",
        )
        .default("localhost:9001"),
        FlagSpec::value(
            "--section",
            "N",
            Kind::Text,
            "only the vectors of section N, such as 5.4",
        )
        .repeat(),
        FlagSpec::value("--timeout", "TIME", TIMEOUT, "how long an answer may take").default("2s"),
        FlagSpec::switch("--all", "show what passed in detail too").short("-a"),
        FlagSpec::switch("--json", "the report as one JSON object"),
        FlagSpec::switch("--list", "list the vectors and leave"),
    ],
    groups: &[&CONNECTING],
    notes: &[
        "A vector passes, fails (a MUST is broken), differs (allowed, but not what the RFC \
         names), or is skipped. Exit code 1 when one fails. \
         With --client the client is to connect once for each vector.",
    ],
    examples: &[
        ("wshub check ws://localhost:8765/echo", "probe a server"),
        (
            "wshub check localhost:8765/echo --section 5.4 --all",
            "one section, in detail",
        ),
        (
            "wshub check localhost:8765/echo --json > report.json",
            "for a machine",
        ),
        (
            "wshub check --client --listen localhost:9001",
            "probe a client",
        ),
    ],
};

/// `wshub completions SHELL`.
pub static COMPLETIONS: CommandSpec = CommandSpec {
    name: "completions",
    summary: "print the completion script of a shell",
    positionals: &[PositionalSpec {
        name: "SHELL",
        arity: Arity::Required,
        help: "bash, zsh, fish or powershell",
    }],
    flags: &[],
    groups: &[],
    notes: &[],
    examples: &[
        ("source <(wshub completions bash)", "bash, until it ends"),
        (
            "wshub completions bash > ~/.local/share/bash-completion/completions/wshub",
            "bash",
        ),
        (
            "wshub completions zsh > ~/.zfunc/_wshub",
            "zsh; ~/.zfunc in fpath, before compinit",
        ),
        (
            "wshub completions fish > ~/.config/fish/completions/wshub.fish",
            "fish",
        ),
        ("wshub completions powershell >> $PROFILE", "PowerShell"),
    ],
};
