//! Rows of origins that are let in, and of the tricks that are not.

use super::*;
use crate::handshake::{Decision, Headers, decide};

fn head(host: &str, origins: &[&str]) -> RequestHead {
    let mut headers = Headers::default();
    headers.push("Host", host);
    for origin in origins {
        headers.push("Origin", origin);
    }
    RequestHead::new("GET", "/", headers)
}

fn access(origins: &[&str]) -> Access {
    Access {
        origins: origins.iter().map(|s| (*s).to_owned()).collect(),
        ..Access::default()
    }
}

#[test]
fn a_page_of_the_server_itself_is_let_in() {
    // (Host, Origin, TLS, let in)
    let rows: &[(&str, &str, bool, bool)] = &[
        ("localhost:8765", "http://localhost:8765", false, true),
        ("localhost:8765", "http://LOCALHOST:8765", false, true),
        ("localhost:8765", "HTTP://localhost:8765", false, true),
        ("LocalHost:8765", "http://localhost:8765", false, true),
        ("localhost.:8765", "http://localhost:8765", false, true),
        ("localhost:8765", "http://localhost.:8765", false, true),
        ("localhost:8765", "http://localhost", false, false),
        ("localhost", "http://localhost:8765", false, false),
        ("localhost:8765", "http://localhost:8766", false, false),
        ("localhost:8765", "http://localhost:87650", false, false),
        ("localhost:8765", "http://localhost:08765", false, true),
        ("localhost:8765", "http://localhost:876", false, false),
        ("localhost:8765", "http://127.0.0.1:8765", false, false),
        ("[::1]:8765", "http://[::1]:8765", false, true),
        ("[::1]:8765", "http://[0:0:0:0:0:0:0:1]:8765", false, true),
        ("[::1]:8765", "http://::1:8765", false, false),
        ("[::1]", "http://[::1]", false, true),
        // A proxy that speaks TLS before a server that does not, with the Host passed on.
        ("example.com", "https://example.com", false, true),
        ("example.com", "https://example.com:443", false, true),
        ("example.com:443", "https://example.com", false, true),
        ("example.com", "http://example.com", false, true),
        ("example.com:80", "http://example.com", false, true),
        ("example.com:443", "http://example.com", false, false),
        ("example.com:80", "https://example.com", false, false),
        ("example.com", "http://example.com:8080", false, false),
        // The Host changed by the proxy: the operator has to name the origin.
        ("127.0.0.1:8765", "https://example.com", false, false),
        // Over TLS the server's own pages are those of https.
        ("localhost:8766", "http://localhost:8766", true, false),
        ("localhost:8766", "HTTPS://localhost:8766", true, true),
        ("localhost:8766", "https://localhost:8765", true, false),
        ("example.com", "https://example.com:8443", true, false),
        ("example.com", "https://example.com", true, true),
        ("example.com", "http://example.com", true, false),
        ("example.com:8766", "https://example.com:8766", true, true),
        // Neighbours and tricks.
        ("example.com", "https://evil.example.com", false, false),
        ("evil.example.com", "https://example.com", false, false),
        ("example.com", "https://example.com.evil", false, false),
        ("example.com", "https://example.computer", false, false),
        ("example.com", "https://evilexample.com", false, false),
        ("example.com", "https://example.com@evil", false, false),
        ("example.com", "https://evil@example.com", false, false),
        ("example.com", "https://evil:x@example.com", false, false),
        ("example.com", "https://example.com:443@evil", false, false),
        ("example.com", "https://example.com%2eevil", false, false),
        ("example.com", "https://example.com/", false, false),
        ("example.com", "https://example.com#evil", false, false),
        ("example.com", "https://example.com?", false, false),
        ("example.com", "https://example.com\\@evil", false, false),
        ("example.com", "https://example.com evil", false, false),
        (
            "example.com",
            "https://example.com, https://evil",
            false,
            false,
        ),
        ("example.com", "https://example.com:", false, true),
        ("example.com", "https://example.com:0", false, false),
        ("example.com", "https://example.com:+443", false, false),
        ("example.com", "https://example.com:443:443", false, false),
        ("example.com", "https:/example.com", false, false),
        ("example.com", "//example.com", false, false),
        ("example.com", "example.com", false, false),
        ("example.com", "ws://example.com", false, false),
        ("example.com", "ftp://example.com", false, false),
        ("example.com", "javascript://example.com", false, false),
        ("example.com", "https://ex\u{e4}mple.com", false, false),
        ("example.com", "null", false, false),
        ("null", "null", false, false),
        ("example.com", "NULL", false, false),
        ("example.com", "file://", false, false),
        ("example.com", "", false, false),
    ];
    for (host, origin, secure, expected) in rows {
        let answer = access(&[]).check_origin(&head(host, &[origin]), *secure);
        assert_eq!(
            answer.is_ok(),
            *expected,
            "{origin:?} at {host}, TLS {secure}"
        );
        if let Err(denied) = answer {
            assert_eq!(denied.status(), 403);
            let fact = denied.to_string();
            assert!(fact.contains(&format!("{origin:?}")), "{fact}");
            assert!(matches!(denied, Denied::Origin { seen, .. } if seen == *origin));
        }
    }
}

