//! Header fields in the order they came, and the questions that handshakes ask about them.
//! Names compare without regard to ASCII case (RFC 9110 section 5.1).

use std::fmt;

/// Whether `byte` may stand in a token (RFC 9110 section 5.6.2, `tchar`).
pub(super) fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Whether `text` is a token (RFC 9110 section 5.6.2): what methods, header names and
/// subprotocols are made of. The empty string is none.
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_tchar)
}

/// Removes optional whitespace, SP and HTAB, from both ends (RFC 9110 section 5.6.3).
fn trim_ows(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// The elements of a comma list (RFC 9110 section 5.6.1), trimmed, empty ones included.
pub(super) fn list_elements(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(trim_ows)
}

/// An ordered list of header fields, repeated names included (RFC 9110 section 5).
///
/// `Debug` shows them on one line, control characters escaped, and keeps credentials to itself.
///
/// A server keeps them for as long as a client stays: they lie in one piece of text, and two
/// numbers each say where.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers {
    /// Name, value, name, value, one behind the other.
    text: String,
    fields: Vec<Field>,
}

/// Where a field ends in the text; it begins where the one before it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Field {
    name_end: usize,
    end: usize,
}

/// Headers whose values are nobody else's business.
const SECRET: [&str; 4] = [
    "Authorization",
    "Proxy-Authorization",
    "Cookie",
    "Set-Cookie",
];

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.iter().map(|(name, value)| {
            let is_secret = SECRET
                .iter()
                .any(|secret| secret.eq_ignore_ascii_case(name));
            (name, if is_secret { "(not shown)" } else { value })
        });
        f.debug_map().entries(shown).finish()
    }
}

impl Headers {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends one field. Nothing is checked here: the parser checks what comes from a peer,
    /// and the writers check what goes out.
    pub fn push(&mut self, name: &str, value: &str) {
        self.push_chars(name.chars(), value.chars());
    }

    /// Appends one field, whose characters come one by one.
    pub(super) fn push_chars(
        &mut self,
        name: impl Iterator<Item = char>,
        value: impl Iterator<Item = char>,
    ) {
        self.text.extend(name);
        let name_end = self.text.len();
        self.text.extend(value);
        let end = self.text.len();
        self.fields.push(Field { name_end, end });
    }

    /// Gives back the memory that further fields would have taken.
    pub(super) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.fields.shrink_to_fit();
    }

    /// The value of the first field called `name`, if there is one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The values of all fields called `name`, in their order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.iter()
            .filter(move |(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// How many fields are called `name`.
    pub fn count(&self, name: &str) -> usize {
        self.all(name).count()
    }

    /// Whether `token` is an element of the comma list in the fields called `name`, without
    /// regard to case. A whole element only: `not-an-upgrade` is not `upgrade`.
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        self.all(name)
            .flat_map(list_elements)
            .any(|element| element.eq_ignore_ascii_case(token))
    }

    /// Whether any field's name begins with `prefix`, without regard to case.
    pub(super) fn has_prefix(&self, prefix: &str) -> bool {
        self.iter()
            .any(|(name, _)| starts_with_ignore_case(name, prefix))
    }

    /// All fields as (name, value), in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut start = 0;
        self.fields.iter().map(move |field| {
            let name = &self.text[start..field.name_end];
            start = field.end;
            (name, &self.text[field.name_end..field.end])
        })
    }

    /// The number of fields.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no field at all.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

/// Whether `text` begins with the ASCII `prefix`, without regard to case.
pub(super) fn starts_with_ignore_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(rows: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in rows {
            headers.push(name, value);
        }
        headers
    }

    #[test]
    fn tokens_are_whole_elements_of_all_fields() {
        let rows: &[(&[&str], bool)] = &[
            (&["Upgrade"], true),
            (&["upgrade"], true),
            (&["keep-alive, Upgrade"], true),
            (&["keep-alive ,\tUPGRADE ,"], true),
            (&["keep-alive", "Upgrade"], true),
            (&["not-an-upgrade"], false),
            (&["upgrade-not"], false),
            (&["upgrade keep-alive"], false),
            (&["\"upgrade\""], false),
            (&[""], false),
            (&[], false),
        ];
        for (values, expected) in rows {
            let fields: Vec<_> = values.iter().map(|value| ("cOnnection", *value)).collect();
            assert_eq!(
                headers(&fields).has_token("Connection", "upgrade"),
                *expected,
                "{values:?}"
            );
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let headers = headers(&[
            ("Host", "a\x1b"),
            ("authorization", "Basic c2VjcmV0"),
            ("COOKIE", "secret"),
            ("Origin", "null"),
        ]);
        assert_eq!(
            format!("{headers:?}"),
            "{\"Host\": \"a\\u{1b}\", \"authorization\": \"(not shown)\", \
             \"COOKIE\": \"(not shown)\", \"Origin\": \"null\"}"
        );
    }

    #[test]
    fn fields_keep_their_order_and_repeat() {
        let headers = headers(&[("A", "1"), ("b", "2"), ("a", "3")]);
        assert_eq!(headers.get("a"), Some("1"));
        assert_eq!(headers.all("A").collect::<Vec<_>>(), ["1", "3"]);
        assert_eq!(headers.count("a"), 2);
        assert_eq!(headers.count("c"), 0);
        assert_eq!(headers.get("c"), None);
        assert_eq!(headers.len(), 3);
        assert!(!headers.is_empty());
        assert_eq!(headers.iter().nth(1), Some(("b", "2")));
        assert!(headers.has_prefix("B"));
        assert!(!headers.has_prefix("long"));
    }

    #[test]
    fn token_bytes() {
        for good in ["chat", "a.b-c_d~!#$%&'*+^`|9"] {
            assert!(is_token(good), "{good}");
        }
        for bad in [
            "", " ", "a b", "a,b", "a;b", "a/b", "a\"", "\u{e9}", "a\n", "(a)", "a:b", "a@b",
        ] {
            assert!(!is_token(bad), "{bad:?}");
        }
    }
}
