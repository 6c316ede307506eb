//! The table of `wshub serve`.

use super::arguments::LogFormat;
use super::cluster::CLUSTER;
use super::compression::COMPRESSION;
use super::numbers::{
    duration_text, limit_text, read_bytes, read_count, read_duration, read_limit, read_positive,
    saturated, size_text,
};
use super::rates::{read_least_rate, read_rate};
use super::serve;
use super::spec::{Action, CommandSpec, FlagGroup, FlagSpec, SIZES_AND_TIMES};
use super::values::{address, host, ip_address, origin, path, push, set, set_some, token};
use wshub::handshake::HeadLimits;
use wshub::hub::SlowClient;
use wshub::server::{Builder, Subprotocols};

/// Adds a subprotocol to those that are taken; `any` stands for all.
fn speak(subprotocols: &mut Subprotocols, name: String) -> Result<(), String> {
    match subprotocols {
        _ if name == "any" => *subprotocols = Subprotocols::FirstOffered,
        Subprotocols::Listed(names) if names.contains(&name) => {}
        Subprotocols::Listed(names) => names.push(name),
        Subprotocols::FirstOffered => {}
    }
    Ok(())
}

/// The limits of the server.
pub static LIMITS: FlagGroup = FlagGroup {
    topic: "limits",
    heading: "Limits",
    summary: "the limits of serve: sizes, counts, queues, times",
    title: "The limits of wshub serve: sizes, counts, queues and times",
    flags: &[
        FlagSpec::value(
            "--max-message SIZE",
            "largest message, all its fragments together",
            |a, v| set(&mut a.serve.limits.max_message_bytes, read_bytes(v)),
        )
        .default(|a| size_text(a.serve.limits.max_message_bytes)),
        FlagSpec::value(
            "--max-fragments N",
            "most fragments of one message",
            |a, v| {
                let most = read_positive(v).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
                set(&mut a.serve.limits.max_fragments, most)
            },
        )
        .default(|a| a.serve.limits.max_fragments.to_string()),
        FlagSpec::value(
            "--max-head SIZE",
            "largest request head; larger values allow longer lines",
            |a, v| {
                let head = read_bytes(v).map(|bytes| HeadLimits::of_bytes(saturated(bytes)));
                set(&mut a.serve.head_limits, head)
            },
        )
        .default(|a| size_text(a.serve.head_limits.max_bytes as u64)),
        FlagSpec::value(
            "--max-clients N",
            "clients at one time; the next one gets 503",
            |a, v| set(&mut a.serve.max_clients, read_positive(v).map(saturated)),
        )
        .default(|a| a.serve.max_clients.to_string()),
        FlagSpec::value(
            "--max-threads N",
            "most threads for clients [what the system allows]",
            |a, v| set_some(&mut a.serve.max_threads, read_positive(v).map(saturated)),
        ),
        FlagSpec::value(
            "--memory SIZE",
            "memory for messages [1/4 of the machine's]",
            |a, v| set_some(&mut a.serve.memory, read_bytes(v)),
        ),
        FlagSpec::value(
            "--min-rate SIZE",
            "slowest rate of a message, per second; or off",
            |a, v| set(&mut a.serve.min_rate, read_least_rate(v)),
        )
        .default(|a| {
            a.serve
                .min_rate
                .map_or("off".into(), |rate| size_text(rate.into()))
        }),
        FlagSpec::value(
            "--max-rate N/s",
            "most messages read from a client [off; chat: 20/s]",
            |a, v| set(&mut a.serve.max_rate, read_rate(v)),
        ),
        FlagSpec::value(
            "--queue-messages N",
            "messages that may wait for one client",
            |a, v| set(&mut a.serve.queue.messages, read_positive(v).map(saturated)),
        )
        .default(|a| a.serve.queue.messages.to_string()),
        FlagSpec::value(
            "--queue-bytes SIZE",
            "bytes that may wait for one client",
            |a, v| set(&mut a.serve.queue.bytes, read_bytes(v).map(saturated)),
        )
        .default(|a| size_text(a.serve.queue.bytes as u64)),
        FlagSpec::choice(
            "--slow-client WHAT",
            "if its queue is full: disconnect, or drop new ones",
            &[
                ("disconnect", |a| {
                    a.serve.slow_client = SlowClient::Disconnect
                }),
                ("drop", |a| a.serve.slow_client = SlowClient::Drop),
            ],
        ),
        FlagSpec::value(
            "--history N",
            "lines of a room shown to clients that join later",
            |a, v| set(&mut a.serve.history, read_count(v).map(saturated)),
        )
        .default(|a| a.serve.history.to_string()),
        FlagSpec::value(
            "--handshake-timeout TIME",
            "longest time for the opening handshake",
            |a, v| set(&mut a.serve.handshake_timeout, read_duration(v)),
        )
        .default(|a| duration_text(a.serve.handshake_timeout)),
        FlagSpec::value(
            "--ping-interval TIME",
            "ping after this much silence; or off",
            |a, v| set(&mut a.serve.timeouts.ping_interval, read_limit(v)),
        )
        .default(|a| limit_text(a.serve.timeouts.ping_interval)),
        FlagSpec::value(
            "--ping-timeout TIME",
            "then close if nothing comes in this time",
            |a, v| set(&mut a.serve.timeouts.ping_timeout, read_duration(v)),
        )
        .default(|a| duration_text(a.serve.timeouts.ping_timeout)),
        FlagSpec::value(
            "--idle-timeout TIME",
            "close after this long without a message",
            |a, v| set(&mut a.serve.timeouts.idle, read_limit(v)),
        )
        .default(|a| limit_text(a.serve.timeouts.idle)),
        FlagSpec::value(
            "--close-timeout TIME",
            "wait this long for the client's Close",
            |a, v| set(&mut a.serve.timeouts.close, read_duration(v)),
        )
        .default(|a| duration_text(a.serve.timeouts.close)),
        FlagSpec::value(
            "--write-timeout TIME",
            "disconnect a client that blocks a write this long",
            |a, v| set(&mut a.serve.timeouts.write, read_duration(v)),
        )
        .default(|a| duration_text(a.serve.timeouts.write)),
    ],
    notes: &[SIZES_AND_TIMES],
    examples: &[
        "wshub serve --idle-timeout 5m  # close silent clients",
        "wshub serve --slow-client drop --queue-messages 1000  # for lossy feeds",
        "wshub serve --ping-interval off  # no keepalive",
    ],
};

