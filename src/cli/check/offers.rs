//! The vectors about agreeing on compression (RFC 7692 section 7.1): what a client offers, and what a
//! server may answer to it.

use super::judge::Verdict;
use super::seen::{Seen, in_words};
use wshub::handshake::{ResponseHead, check_with_deflate};

/// One vector about an offer.
pub(super) struct Offer {
    pub(super) section: &'static str,
    pub(super) name: &'static str,
    /// The value of `Sec-WebSocket-Extensions`.
    pub(super) value: &'static str,
    pub(super) need: Need,
}

/// What an answer has to be that turns compression on. A server may always decline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Any that the RFC allows.
    Any,
    /// No answer is right: the offer is not valid.
    Declined,
    /// One with this parameter.
    Has(&'static str),
    /// One with `server_max_window_bits` of no more than this.
    WindowAtMost(u8),
    /// One without `client_max_window_bits`: the client did not say that it knows it.
    NoClientWindow,
}

/// All of them.
#[rustfmt::skip] // a row has a line
pub(super) fn offers() -> Vec<Offer> {
    use Need::{Any, Declined, Has, NoClientWindow, WindowAtMost};
    let offer = |section, name, value, need| Offer { section, name, value, need };
    vec![
        offer("7", "an offer without parameters", "permessage-deflate", NoClientWindow),
        offer("7", "what browsers offer", "permessage-deflate; client_max_window_bits", Any),
        offer("5.1", "an offer behind an unknown extension", "x-wshub-check; q=1, permessage-deflate", NoClientWindow),
        offer("7.1", "an unknown parameter", "permessage-deflate; x_wshub_check", Declined),
        offer("7.1", "an unknown parameter, then a plain offer", "permessage-deflate; x_wshub_check=1, permessage-deflate", NoClientWindow),
        offer("7.1", "a parameter twice", "permessage-deflate; server_no_context_takeover; server_no_context_takeover", Declined),
        offer("7.1.1.1", "server_no_context_takeover", "permessage-deflate; server_no_context_takeover", Has("server_no_context_takeover")),
        offer("7.1.1.1", "server_no_context_takeover with a value", "permessage-deflate; server_no_context_takeover=1", Declined),
        offer("7.1.1.2", "client_no_context_takeover", "permessage-deflate; client_no_context_takeover", NoClientWindow),
        offer("7.1.1.2", "client_no_context_takeover with a value", "permessage-deflate; client_no_context_takeover=on", Declined),
        offer("7.1.2.1", "server_max_window_bits=15", "permessage-deflate; server_max_window_bits=15", WindowAtMost(15)),
        offer("7.1.2.1", "server_max_window_bits=10", "permessage-deflate; server_max_window_bits=10", WindowAtMost(10)),
        offer("7.1.2.1", "server_max_window_bits=8", "permessage-deflate; server_max_window_bits=8", WindowAtMost(8)),
        offer("7.1.2.1", "server_max_window_bits=\"12\", quoted", "permessage-deflate; server_max_window_bits=\"12\"", WindowAtMost(12)),
        offer("7.1.2.1", "server_max_window_bits without a value", "permessage-deflate; server_max_window_bits", Declined),
        offer("7.1.2.1", "server_max_window_bits=7", "permessage-deflate; server_max_window_bits=7", Declined),
        offer("7.1.2.1", "server_max_window_bits=16", "permessage-deflate; server_max_window_bits=16", Declined),
        offer("7.1.2.1", "server_max_window_bits=010", "permessage-deflate; server_max_window_bits=010", Declined),
        offer("7.1.2.2", "client_max_window_bits=10", "permessage-deflate; client_max_window_bits=10", Any),
        offer("7.1.2.2", "client_max_window_bits=16", "permessage-deflate; client_max_window_bits=16", Declined),
        offer("7.1.2.2", "client_max_window_bits=ten", "permessage-deflate; client_max_window_bits=ten", Declined),
    ]
}

/// Judges the answer to an offer.
pub(super) fn judge_offer(
    need: Need,
    answer: &Result<ResponseHead, Seen>,
    nonce: [u8; 16],
) -> (Verdict, String) {
    let head = match answer {
        Ok(head) => head,
        Err(seen) => {
            let seen = in_words(std::slice::from_ref(seen));
            return (Verdict::Fail, format!("no answer: {seen}"));
        }
    };
    if let Err(rule) = check_with_deflate(head, nonce, &[]) {
        return (Verdict::Fail, rule.to_string());
    }
    let Some(value) = head.headers.get("Sec-WebSocket-Extensions") else {
        return (Verdict::Pass, "no compression".to_owned());
    };
    let parameter = |wanted: &str| {
        value.split(';').skip(1).find_map(|one| {
            let (name, value) = one.split_once('=').unwrap_or((one, ""));
            (name.trim() == wanted).then(|| value.trim().trim_matches('"').to_owned())
        })
    };
    let is_right = match need {
        Need::Any => true,
        Need::Declined => false,
        Need::Has(name) => parameter(name).is_some(),
        Need::WindowAtMost(most) => parameter("server_max_window_bits")
            .and_then(|bits| bits.parse().ok())
            .is_some_and(|bits: u8| bits <= most),
        Need::NoClientWindow => parameter("client_max_window_bits").is_none(),
    };
    let verdict = match is_right {
        true => Verdict::Pass,
        false => Verdict::Fail,
    };
    (verdict, value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wshub::handshake::{accept_value, encode_key};

    #[test]
    fn answers_to_offers_are_judged() {
        use Need::*;
        use Verdict::{Fail, Pass};
        let plain = "permessage-deflate";
        let window = "permessage-deflate; server_max_window_bits=10";
        let rows = [
            (Any, "", Pass),
            (Declined, "", Pass),
            (Any, plain, Pass),
            (Declined, plain, Fail),
            (Any, "x-wshub-check", Fail),
            (Any, "permessage-deflate; x=1", Fail),
            (Any, "permessage-deflate; server_max_window_bits=16", Fail),
            (Any, "permessage-deflate, permessage-deflate", Fail),
            (Has("server_no_context_takeover"), plain, Fail),
            (
                Has("server_no_context_takeover"),
                "permessage-deflate; server_no_context_takeover",
                Pass,
            ),
            (WindowAtMost(10), window, Pass),
            (WindowAtMost(9), window, Fail),
            (WindowAtMost(15), plain, Fail),
            (NoClientWindow, plain, Pass),
            (
                NoClientWindow,
                "permessage-deflate; client_max_window_bits=12",
                Fail,
            ),
        ];
        for (need, value, verdict) in rows {
            let mut head = ResponseHead {
                status: 101,
                ..ResponseHead::default()
            };
            let accept = accept_value(&encode_key([0; 16]));
            for (name, value) in [
                ("Upgrade", "websocket"),
                ("Connection", "Upgrade"),
                ("Sec-WebSocket-Accept", &accept),
            ] {
                head.headers.push(name, value);
            }
            if !value.is_empty() {
                head.headers.push("Sec-WebSocket-Extensions", value);
            }
            let judged = judge_offer(need, &Ok(head), [0; 16]);
            assert_eq!(judged.0, verdict, "{need:?} {value}");
        }
        let refused = ResponseHead {
            status: 400,
            ..ResponseHead::default()
        };
        assert_eq!(judge_offer(Declined, &Ok(refused), [0; 16]).0, Fail);
        assert_eq!(judge_offer(Any, &Err(Seen::End), [0; 16]).0, Fail);
    }
}
