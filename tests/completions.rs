//! The completions of bash, by bash itself.

#![cfg(feature = "cli")]
#![cfg(unix)]

mod support;

use std::process::Command;

use support::command::{run, text};

/// What bash offers after these words, which bash has split as it does: `=` is a word.
fn offered(words: &[&str]) -> String {
    let script = text(&run(&["completions", "bash"], b"").stdout);
    let ask = "\nCOMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)); _wshub; echo \"${COMPREPLY[*]}\"";
    let output = Command::new("bash")
        .args(["--norc", "-c", &(script + ask), "bash"])
        .args(words)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert_eq!(text(&output.stderr), "", "{words:?}");
    text(&output.stdout).trim_end().to_owned()
}

#[test]
fn bash_offers_what_fits() {
    let all = "serve connect send subscribe bench check completions help";
    let rows: &[(&[&str], &str)] = &[
        (&["wshub", ""], all),
        (&["wshub", "se"], "serve send"),
        (&["wshub", "--lan", ""], all),
        (&["wshub", "--sl"], "--slow-client"),
        (&["wshub", "--max-message", "1M", "--sl"], "--slow-client"),
        (&["wshub", "--slow-client", ""], "disconnect drop"),
        (&["wshub", "bench", "--mode", "e"], "echo"),
        (
            &["wshub", "bench", "--mode", "="],
            "echo fanout connect idle",
        ),
        (&["wshub", "bench", "--mode", "=", "f"], "fanout"),
        (&["wshub", "bench", "ws", ":", "//x", "--mo"], "--mode"),
        (&["wshub", "bench", "ws", ":", "//x", ""], ""),
        (
            &["wshub", "send", "localhost", "serve", "--exp"],
            "--expect",
        ),
        (&["wshub", "send", "--file", "Cargo.t"], "Cargo.toml"),
        (&["wshub", "send", "--file", "=", "Cargo.t"], "Cargo.toml"),
        (&["wshub", "completions", ""], "bash zsh fish powershell"),
        (&["wshub", "help", "ex"], "exit-codes"),
    ];
    for (words, expected) in rows {
        assert_eq!(offered(words), *expected, "{words:?}");
    }
}
