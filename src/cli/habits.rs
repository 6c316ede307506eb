//! What users of other programs write, and how it is written here.

use super::spec::CommandSpec;

/// Flags of other programs: where they are tried, their names, and what to write instead, made
/// of the flag's value.
struct Habit {
    tried: Tried,
    names: &'static [&'static str],
    instead: fn(Option<&str>) -> String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tried {
    Serve,
    /// In every command that connects.
    Client,
    Only(&'static str),
}

const fn habit(
    tried: Tried,
    names: &'static [&'static str],
    instead: fn(Option<&str>) -> String,
) -> Habit {
    Habit {
        tried,
        names,
        instead,
    }
}

static HABITS: &[Habit] = &[
    habit(Tried::Serve, &["--port", "-p", "-l"], |value| {
        format!("--listen localhost:{}", port(value).unwrap_or("9000"))
    }),
    habit(
        Tried::Serve,
        &[
            "--host",
            "--bind",
            "--address",
            "--addr",
            "--interface",
            "-b",
        ],
        |value| match value {
            Some("0.0.0.0" | "::" | "[::]" | "*") => "--lan".into(),
            Some(host) if is_plain(host) && host.contains(':') => format!("--listen {host}"),
            Some(host) if is_plain(host) => format!("--listen {host}:8765"),
            _ => "--listen HOST:PORT, or --lan for every address".into(),
        },
    ),
    habit(
        Tried::Serve,
        &["--tls", "--ssl", "--https", "--wss", "--secure"],
        |_| "--tls-cert cert.pem --tls-key key.pem".into(),
    ),
    habit(
        Tried::Serve,
        &["--auth", "--user", "--users", "--password", "--htpasswd"],
        |_| "--basic-auth-file FILE, a file of user:password lines".into(),
    ),
    habit(Tried::Serve, &["--cors", "--origins"], |_| {
        "--allow-origin ORIGIN".into()
    }),
    habit(Tried::Serve, &["--debug", "--trace", "-d"], |_| {
        "-v, or -vv to see every frame".into()
    }),
    habit(Tried::Serve, &["-q", "--silent"], |_| "--quiet".into()),
    habit(Tried::Serve, &["-c", "--connect"], |value| {
        format!("wshub connect {}", url(value))
    }),
    habit(Tried::Serve, &["--daemon", "--background"], |_| {
        "nohup wshub serve & (or use a service manager)".into()
    }),
    habit(Tried::Client, &["--port", "-p"], |value| {
        let port = port(value).unwrap_or("9000");
        format!("the port into the URL, as in localhost:{port}/echo")
    }),
    habit(Tried::Client, &["--host", "--url"], |value| {
        format!("the URL without a flag: {}", url(value))
    }),
    habit(
        Tried::Client,
        &["-k", "--no-check", "--no-verify", "--skip-verify"],
        |_| "--insecure".into(),
    ),
    habit(
        Tried::Client,
        &["-u", "--user", "--basic-auth", "--password"],
        |_| "--auth USER:PASSWORD".into(),
    ),
    habit(
        Tried::Client,
        &["--ca", "--ca-cert", "--cafile", "--ca-file"],
        |_| "--cacert PEM".into(),
    ),
    habit(Tried::Client, &["-s", "--protocol", "--protocols"], |_| {
        "--subprotocol NAME".into()
    }),
    habit(Tried::Client, &["--cookie", "--cookies"], |_| {
        "-H 'Cookie: NAME=VALUE'".into()
    }),
    habit(Tried::Client, &["--token", "--bearer"], |_| {
        "-H 'Authorization: Bearer TOKEN'".into()
    }),
    habit(Tried::Client, &["--user-agent", "-A"], |_| {
        "-H 'User-Agent: NAME'".into()
    }),
    habit(Tried::Client, &["--debug"], |_| {
        "-v for the heads of the handshake, -vv for every frame too".into()
    }),
    habit(Tried::Only("connect"), &["-x", "--execute", "-m"], |_| {
        "wshub send URL TEXT".into()
    }),
    habit(Tried::Only("connect"), &["-b", "--binary"], |_| {
        "/bin HEX at the prompt, or wshub send --binary".into()
    }),
    habit(
        Tried::Only("bench"),
        &["--clients", "--users", "--vus", "--threads", "-t"],
        |_| "--connections N".into(),
    ),
    habit(Tried::Only("bench"), &["--time", "-z"], |_| {
        "--duration TIME".into()
    }),
    habit(Tried::Only("bench"), &["--requests", "--count"], |_| {
        "--messages N".into()
    }),
];

