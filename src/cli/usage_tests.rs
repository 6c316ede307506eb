//! Rows of wrong command lines, and what the user is told.

use super::super::args::parse;

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
            "unknown flag --frobnicate; leave it out",
            "serve",
        ),
        (&["-x=1"], "unknown flag -x; leave it out", "serve"),
        (&["-vh"], "unknown flag -vh; leave it out", "serve"),
        (
            &["--\x1b[2J"],
            "unknown flag --\\x1b[2J; leave it out",
            "serve",
        ),
        (
            &["connect", "-5"],
            "unknown flag -5; leave it out, or put -- before it if it is no flag",
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
            "unknown help topic nonsense; there are: serve, connect, send, subscribe, bench, check, completions, help, limits, connection, exit-codes",
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
            "serve",
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
            "serve",
        ),
        (
            &["--help=x"],
            "--help takes no value; write --help alone, or leave it out",
            "serve",
        ),
        (
            &["--lan", "--lan"],
            "--lan is given twice, but counts once; leave one out",
            "serve",
        ),
        (
            &["--max-clients=1", "--max-clients", "2"],
            "--max-clients is given twice, but counts once; leave one out",
            "help limits",
        ),
        (
            &["--ping-timeout", "10"],
            "--ping-timeout: 10 what? write 10s or 10ms",
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
            "serve",
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
    for (words, sentence, command) in rows {
        let more = match command {
            "" => "--help".to_owned(),
            topic if topic.starts_with("help ") => topic.to_owned(),
            command => format!("{command} --help"),
        };
        let expected = format!("{sentence}\nmore: wshub {more}");
        match parse(words.iter().map(|word| (*word).to_owned())) {
            Err(error) => assert_eq!(error.to_string(), expected, "{words:?}"),
            other => panic!("{words:?}: {other:?}"),
        }
    }
}