#[test]
fn the_origins_that_the_operator_names_are_let_in() {
    let site = "https://*.example.com";
    // (--allow-origin, Origin, let in)
    let rows: &[(&str, &str, bool)] = &[
        ("https://good.example", "https://good.example", true),
        ("https://good.example", "https://good.example:443", true),
        ("https://good.example:443", "https://good.example", true),
        ("https://Good.Example.", "https://GOOD.example", true),
        ("https://good.example", "http://good.example", false),
        ("https://good.example", "https://good.example:8443", false),
        ("https://good.example", "https://bad.good.example", false),
        ("https://good.example", "https://good.example.evil", false),
        ("http://[::1]:3000", "http://[::1]:3000", true),
        ("http://[::1]:3000", "http://[::1]:3001", false),
        (site, "https://www.example.com", true),
        (site, "https://a.b.example.com", true),
        (site, "https://WWW.Example.COM:443", true),
        (site, "https://www.example.com.", true),
        (site, "https://example.com", false),
        (site, "https://.example.com", false),
        (site, "http://www.example.com", false),
        (site, "https://www.example.com:8443", false),
        (site, "https://evilexample.com", false),
        (site, "https://www.example.com.evil", false),
        (site, "https://evil/.example.com", false),
        (site, "https://evil#.example.com", false),
        (site, "https://user@www.example.com", false),
        (site, "https://*.example.com", false),
        (
            "https://*.example.com:8443",
            "https://a.example.com:8443",
            true,
        ),
        ("https://*.example.com:8443", "https://a.example.com", false),
        ("app://page", "app://page", true),
        ("app://page", "app://other", false),
        ("app://page", "https://page", false),
        (
            "chrome-extension://abcdef",
            "chrome-extension://abcdef",
            true,
        ),
        ("moz-extension://abc-def", "moz-extension://abc-xyz", false),
        ("file://", "file://", true),
        ("FILE:///", "file://", true),
        ("file://", "file://host", false),
        ("file://", "null", false),
        ("file://", "https://", false),
        ("file://host", "file://", false),
        ("null", "file://", false),
        ("capacitor://localhost", "capacitor://localhost", true),
        ("capacitor://localhost", "ionic://localhost", false),
        ("capacitor://localhost", "http://localhost", false),
        ("capacitor://localhost", "capacitor://localhost:80", false),
        ("app://.", "app://.", true),
        ("app://.", "app://", false),
        ("app://.", "app://..", false),
        ("vscode-webview://0a1B", "vscode-webview://0a1B", true),
        ("vscode-webview://0a1B", "vscode-webview://0a1b", false),
        ("app://*.page", "app://a.page", false),
        ("app://page", "app://page/", false),
        ("https://good.example/", "https://good.example", true),
        ("https://*.example.com/", "https://a.example.com", true),
        ("capacitor://localhost/", "capacitor://localhost", true),
        ("https://good.example/a", "https://good.example", false),
        ("https://good.example//", "https://good.example", false),
        ("https://", "https://", false),
        ("null", "null", true),
        ("null", "NULL", false),
        ("null", "https://null", false),
        ("any", "null", true),
        ("any", "https://whoever.example", true),
        ("any", "not an origin", true),
    ];
    for (allowed, origin, expected) in rows {
        let answer = access(&[allowed]).check_origin(&head("localhost:8765", &[origin]), false);
        assert_eq!(answer.is_ok(), *expected, "{origin:?} with {allowed:?}");
    }
    let both = access(&["https://one.example", "https://two.example"]);
    for origin in ["https://one.example", "https://two.example"] {
        assert!(both.check_origin(&head("a", &[origin]), false).is_ok());
    }
}

#[test]
fn no_origin_is_no_browser_and_two_are_nobody() {
    let none = head("localhost:8765", &[]);
    assert_eq!(access(&[]).check_origin(&none, false), Ok(()));
    let two = head("localhost:8765", &["http://localhost:8765", "null"]);
    let denied = access(&["any"]).check_origin(&two, false).unwrap_err();
    assert_eq!((denied.status(), denied), (400, Denied::RepeatedOrigin));
    // The handshake itself refuses doubled headers before any rule is asked.
    assert!(matches!(decide(&two), Decision::Refuse(r) if r.status == 400));
    let mut hosts = head("localhost:8765", &[]);
    hosts.headers.push("host", "evil.example");
    assert!(matches!(decide(&hosts), Decision::Refuse(r) if r.status == 400));
}

#[test]
fn a_denial_escapes_what_it_saw_and_says_what_could_be_allowed() {
    let rows = [
        (
            "https://a.example:8443",
            "A page from the origin \"https://a.example:8443\" may not connect here",
            Some("https://a.example:8443"),
        ),
        (
            "null",
            "A page from the origin \"null\" may not connect here",
            Some("null"),
        ),
        (
            "file://",
            "A page from the origin \"file://\" may not connect here",
            Some("file://"),
        ),
        (
            "app://.",
            "A page from the origin \"app://.\" may not connect here",
            Some("app://."),
        ),
        (
            "https://",
            "A page from the origin \"https://\" may not connect here",
            None,
        ),
        (
            "\u{1b}[2J\u{202e}x",
            "A page from the origin \"\\u{1b}[2J\\u{202e}x\" may not connect here",
            None,
        ),
    ];
    for (seen, fact, origin) in rows {
        let denied = access(&[]).check_origin(&head("localhost", &[seen]), false);
        let denied = denied.unwrap_err();
        assert_eq!((denied.status(), denied.to_string()), (403, fact.into()));
        let (seen, origin) = (seen.to_owned(), origin.map(str::to_owned));
        assert_eq!(denied, Denied::Origin { seen, origin });
    }
    let long = format!("https://{}.example", "a".repeat(5000));
    let denied = access(&[]).check_origin(&head("localhost", &[&long]), false);
    let denied = denied.unwrap_err();
    assert!(denied.to_string().len() < 600);
    let Denied::Origin { origin, .. } = denied else {
        panic!("{denied:?}");
    };
    assert!(origin.unwrap().len() < 600);
}
