//! Rows of URLs.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::handshake::authority::AuthorityError::*;

#[test]
fn good_urls() {
    // url, secure, host, port, target, shown
    let rows = [
        (
            "ws://localhost",
            false,
            "localhost",
            80,
            "/",
            "ws://localhost/",
        ),
        (
            "wss://localhost",
            true,
            "localhost",
            443,
            "/",
            "wss://localhost/",
        ),
        (
            "WS://LocalHost:8765/Echo",
            false,
            "localhost",
            8765,
            "/Echo",
            "ws://localhost:8765/Echo",
        ),
        ("http://a/b", false, "a", 80, "/b", "ws://a/b"),
        ("https://a/b?c=d", true, "a", 443, "/b?c=d", "wss://a/b?c=d"),
        (
            "localhost:8765",
            false,
            "localhost",
            8765,
            "/",
            "ws://localhost:8765/",
        ),
        (
            "localhost/?u=http://x",
            false,
            "localhost",
            80,
            "/?u=http://x",
            "ws://localhost/?u=http://x",
        ),
        ("ws://a?b", false, "a", 80, "/?b", "ws://a/?b"),
        ("ws://a:/b", false, "a", 80, "/b", "ws://a/b"),
        ("ws://a:443", false, "a", 443, "/", "ws://a:443/"),
        ("wss://a:443", true, "a", 443, "/", "wss://a/"),
        ("ws://a:65535", false, "a", 65535, "/", "ws://a:65535/"),
        ("ws://[::1]", false, "::1", 80, "/", "ws://[::1]/"),
        (
            "[::1]:8765/a",
            false,
            "::1",
            8765,
            "/a",
            "ws://[::1]:8765/a",
        ),
        (
            "ws://[2001:DB8::1]:1/",
            false,
            "2001:db8::1",
            1,
            "/",
            "ws://[2001:db8::1]:1/",
        ),
        (
            "ws://a/b\u{e9}/%20",
            false,
            "a",
            80,
            "/b%C3%A9/%20",
            "ws://a/b%C3%A9/%20",
        ),
        ("ws://a/<x>", false, "a", 80, "/%3Cx%3E", "ws://a/%3Cx%3E"),
        ("ws://a/b@c", false, "a", 80, "/b@c", "ws://a/b@c"),
        ("ws://a//b", false, "a", 80, "//b", "ws://a//b"),
    ];
    for (url, secure, host, port, target, shown) in rows {
        let parsed = WsUrl::parse(url).unwrap();
        let target = target.to_owned();
        let expected = WsUrl {
            secure,
            host: host.into(),
            zone: None,
            port,
            target,
            userinfo: None,
        };
        assert!(parsed == expected, "{url}: {parsed}");
        assert_eq!(parsed.to_string(), shown, "{url}");
        assert!(WsUrl::parse(shown).unwrap() == parsed, "{shown}");
        assert_eq!(parsed.authority_for_connect(), (host.into(), port), "{url}");
    }
}

#[test]
fn white_space_at_the_ends_is_left_out() {
    for url in [
        " ws://a/b",
        "ws://a/b ",
        "\tws://a/b\r\n",
        "\u{3000}ws://a/b\u{a0}",
    ] {
        assert_eq!(
            WsUrl::parse(url).unwrap().to_string(),
            "ws://a/b",
            "{url:?}"
        );
    }
}

#[test]
fn a_host_may_be_called_as_a_scheme_is() {
    let rows = [
        ("ws:8765/echo", "ws://ws:8765/echo"),
        ("http:81?a", "ws://http:81/?a"),
        ("ws", "ws://ws/"),
        ("wss/echo", "ws://wss/echo"),
        ("ws.example:1", "ws://ws.example:1/"),
    ];
    for (url, shown) in rows {
        assert_eq!(WsUrl::parse(url).unwrap().to_string(), shown, "{url}");
    }
}

#[test]
fn host_headers_leave_the_default_port_out() {
    let rows = [
        ("ws://a:80", "a"),
        ("ws://a:443", "a:443"),
        ("wss://a:443", "a"),
        ("wss://a:80", "a:80"),
        ("ws://[::1]:80", "[::1]"),
        ("ws://[::1]:81", "[::1]:81"),
    ];
    for (url, host) in rows {
        assert_eq!(WsUrl::parse(url).unwrap().host_header(), host, "{url}");
    }
}

