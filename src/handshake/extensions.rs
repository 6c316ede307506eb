//! The grammar of `Sec-WebSocket-Extensions` (RFC 6455 section 9.1). No extension is ever taken
//! up here, but an offer that breaks the grammar fails the handshake, as that section demands.

use super::headers::is_token;

/// Whether the header's value, of all its occurrences joined by commas, is a list of one or
/// more extensions: `token *( ";" token [ "=" ( token | quoted token ) ] )`.
///
/// Empty elements between commas are allowed as RFC 9110 section 5.6.1.2 has it, as long as
/// there is one that is not.
pub(super) fn is_well_formed(values: &[&str]) -> bool {
    let mut any = false;
    for value in values {
        for extension in value.split(',').map(trim).filter(|part| !part.is_empty()) {
            let mut parts = extension.split(';').map(trim);
            any = true;
            if !parts.next().is_some_and(is_token) || !parts.all(is_parameter) {
                return false;
            }
        }
    }
    any
}

fn is_parameter(text: &str) -> bool {
    match text.split_once('=') {
        None => is_token(text),
        Some((name, value)) => {
            let (name, value) = (trim(name), trim(value));
            let quoted = value
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'));
            is_token(name) && quoted.map_or(is_token(value), |text| is_token(&unescaped(text)))
        }
    }
}

/// A quoted string's text, with the character that a backslash stands before in place of both
/// (RFC 9110 section 5.6.4).
fn unescaped(text: &str) -> String {
    let mut chars = text.chars();
    let next = || match chars.next()? {
        '\\' => chars.next(),
        char => Some(char),
    };
    std::iter::from_fn(next).collect()
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::is_well_formed;

    #[test]
    fn offers_are_lists_of_tokens_with_parameters() {
        let good: &[&[&str]] = &[
            &["permessage-deflate"],
            &["permessage-deflate; client_max_window_bits"],
            &["permessage-deflate; client_max_window_bits=15, x-webkit-deflate-frame"],
            &["foo;bar;baz=\"quoted\"", "second"],
            &["foo ; bar = baz", ""],
            &["a,,b"],
            &["foo; a=\"\\b\\c\""],
        ];
        let bad: &[&[&str]] = &[
            &[],
            &[""],
            &[" , "],
            &[";;=,,"],
            &["foo bar"],
            &["foo;"],
            &["foo;=1"],
            &["foo;a="],
            &["foo;a=\"\""],
            &["foo;a=\"two words\""],
            &["foo;a=\"open"],
            &["foo;a=\"\\\""],
            &["foo;a=\"b\\ c\""],
            &["good", "b@d"],
        ];
        for values in good {
            assert!(is_well_formed(values), "{values:?}");
        }
        for values in bad {
            assert!(!is_well_formed(values), "{values:?}");
        }
    }
}
