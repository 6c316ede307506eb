//! Rows of wrong command lines, and the message for the user.

use super::super::args::parse;
use super::super::commands::TABLE;
use super::super::exit::Exit;

#[test]
fn faults_say_what_to_do() {
    let rows: [(&[&str], &str, &str); 35] = [
        (
            &["--lisen", "x"],
            "unknown flag --lisen; did you mean --listen?",
            "serve",
        ),
        (
            &["--lisen=x"],
            "unknown flag --lisen; did you mean --listen?",
            "serve",
        ),
        (&["-lan"], "unknown flag -lan; did you mean --lan?", "serve"),
        (
            &["-verbose"],
            "unknown flag -verbose; did you mean --verbose?",
            "serve",
        ),
        (
            &["--origin=a"],
            "unknown flag --origin; did you mean --allow-origin?",
            "serve",
        ),
        (
            &["--helpp"],
            "unknown flag --helpp; did you mean --help?",
            "serve",
        ),
        (
            &["--frobnicate"],
            "unknown flag --frobnicate; wshub serve --help lists the flags",
            "serve",
        ),
        (
            &["-x=1"],
            "unknown flag -x; wshub serve --help lists the flags",
            "serve",
        ),
        (
            &["-vh"],
            "unknown flag -vh; wshub serve --help lists the flags",
            "serve",
        ),
        (
            &["--\x1b[2J"],
            "unknown flag --\\x1b[2J; wshub serve --help lists the flags",
            "serve",
        ),
        (
            &["connect", "-5"],
            "unknown flag -5; wshub connect --help lists the flags; put -- before it if it is \
             not a flag",
            "connect",
        ),
        (
            &["conect"],
            "unknown command conect; did you mean connect?",
            "",
        ),
        (
            &["frobnicate"],
            "unknown command frobnicate; there are: serve, connect, send, subscribe, bench, check, completions, help",
            "",
        ),
        (
            &[""],
            "unknown command ''; there are: serve, connect, send, subscribe, bench, check, completions, help",
            "",
        ),
        (
            &["h:1/a"],
            "unknown command h:1/a; for a connection write: wshub connect h:1/a",
            "",
        ),
        (
            &["limits"],
            "limits is a help topic; write: wshub help limits",
            "",
        ),
        (
            &["help", "exitcodes"],
            "unknown help topic exitcodes; did you mean exit-codes?",
            "",
        ),
        (
            &["help", "nonsense"],
            "unknown help topic nonsense; there are: serve, connect, send, subscribe, bench, check, completions, help, log, limits, connection, compression, cluster, exit-codes",
            "",
        ),
        (
            &["--listen"],
            "--listen needs a value; write --listen HOST:PORT",
            "serve",
        ),
        (
            &["--log-file", "--quiet"],
            "--log-file needs a value, and --quiet looks like a flag; \
             write --log-file FILE, or --log-file=--quiet if you mean that",
            "help log",
        ),
        (
            &["connect", "-H"],
            "--header needs a value; write --header HEADER",
            "help connection",
        ),
        (
            &["--lan=yes"],
            "--lan takes no value; write --lan alone, or leave it out",
            "serve",
        ),
        (
            &["-v=2"],
            "--verbose takes no value; write --verbose alone, or leave it out",
            "help log",
        ),
        (
            &["--help=x"],
            "--help takes no value; write --help alone, or leave it out",
            "serve",
        ),
        (
            &["--lan", "--lan"],
            "--lan is given twice, but may be given only once; leave one out",
            "serve",
        ),
        (
            &["--max-clients=1", "--max-clients", "2"],
            "--max-clients is given twice, but may be given only once; leave one out",
            "help limits",
        ),
        (
            &["--ping-timeout", "10"],
            "--ping-timeout: 10 has no unit; write 10s or 10ms",
            "help limits",
        ),
        (
            &["--max-clients=0"],
            "--max-clients: 0 is too small; the least is 1",
            "help limits",
        ),
        (
            &["--slow-client=wait"],
            "--slow-client: no such choice as wait; write disconnect or drop",
            "help limits",
        ),
        (
            &["--log-file="],
            "--log-file: the value is empty; write one, or leave the flag out",
            "help log",
        ),
        (
            &["serve", "x y"],
            "wshub serve takes flags only; leave 'x y' out",
            "serve",
        ),
        (
            &["--lan", "connect", "u"],
            "connect is a command, and a command comes first; write: wshub connect ...",
            "serve",
        ),
        (
            &["connect"],
            "wshub connect needs URL; write for example: wshub connect ws://localhost:8765/echo",
            "connect",
        ),
        (
            &["connect", "a", "b"],
            "b is one argument too many; leave it out, or quote words that belong together",
            "connect",
        ),
        (
            &["help", "serve", "x"],
            "x is one argument too many; leave it out, or quote words that belong together",
            "help",
        ),
    ];
    check(&rows);
}