#[test]
fn users_and_passwords() {
    let rows = [
        ("ws://ana:secret@a/", Some(("ana", "secret")), "ws://ana@a/"),
        ("ws://ana@a/", Some(("ana", "")), "ws://ana@a/"),
        (
            "ws://an%40a:s%3A:%C3%A9@a/",
            Some(("an@a", "s::\u{e9}")),
            "ws://an%40a@a/",
        ),
        ("ws://ana:p@ss@a/", Some(("ana", "p@ss")), "ws://ana@a/"),
        ("ana:secret@a:1", Some(("ana", "secret")), "ws://ana@a:1/"),
        ("ws://@a/", None, "ws://a/"),
    ];
    for (url, userinfo, shown) in rows {
        let parsed = WsUrl::parse(url).unwrap();
        let found = parsed
            .userinfo
            .as_ref()
            .map(|(user, pass)| (user.as_str(), pass.as_str()));
        assert_eq!(found, userinfo, "{url}");
        assert_eq!(parsed.to_string(), shown, "{url}");
        assert!(!format!("{parsed:?}").contains("secret"), "{parsed:?}");
    }
}

#[test]
fn bad_urls_say_what_to_do() {
    let scheme = |scheme: &str| UrlError::UnknownScheme {
        scheme: scheme.into(),
    };
    let slashes = |scheme: &str| UrlError::MissingSlashes {
        scheme: scheme.into(),
    };
    let rows = [
        ("", UrlError::Empty),
        (" \r\n\t", UrlError::Empty),
        ("ws://a/b c", UrlError::Whitespace),
        ("ws://a/\r\nX: y", UrlError::Whitespace),
        ("ws://a/\u{3000}b", UrlError::Whitespace),
        ("ws://a/\0", UrlError::ControlCharacter),
        ("ws://a/\u{1b}[31m", UrlError::ControlCharacter),
        ("ws://a/b#c", UrlError::Fragment),
        ("ws://a#", UrlError::Fragment),
        ("ftp://a", scheme("ftp")),
        ("wsss://a", scheme("wsss")),
        ("://a", scheme("")),
        ("ws://", EmptyHost.into()),
        ("ws:///echo", EmptyHost.into()),
        ("/echo", EmptyHost.into()),
        (":8765/echo", EmptyHost.into()),
        ("ws:a", slashes("ws")),
        ("ws:host:1", slashes("ws")),
        ("WS:/host", slashes("ws")),
        ("ws:/", slashes("ws")),
        ("ws:", slashes("ws")),
        ("wss:host/echo?a", slashes("wss")),
        ("http:/localhost:8765", slashes("http")),
        ("https//a", slashes("https")),
        ("ws:[::1]:1/", slashes("ws")),
        ("ws:\\\\a", slashes("ws")),
        ("ws:80a", slashes("ws")),
        ("ws://a:0", InvalidPort.into()),
        ("ws://a:65536", InvalidPort.into()),
        ("ws://a:+1", InvalidPort.into()),
        ("ws://::1/", Ipv6WithoutBrackets.into()),
        ("ws://[::1", InvalidHost.into()),
        ("ws://a\\b/", InvalidHost.into()),
        ("ws://a%41/", InvalidHost.into()),
        ("ws://b\u{fc}cher.example/", NonAsciiHost.into()),
        ("ws://a%:b@c/", UrlError::InvalidUserinfo),
        ("ws://a:%ff@c/", UrlError::InvalidUserinfo),
        ("ws://a%3Ab:c@d/", UrlError::InvalidUserinfo),
        ("ws://a:%0D%0A@d/", UrlError::InvalidUserinfo),
    ];
    for (url, error) in rows {
        assert_eq!(WsUrl::parse(url), Err(error.clone()), "{url:?}");
        let text = error.to_string();
        let example = text.contains("://") || text.contains(":8765") || text.contains("xn--");
        assert!(example && !text.chars().any(char::is_control), "{text}");
    }
}

#[test]
fn a_zone_is_for_connecting_alone() {
    // (URL, Host, where to connect, as it is shown)
    let rows = [
        (
            "ws://[fe80::1%25eth0]:8765/",
            "[fe80::1]:8765",
            ("fe80::1%eth0", 8765),
            "ws://[fe80::1%25eth0]:8765/",
        ),
        (
            "[FE80::1%eth0]/a?b",
            "[fe80::1]",
            ("fe80::1%eth0", 80),
            "ws://[fe80::1%25eth0]/a?b",
        ),
        (
            "wss://ana@[fe80::1%25br~%3a2]/",
            "[fe80::1]",
            ("fe80::1%br~:2", 443),
            "wss://ana@[fe80::1%25br~%3A2]/",
        ),
    ];
    for (url, host, (address, port), shown) in rows {
        let parsed = WsUrl::parse(url).unwrap();
        assert_eq!(parsed.host_header(), host, "{url}");
        assert_eq!(parsed.authority_for_connect(), (address.into(), port));
        assert_eq!(parsed.to_string(), shown);
        assert!(WsUrl::parse(shown).unwrap() == parsed, "{shown}");
    }
    let error = WsUrl::parse("ws://[fe80::1%]/").unwrap_err().to_string();
    assert!(error.contains("[fe80::1%25eth0]:8765"), "{error}");
}
