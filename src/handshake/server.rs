//! The server's half of the opening handshake: every rule of RFC 6455 section 4.2.1, in order,
//! with the rules of HTTP that keep a request from being taken for another.

use super::authority::Authority;
use super::extensions;
use super::head::{HttpVersion, RequestHead};
use super::headers::{Headers, is_token, list_elements};
use super::key::{accept_value, is_valid_key};
use super::refusal::Refusal;

/// What a request asks for, and whether it does so correctly (RFC 6455 section 4.2.1). Origin,
/// host policy, authentication and routes are the caller's to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A valid opening handshake.
    Upgrade(Upgrade),
    /// A plain GET or HEAD, without any header of the WebSocket handshake: serve a page.
    Plain,
    /// A request that breaks a rule, with the answer to it.
    Refuse(Refusal),
}

/// Decides about a request by its head alone.
#[must_use]
#[inline(never)] // for the stack of an idle client: see server/handshake.rs
pub fn decide(head: &RequestHead) -> Decision {
    match judge(head) {
        Ok(Some(upgrade)) => Decision::Upgrade(upgrade),
        Ok(None) => Decision::Plain,
        Err(refusal) => Decision::Refuse(refusal),
    }
}

fn judge(head: &RequestHead) -> Result<Option<Upgrade>, Refusal> {
    let headers = &head.headers;
    check_host(head)?; // 4.2.1 item 2; before all else, as RFC 9112 section 3.2 has it
    check_method(&head.method)?; // 4.2.1 item 1
    check_body(headers)?;
    if headers.count("Origin") > 1 {
        return Err(bad("The Origin header comes more than once.")); // 4.2.1 item 7
    }
    let speaks_of_websocket =
        headers.has_token("Upgrade", "websocket") || headers.has_prefix("Sec-WebSocket-");
    if head.method == "HEAD" || !speaks_of_websocket {
        return Ok(None);
    }
    check_http_version(head)?; // 4.2.1 item 1
    check_tokens(headers)?; // 4.2.1 items 3 and 4
    let key = read_key(headers)?; // 4.2.1 item 5
    check_version(headers)?; // 4.2.1 item 6
    let subprotocols = read_subprotocols(headers)?; // 4.2.1 item 8
    check_extensions(headers)?; // 4.2.1 item 9
    Ok(Some(Upgrade {
        accept: accept_value(key),
        subprotocols,
        expects_continue: headers.has_token("Expect", "100-continue"),
    }))
}

/// RFC 9112 section 3.2, RFC 6455 section 4.2.1 item 2.
fn check_host(head: &RequestHead) -> Result<(), Refusal> {
    let headers = &head.headers;
    if head.version == HttpVersion::Http10 && headers.count("Host") == 0 {
        return Ok(()); // HTTP/1.0 has no Host
    }
    let host = only(headers, "Host")?;
    match Authority::parse(host) {
        Ok(_) => Ok(()),
        Err(_) if host.is_empty() => Err(bad("The Host header is empty.")),
        Err(_) => Err(bad(
            "The Host header is malformed; it should read like: localhost:8765",
        )),
    }
}

/// The registered methods are known and not allowed on anything here; others are unknown (RFC
/// 9110 section 9.1). Methods are case-sensitive.
fn check_method(method: &str) -> Result<(), Refusal> {
    match method {
        "GET" | "HEAD" => Ok(()),
        "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" | "TRACE" | "CONNECT" => {
            Err(Refusal::method_not_allowed())
        }
        _ => Err(Refusal::new(
            501,
            "The method is not supported; use GET or HEAD.",
        )),
    }
}

/// Nothing can be switched to in HTTP/1.0 (RFC 9110 section 7.8, RFC 6455 section 4.2.1 item 1).
fn check_http_version(head: &RequestHead) -> Result<(), Refusal> {
    match head.version {
        HttpVersion::Http10 => Err(Refusal::new(
            505,
            "A WebSocket needs HTTP/1.1, and this request came over HTTP/1.0; a proxy in between \
             has to speak HTTP/1.1 to this server (in nginx: proxy_http_version 1.1).",
        )),
        HttpVersion::Http11 => Ok(()),
    }
}

/// No request served here has a body (RFC 9112 sections 6.1 to 6.3): bytes after the head are
/// frames or nothing, and no proxy in between may think otherwise.
fn check_body(headers: &Headers) -> Result<(), Refusal> {
    check_transfer_encoding(headers)?;
    if headers.count("Content-Length") > 1 {
        return Err(bad("The Content-Length header comes more than once."));
    }
    match headers.get("Content-Length") {
        None => Ok(()),
        Some(length) if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(bad("The Content-Length header is malformed."))
        }
        Some(length) if length.bytes().all(|byte| byte == b'0') => Ok(()),
        Some(_) => Err(bad("A request with a body is not accepted here.")),
    }
}

/// Refused in any case; the status tells a body whose end is not known, and a coding that is not
/// (RFC 9112 sections 6.1 and 6.3).
fn check_transfer_encoding(headers: &Headers) -> Result<(), Refusal> {
    if headers.count("Transfer-Encoding") == 0 {
        return Ok(());
    }
    let codings = || headers.all("Transfer-Encoding").flat_map(list_elements);
    let is_chunked = |coding: &str| coding.eq_ignore_ascii_case("chunked");
    let chunked_last = codings().last().is_some_and(is_chunked);
    let has_length = headers.count("Content-Length") > 0;
    if chunked_last && !has_length && !codings().all(is_chunked) {
        return Err(Refusal::new(
            501,
            "The Transfer-Encoding names a coding that is not supported; leave it out.",
        ));
    }
    Err(bad(
        "A request with Transfer-Encoding is not accepted here.",
    ))
}

