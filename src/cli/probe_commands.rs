//! The table of the commands that measure and judge others, and of the completions.

use super::arguments::{BenchArgs, Mode};
use super::bench;
use super::check;
use super::client_commands::{CONNECTING, URL};
use super::completions;
use super::numbers::{
    duration_text, read_duration, read_limit, read_positive, read_size_range, size_text,
};
use super::spec::{Action, Arity, CommandSpec, FlagSpec, PositionalSpec};
use super::values::{address, push, set, set_some, text};

/// `wshub bench URL`.
pub static BENCH: CommandSpec = CommandSpec {
    name: "bench",
    summary: "put load on a server: messages a second, latency, fan-out",
    positionals: &[URL],
    flags: &[
        FlagSpec::choice(
            "--mode WHAT",
            "echo, fanout (to all), connect, idle",
            &[
                ("echo", |a| a.bench.mode = Mode::Echo),
                ("fanout", |a| a.bench.mode = Mode::Fanout),
                ("connect", |a| a.bench.mode = Mode::Connect),
                ("idle", |a| a.bench.mode = Mode::Idle),
            ],
        ),
        FlagSpec::value("-c, --connections N", "connections at one time", |a, v| {
            set(&mut a.bench.connections, read_positive(v))
        })
        .default(|a| a.bench.connections.to_string()),
        FlagSpec::value(
            "-n, --messages N",
            "send N messages; stop if nothing comes for 5 s",
            |a, v| set_some(&mut a.bench.messages, read_positive(v)),
        ),
        FlagSpec::value("-d, --duration TIME", "stop after TIME", |a, v| {
            set_some(&mut a.bench.duration, read_duration(v))
        })
        .default(|_| duration_text(BenchArgs::DURATION)),
        FlagSpec::value(
            "--rate N",
            "messages a second in all; latency from planned time",
            |a, v| set_some(&mut a.bench.rate, read_positive(v)),
        ),
        FlagSpec::value(
            "--depth N",
            "without --rate: messages in flight on each connection",
            |a, v| set(&mut a.bench.depth, read_positive(v)),
        )
        .default(|a| a.bench.depth.to_string()),
        FlagSpec::value(
            "--size SIZE",
            "payload, or a range such as 1k-4k",
            |a, v| set_some(&mut a.bench.size, read_size_range(v)),
        )
        .default(|_| size_text(BenchArgs::SIZE.0)),
        FlagSpec::switch("--binary", "binary messages, not text", |a| {
            a.bench.binary = true
        }),
        FlagSpec::value("--publishers N", "fanout: connections that send", |a, v| {
            set(&mut a.bench.publishers, read_positive(v))
        })
        .default(|a| a.bench.publishers.to_string()),
        FlagSpec::value(
            "--ramp TIME",
            "spread the opening of connections over TIME",
            |a, v| set(&mut a.bench.ramp, read_duration(v)),
        ),
        FlagSpec::value(
            "--warmup TIME",
            "warm-up before measuring starts; or off",
            |a, v| {
                set_some(
                    &mut a.bench.warmup,
                    read_limit(v).map(Option::unwrap_or_default),
                )
            },
        )
        .default(|_| duration_text(BenchArgs::WARMUP)),
        FlagSpec::value(
            "--assert LIST",
            "exit 1 unless all hold: 'p99<20ms,errors=0'",
            |a, v| set_some(&mut a.bench.assert, text(v)),
        ),
        FlagSpec::switch("--json", "the report as one JSON object", |a| {
            a.bench.json = true
        }),
        FlagSpec::switch("--quiet", "no progress on stderr", |a| a.bench.quiet = true),
    ],
    groups: &[&CONNECTING],
    notes: &[
        "--assert takes min mean p50 p90 p95 p99 p99.9 max (in us, ms, s), rate, reach (in %), \
         errors, failed; with < <= > >= =. Unless the list has errors, \
         errors=0 is asserted too, and likewise reach>=100% in a fanout. Ctrl-C ends the run \
         and prints the report.",
    ],
    examples: &[
        "wshub bench ws://localhost:8765/echo -c 100 -d 10s  # at full speed",
        "wshub bench localhost:8765/echo -c 100 --rate 5000  # open loop",
        "wshub bench localhost:8765/broadcast --mode fanout -c 50  # deliveries",
        "wshub bench localhost:8765/echo --assert \"p99<20ms,errors=0\"  # in a test",
    ],
    action: Action::Run(|a| bench::run(&a.connecting, &a.bench)),
};

