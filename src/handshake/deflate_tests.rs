//! Rows of offers and answers (RFC 7692 section 7.1).
#![allow(clippy::unwrap_used)]

use super::*;

fn request(headers: &[(&str, &str)]) -> RequestHead {
    let headers = headers.iter().copied().collect();
    RequestHead::new("GET", "/", headers)
}

fn accepted(offer: &str) -> Option<(u8, String)> {
    let head = request(&[("Sec-WebSocket-Extensions", offer)]);
    let (agreed, answer) = accept_deflate(&head)?;
    assert!(!agreed.peer_keeps_context, "every client is asked not to");
    let rest = answer
        .strip_prefix("permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    Some((agreed.send_window_bits, rest.unwrap().to_owned()))
}

#[test]
fn the_first_offer_that_can_be_taken_up_is() {
    let rows = [
        ("permessage-deflate", Some((15, ""))),
        ("permessage-deflate; client_max_window_bits", Some((15, ""))),
        (
            "permessage-deflate; client_max_window_bits=10",
            Some((15, "")),
        ),
        (
            "permessage-deflate; client_max_window_bits=\"10\"",
            Some((15, "")),
        ),
        (
            "permessage-deflate;server_no_context_takeover ; client_no_context_takeover",
            Some((15, "")),
        ),
        (
            "permessage-deflate; server_max_window_bits=8",
            Some((8, "; server_max_window_bits=8")),
        ),
        (
            "permessage-deflate; server_max_window_bits = 15",
            Some((15, "; server_max_window_bits=15")),
        ),
        (
            "permessage-deflate; server_max_window_bits=7, permessage-deflate; server_max_window_bits=9",
            Some((9, "; server_max_window_bits=9")),
        ),
        (
            "x-webkit-deflate-frame, permessage-deflate; server_max_window_bits=\"12\"",
            Some((12, "; server_max_window_bits=12")),
        ),
        (
            "permessage-deflate; unknown, permessage-deflate",
            Some((15, "")),
        ),
        ("x-webkit-deflate-frame", None),
        ("permessage-deflate-2", None),
        ("permessage-deflate; unknown", None),
        ("permessage-deflate; server_no_context_takeover=1", None),
        ("permessage-deflate; client_no_context_takeover=true", None),
        ("permessage-deflate; server_max_window_bits", None),
        ("permessage-deflate; server_max_window_bits=7", None),
        ("permessage-deflate; server_max_window_bits=16", None),
        ("permessage-deflate; server_max_window_bits=08", None),
        ("permessage-deflate; server_max_window_bits=+8", None),
        ("permessage-deflate; server_max_window_bits=8.0", None),
        ("permessage-deflate; server_max_window_bits=264", None),
        ("permessage-deflate; client_max_window_bits=16", None),
        ("permessage-deflate; client_max_window_bits=x", None),
        (
            "permessage-deflate; client_max_window_bits; client_max_window_bits",
            None,
        ),
        (
            "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
            None,
        ),
        (
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            None,
        ),
    ];
    for (offer, expected) in rows {
        let expected = expected.map(|(bits, more)| (bits, more.to_owned()));
        assert_eq!(accepted(offer), expected, "{offer}");
    }
    assert_eq!(accept_deflate(&request(&[])), None);
    let several = request(&[
        ("Sec-WebSocket-Extensions", "permessage-deflate; unknown"),
        ("Sec-WebSocket-Extensions", "permessage-deflate"),
    ]);
    assert!(accept_deflate(&several).is_some());
}

/// A quadratic look at any of these would take minutes, or hours.
#[test]
fn floods_of_offers_and_parameters_are_read_once() {
    let many = 30_000;
    let window = "; server_max_window_bits=9";
    let rows = [
        ("permessage-deflate; x, ".repeat(many), None),
        ("x-other; a=1; b=2, ".repeat(many), None),
        (format!("permessage-deflate{}", "; x".repeat(many)), None),
        (format!("permessage-deflate{}", window.repeat(many)), None),
        (
            "permessage-deflate; server_max_window_bits=99, ".repeat(many) + "permessage-deflate",
            Some((15, String::new())),
        ),
    ];
    for (offer, expected) in rows {
        assert_eq!(accepted(&offer), expected, "{}", &offer[..40]);
        let head = ResponseHead {
            headers: [("Sec-WebSocket-Extensions", offer.as_str())]
                .into_iter()
                .collect(),
            ..ResponseHead::default()
        };
        assert!(read_deflate_answer(&head).is_err());
    }
    let values: Vec<_> = (0..many)
        .map(|_| ("Sec-WebSocket-Extensions", "permessage-deflate; x"))
        .collect();
    assert_eq!(accept_deflate(&request(&values)), None);
}

#[test]
fn clients_that_break_compression_are_answered_without() {
    let safari = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 \
                  (KHTML, like Gecko) Version/VERSION Safari/605.1.15";
    let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                  Chrome/115.0.0.0 Safari/537.36";
    let rows = [
        (safari.replace("VERSION", "15.0"), false),
        (safari.replace("VERSION", "15.1.2"), false),
        (safari.replace("VERSION", "15.3"), false),
        (safari.replace("VERSION", "15.4"), true),
        (safari.replace("VERSION", "15.10"), true),
        (safari.replace("VERSION", "14.1"), true),
        (safari.replace("VERSION", "16.0"), true),
        (safari.replace("VERSION", "15.\u{e9}"), true),
        (chrome.to_owned(), true),
        ("Tornado/6.6.1".to_owned(), false),
        ("x Tornado/6.6.1".to_owned(), true),
        ("Version/15.".to_owned(), true),
        (String::new(), true),
    ];
    for (user_agent, expected) in rows {
        let head = request(&[
            ("User-Agent", &user_agent),
            ("Sec-WebSocket-Extensions", "permessage-deflate"),
        ]);
        assert_eq!(accept_deflate(&head).is_some(), expected, "{user_agent}");
    }
}

#[test]
fn an_answer_has_to_fit_the_offer() {
    use DeflateFault::*;
    let rows = [
        ("permessage-deflate", Ok((15, true))),
        (
            "permessage-deflate; server_no_context_takeover",
            Ok((15, false)),
        ),
        (
            "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
            Ok((15, false)),
        ),
        (
            "permessage-deflate; client_max_window_bits=9; server_max_window_bits=8",
            Ok((9, true)),
        ),
        ("permessage-deflate; client_max_window_bits", Err(Value)),
        ("permessage-deflate; client_max_window_bits=7", Err(Value)),
        (
            "permessage-deflate; server_max_window_bits=99999999999",
            Err(Value),
        ),
        ("permessage-deflate; server_max_window_bits", Err(Value)),
        (
            "permessage-deflate; server_no_context_takeover=x",
            Err(Value),
        ),
        ("permessage-deflate; mux", Err(Unknown)),
        (
            "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
            Err(Doubled),
        ),
        ("x-webkit-deflate-frame", Err(NotOffered)),
        ("permessage-deflate, permessage-deflate", Err(NotOffered)),
        ("permessage-deflate;", Err(NotOffered)),
        (" , ", Err(NotOffered)),
    ];
    for (answer, expected) in rows {
        let head = ResponseHead {
            status: 101,
            reason: String::new(),
            headers: [("Sec-WebSocket-Extensions", answer)].into_iter().collect(),
        };
        let read = read_deflate_answer(&head);
        let read = read.map(|agreed| agreed.unwrap());
        let read = read.map(|agreed| (agreed.send_window_bits, agreed.peer_keeps_context));
        assert_eq!(read, expected, "{answer}");
    }
    let plain = ResponseHead {
        status: 101,
        reason: String::new(),
        headers: Headers::new(),
    };
    assert_eq!(read_deflate_answer(&plain), Ok(None));
}