/// What to write for a flag that `command` does not have: `given` as it stands there, and what
/// may be its value.
pub(super) fn of_flag(command: &CommandSpec, given: &str, value: Option<&str>) -> Option<String> {
    let (name, attached) = split_short(given);
    let mut tried = HABITS.iter().filter(|habit| match habit.tried {
        Tried::Serve => command.name == "serve",
        Tried::Client => !command.groups.is_empty() && command.name != "serve",
        Tried::Only(name) => command.name == name,
    });
    let habit = tried.find(|habit| habit.names.contains(&name))?;
    Some((habit.instead)(attached.or(value)))
}

/// `-p9000` taken apart; anything else as it is. `-lan` is no `-l`: a value has no letter first.
fn split_short(given: &str) -> (&str, Option<&str>) {
    let is_short = given.starts_with('-') && !given.starts_with("--");
    match given.split_at_checked(2) {
        Some((name, value)) if is_short && value.starts_with(|c: char| c.is_ascii_digit()) => {
            (name, Some(value))
        }
        _ => (given, None),
    }
}

/// The command that is meant by an unknown one: a command of this program under another name.
pub(super) fn of_command(given: &str) -> Option<&'static str> {
    Some(match given {
        "server" | "start" | "run" | "listen" | "up" | "daemon" => "serve",
        "client" | "open" | "dial" | "talk" | "cat" | "chat" | "ws" => "connect",
        "publish" | "pub" | "push" | "emit" | "post" | "echo" => "send",
        "sub" | "watch" | "tail" | "recv" | "receive" => "subscribe",
        "benchmark" | "load" | "stress" | "perf" => "bench",
        "test" | "probe" | "verify" | "validate" => "check",
        "man" | "manual" => "help --man",
        "version" => "--version",
        "ping" => "connect --rtt",
        _ => return None,
    })
}

/// Whether an argument is a WebSocket's URL and can be nothing else.
pub(super) fn is_url(argument: &str) -> bool {
    let scheme = argument.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|s| s.eq_ignore_ascii_case("ws") || s.eq_ignore_ascii_case("wss"))
}

/// The port of an argument that is a port alone, as `9000` and `:9000`.
pub(super) fn lone_port(argument: &str) -> Option<&str> {
    port(Some(argument.strip_prefix(':').unwrap_or(argument)))
}

/// The address to connect to that an argument may mean if it is not a command: a URL to write.
pub(super) fn address(argument: &str) -> Option<String> {
    if let Some((scheme, rest)) = argument.split_once("://") {
        return match scheme {
            _ if is_url(argument) => Some(argument.to_owned()),
            "http" => Some(format!("ws://{rest}")),
            "https" => Some(format!("wss://{rest}")),
            _ => None,
        };
    }
    let is_host = argument == "localhost" || argument.contains([':', '/', '.']);
    is_host.then(|| argument.to_owned())
}

fn port(text: Option<&str>) -> Option<&str> {
    let digits = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.filter(digits)
        .filter(|text| text.parse::<u16>().is_ok())
}

fn url(value: Option<&str>) -> &str {
    value.filter(|url| is_plain(url)).unwrap_or("URL")
}

/// A text that a command line can hold as it is.
fn is_plain(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/[]@".contains(&b);
    !text.is_empty() && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::super::commands::TABLE;
    use super::*;

    #[test]
    fn no_habit_hides_a_flag_and_each_can_be_reached() {
        for habit in HABITS {
            for name in habit.names {
                // A flag of another program may be one of some commands here, never of all.
                let mut commands = TABLE.commands.iter().filter(|command| match habit.tried {
                    Tried::Serve => command.name == "serve",
                    Tried::Client => ["connect", "send", "subscribe"].contains(&command.name),
                    Tried::Only(name) => command.name == name,
                });
                assert!(
                    commands.any(|command| command.flag(name).is_none()),
                    "{name}"
                );
            }
        }
        for word in ["server", "client", "pub", "sub", "load", "test"] {
            assert!(
                of_command(word).is_some_and(|name| TABLE.find(name).is_some()),
                "{word}"
            );
            assert!(TABLE.find(word).is_none());
        }
    }

    #[test]
    fn addresses_and_ports() {
        let rows = [
            ("localhost", Some("localhost"), None),
            ("http://h:1/x", Some("ws://h:1/x"), None),
            ("https://h", Some("wss://h"), None),
            ("wss://h", Some("wss://h"), None),
            ("ftp://h", None, None),
            ("a.example/chat", Some("a.example/chat"), None),
            ("nonsense", None, None),
            ("9000", None, Some("9000")),
            (":9000", Some(":9000"), Some("9000")),
            ("99999", None, None),
            ("", None, None),
        ];
        for (given, url, port) in rows {
            assert_eq!(address(given).as_deref(), url, "{given}");
            assert_eq!(lone_port(given), port, "{given}");
        }
        assert!(is_url("WS://h") && is_url("wss://h") && !is_url("ws:/h") && !is_url("h"));
    }
}