/// `wshub check URL`, `wshub check --client`.
pub static CHECK: CommandSpec = CommandSpec {
    name: "check",
    summary: "test a server's conformance, by section of RFC 6455",
    positionals: &[PositionalSpec {
        name: "URL",
        arity: Arity::Optional,
        help: "an endpoint that echoes; for others fewer rules are tested",
        words: None,
        set: URL.set,
    }],
    flags: &[
        FlagSpec::switch(
            "--client",
            "listen, and test the client that connects instead",
            |a| a.check.client = true,
        ),
        FlagSpec::value(
            "--listen HOST:PORT",
            "where --client listens; 0: any port",
            |a, v| set(&mut a.check.listen, address(v)),
        )
        .default(|a| a.check.listen.clone()),
        FlagSpec::value(
            "--section N...",
            "only the vectors of section N, such as 5.4",
            |a, v| push(&mut a.check.sections, text(v)),
        ),
        FlagSpec::value("--timeout TIME", "how long an answer may take", |a, v| {
            set(&mut a.check.timeout, read_duration(v))
        })
        .default(|a| duration_text(a.check.timeout)),
        FlagSpec::switch("-a, --all", "show details of what passed, too", |a| {
            a.check.all = true
        }),
        FlagSpec::switch("--json", "the report as one JSON object", |a| {
            a.check.json = true
        }),
        FlagSpec::switch("--list", "list the vectors and exit", |a| {
            a.check.list = true
        }),
    ],
    groups: &[&CONNECTING],
    notes: &[
        "A vector is one trial: bytes to send, and the behaviour that the RFC asks for. It \
         passes, fails (a MUST is broken), differs (permitted, but not what the RFC \
         recommends), or is skipped. Exit code 1 when one fails. \
         With --client the client is to connect once for each vector. With --deflate the vectors \
         are those about compression, by section of RFC 7692.",
    ],
    examples: &[
        "wshub check ws://localhost:8765/echo  # probe a server",
        "wshub check localhost:8765/echo --section 5.4 --all  # one section, in detail",
        "wshub check localhost:8765/echo --json > report.json  # for a machine",
        "wshub check --client --listen localhost:9001  # probe a client",
        "wshub check --deflate localhost:8765/echo  # probe compression alone",
    ],
    action: Action::Run(|a| check::run(&a.connecting, &a.check)),
};

/// `wshub completions SHELL`.
pub static COMPLETIONS: CommandSpec = CommandSpec {
    name: "completions",
    summary: "print the completion script of a shell",
    positionals: &[PositionalSpec {
        name: "SHELL",
        arity: Arity::Required,
        help: "bash, zsh, fish or powershell",
        words: Some(|_| completions::SHELLS.to_vec()),
        set: |a, v| set_some(&mut a.word, Ok(v.to_owned())),
    }],
    flags: &[],
    groups: &[],
    notes: &[],
    examples: &[
        "source <(wshub completions bash)  # bash, this session only",
        "wshub completions fish | source  # fish, this session only",
        "wshub completions bash > ~/.local/share/bash-completion/completions/wshub  # bash",
        "wshub completions zsh > ~/.zfunc/_wshub  # zsh; ~/.zfunc in fpath, before compinit",
        "wshub completions fish > ~/.config/fish/completions/wshub.fish  # fish",
        "wshub completions powershell >> $PROFILE  # PowerShell",
    ],
    action: Action::Print(completions::print),
};
