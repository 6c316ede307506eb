//! The shapes of textual values: addresses, origins, hosts, tokens, headers. Only what a
//! user mistypes is caught here; what a name means is for those who use it.

use crate::handshake::Authority;

/// Accepts text without control characters.
pub fn check_text(text: &str) -> Result<(), String> {
    if text.chars().any(char::is_control) {
        return Err("the value has a control character or line break; leave it out".to_owned());
    }
    Ok(())
}

/// Accepts `user:password`; a user has no colon in it, a password may.
pub fn check_credentials(text: &str) -> Result<(), String> {
    check_text(text)?;
    if !text.contains(':') {
        return Err("the value has no colon; write --auth user:password".to_owned());
    }
    Ok(())
}

/// Accepts `HOST:PORT` with a port from 0 to 65535 and an IPv6 address in brackets.
pub fn check_address(text: &str) -> Result<(), String> {
    check_text(text)?;
    let Some((host, port)) = text.rsplit_once(':') else {
        let example = if is_digits(text) {
            format!("localhost:{text}")
        } else {
            format!("{text}:8765")
        };
        return Err(format!(
            "{text} is no HOST:PORT; write for example {example}"
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
    if !is_digits(port) || port.parse::<u16>().is_err() {
        return Err(format!(
            "{text}: the port is a number from 0 to 65535; write for example {host}:8765"
        ));
    }
    Ok(())
}

/// Accepts `any`, `null`, or `SCHEME://HOST[:PORT]` without a path; `*.` before HOST stands for
/// every name below it.
pub fn check_origin(text: &str) -> Result<(), String> {
    check_text(text)?;
    if matches!(text, "any" | "null") {
        return Ok(());
    }
    let Some((scheme, host)) = text.split_once("://") else {
        return Err(format!(
            "{text} has no scheme; write for example https://{text}"
        ));
    };
    let end = host.find(['/', '?', '#']).unwrap_or(host.len());
    let (authority, path) = host.split_at(end);
    if scheme.is_empty() || authority.is_empty() || authority.contains([' ', '@']) {
        return Err(format!(
            "{text} is no origin; write for example https://example.com"
        ));
    }
    if !path.is_empty() {
        return Err(format!(
            "{text}: an origin has no path; write {scheme}://{authority}"
        ));
    }
    let host = authority.strip_prefix("*.").unwrap_or(authority);
    if host.contains('*') {
        return Err(format!(
            "{text}: a * stands for whole names only; write for example {scheme}://*.example.com"
        ));
    }
    Authority::parse(host)
        .map(drop)
        .map_err(|error| format!("{text}: {error}"))
}

/// Accepts `any`, or `HOST[:PORT]`.
pub fn check_host(text: &str) -> Result<(), String> {
    check_text(text)?;
    if text.contains(['/', ' ', '@']) {
        return Err(format!(
            "{text} is no host; write HOST or HOST:PORT, such as example.com"
        ));
    }
    Authority::parse(text)
        .map(drop)
        .map_err(|error| format!("{text}: {error}"))
}

/// Accepts an HTTP token (RFC 9110 section 5.6.2).
pub fn check_token(text: &str) -> Result<(), String> {
    if text.contains(',') {
        return Err(format!(
            "{text} is more than one; give the flag once for each"
        ));
    }
    if !is_token(text) {
        return Err(format!(
            "{text} is no token; use letters, digits, and -._+ and the like"
        ));
    }
    Ok(())
}

/// Accepts `Name: value` on one line.
pub fn check_header(text: &str) -> Result<(), String> {
    let Some((name, value)) = text.split_once(':') else {
        return Err(format!(
            "{text} has no colon; write 'Name: value', with the quotes"
        ));
    };
    if !is_token(name) {
        return Err(format!(
            "'{name}' is no header name; write 'Name: value', with the quotes"
        ));
    }
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err("the value has a control character or line break; leave it out".to_owned());
    }
    Ok(())
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

    type Check = fn(&str) -> Result<(), String>;

    #[test]
    fn accepted() {
        let rows: [(Check, &[&str]); 6] = [
            (check_text, &["a", "a b \u{e9}"]),
            (
                check_address,
                &[
                    "localhost:8765",
                    "127.0.0.1:0",
                    "[::1]:80",
                    "a-b.example:65535",
                ],
            ),
            (
                check_origin,
                &[
                    "any",
                    "null",
                    "https://example.com",
                    "http://[::1]:8080",
                    "app://x",
                    "https://*.example.com:8443",
                ],
            ),
            (
                check_host,
                &[
                    "any",
                    "example.com",
                    "example.com:80",
                    "[::1]:80",
                    "10.0.0.1",
                ],
            ),
            (check_token, &["chat", "v1.chat+json", "!#$%&'*+-.^_`|~"]),
            (
                check_header,
                &["A: b", "A:b", "A:", "X-T: a:b\tc", "X-N: \u{e9}"],
            ),
        ];
        for (check, texts) in rows {
            for text in texts {
                assert_eq!(check(text), Ok(()), "{text}");
            }
        }
    }

    #[test]
    fn refused() {
        let rows: [(Check, &str, &str); 33] = [
            (check_text, "a\nb", "line break"),
            (check_text, "a\u{9b}b", "control character"),
            (check_address, "8765", "write for example localhost:8765"),
            (
                check_address,
                "localhost",
                "write for example localhost:8765",
            ),
            (check_address, ":80", "no host; write localhost:80"),
            (check_address, "a:b", "the port is a number from 0 to 65535"),
            (check_address, "a:", "the port is a number"),
            (check_address, "a:65536", "the port is a number"),
            (check_address, "a:+1", "the port is a number"),
            (check_address, "::1:80", "brackets"),
            (check_address, "[::1]", "brackets"),
            (check_address, "http://a:80", "looks like a URL"),
            (
                check_origin,
                "example.com",
                "write for example https://example.com",
            ),
            (
                check_origin,
                "https://example.com/",
                "no path; write https://example.com",
            ),
            (
                check_origin,
                "https://example.com?x",
                "no path; write https://example.com",
            ),
            (check_origin, "https://", "is no origin"),
            (check_origin, "://a", "is no origin"),
            (check_origin, "https://a b", "is no origin"),
            (check_origin, "https://*", "whole names only"),
            (check_origin, "https://*example.com", "whole names only"),
            (check_origin, "https://a.*.example.com", "whole names only"),
            (check_origin, "https://a:99999", "the port is not a number"),
            (check_host, "::1", "stands in brackets"),
            (check_host, "a:99999", "the port is not a number"),
            (check_host, "*.example.com", "neither a name nor an address"),
            (check_host, "http://a", "is no host"),
            (check_host, "a b", "is no host"),
            (check_token, "a,b", "once for each"),
            (check_token, "a b", "is no token"),
            (check_token, "\u{e9}", "is no token"),
            (check_header, "A b", "no colon"),
            (check_header, "A b: c", "'A b' is no header name"),
            (check_header, "A: b\r\nC: d", "line break"),
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
