//! Parses any text as `Sec-WebSocket-Extensions`, in an offer and in an answer: what is accepted is
//! what a simple implementation of RFC 7692 section 7.1 accepts, and each endpoint accepts the
//! other's header.
//!
//! The input is the header's values, one per line.

#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use wshub::handshake::{Headers, RequestHead, ResponseHead, accept_deflate, read_deflate_answer};

fn headers(lines: &[&str]) -> Headers {
    let named = lines.iter().map(|line| ("Sec-WebSocket-Extensions", *line));
    named.collect()
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// The server's and the client's window bits in the parameters of one extension; `None` if they are
/// not valid for permessage-deflate.
fn windows(extension: &str, is_offer: bool) -> Option<(u8, u8)> {
    let mut parts = extension.split(';').map(trim);
    if parts.next()? != "permessage-deflate" {
        return None;
    }
    let (mut server, mut client) = (15, 15);
    let mut seen = BTreeSet::new();
    for parameter in parts.filter(|part| !part.is_empty()) {
        let mut halves = parameter.splitn(2, '=').map(trim);
        let (name, value) = (halves.next()?, halves.next());
        let value = value.map(|value| {
            let quoted = value.len() > 1 && value.starts_with('"') && value.ends_with('"');
            if quoted {
                &value[1..value.len() - 1]
            } else {
                value
            }
        });
        let bits = value.and_then(|value| {
            let widths = ["8", "9", "10", "11", "12", "13", "14", "15"];
            widths.iter().position(|width| *width == value)
        });
        let bits = bits.map(|place| place as u8 + 8);
        match name {
            "server_no_context_takeover" | "client_no_context_takeover" if value.is_none() => {}
            "server_max_window_bits" => server = bits?,
            "client_max_window_bits" if value.is_none() && is_offer => {}
            "client_max_window_bits" => client = bits?,
            _ => return None,
        }
        if !seen.insert(name) {
            return None;
        }
    }
    Some((server, client))
}

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let lines: Vec<&str> = text.lines().collect();
    let request = RequestHead::new("GET", "/", headers(&lines));
    let extensions = lines.iter().flat_map(|line| line.split(',')).map(trim);
    let expected = extensions.clone().find_map(|one| windows(one, true));
    let accepted = accept_deflate(&request);
    let bits = accepted.as_ref().map(|(agreed, _)| agreed.send_window_bits);
    assert_eq!(bits, expected.map(|(server, _)| server), "{text:?}");
    if let Some((agreed, answer)) = accepted {
        assert!(!agreed.peer_keeps_context);
        let response = ResponseHead {
            headers: headers(&[&answer]),
            ..ResponseHead::default()
        };
        let read = read_deflate_answer(&response)
            .expect("our own answer")
            .expect("it compresses");
        assert!(!read.peer_keeps_context && read.send_window_bits == 15);
    }
    let response = ResponseHead {
        headers: headers(&lines),
        ..ResponseHead::default()
    };
    if let Ok(Some(agreed)) = read_deflate_answer(&response) {
        let mut extensions = extensions.filter(|one| !one.is_empty());
        let (_, client) = windows(extensions.next().expect("one"), false).expect("it is ours");
        assert_eq!(extensions.next(), None);
        assert_eq!(agreed.send_window_bits, client);
    }
});
