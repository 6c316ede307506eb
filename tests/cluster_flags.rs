//! The flags of `wshub serve` about a cluster: in a build that has none, and with values that no
//! cluster can have. None of it needs Redis; `tests/cluster/run` has what does.

#![cfg(feature = "cli")]

mod support;

use support::command::{run_in, text};

/// The program's message, and its exit code.
fn told(variables: &[(&str, &str)], flags: &[&str]) -> (Option<i32>, String) {
    let args = [&["serve", "--listen", "127.0.0.1:0"], flags].concat();
    let output = run_in(variables, &args, b"");
    (output.status.code(), text(&output.stderr))
}

const VARIABLE: (&str, &str) = ("WSHUB_CLUSTER", "redis://:secret@localhost");

#[cfg(not(feature = "cluster"))]
#[test]
fn a_build_without_clusters_says_how_to_get_one() {
    for (variables, flags, place) in [
        (
            &[][..],
            &["--cluster", "redis://localhost"][..],
            "--cluster",
        ),
        (&[VARIABLE], &[], "WSHUB_CLUSTER"),
    ] {
        let (code, stderr) = told(variables, flags);
        assert_eq!(code, Some(2), "{stderr}");
        let expected = format!("wshub: {place}: this wshub was built without clusters");
        assert!(stderr.starts_with(&expected), "{stderr}");
        assert!(stderr.ends_with("cargo build --release --features cluster\n"));
    }
}

#[cfg(feature = "cluster")]
#[test]
fn what_no_cluster_can_have_is_refused_without_being_shown() {
    let folder = std::env::temp_dir().join(format!("wshub-cluster-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, line: &str| {
        let path = folder.join(name);
        std::fs::write(&path, line).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let bad_line = file("bad", "http://:secret@localhost\n");
    let not_utf8 = folder.join("not-utf8");
    std::fs::write(&not_utf8, b"redis://\xff\n").unwrap();
    let no_ca = file("ca", "secret\n");
    // Variables, flags; the exit code, and a part of what is said.
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], i32, &'a str);
    let rows: [Row<'_>; 9] = [
        (
            &[],
            &["--cluster", "localhost:6379"],
            2,
            "wshub: --cluster: the URL of a cluster begins with redis://",
        ),
        (
            &[],
            &["--cluster", "redis://secret@localhost"],
            2,
            "wshub: --cluster: the user or password is malformed; write redis://USER:PASSWORD@HOST",
        ),
        (
            &[("WSHUB_CLUSTER", "redis://:secret@localhost/x")],
            &[],
            2,
            "wshub: WSHUB_CLUSTER: the path of the URL is the number of a database",
        ),
        (
            &[],
            &["--cluster-file", &bad_line],
            2,
            "wshub: --cluster-file: the URL of a cluster begins with redis://",
        ),
        (
            &[],
            &["--cluster-file", not_utf8.to_str().unwrap()],
            1,
            "is not UTF-8",
        ),
        (
            &[],
            &["--cluster-file", "/nowhere/at-all"],
            1,
            "wshub: cannot read --cluster-file /nowhere/at-all",
        ),
        (
            &[VARIABLE],
            &["--cluster-prefix", "a b"],
            2,
            "wshub: --cluster-prefix: the prefix of a cluster's keys has 1 to 64 letters",
        ),
        (
            &[VARIABLE],
            &["--cluster-ca", &no_ca],
            1,
            "wshub: --cluster-ca: ",
        ),
        (
            &[VARIABLE],
            &["--cluster", "redis://localhost", "--cluster-file", "f"],
            2,
            "wshub: give either --cluster or --cluster-file, not both\nmore: wshub serve --help",
        ),
    ];
    for (variables, flags, code, expected) in rows {
        let (found, stderr) = told(variables, flags);
        assert!(stderr.contains(expected), "{flags:?}: {stderr}");
        assert_eq!(found, Some(code), "{flags:?}: {stderr}");
        assert!(!stderr.contains("secret"), "{flags:?}: {stderr}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn flags_about_the_keys_alone_are_refused() {
    for flags in [["--cluster-prefix", "test"], ["--cluster-ca", "ca.pem"]] {
        let (code, stderr) = told(&[], &flags);
        assert_eq!(code, Some(2), "{stderr}");
        assert!(
            stderr.contains("are for --cluster URL, which is missing"),
            "{stderr}"
        );
    }
}
