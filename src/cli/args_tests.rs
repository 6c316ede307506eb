//! Rows of command lines, and what becomes of each.

use std::path::Path;
use std::time::Duration;

use super::super::commands::TABLE;
use super::super::spec::EXIT_CODES;
use super::*;
use wshub::hub::SlowClient;

fn line(words: &[&str]) -> Result<Invocation, Failure> {
    let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
    parse(&TABLE, &words)
}

/// The name of the command that is run, and its arguments.
fn run(words: &[&str]) -> (&'static str, Arguments) {
    match line(words) {
        Ok(Invocation::Run { run, arguments }) => (name(run), *arguments),
        other => panic!("{words:?}: {other:?}"),
    }
}

fn name(function: fn(&Arguments) -> Result<(), Failure>) -> &'static str {
    let runs = |command: &&CommandSpec| matches!(command.action, Action::Run(run) if std::ptr::fn_addr_eq(run, function));
    let mut commands = TABLE.commands.iter().copied();
    commands.find(runs).map_or("", |command| command.name)
}

fn told(words: &[&str]) -> Arguments {
    run(words).1
}

#[test]
fn the_command_is_serve_unless_named() {
    let rows: [(&[&str], &str); 7] = [
        (&[], "serve"),
        (&["--lan"], "serve"),
        (&["-v"], "serve"),
        (&["--"], "serve"),
        (&["serve"], "serve"),
        (&["serve", "--lan"], "serve"),
        (&["connect", "ws://h/"], "connect"),
    ];
    for (words, name) in rows {
        assert_eq!(run(words).0, name, "{words:?}");
    }
}

#[test]
fn values_behind_a_blank_or_an_equals_sign() {
    let rows: [&[&str]; 4] = [
        &[
            "--max-message",
            "1M",
            "--listen",
            "[::1]:1",
            "--listen",
            "a:2",
            "--idle-timeout",
            "0",
        ],
        &[
            "--max-message=1M",
            "--listen=[::1]:1",
            "--listen=a:2",
            "--idle-timeout=off",
        ],
        &[
            "serve",
            "--idle-timeout=0s",
            "--listen",
            "[::1]:1",
            "--max-message=1024k",
            "--listen=a:2",
        ],
        &[
            "--listen=[::1]:1",
            "--max-message=1048576",
            "--listen=a:2",
            "--idle-timeout=off",
            "--",
        ],
    ];
    let mut expected = Arguments::default();
    expected.serve.limits.max_message_bytes = 1 << 20;
    expected.serve.listen = vec!["[::1]:1".to_owned(), "a:2".to_owned()];
    expected.serve.timeouts.idle = None;
    for words in rows {
        assert_eq!(told(words), expected, "{words:?}");
    }
    let args = told(&[
        "--write-timeout=1.5s",
        "--slow-client",
        "drop",
        "--log-file=-",
        "--ping-interval=off",
    ]);
    assert_eq!(args.serve.timeouts.write, Duration::from_millis(1500));
    assert_eq!(args.serve.timeouts.ping_interval, None);
    assert_eq!(args.serve.slow_client, SlowClient::Drop);
    assert_eq!(args.serve.log_file.as_deref(), Some(Path::new("-")));
    let args = told(&["--memory=1G", "--min-rate=off", "--max-rate=50/s"]);
    assert_eq!(args.serve.memory, Some(1 << 30));
    assert_eq!(args.serve.min_rate, None);
    assert_eq!(args.serve.max_rate.map(|rate| rate.per_second), Some(50));
    let args = told(&[
        "--log-file=--quiet",
        "--max-clients",
        "18446744073709551615",
    ]);
    assert_eq!(args.serve.log_file.as_deref(), Some(Path::new("--quiet")));
    assert_eq!(args.serve.max_clients as u64, u64::MAX);
}

#[test]
fn short_flags() {
    let rows: [(&[&str], u32); 6] = [
        (&[], 0),
        (&["-v"], 1),
        (&["-vv"], 2),
        (&["-v", "-v"], 2),
        (&["--verbose", "-v"], 2),
        (&["-vv", "--verbose"], 3),
    ];
    for (words, count) in rows {
        assert_eq!(told(words).serve.verbose, count, "{words:?}");
    }
    for words in [
        &["-H", "A: b=c"][..],
        &["-HA: b=c"],
        &["-H=A: b=c"],
        &["--header=A: b=c"],
    ] {
        let args = told(&[&["connect", "ws://h/"], words].concat());
        let expected = [("A".to_owned(), "b=c".to_owned())];
        assert_eq!(args.connecting.headers, expected, "{words:?}");
    }
}