/// What the server logs, and where.
pub static LOG: FlagGroup = FlagGroup {
    topic: "log",
    heading: "Log",
    summary: "what serve logs, where, and in which form",
    title: "What wshub serve logs, where, and in which form",
    flags: &[
        FlagSpec::switch(
            "--quiet",
            "no greeting; log warnings and errors only",
            |a| a.serve.quiet = true,
        ),
        FlagSpec::switch(
            "-v, --verbose...",
            "log requests; -vv also frames, queries, secrets",
            |a| a.serve.verbose += 1,
        ),
        FlagSpec::value(
            "--log-file FILE",
            "write the log to FILE, not to stderr",
            |a, v| set_some(&mut a.serve.log_file, path(v)),
        ),
        FlagSpec::choice(
            "--log-format HOW",
            "lines of text, or of json",
            &[
                ("text", |a| a.serve.log_format = LogFormat::Text),
                ("json", |a| a.serve.log_format = LogFormat::Json),
            ],
        ),
    ],
    notes: &[
        "The log is one line for each event: the time in UTC, the level, and fields. If lines \
         cannot be written as fast as they come, some are dropped; the log says how many.",
    ],
    examples: &[
        "wshub serve -v  # every request with its headers too",
        "wshub serve --log-file wshub.log --log-format json  # for a program",
    ],
};

/// `wshub serve`, and `wshub` without a command.
pub static SERVE: CommandSpec = CommandSpec {
    name: "serve",
    summary: "run the server: echo, broadcast, chat, and a page to try them",
    positionals: &[],
    flags: &[
        FlagSpec::value(
            "--listen HOST:PORT...",
            "where to listen; 0: any port",
            |a, v| push(&mut a.serve.listen, address(v)),
        )
        .default(|_| Builder::DEFAULT_LISTEN.into()),
        FlagSpec::switch(
            "--lan",
            "listen on every address, on the port of --listen",
            |a| a.serve.lan = true,
        ),
        FlagSpec::value(
            "--tls-listen HOST:PORT...",
            "where to listen for wss and https",
            |a, v| push(&mut a.serve.tls_listen, address(v)),
        )
        .default(|_| Builder::DEFAULT_TLS_LISTEN.into()),
        FlagSpec::value(
            "--tls-cert PEM",
            "certificate, followed by its chain",
            |a, v| set_some(&mut a.serve.tls_cert, path(v)),
        ),
        FlagSpec::value("--tls-key PEM", "the certificate's key", |a, v| {
            set_some(&mut a.serve.tls_key, path(v))
        }),
        FlagSpec::value(
            "--tls-pkcs12 FILE",
            "certificate and key in one file (.p12, .pfx)",
            |a, v| set_some(&mut a.serve.tls_pkcs12, path(v)),
        ),
        FlagSpec::value(
            "--tls-password-file FILE",
            "password of that file; or in WSHUB_TLS_PASSWORD",
            |a, v| set_some(&mut a.serve.tls_password_file, path(v)),
        ),
        FlagSpec::value(
            "--allow-origin ORIGIN...",
            "origin of pages that may connect, or any [its own]",
            |a, v| push(&mut a.serve.origins, origin(v)),
        ),
        FlagSpec::value(
            "--allow-host HOST...",
            "accept this Host, or any [on loopback: localhost]",
            |a, v| push(&mut a.serve.hosts, host(v)),
        ),
        FlagSpec::value(
            "--subprotocol NAME...",
            "subprotocols to accept; any: the first offered",
            |a, v| speak(&mut a.serve.subprotocols, token(v)?),
        ),
        FlagSpec::value(
            "--basic-auth-file FILE",
            "user:password lines; or in WSHUB_BASIC_AUTH",
            |a, v| set_some(&mut a.serve.basic_auth_file, path(v)),
        ),
        FlagSpec::value(
            "--trusted-proxy ADDRESS...",
            "a proxy whose X-Forwarded-For is trusted [none]",
            |a, v| push(&mut a.serve.trusted_proxies, ip_address(v)),
        ),
        FlagSpec::switch(
            "--public-metrics",
            "show /metrics and /closed to everybody",
            |a| a.serve.public_metrics = true,
        ),
        FlagSpec::switch("--open", "open the page once the port answers", |a| {
            a.serve.open = true
        }),
    ],
    groups: &[&LOG, &LIMITS, &COMPRESSION, &CLUSTER],
    notes: &[],
    examples: &[
        "wshub  # then open localhost:8765",
        "wshub serve --allow-origin https://example.com  # let that site's pages in",
        "wshub serve --tls-cert cert.pem --tls-key key.pem  # wss and https too",
    ],
    action: Action::Run(|a| serve::run(&a.serve)),
};
