//! The values of flags: from their text to what the arguments hold. Only what a user mistypes is
//! caught here; what a name means is for those who use it. A refusal is a phrase that follows the
//! flag's name and says what to write instead.

use std::net::IpAddr;

use super::arguments::ProxyChoice;
use wshub::handshake::{Authority, ProxyUrl};

/// Stores a value in its place, if it is valid.
pub fn set<T>(place: &mut T, value: Result<T, String>) -> Result<(), String> {
    *place = value?;
    Ok(())
}

/// Like [`set`], for a value that has no default.
pub fn set_some<T>(place: &mut Option<T>, value: Result<T, String>) -> Result<(), String> {
    set(place, value.map(Some))
}

/// Like [`set`], for a flag that may be repeated.
pub fn push<T>(place: &mut Vec<T>, value: Result<T, String>) -> Result<(), String> {
    place.push(value?);
    Ok(())
}

/// Takes the name of a file as it is.
pub fn path<T: for<'a> From<&'a str>>(text: &str) -> Result<T, String> {
    Ok(T::from(text))
}

/// Accepts text without control characters.
pub fn text(text: &str) -> Result<String, String> {
    without_controls(text)?;
    Ok(text.to_owned())
}

fn without_controls(text: &str) -> Result<(), String> {
    if text.chars().any(|c| c.is_control()) {
        return Err("the value has a control character or line break; leave it out".to_owned());
    }
    Ok(())
}

/// Accepts `none`, or the URL of an HTTP proxy. A refusal does not repeat it: there may be a password
/// in it.
pub fn proxy(text: &str) -> Result<ProxyChoice, String> {
    match text {
        "none" => Ok(ProxyChoice::None),
        text => ProxyUrl::parse(text)
            .map(ProxyChoice::Through)
            .map_err(|error| error.to_string()),
    }
}

/// Accepts `HOST:PORT` with a port from 0 to 65535 and an IPv6 address in brackets.
pub fn address(text: &str) -> Result<String, String> {
    without_controls(text)?;
    let Some((host, port)) = text.rsplit_once(':') else {
        let example = if is_digits(text) {
            format!("localhost:{text}")
        } else {
            format!("{text}:8765")
        };
        return Err(format!(
            "{text} is not HOST:PORT; write for example {example}"
        ));
    };
    if text.contains('/') {
        return Err(format!(
            "{text} looks like a URL; write HOST:PORT, such as localhost:8765"
        ));
    }
    if host.is_empty() {
        return Err(format!(
            "{text} has no host; write localhost:{port}, or use --lan for all addresses"
        ));
    }
    let bracketed = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if bracketed.is_none() && host.contains([':', '[', ']']) || text.ends_with(']') {
        return Err(format!(
            "{text}: an IPv6 address stands in brackets; write for example [::1]:8765"
        ));
    }
    if bracketed.is_some() {
        Authority::parse(host).map_err(|error| format!("{text}: {error}"))?;
    }
    if !is_digits(port) || port.parse::<u16>().is_err() {
        return Err(format!(
            "{text}: the port is a number from 0 to 65535; write for example {host}:8765"
        ));
    }
    Ok(text.to_owned())
}

