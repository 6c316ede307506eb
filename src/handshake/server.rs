//! The server's half of the opening handshake: every rule of RFC 6455 section 4.2.1, in order,
//! with the rules of HTTP that keep a request from being taken for another.

use super::authority::Authority;
use super::extensions;
use super::head::RequestHead;
use super::headers::{Headers, is_token, list_elements};
use super::key::{accept_value, is_valid_key};
use super::refusal::Refusal;

/// What a request asks for. Origin, host policy, authentication and routes are the caller's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A valid opening handshake.
    Upgrade(Upgrade),
    /// A GET or HEAD that does not speak of WebSocket: serve a page.
    Plain,
    /// A request that breaks a rule.
    Refuse(Refusal),
}

/// Judges a request by its head alone.
pub fn decide(head: &RequestHead) -> Decision {
    match judge(head) {
        Ok(Some(upgrade)) => Decision::Upgrade(upgrade),
        Ok(None) => Decision::Plain,
        Err(refusal) => Decision::Refuse(refusal),
    }
}

fn judge(head: &RequestHead) -> Result<Option<Upgrade>, Refusal> {
    let headers = &head.headers;
    check_host(headers)?; // 4.2.1 item 2; before all else, as RFC 9112 section 3.2 has it
    if head.method != "GET" && head.method != "HEAD" {
        return Err(Refusal::method_not_allowed()); // 4.2.1 item 1
    }
    check_body(headers)?;
    if headers.count("Origin") > 1 {
        return Err(bad("The Origin header comes more than once.")); // 4.2.1 item 7
    }
    let speaks_of_websocket =
        headers.has_token("Upgrade", "websocket") || headers.has_prefix("Sec-WebSocket-");
    if head.method == "HEAD" || !speaks_of_websocket {
        return Ok(None);
    }
    if headers.count("Content-Length") > 0 {
        return Err(bad(
            "An upgrade request has no body; leave Content-Length out.",
        ));
    }
    check_tokens(headers)?; // 4.2.1 items 3 and 4
    let key = read_key(headers)?; // 4.2.1 item 5
    check_version(headers)?; // 4.2.1 item 6
    let subprotocols = read_subprotocols(headers)?; // 4.2.1 item 8
    check_extensions(headers)?; // 4.2.1 item 9
    Ok(Some(Upgrade {
        accept: accept_value(key),
        subprotocols,
    }))
}

/// RFC 9112 section 3.2, RFC 6455 section 4.2.1 item 2.
fn check_host(headers: &Headers) -> Result<(), Refusal> {
    let host = only(headers, "Host")?;
    match Authority::parse(host) {
        Ok(_) => Ok(()),
        Err(_) if host.is_empty() => Err(bad("The Host header is empty.")),
        Err(_) => Err(bad(
            "The Host header is malformed; it should read like: localhost:8765",
        )),
    }
}

/// No request served here has a body (RFC 9112 sections 6.1 to 6.3): bytes behind the head are
/// frames or nothing, and no proxy in between may think otherwise.
fn check_body(headers: &Headers) -> Result<(), Refusal> {
    if headers.count("Transfer-Encoding") > 0 {
        return Err(bad(
            "A request with Transfer-Encoding is not accepted here.",
        ));
    }
    if headers.count("Content-Length") > 1 {
        return Err(bad("The Content-Length header comes more than once."));
    }
    match headers.get("Content-Length") {
        None | Some("0") => Ok(()),
        Some(length) if !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(bad("A request with a body is not accepted here."))
        }
        Some(_) => Err(bad("The Content-Length header is malformed.")),
    }
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
    match only(headers, "Sec-WebSocket-Version")? {
        "13" => Ok(()),
        _ => Err(Refusal::upgrade_required(
            "The Sec-WebSocket-Version header names another version than 13, the only one spoken here.",
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
pub struct Upgrade {
    /// The `Sec-WebSocket-Accept` value (RFC 6455 section 4.2.2, item 5.4).
    pub accept: String,
    /// The subprotocols that the client offers, in its order of preference; often none.
    pub subprotocols: Vec<String>,
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

    /// The 101 response (RFC 6455 section 4.2.2, item 5). A `subprotocol` that the client did not
    /// offer is left out: a client has to fail on it.
    pub fn response(&self, subprotocol: Option<&str>) -> Vec<u8> {
        let mut response = String::with_capacity(192);
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
