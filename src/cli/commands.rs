//! The table of commands: the one place that says which commands and flags there are.

use super::client_commands::{CONNECT, SEND, SUBSCRIBE};
use super::probe_commands::{BENCH, CHECK, COMPLETIONS};
use super::spec::{Arity, CommandSpec, FlagSpec, Kind, PositionalSpec};

/// Every command, in the order of the help text.
pub static COMMANDS: &[&CommandSpec] = &[
    &SERVE,
    &CONNECT,
    &SEND,
    &SUBSCRIBE,
    &BENCH,
    &CHECK,
    &COMPLETIONS,
    &HELP,
];

/// The help topics that are no commands, each with its one-line summary.
pub static TOPICS: &[(&str, &str)] = &[
    (CONNECTION, "the flags that every client has"),
    (EXIT_CODES, "what the program's exit codes mean"),
];

/// The topic of the flags in `client_commands::CONNECTING`.
pub const CONNECTION: &str = "connection";

/// The topic of the exit-code table.
pub const EXIT_CODES: &str = "exit-codes";

/// The flags that every command has.
pub static GLOBAL_FLAGS: &[FlagSpec] = &[
    FlagSpec::switch("--help", "show this help").short("-h"),
    FlagSpec::switch("--version", "show the version").short("-V"),
];

const TIMEOUT: Kind = Kind::Duration { off: false };
const TIMEOUT_OR_OFF: Kind = Kind::Duration { off: true };
const SIZE: Kind = Kind::Size { min: 1 };
const COUNT: Kind = Kind::Count { min: 1 };
const SLOW_CLIENT: Kind = Kind::Choice(&["disconnect", "drop"]);

/// `wshub serve`, and `wshub` without a command.
pub static SERVE: CommandSpec = CommandSpec {
    name: "serve",
    summary: "run the server: echo, broadcast, chat, and a page to try them",
    positionals: &[],
    flags: &[
        FlagSpec::value("--listen", "HOST:PORT", Kind::Address, "where to listen; 0: any port")
            .repeat()
            .default("localhost:8765"),
        FlagSpec::switch("--lan", "listen on every address of this machine; of --listen it takes the port alone"),
        FlagSpec::value("--tls-listen", "HOST:PORT", Kind::Address, "where to listen for wss and https, once there is a certificate")
            .repeat()
            .default("localhost:8766"),
        FlagSpec::value("--tls-cert", "PEM", Kind::Path, "certificate, with its chain behind it"),
        FlagSpec::value("--tls-key", "PEM", Kind::Path, "its PKCS#8 key"),
        FlagSpec::value("--tls-pkcs12", "FILE", Kind::Path, "both in one file instead (.p12, .pfx)"),
        FlagSpec::value("--tls-password-file", "FILE", Kind::Path, "password of the PKCS#12 file; or in WSHUB_TLS_PASSWORD"),
        FlagSpec::value("--max-message", "SIZE", SIZE, "largest message, all its fragments together")
            .default("16M"),
        FlagSpec::value("--max-fragments", "N", COUNT, "most fragments of one message")
            .default("131072"),
        FlagSpec::value("--handshake-timeout", "TIME", TIMEOUT, "for the whole opening handshake")
            .default("10s"),
        FlagSpec::value("--ping-interval", "TIME", TIMEOUT_OR_OFF, "ping after this much silence; or off")
            .default("20s"),
        FlagSpec::value("--ping-timeout", "TIME", TIMEOUT, "then close if nothing comes in this time")
            .default("20s"),
        FlagSpec::value("--idle-timeout", "TIME", TIMEOUT_OR_OFF, "close after this long without a message")
            .default("off"),
        FlagSpec::value("--close-timeout", "TIME", TIMEOUT, "wait this long for the client's Close")
            .default("5s"),
        FlagSpec::value("--write-timeout", "TIME", TIMEOUT, "cut a client that blocks one write so long")
            .default("10s"),
        FlagSpec::value("--queue-messages", "N", COUNT, "messages that may wait for one client")
            .default("256"),
        FlagSpec::value("--queue-bytes", "SIZE", SIZE, "bytes that may wait for one client")
            .default("1M"),
        FlagSpec::value("--slow-client", "WHAT", SLOW_CLIENT, "if full: disconnect or drop new ones")
            .default("disconnect"),
        FlagSpec::value("--history", "N", Kind::Count { min: 0 }, "lines of a chat room shown to who comes late")
            .default("50"),
        FlagSpec::value("--max-clients", "N", COUNT, "clients at one time; the next one gets 503")
            .default("10000"),
        FlagSpec::value("--allow-origin", "ORIGIN", Kind::Origin, "an origin to let in: https://*.a.example, null, any; without it, only this server's own")
            .repeat(),
        FlagSpec::value("--allow-host", "HOST", Kind::Host, "a Host to answer to, or any; without it, a loopback listener answers to loopback names only")
            .repeat(),
        FlagSpec::value("--basic-auth-file", "FILE", Kind::Path, "user:password lines; or in WSHUB_BASIC_AUTH"),
        FlagSpec::switch("--public-metrics", "show /metrics and /closed to everybody"),
        FlagSpec::switch("--open", "open the page in the browser, once the port answers"),
        FlagSpec::switch("--quiet", "log warnings and errors only"),
        FlagSpec::switch("--verbose", "log more; -vv draws every frame").short("-v").repeat(),
        FlagSpec::value("--log-file", "FILE", Kind::Path, "write the log to FILE, not to stderr"),
    ],
    shared: &[],
    notes: &["Sizes: 1000, 64k, 1M, 1G (k is 1024). Times: 500ms, 10s, 2m, 1h."],
    examples: &[
        ("wshub", "then open localhost:8765"),
        ("wshub serve --lan", "for others on the network"),
        ("wshub serve --listen 127.0.0.1:9000 -vv", "and draw every frame"),
        ("wshub serve --allow-origin https://example.com", "let that site's pages in"),
        ("wshub serve --tls-cert cert.pem --tls-key key.pem", "wss and https too"),
    ],
};