#[test]
fn arguments_that_are_no_flags() {
    let rows: [(&[&str], &str); 4] = [
        (&["connect", "ws://h/", "--origin", "o"], "ws://h/"),
        (&["connect", "--origin", "o", "ws://h/"], "ws://h/"),
        (&["connect", "--origin=o", "--", "--help"], "--help"),
        (&["connect", "-", "--origin=o"], "-"),
    ];
    for (words, url) in rows {
        let args = told(words).connecting;
        assert_eq!(args.url, url, "{words:?}");
        assert_eq!(args.origin.as_deref(), Some("o"));
    }
    let args = told(&["send", "u", "--expect=1", "a", "--", "-b", "c"]);
    assert_eq!(args.connecting.url, "u");
    assert_eq!(args.send.texts, ["a", "-b", "c"]);
}

#[test]
fn help_and_version() {
    let overview = || topic(None);
    fn topic<'a>(name: impl Into<Option<&'a str>>) -> String {
        help::print(&TABLE, name.into()).unwrap()
    }
    let rows: [(&[&str], String); 14] = [
        (&["--help"], overview()),
        (&["-h"], overview()),
        (&["help"], overview()),
        (&["--help", "--lan"], overview()),
        (&["--help", "connect"], topic("connect")),
        (&["help", "connect"], topic("connect")),
        (&["help", "help"], topic("help")),
        (&["help", "--help"], topic("help")),
        (&["help", "exit-codes"], topic(EXIT_CODES)),
        (&["connect", "-h"], topic("connect")),
        (&["serve", "--help"], topic("serve")),
        (&["--lan", "--help"], topic("serve")),
        (&["--lisen", "--help"], topic("serve")),
        (&["-V", "-h"], topic("serve")),
    ];
    let version: [&[&str]; 4] = [
        &["--version"],
        &["-V"],
        &["connect", "--version"],
        &["--lan", "-V"],
    ];
    let version = version.map(|words| (words, help::version()));
    for (words, expected) in rows.into_iter().chain(version) {
        match line(words) {
            Ok(Invocation::Print(text)) => assert_eq!(text, expected, "{words:?}"),
            other => panic!("{words:?}: {other:?}"),
        }
    }
}

#[test]
fn every_flag_of_the_table_is_parsed() {
    for command in TABLE.commands.iter().filter(|one| one.name != "help") {
        let url = (!command.positionals.is_empty()).then_some("u");
        let without: Vec<_> = [command.name].into_iter().chain(url).collect();
        for flag in command.all_flags() {
            let sample = match (flag.choices().last(), flag.value_name()) {
                (Some(word), _) => word,
                (_, Some("ORIGIN")) => "https://a",
                (_, Some("HEADER")) => "A: b",
                (_, Some("SIZE" | "N" | "N/s")) => "3",
                (_, Some("TIME")) => "3s",
                (_, Some("USER[:PASSWORD]")) => "a:b",
                (_, Some("HOST:PORT")) => "a:1",
                (_, Some("ADDRESS")) => "::1",
                _ => "a",
            };
            let word = match flag.value_name() {
                Some(_) => format!("{}={sample}", flag.name()),
                None => flag.name().to_owned(),
            };
            let words: Vec<_> = without.iter().copied().chain([word.as_str()]).collect();
            assert_ne!(told(&words), told(&without), "{word}");
        }
    }
}

#[test]
fn words_of_the_operating_system() {
    let lan = parse_os(&TABLE, [OsString::from("--lan")]);
    assert!(matches!(lan, Ok(Invocation::Run { arguments, .. }) if arguments.serve.lan));
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;
        let words = [OsString::from_vec(vec![b'a', 0xff])];
        let error = parse_os(&TABLE, words).map(drop).map_err(|e| e.to_string());
        let expected = "a\u{fffd} is not valid Unicode; write it as Unicode text\nmore: wshub \
                        --help";
        assert_eq!(error, Err(expected.to_owned()));
    }
}
