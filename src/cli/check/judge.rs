//! The verdict on what a peer did, as a function of what was seen of it.

use super::seen::{MARKER, Seen, has_pong, in_words, last_ping, messages};
use super::vectors::{Event, Expect, Then};
use wshub::handshake::{ResponseHead, check};

/// How a peer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    /// A MUST is broken.
    Fail,
    /// Permitted, but not the RFC's recommended behaviour.
    Differs,
    Skipped,
}

impl Verdict {
    /// In one word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "FAIL",
            Self::Differs => "differs",
            Self::Skipped => "skipped",
        }
    }
}

/// Whether enough was seen for a verdict.
pub(super) fn is_enough(then: Then, seen: &[Seen]) -> bool {
    let closes = matches!(then, Then::Closes(_));
    match seen.last() {
        None => false,
        Some(Seen::End | Seen::Reset | Seen::Silence | Seen::Fault(_)) => true,
        Some(Seen::Event(Event::Pong(payload))) => payload == MARKER && !closes,
        // After the answer to our Close the end of TCP is waited for.
        Some(Seen::Event(Event::Close(..))) => !closes,
        Some(Seen::Event(_)) => false,
    }
}

/// Judges what a peer did on a vector about frames. `echoes`: the endpoint echoes.
pub(super) fn judge(expect: &Expect, echoes: bool, seen: &[Seen]) -> (Verdict, String) {
    let fault = seen.iter().find_map(|one| match one {
        Seen::Fault(rule) => Some(rule),
        _ => None,
    });
    if let Some(rule) = fault {
        return (
            Verdict::Fail,
            format!("it broke the protocol itself: {rule}"),
        );
    }
    let close = seen.iter().find_map(|one| match one {
        Seen::Event(Event::Close(code, _)) => Some(code.unwrap_or(1005)),
        _ => None,
    });
    let ended = matches!(seen.last(), Some(Seen::End | Seen::Reset));
    let stays_open = has_pong(seen, MARKER);
    let verdict = match expect.then {
        Then::Open if stays_open && is_answered(expect, echoes, seen) => Verdict::Pass,
        Then::Open => Verdict::Fail,
        Then::Fails(_, codes) => match close {
            // An echo endpoint may answer the messages that came before the fault, never the fault.
            Some(code) if codes.contains(&code) => Verdict::Pass,
            Some(_) => Verdict::Differs,
            None if ended => Verdict::Differs,
            None => Verdict::Fail,
        },
        Then::Closes(codes) => match close {
            Some(_) if answers_behind_close(seen) => Verdict::Fail,
            Some(code) if codes.contains(&code) && ended => Verdict::Pass,
            Some(_) => Verdict::Differs,
            None => Verdict::Fail,
        },
        Then::Limit(codes) => match close {
            Some(code) if codes.contains(&code) => Verdict::Pass,
            Some(_) => Verdict::Differs,
            None if stays_open || seen.last() == Some(&Seen::Silence) => Verdict::Pass,
            None => Verdict::Differs,
        },
    };
    (verdict, in_words(seen))
}

/// Whether the last ping was answered; where the vector has none, whether the messages came back
/// from an endpoint that echoes.
fn is_answered(expect: &Expect, echoes: bool, seen: &[Seen]) -> bool {
    match last_ping(&expect.events) {
        Some(payload) => has_pong(seen, payload),
        None => {
            let came = messages(seen.iter().filter_map(Seen::event));
            !echoes || came == messages(expect.events.iter())
        }
    }
}

/// Whether something that was sent after our Close was answered.
fn answers_behind_close(seen: &[Seen]) -> bool {
    let is_text = |event: &Event| matches!(event, Event::Text(text) if text == "behind");
    has_pong(seen, b"behind") || seen.iter().filter_map(Seen::event).any(is_text)
}

/// The expected result of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The upgrade.
    Upgrade,
    /// Anything but 101, preferably one of these statuses, if any are given.
    Refusal(&'static [u16]),
    /// A refusal that names version 13 (RFC 6455 section 4.4).
    Version,
}

/// Judges the answer to a request.
pub(super) fn judge_answer(
    expect: Answer,
    answer: &Result<ResponseHead, Seen>,
    nonce: [u8; 16],
    offered: &[String],
) -> (Verdict, String) {
    let head = match answer {
        Ok(head) => head,
        Err(seen) => {
            let verdict = match (expect, seen) {
                (Answer::Refusal(_) | Answer::Version, Seen::End | Seen::Reset) => Verdict::Differs,
                _ => Verdict::Fail,
            };
            return (
                verdict,
                format!("no answer: {}", in_words(std::slice::from_ref(seen))),
            );
        }
    };
    let status = head.status;
    let refused = (400..600).contains(&status);
    let (verdict, came) = match expect {
        Answer::Upgrade => match check(head, nonce, offered) {
            Ok(_) => (Verdict::Pass, "101".to_owned()),
            Err(rule) => (Verdict::Fail, rule.to_string()),
        },
        Answer::Refusal(statuses) if refused => {
            let named = statuses.is_empty() || statuses.contains(&status);
            (
                if named {
                    Verdict::Pass
                } else {
                    Verdict::Differs
                },
                format!("status {status}"),
            )
        }
        Answer::Version if refused => match head.headers.has_token("Sec-WebSocket-Version", "13") {
            true => (Verdict::Pass, format!("status {status}, version 13 named")),
            false => (
                Verdict::Differs,
                format!("status {status}, no version named"),
            ),
        },
        Answer::Refusal(_) | Answer::Version => {
            let verdict = if status == 101 {
                Verdict::Fail
            } else {
                Verdict::Differs
            };
            (verdict, format!("status {status}"))
        }
    };
    (verdict, came)
}

