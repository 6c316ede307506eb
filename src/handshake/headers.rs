//! Header fields in the order in which they came, and the look-ups that handshakes need.
//! Names compare without regard to ASCII case (RFC 9110 section 5.1).

use std::fmt;

/// Whether `byte` may stand in a token (RFC 9110 section 5.6.2, `tchar`).
pub(super) fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Whether `text` is a token (RFC 9110 section 5.6.2): what methods, header names and
/// subprotocols are made of. The empty string is not one.
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_tchar)
}

/// Removes optional whitespace, SP and HTAB, from both ends (RFC 9110 section 5.6.3).
fn trim_ows(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// The elements of a comma list (RFC 9110 section 5.6.1), trimmed. Empty ones are left out, as a
/// recipient has to (section 5.6.1.2).
pub(super) fn list_elements(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(',')
        .map(trim_ows)
        .filter(|element| !element.is_empty())
}

/// An ordered list of header fields, repeated names included (RFC 9110 section 5).
///
/// `Debug` shows them on one line, with control characters escaped. It shows the values of headers
/// that are known to be harmless; of any other one, which may be a secret, it tells the length.
///
/// ```
/// use wshub::handshake::Headers;
///
/// let headers: Headers = [("Host", "localhost"), ("Connection", "keep-alive, Upgrade")]
///     .into_iter()
///     .collect();
/// assert_eq!(headers.get("host"), Some("localhost"));
/// assert!(headers.has_token("connection", "upgrade"));
/// ```
// A server keeps the headers for as long as the client stays, so they are compact: one text, and
// two offsets in it for each field.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Headers {
    /// Name, value, name, value, one behind the other.
    text: String,
    fields: Vec<Field>,
}

/// Where a field ends in the text; it begins where the one before it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Field {
    name_end: usize,
    end: usize,
}

/// Headers whose values may be read by everybody who reads a log, in lower case. Which of the
/// others carry a password, a key or a token is up to whoever sends them: `X-Api-Key`, a
/// subprotocol, the query in a `Referer`.
const HARMLESS: [&str; 44] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "age",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "date",
    "dnt",
    "etag",
    "expect",
    "expires",
    "forwarded",
    "host",
    "if-modified-since",
    "if-none-match",
    "keep-alive",
    "last-modified",
    "origin",
    "pragma",
    "range",
    "retry-after",
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-version",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
    "user-agent",
    "vary",
    "via",
    "www-authenticate",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
];

/// Beginnings of such headers: what a browser says of itself.
const HARMLESS_BEGINNINGS: [&str; 2] = ["sec-fetch-", "sec-ch-"];

fn is_harmless(name: &str) -> bool {
    let mut names = HARMLESS.iter();
    names.any(|harmless| harmless.eq_ignore_ascii_case(name))
        || (HARMLESS_BEGINNINGS.iter()).any(|beginning| starts_with_ignore_case(name, beginning))
}

/// A value as `Debug` shows it.
enum Shown<'a> {
    Value(&'a str),
    Length(usize),
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => value.fmt(f),
            Self::Length(characters) => write!(f, "({characters} characters)"),
        }
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.iter().map(|(name, value)| match is_harmless(name) {
            true => (name, Shown::Value(value)),
            false => (name, Shown::Length(value.chars().count())),
        });
        f.debug_map().entries(shown).finish()
    }
}

impl Headers {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends one field. Nothing is checked here: the parser checks what comes from a peer, and
    /// whoever writes headers checks what goes out.
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

    /// Appends to the value of the last field what a folded line has in addition, behind a space
    /// (RFC 9112 section 5.2). Without a field it does nothing.
    pub(super) fn fold_into_last(&mut self, more: impl Iterator<Item = char>) {
        if let Some(last) = self.fields.last_mut() {
            if last.end > last.name_end {
                self.text.push(' ');
            }
            self.text.extend(more);
            last.end = self.text.len();
        }
    }

    /// Gives back the memory that further fields would have taken.
    pub(super) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.fields.shrink_to_fit();
    }

    /// The value of the first field called `name`, if there is one.
    #[must_use]
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
    #[must_use]
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
    #[must_use]
    pub fn iter(&self) -> HeadersIter<'_> {
        HeadersIter {
            text: &self.text,
            start: 0,
            fields: self.fields.iter(),
        }
    }

    /// All fields as (name, value), in their order, with `(not shown)` for values that may
    /// be credentials: what may be shown to people and written to logs.
    pub fn iter_without_credentials(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().map(|(name, value)| {
            (
                name,
                if is_harmless(name) {
                    value
                } else {
                    "(not shown)"
                },
            )
        })
    }

    /// The number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no field at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

/// The fields of [`Headers`] as (name, value), in their order.
#[derive(Debug, Clone)]
pub struct HeadersIter<'a> {
    text: &'a str,
    start: usize,
    fields: std::slice::Iter<'a, Field>,
}

impl<'a> Iterator for HeadersIter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let field = self.fields.next()?;
        let name = &self.text[self.start..field.name_end];
        self.start = field.end;
        Some((name, &self.text[field.name_end..field.end]))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.fields.size_hint()
    }
}

impl ExactSizeIterator for HeadersIter<'_> {}

impl<'a> IntoIterator for &'a Headers {
    type Item = (&'a str, &'a str);
    type IntoIter = HeadersIter<'a>;

    fn into_iter(self) -> HeadersIter<'a> {
        self.iter()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> Extend<(N, V)> for Headers {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, fields: I) {
        for (name, value) in fields {
            self.push(name.as_ref(), value.as_ref());
        }
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut headers = Self::new();
        headers.extend(fields);
        headers
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
        rows.iter().copied().collect()
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
    fn values_are_shown_of_headers_that_are_known_to_be_harmless() {
        let rows = [
            ("Host", "a\x1b", "\"a\\u{1b}\""),
            ("ORIGIN", "null", "\"null\""),
            ("Sec-Fetch-Site", "none", "\"none\""),
            ("sec-websocket-version", "13", "\"13\""),
            ("authorization", "Basic c2VjcmV0", "(14 characters)"),
            ("Proxy-Authorization", "Basic c2VjcmV0", "(14 characters)"),
            ("COOKIE", "secret", "(6 characters)"),
            ("Set-Cookie", "secret", "(6 characters)"),
            ("X-Api-Key", "secret", "(6 characters)"),
            ("X-Auth-Token", "s\u{e9}cret", "(6 characters)"),
            ("Sec-WebSocket-Protocol", "chat, secret", "(12 characters)"),
            ("Referer", "https://a.example/?secret", "(25 characters)"),
            ("Host2", "secret", "(6 characters)"),
        ];
        for (name, value, shown) in rows {
            let text = format!("{:?}", headers(&[(name, value)]));
            assert_eq!(text, format!("{{{name:?}: {shown}}}"));
        }
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
        assert_eq!(headers.iter().len(), 3);
        assert!(headers.into_iter().eq([("A", "1"), ("b", "2"), ("a", "3")]));
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