/// `wshub help [TOPIC]`; the parser answers it itself.
pub static HELP: CommandSpec = CommandSpec {
    name: "help",
    summary: "show the help of a command or a topic",
    positionals: &[PositionalSpec {
        name: "TOPIC",
        arity: Arity::Optional,
        help: "a command's name, connection, or exit-codes",
    }],
    flags: &[],
    shared: &[],
    notes: &[],
    examples: &[
        ("wshub help serve", "like wshub serve --help"),
        ("wshub help exit-codes", "what the exit codes mean"),
    ],
};

/// The command with this name.
pub fn find(name: &str) -> Option<&'static CommandSpec> {
    COMMANDS
        .iter()
        .copied()
        .find(|command| command.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_consistent() {
        for command in COMMANDS {
            assert!(!command.examples.is_empty(), "{}", command.name);
            for (i, positional) in command.positionals.iter().enumerate() {
                let last = i + 1 == command.positionals.len();
                assert!(
                    last || positional.arity == Arity::Required,
                    "{}",
                    positional.name
                );
            }
            let flags: Vec<_> = command.all_flags().chain(GLOBAL_FLAGS).collect();
            for (i, flag) in flags.iter().enumerate() {
                assert!(
                    flag.name.starts_with("--") && flag.name.len() > 3,
                    "{}",
                    flag.name
                );
                assert!(
                    flag.short
                        .is_none_or(|s| s.len() == 2 && s.starts_with('-'))
                );
                assert_eq!(
                    flag.value.is_none(),
                    flag.kind == Kind::Switch,
                    "{}",
                    flag.name
                );
                let clash = |other: &&FlagSpec| {
                    other.name == flag.name || flag.short.is_some_and(|s| other.short == Some(s))
                };
                assert!(
                    !flags.iter().skip(i + 1).copied().any(|f| clash(&f)),
                    "{}",
                    flag.name
                );
                if let Some(default) = flag.default {
                    assert!(flag.kind.read(default).is_ok(), "{} {default}", flag.name);
                }
            }
        }
    }

    #[test]
    fn commands_are_found_by_name() {
        assert_eq!(find("serve"), Some(&SERVE));
        assert_eq!(find("Serve"), None);
    }
}