#[test]
fn what_other_programs_call_it_is_told_as_it_is_written_here() {
    let rows: &[(&[&str], &str, &str)] = &[
        (
            &["--port", "9000"],
            "unknown flag --port; write --listen localhost:9000",
            "serve",
        ),
        (
            &["--port=7000"],
            "unknown flag --port; write --listen localhost:7000",
            "serve",
        ),
        (
            &["serve", "-p", "80"],
            "unknown flag -p; write --listen localhost:80",
            "serve",
        ),
        (
            &["-p9001"],
            "unknown flag -p9001; write --listen localhost:9001",
            "serve",
        ),
        (
            &["--port", "x;y"],
            "unknown flag --port; write --listen localhost:9000",
            "serve",
        ),
        (
            &["-p", "--lan"],
            "unknown flag -p; write --listen localhost:9000",
            "serve",
        ),
        (
            &["--host", "0.0.0.0"],
            "unknown flag --host; write --lan",
            "serve",
        ),
        (
            &["--bind", "::1"],
            "unknown flag --bind; write --listen ::1",
            "serve",
        ),
        (
            &["-c", "h/x"],
            "unknown flag -c; write wshub connect h/x",
            "serve",
        ),
        (
            &["connect", "h", "-p", "81"],
            "unknown flag -p; write the port into the URL, as in localhost:81/echo",
            "connect",
        ),
        (
            &["connect", "-k", "h"],
            "unknown flag -k; write --insecure",
            "connect",
        ),
        (
            &["bench", "--threads", "4", "h"],
            "unknown flag --threads; write --connections N",
            "bench",
        ),
        (
            &["9000"],
            "unknown command 9000; for a server on that port write: wshub serve --listen \
             localhost:9000, and to connect to it: wshub connect localhost:9000",
            "",
        ),
        (
            &["server"],
            "unknown command server; write: wshub serve",
            "",
        ),
        (
            &["version"],
            "unknown command version; write: wshub --version",
            "",
        ),
        (
            &["http://h/x"],
            "unknown command http://h/x; for a connection write: wshub connect ws://h/x",
            "",
        ),
        (
            &["a.example/chat"],
            "unknown command a.example/chat; for a connection write: wshub connect a.example/chat",
            "",
        ),
        (
            &["serve", "9000"],
            "a port alone is not an argument; write: wshub serve --listen localhost:9000",
            "serve",
        ),
        (
            &["serve", "ws://h/"],
            "wshub serve takes flags only; for a connection write: wshub connect ws://h/",
            "serve",
        ),
        (
            &["send", ":8765", "hi"],
            "URL: :8765 is a port alone; write localhost:8765",
            "send",
        ),
    ];
    check(rows);
}

#[test]
fn a_url_without_a_command_connects() {
    let rows: &[&[&str]] = &[
        &["ws://h/x"],
        &["WSS://h"],
        &["-H", "A: b", "ws://h/"],
        &["ws://h/", "--pretty"],
    ];
    for words in rows {
        let given: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        let named: Vec<_> = ["connect".to_owned()]
            .into_iter()
            .chain(given.clone())
            .collect();
        let (short, long) = (parse(&TABLE, &given), parse(&TABLE, &named));
        assert_eq!(format!("{short:?}"), format!("{long:?}"), "{words:?}");
        assert!(short.is_ok(), "{words:?}");
    }
}

/// Each row: the words, the sentence, and the command or topic whose help is named.
fn check(rows: &[(&[&str], &str, &str)]) {
    for &(words, sentence, command) in rows {
        let more = match command {
            "" => "--help".to_owned(),
            topic if topic.starts_with("help ") => topic.to_owned(),
            command => format!("{command} --help"),
        };
        let expected = format!("{sentence}\nmore: wshub {more}");
        let given: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        match parse(&TABLE, &given) {
            Err(error) => {
                assert_eq!(error.to_string(), expected, "{words:?}");
                assert_eq!(error.exit, Exit::Usage);
            }
            other => panic!("{words:?}: {other:?}"),
        }
    }
}
