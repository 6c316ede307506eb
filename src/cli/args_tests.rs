//! Rows of command lines, and what becomes of each.

use std::time::Duration;

use super::super::commands::EXIT_CODES;
use super::super::kinds::Setting;
use super::super::spec::Kind;
use super::*;

fn line(words: &[&str]) -> Result<Invocation, UsageError> {
    parse(words.iter().map(|word| (*word).to_owned()))
}

fn run(words: &[&str]) -> (&'static str, Values) {
    match line(words) {
        Ok(Invocation::Run { command, values }) => (command.name, values),
        other => panic!("{words:?}: {other:?}"),
    }
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
    for words in rows {
        let (_, values) = run(words);
        assert_eq!(values.size("--max-message"), Some(1 << 20), "{words:?}");
        assert_eq!(values.all("--listen"), ["[::1]:1", "a:2"]);
        assert_eq!(values.setting("--idle-timeout"), Some(Setting::Off));
        assert_eq!(values.number("--max-clients"), None);
    }
    let (_, values) = run(&[
        "--write-timeout=1.5s",
        "--slow-client",
        "drop",
        "--log-file=-",
    ]);
    assert_eq!(
        values.duration("--write-timeout"),
        Some(Duration::from_millis(1500))
    );
    assert_eq!(values.text("--slow-client"), Some("drop"));
    assert_eq!(values.text("--log-file"), Some("-"));
    let (_, values) = run(&[
        "--log-file=--quiet",
        "--max-clients",
        "18446744073709551615",
    ]);
    assert_eq!(values.text("--log-file"), Some("--quiet"));
    assert_eq!(values.number("--max-clients"), Some(u64::MAX));
}

#[test]
fn short_flags() {
    let rows: [(&[&str], usize); 6] = [
        (&[], 0),
        (&["-v"], 1),
        (&["-vv"], 2),
        (&["-v", "-v"], 2),
        (&["--verbose", "-v"], 2),
        (&["-vv", "--verbose"], 3),
    ];
    for (words, count) in rows {
        let (_, values) = run(words);
        assert_eq!(
            (values.count("-v"), values.count("--verbose")),
            (count, count),
            "{words:?}"
        );
        assert_eq!(values.switch("-v"), count > 0);
    }
    for words in [
        &["-H", "A: b=c"][..],
        &["-HA: b=c"],
        &["-H=A: b=c"],
        &["--header=A: b=c"],
    ] {
        let (_, values) = run(&[&["connect", "ws://h/"], words].concat());
        assert_eq!(values.headers("-H"), [("A", "b=c")], "{words:?}");
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
        let (_, values) = run(words);
        assert_eq!(values.positionals(), [url], "{words:?}");
        assert_eq!(values.text("--origin"), Some("o"));
    }
}

#[test]
fn help_and_version() {
    let topic = |name| help::topic(name).unwrap_or_default();
    let rows: [(&[&str], String); 14] = [
        (&["--help"], help::overview()),
        (&["-h"], help::overview()),
        (&["help"], help::overview()),
        (&["--help", "--lan"], help::overview()),
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
    for (words, text) in rows {
        assert_eq!(line(words), Ok(Invocation::Help(text)), "{words:?}");
    }
    for words in [
        &["--version"][..],
        &["-V"],
        &["connect", "--version"],
        &["--lan", "-V"],
    ] {
        assert_eq!(
            line(words),
            Ok(Invocation::Version(help::version())),
            "{words:?}"
        );
    }
}

#[test]
fn every_flag_of_the_table_is_parsed() {
    for command in COMMANDS.iter().filter(|command| command.name != "help") {
        let url = (!command.positionals.is_empty()).then_some("u");
        for flag in command.all_flags() {
            let sample = flag.default.unwrap_or(match flag.name {
                "--allow-origin" | "--origin" => "https://a",
                "--header" => "A: b",
                _ => match flag.kind {
                    Kind::Choice(words) => words[0],
                    Kind::Size { .. } | Kind::Count { .. } => "1",
                    Kind::Duration { .. } => "1s",
                    Kind::Credentials => "a:b",
                    _ => "a",
                },
            });
            let word = match flag.value {
                Some(_) => format!("{}={sample}", flag.name),
                None => flag.name.to_owned(),
            };
            let words: Vec<_> = [command.name, &word].into_iter().chain(url).collect();
            assert!(run(&words).1.has(flag), "{word}");
        }
    }
}

#[test]
fn words_of_the_operating_system() {
    assert_eq!(parse_os([OsString::from("--lan")]), line(&["--lan"]));
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;
        let error = parse_os([OsString::from_vec(vec![b'a', 0xff])]).map_err(|e| e.to_string());
        let expected = "a\u{fffd} is no Unicode text; write it as such\nmore: wshub --help";
        assert_eq!(error, Err(expected.to_owned()));
    }
}