/// Accepts `any`, `null`, or `SCHEME://HOST[:PORT]` without a path; `*.` before HOST stands for
/// every name below it. A slash at the end is left out. Behind a scheme other than those of the
/// web there may be anything without a slash, or nothing: `file://`, `app://.`.
pub fn origin(text: &str) -> Result<String, String> {
    without_controls(text)?;
    if matches!(text, "any" | "null") {
        return Ok(text.to_owned());
    }
    let Some((scheme, host)) = text.split_once("://") else {
        return Err(format!(
            "{text} has no scheme; write for example https://{text}"
        ));
    };
    let end = host.find(['/', '?', '#']).unwrap_or(host.len());
    let (authority, path) = host.split_at(end);
    let path = path
        .strip_prefix('/')
        .filter(|rest| rest.is_empty())
        .unwrap_or(path);
    let is_of_the_web = ["http", "https", "ws", "wss"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(scheme));
    let is_empty = is_of_the_web && authority.is_empty();
    if scheme.is_empty() || is_empty || authority.contains([' ', '@']) {
        return Err(format!(
            "{text} is not an origin; write for example https://example.com"
        ));
    }
    if !path.is_empty() {
        return Err(format!(
            "{text}: an origin has no path; write {scheme}://{authority}"
        ));
    }
    let host = match is_of_the_web {
        true => authority.strip_prefix("*.").unwrap_or(authority),
        false => authority,
    };
    if host.contains('*') {
        return Err(format!(
            "{text}: a * stands for whole names only; write for example https://*.example.com"
        ));
    }
    let origin = format!("{scheme}://{authority}");
    if !is_of_the_web {
        return match authority.is_ascii() {
            true => Ok(origin),
            false => Err(format!(
                "{text} is not ASCII; write it as the refusal shows it"
            )),
        };
    }
    Authority::parse(host)
        .map(|_| origin)
        .map_err(|error| format!("{text}: {error}"))
}

/// Accepts `any`, or `HOST[:PORT]`.
pub fn host(text: &str) -> Result<String, String> {
    without_controls(text)?;
    if text.contains(['/', ' ', '@']) {
        return Err(format!(
            "{text} is not a host; write HOST or HOST:PORT, such as example.com"
        ));
    }
    Authority::parse(text)
        .map(|_| text.to_owned())
        .map_err(|error| format!("{text}: {error}"))
}

/// Accepts an IP address without a port.
pub fn ip_address(text: &str) -> Result<IpAddr, String> {
    without_controls(text)?;
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    bare.unwrap_or(text).parse().map_err(|_| {
        format!("{text} is not an IP address; write one without a port, such as 127.0.0.1 or ::1")
    })
}

/// Accepts an HTTP token (RFC 9110 section 5.6.2).
pub fn token(text: &str) -> Result<String, String> {
    if text.contains(',') {
        return Err(format!(
            "{text} is more than one; give the flag once for each"
        ));
    }
    if !is_token(text) {
        return Err(format!(
            "{text} is not a token; use letters, digits, and -._+ and the like"
        ));
    }
    Ok(text.to_owned())
}

