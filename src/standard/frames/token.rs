//! The token that pairs a visitor's two connections.

use crate::handshake::RequestHead;

/// Digits of a token: 128 bits in hex.
const DIGITS: usize = 32;

/// The query parameter that holds it.
const PARAMETER: &str = "frames";

/// An unguessable name for the connections of one visitor: 32 hex digits in lower case, drawn at
/// random by the visitor's own page, which has a source of randomness that is fit for secrets.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Token(String);

impl Token {
    /// The token that this text is; `None` if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == DIGITS && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// The token with which a connection asks to be watched: `?frames=TOKEN`.
    #[must_use]
    pub fn of(request: &RequestHead) -> Option<Self> {
        // Nearly all requests have no query, and are done with here.
        let (_, query) = request.target.split_once('?')?;
        if !query.contains(PARAMETER) {
            return None;
        }
        Self::parse(&request.query(PARAMETER)?)
    }

    /// `text` with the token's digits hidden.
    pub(super) fn hidden_in(&self, text: &str) -> String {
        text.replace(&self.0, "(token)")
    }
}

/// Without its digits.
impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::Headers;

    #[test]
    fn only_a_whole_token_in_its_own_parameter_is_one() {
        let token = "0123456789abcdef0123456789abcdef";
        let rows = [
            (format!("/echo?frames={token}"), true),
            (format!("/chat?name=ana&frames={token}"), true),
            (format!("/echo?frames={token}0"), false),
            (format!("/echo?frames={}", &token[1..]), false),
            (format!("/echo?frames={}", token.to_uppercase()), false),
            (format!("/echo?frame={token}"), false),
            (format!("/echo?other=frames&x={token}"), false),
            (format!("/frames={token}"), false),
            ("/echo?frames=".to_owned(), false),
            ("/echo".to_owned(), false),
        ];
        for (target, is_one) in rows {
            let head = RequestHead::new("GET", target.clone(), Headers::new());
            let found = Token::of(&head);
            assert_eq!(found, is_one.then(|| Token(token.into())), "{target}");
            if let Some(found) = found {
                assert!(!found.hidden_in(&target).contains(token));
                assert!(!format!("{found:?}").contains(token));
            }
        }
    }
}
