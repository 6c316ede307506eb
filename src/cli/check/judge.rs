//! The verdict on what a peer did, as a function of what was seen of it.

use super::seen::{MARKER, Seen, in_words, messages};
use super::vectors::Expect;
use crate::handshake::{ResponseHead, check};

/// How a peer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    /// A MUST is broken.
    Fail,
    /// Allowed, but not what the RFC names.
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
pub(super) fn is_enough(expect: &Expect, seen: &[Seen]) -> bool {
    match seen.last() {
        None => false,
        Some(Seen::End | Seen::Reset | Seen::Silence | Seen::Fault(_)) => true,
        Some(Seen::Pong(payload)) => payload == MARKER && !matches!(expect, Expect::Closes(_)),
        // Behind the answer to our Close the end of TCP is waited for.
        Some(Seen::Close(..)) => !matches!(expect, Expect::Closes(_)),
        Some(_) => false,
    }
}

/// Judges what a peer did on a vector about frames. `echoes`: the endpoint does.
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
    let came = in_words(seen);
    let close = seen.iter().find_map(|one| match one {
        Seen::Close(code, _) => Some(*code),
        _ => None,
    });
    let ended = matches!(seen.last(), Some(Seen::End | Seen::Reset));
    let goes_on = seen.contains(&Seen::Pong(MARKER.to_vec()));
    let verdict = match expect {
        Expect::Goes(back) if goes_on && (!echoes || messages(seen) == *back) => Verdict::Pass,
        Expect::Goes(_) => Verdict::Fail,
        Expect::Pong(payload) if goes_on && seen.contains(&Seen::Pong(payload.clone())) => {
            Verdict::Pass
        }
        Expect::Pong(_) => Verdict::Fail,
        Expect::Fails(codes) => match close {
            // An echo endpoint may answer what came whole before the fault, never the fault.
            Some(code) if codes.contains(&code) => Verdict::Pass,
            Some(_) => Verdict::Differs,
            None if ended => Verdict::Differs,
            None => Verdict::Fail,
        },
        Expect::Closes(codes) => match close {
            Some(_) if answers_behind_close(seen) => Verdict::Fail,
            Some(code) if codes.contains(&code) && ended => Verdict::Pass,
            Some(_) => Verdict::Differs,
            None => Verdict::Fail,
        },
        Expect::Limit(codes) => match close {
            Some(code) if codes.contains(&code) => Verdict::Pass,
            Some(_) => Verdict::Differs,
            None if goes_on || seen.last() == Some(&Seen::Silence) => Verdict::Pass,
            None => Verdict::Differs,
        },
    };
    (verdict, came)
}

/// Whether what was sent behind our Close was answered.
fn answers_behind_close(seen: &[Seen]) -> bool {
    let behind = |one: &Seen| match one {
        Seen::Text(text) => text == "behind",
        Seen::Pong(payload) => payload == b"behind",
        _ => false,
    };
    seen.iter().any(behind)
}

/// What should come of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The upgrade.
    Upgrade,
    /// Anything but 101, and rather one of these statuses, if there are any.
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

/// Judges what a client did about an answer to its request that it must not take
/// (RFC 6455 section 4.1). A ping was sent behind the answer.
pub(super) fn judge_rejection(seen: &[Seen]) -> (Verdict, String) {
    let talks = |one: &Seen| {
        matches!(
            one,
            Seen::Text(_) | Seen::Binary(_) | Seen::Ping | Seen::Pong(_)
        )
    };
    let verdict = match seen.last() {
        _ if seen.iter().any(talks) => Verdict::Fail,
        Some(Seen::End | Seen::Reset) => Verdict::Pass,
        _ => Verdict::Differs,
    };
    (verdict, in_words(seen))
}

#[cfg(test)]
mod tests {
    use super::super::vectors::Back;
    use super::*;

    #[test]
    fn frames_are_judged() {
        use Seen::*;
        use Verdict::*;
        let marker = || Pong(MARKER.to_vec());
        let goes = Expect::Goes(vec![Back::Text("a".into())]);
        let pong = Expect::Pong(b"p".to_vec());
        let fails = Expect::Fails(&[1002]);
        let closes = Expect::Closes(&[1000]);
        let limit = Expect::Limit(&[1009]);
        let close = |code| Close(code, String::new());
        let rows = [
            (&goes, true, vec![Text("a".into()), marker()], Pass),
            (&goes, true, vec![Text("b".into()), marker()], Verdict::Fail),
            (&goes, true, vec![marker()], Verdict::Fail),
            (&goes, false, vec![marker()], Pass),
            (
                &goes,
                false,
                vec![Text("welcome".into()), Ping, marker()],
                Pass,
            ),
            (&goes, false, vec![close(1002), End], Verdict::Fail),
            (&goes, false, vec![Silence], Verdict::Fail),
            (&pong, true, vec![Pong(b"p".to_vec()), marker()], Pass),
            (&pong, true, vec![marker()], Verdict::Fail),
            (&fails, true, vec![close(1002), End], Pass),
            (&fails, true, vec![close(1002), Silence], Pass),
            (&fails, true, vec![close(1000), End], Differs),
            (&fails, true, vec![End], Differs),
            (&fails, true, vec![Reset], Differs),
            (&fails, true, vec![Text("a".into()), Silence], Verdict::Fail),
            (&fails, true, vec![Silence], Verdict::Fail),
            (&fails, true, vec![Fault("x".into())], Verdict::Fail),
            (&closes, true, vec![close(1000), End], Pass),
            (&closes, true, vec![close(1000), Silence], Differs),
            (&closes, true, vec![close(1001), End], Differs),
            (
                &closes,
                true,
                vec![Pong(b"behind".to_vec()), close(1000), End],
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
        use Seen::*;
        let rows = [
            (vec![End], Verdict::Pass),
            (vec![Reset], Verdict::Pass),
            (vec![Close(1002, String::new()), End], Verdict::Pass),
            (vec![Silence], Verdict::Differs),
            (vec![Pong(MARKER.to_vec())], Verdict::Fail),
            (vec![Text("hi".into()), End], Verdict::Fail),
        ];
        for (seen, verdict) in rows {
            assert_eq!(judge_rejection(&seen).0, verdict, "{seen:?}");
        }
    }
}