/// Accepts `Name: value` on one line, and gives both without the blanks around the value.
pub fn header(text: &str) -> Result<(String, String), String> {
    let Some((name, value)) = text.split_once(':') else {
        return Err(format!(
            "{text} has no colon; write 'Name: value', with the quotes"
        ));
    };
    if !is_token(name) {
        return Err(format!(
            "'{name}' is not a header name; write 'Name: value', with the quotes"
        ));
    }
    if name.eq_ignore_ascii_case("Sec-WebSocket-Protocol") {
        let offered = value.trim();
        return Err(format!(
            "{name} is written by another flag; write --subprotocol {}",
            if is_token(offered) { offered } else { "NAME" }
        ));
    }
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err("the value has a control character or line break; leave it out".to_owned());
    }
    Ok((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_token(text: &str) -> bool {
    let tchar = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(tchar)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Check = fn(&str) -> Result<String, String>;

    /// An address as it is shown in the rows below.
    fn ip_address(text: &str) -> Result<String, String> {
        super::ip_address(text).map(|address| address.to_string())
    }

    /// A header as it is shown in the rows below.
    fn header(text: &str) -> Result<String, String> {
        super::header(text).map(|(name, value)| format!("{name}: {value}"))
    }

    #[test]
    fn accepted() {
        let rows: [(Check, &[&str]); 5] = [
            (text, &["a", "a b \u{e9}"]),
            (
                address,
                &[
                    "localhost:8765",
                    "127.0.0.1:0",
                    "[::1]:80",
                    "[fe80::1%lo]:0",
                    "[fe80::1%25lo]:0",
                    "a-b.example:65535",
                ],
            ),
            (
                origin,
                &[
                    "any",
                    "null",
                    "https://example.com",
                    "http://[::1]:8080",
                    "app://x",
                    "app://.",
                    "file://",
                    "capacitor://localhost",
                    "chrome-extension://abcdefghijklmnop",
                    "vscode-webview://0a1B2c",
                    "https://*.example.com:8443",
                ],
            ),
            (
                host,
                &[
                    "any",
                    "example.com",
                    "example.com:80",
                    "[::1]:80",
                    "10.0.0.1",
                ],
            ),
            (token, &["chat", "v1.chat+json", "!#$%&'*+-.^_`|~"]),
        ];
        for (check, texts) in rows {
            for text in texts {
                assert_eq!(check(text).as_deref(), Ok(*text));
            }
        }
        for (text, read) in [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("[::1]", "::1")] {
            assert_eq!(ip_address(text).as_deref(), Ok(read));
        }
        for (text, read) in [
            ("https://example.com/", "https://example.com"),
            ("https://*.example.com/", "https://*.example.com"),
            ("capacitor://localhost/", "capacitor://localhost"),
            ("file:///", "file://"),
        ] {
            assert_eq!(origin(text).as_deref(), Ok(read));
        }
        for (text, read) in [
            ("A: b", "A: b"),
            ("A:b", "A: b"),
            ("A:", "A: "),
            ("A: b:c \t", "A: b:c"),
            ("X-T: a:b\tc", "X-T: a:b\tc"),
            ("X-N: \u{e9}", "X-N: \u{e9}"),
        ] {
            assert_eq!(header(text).as_deref(), Ok(read), "{text}");
        }
    }

    #[test]
    fn refused() {
        let rows: [(Check, &str, &str); 41] = [
            (ip_address, "localhost", "write one without a port"),
            (ip_address, "127.0.0.1:80", "write one without a port"),
            (ip_address, "10.0.0.0/8", "is not an IP address"),
            (text, "a\nb", "line break"),
            (text, "a\u{9b}b", "control character"),
            (address, "8765", "write for example localhost:8765"),
            (address, "localhost", "write for example localhost:8765"),
            (address, ":80", "no host; write localhost:80"),
            (address, "a:b", "the port is a number from 0 to 65535"),
            (address, "a:", "the port is a number"),
            (address, "a:65536", "the port is a number"),
            (address, "a:+1", "the port is a number"),
            (address, "::1:80", "brackets"),
            (address, "[::1]", "brackets"),
            (address, "[fe80::1%]:1", "the zone"),
            (address, "[localhost]:1", "neither a name nor an address"),
            (address, "http://a:80", "looks like a URL"),
            (
                origin,
                "example.com",
                "write for example https://example.com",
            ),
            (
                origin,
                "https://example.com/a",
                "no path; write https://example.com",
            ),
            (origin, "file:///home/x.html", "no path; write file://"),
            (origin, "app://*.x", "whole names only"),
            (origin, "app://\u{e9}", "is not ASCII"),
            (
                origin,
                "https://example.com?x",
                "no path; write https://example.com",
            ),
            (origin, "https://", "is not an origin"),
            (origin, "://a", "is not an origin"),
            (origin, "https://a b", "is not an origin"),
            (origin, "https://*", "whole names only"),
            (origin, "https://*example.com", "whole names only"),
            (origin, "https://a.*.example.com", "whole names only"),
            (origin, "https://a:99999", "the port is not a number"),
            (host, "::1", "stands in brackets"),
            (host, "a:99999", "the port is not a number"),
            (host, "*.example.com", "neither a name nor an address"),
            (host, "http://a", "is not a host"),
            (host, "a b", "is not a host"),
            (token, "a,b", "once for each"),
            (token, "a b", "is not a token"),
            (token, "\u{e9}", "is not a token"),
            (header, "A b", "no colon"),
            (header, "A b: c", "'A b' is not a header name"),
            (header, "A: b\r\nC: d", "line break"),
        ];
        for (check, text, why) in rows {
            assert!(
                check(text).is_err_and(|e| e.contains(why)),
                "{text}: {:?}",
                check(text)
            );
        }
    }
}