/// RFC 6455 section 4.2.1 items 3 and 4.
fn check_tokens(headers: &Headers) -> Result<(), Refusal> {
    for (name, token) in [("Upgrade", "websocket"), ("Connection", "Upgrade")] {
        if headers.count(name) == 0 {
            return Err(bad(format!(
                "The {name} header is missing; a WebSocket request has \"{name}: {token}\", \
                 and a proxy in between has to pass it on."
            )));
        }
        if !headers.has_token(name, token) {
            return Err(bad(format!(
                "The {name} header does not contain \"{token}\"."
            )));
        }
    }
    Ok(())
}

/// RFC 6455 section 4.2.1 item 5.
fn read_key(headers: &Headers) -> Result<&str, Refusal> {
    let key = only(headers, "Sec-WebSocket-Key")?;
    if !is_valid_key(key) {
        return Err(bad(
            "The Sec-WebSocket-Key header is not sixteen bytes in base64.",
        ));
    }
    Ok(key)
}

/// RFC 6455 section 4.2.1 item 6 and section 4.4.
fn check_version(headers: &Headers) -> Result<(), Refusal> {
    // The version that would be right goes along with each refusal (4.4).
    let with_version = |refusal: Refusal| refusal.with_header("Sec-WebSocket-Version", "13");
    match only(headers, "Sec-WebSocket-Version").map_err(with_version)? {
        "13" => Ok(()),
        _ => Err(Refusal::upgrade_required(
            "The Sec-WebSocket-Version header names a version other than 13, the only one \
             supported.",
        )),
    }
}

/// RFC 6455 section 4.2.1 item 8, with section 4.1 item 10: distinct, non-empty tokens.
fn read_subprotocols(headers: &Headers) -> Result<Vec<String>, Refusal> {
    let mut subprotocols: Vec<String> = Vec::new();
    for name in headers
        .all("Sec-WebSocket-Protocol")
        .flat_map(list_elements)
    {
        if !is_token(name) {
            return Err(bad("The Sec-WebSocket-Protocol header is malformed."));
        }
        if subprotocols.iter().any(|earlier| earlier == name) {
            return Err(bad(
                "The Sec-WebSocket-Protocol header names a subprotocol twice.",
            ));
        }
        subprotocols.push(name.to_owned());
    }
    if subprotocols.is_empty() && headers.count("Sec-WebSocket-Protocol") > 0 {
        return Err(bad("The Sec-WebSocket-Protocol header is empty."));
    }
    Ok(subprotocols)
}

/// The value of a header that has to come exactly once.
fn only<'a>(headers: &'a Headers, name: &str) -> Result<&'a str, Refusal> {
    let mut values = headers.all(name);
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        (None, _) => Err(bad(format!("The {name} header is missing."))),
        (Some(_), Some(_)) => Err(bad(format!("The {name} header comes more than once."))),
    }
}

/// Extensions are offers, and none is taken; an offer has to be one all the same (9.1).
fn check_extensions(headers: &Headers) -> Result<(), Refusal> {
    let offers: Vec<&str> = headers.all("Sec-WebSocket-Extensions").collect();
    if offers.is_empty() || extensions::is_well_formed(&offers) {
        return Ok(());
    }
    Err(bad(
        "Sec-WebSocket-Extensions is not a list of extensions; leave it out.",
    ))
}

fn bad(why: impl Into<String>) -> Refusal {
    Refusal::new(400, why)
}

/// A valid opening handshake, ready to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upgrade {
    /// The `Sec-WebSocket-Accept` value (RFC 6455 section 4.2.2, item 5.4).
    pub accept: String,
    /// The subprotocols that the client offers, in its order of preference; often none.
    pub subprotocols: Vec<String>,
    /// The client waits for a `100 Continue` before the 101 (RFC 9110 section 7.8).
    pub expects_continue: bool,
}

impl Upgrade {
    /// The first offered subprotocol that is among `spoken` (RFC 6455 section 4.2.2, item 5.5).
    /// `None` is an answer too: the connection then has no subprotocol.
    pub fn choose<'a>(&self, spoken: &'a [String]) -> Option<&'a str> {
        self.subprotocols
            .iter()
            .find_map(|offered| spoken.iter().find(|name| *name == offered))
            .map(String::as_str)
    }

    /// The 101 response (RFC 6455 section 4.2.2, item 5), behind a `100 Continue` where the client
    /// waits for one. A `subprotocol` that the client did not offer is left out: a client has to
    /// fail on it.
    #[must_use]
    pub fn response(&self, subprotocol: Option<&str>) -> Vec<u8> {
        let mut response = String::with_capacity(192);
        if self.expects_continue {
            response.push_str("HTTP/1.1 100 Continue\r\n\r\n");
        }
        response.push_str(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: ",
        );
        response.push_str(&self.accept);
        response.push_str("\r\n");
        if let Some(name) = subprotocol
            && is_token(name)
            && self.subprotocols.iter().any(|offered| offered == name)
        {
            response.push_str(&format!("Sec-WebSocket-Protocol: {name}\r\n"));
        }
        response.push_str("\r\n");
        response.into_bytes()
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