/// Judges what a client did about an answer to its request that it must not take (RFC 6455 section
/// 4.1). A ping was sent after the answer.
pub(super) fn judge_rejection(seen: &[Seen]) -> (Verdict, String) {
    let talks = |event: &Event| !matches!(event, Event::Close(..));
    let verdict = match seen.last() {
        _ if seen.iter().filter_map(Seen::event).any(talks) => Verdict::Fail,
        Some(Seen::End | Seen::Reset) => Verdict::Pass,
        _ => Verdict::Differs,
    };
    (verdict, in_words(seen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wshub::protocol::ProtocolError;

    fn text(text: &str) -> Seen {
        Seen::Event(Event::Text(text.into()))
    }

    fn pong(payload: &[u8]) -> Seen {
        Seen::Event(Event::Pong(payload.into()))
    }

    fn close(code: u16) -> Seen {
        Seen::Event(Event::Close(Some(code), String::new()))
    }

    #[test]
    fn frames_are_judged() {
        use Seen::{End, Fault, Reset, Silence};
        use Verdict::*;
        let marker = || pong(MARKER);
        let expect = |events: &[Event], then| Expect {
            events: events.to_vec(),
            then,
        };
        let open = expect(&[Event::Text("a".into())], Then::Open);
        let ping = expect(&[Event::Ping(b"p".to_vec())], Then::Open);
        let fails = expect(&[], Then::Fails(ProtocolError::ReservedBits, &[1002]));
        let closes = expect(&[], Then::Closes(&[1000]));
        let limit = expect(&[], Then::Limit(&[1009]));
        let rows = [
            (&open, true, vec![text("a"), marker()], Pass),
            (&open, true, vec![text("b"), marker()], Verdict::Fail),
            (&open, true, vec![marker()], Verdict::Fail),
            (&open, false, vec![marker()], Pass),
            (
                &open,
                false,
                vec![
                    text("welcome"),
                    Seen::Event(Event::Ping(Vec::new())),
                    marker(),
                ],
                Pass,
            ),
            (&open, false, vec![close(1002), End], Verdict::Fail),
            (&open, false, vec![Silence], Verdict::Fail),
            (&ping, true, vec![pong(b"p"), marker()], Pass),
            (&ping, true, vec![marker()], Verdict::Fail),
            (&fails, true, vec![close(1002), End], Pass),
            (&fails, true, vec![close(1002), Silence], Pass),
            (&fails, true, vec![close(1000), End], Differs),
            (&fails, true, vec![End], Differs),
            (&fails, true, vec![Reset], Differs),
            (&fails, true, vec![text("a"), Silence], Verdict::Fail),
            (&fails, true, vec![Silence], Verdict::Fail),
            (&fails, true, vec![Fault("x".into())], Verdict::Fail),
            (&closes, true, vec![close(1000), End], Pass),
            (&closes, true, vec![close(1000), Silence], Differs),
            (&closes, true, vec![close(1001), End], Differs),
            (
                &closes,
                true,
                vec![pong(b"behind"), close(1000), End],
                Verdict::Fail,
            ),
            (&closes, true, vec![End], Verdict::Fail),
            (&limit, true, vec![close(1009), End], Pass),
            (&limit, true, vec![close(1011), End], Differs),
            (&limit, true, vec![Silence], Pass),
            (&limit, true, vec![marker()], Pass),
            (&limit, true, vec![Reset], Differs),
        ];
        for (expect, echoes, seen, verdict) in rows {
            assert_eq!(
                judge(expect, echoes, &seen).0,
                verdict,
                "{expect:?} {seen:?}"
            );
        }
    }

    #[test]
    fn answers_are_judged() {
        use Verdict::*;
        let head = |status| ResponseHead {
            status,
            ..ResponseHead::default()
        };
        let mut version = head(426);
        version.headers.push("Sec-WebSocket-Version", "13");
        let rows = [
            (Answer::Upgrade, Ok(head(101)), Fail),
            (Answer::Upgrade, Ok(head(200)), Fail),
            (Answer::Refusal(&[]), Ok(head(400)), Pass),
            (Answer::Refusal(&[]), Ok(head(503)), Pass),
            (Answer::Refusal(&[405]), Ok(head(400)), Differs),
            (Answer::Refusal(&[]), Ok(head(200)), Differs),
            (Answer::Refusal(&[]), Ok(head(101)), Fail),
            (Answer::Refusal(&[]), Err(Seen::End), Differs),
            (Answer::Refusal(&[]), Err(Seen::Silence), Fail),
            (Answer::Version, Ok(version), Pass),
            (Answer::Version, Ok(head(400)), Differs),
            (Answer::Version, Ok(head(101)), Fail),
        ];
        for (expect, answer, verdict) in rows {
            assert_eq!(
                judge_answer(expect, &answer, [0; 16], &[]).0,
                verdict,
                "{expect:?} {answer:?}"
            );
        }
    }

    #[test]
    fn clients_that_take_a_wrong_answer_fail() {
        use Seen::{End, Reset, Silence};
        let rows = [
            (vec![End], Verdict::Pass),
            (vec![Reset], Verdict::Pass),
            (vec![close(1002), End], Verdict::Pass),
            (vec![Silence], Verdict::Differs),
            (vec![pong(MARKER)], Verdict::Fail),
            (vec![text("hi"), End], Verdict::Fail),
        ];
        for (seen, verdict) in rows {
            assert_eq!(judge_rejection(&seen).0, verdict, "{seen:?}");
        }
    }
}
