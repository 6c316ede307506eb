//! The fields of a log message, for programs that read the log.
//!
//! A message of the library is some words and then fields, `close id=7 peer=[::1]:9 why="bye"`:
//! names in lower case, values without a blank or quoted as Rust's `{:?}` quotes them.

/// The words, and the fields behind them. A message that is not of this form is words alone.
pub(super) fn split(message: &str) -> (&str, Vec<(&str, String)>) {
    let mut starts = message.match_indices(' ').map(|(at, _)| at + 1);
    // A message may begin with a field; else the fields begin behind the first blank from which
    // on there are fields and nothing else.
    let parsed = std::iter::once(0)
        .chain(starts.by_ref())
        .filter(|at| name_at(&message[*at..]).is_some())
        .find_map(|at| Some((at, fields(&message[at..])?)));
    match parsed {
        Some((at, fields)) => (message[..at].trim_end(), fields),
        None => (message, Vec::new()),
    }
}

/// The name of the field at the start of `text`, and what stands after its `=`.
fn name_at(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once('=')?;
    let is_name = |b: u8| b.is_ascii_lowercase() || b == b'_';
    (!name.is_empty() && name.bytes().all(is_name)).then_some((name, rest))
}

fn fields(mut text: &str) -> Option<Vec<(&str, String)>> {
    let mut fields = Vec::new();
    loop {
        let (name, rest) = name_at(text)?;
        let (value, rest) = value(rest)?;
        fields.push((name, value));
        match rest.strip_prefix(' ') {
            Some(more) => text = more,
            None if rest.is_empty() => return Some(fields),
            None => return None,
        }
    }
}

/// The value at the start of `text`, and what stands after it.
fn value(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        return unquoted(quoted);
    }
    if text.starts_with('{') {
        // A list of headers: it is the last field, and stays as it is written.
        return text.ends_with('}').then(|| (text.to_owned(), ""));
    }
    let end = text.find(' ').unwrap_or(text.len());
    let (value, rest) = text.split_at(end);
    (!value.is_empty() && !value.contains('"')).then(|| (value.to_owned(), rest))
}

/// A text as `{:?}` writes it, without its first quote, up to and without its last one.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                '0' => value.push('\0'),
                'u' => {
                    let (_, rest) = text.get(at..)?.split_once('{')?;
                    let (digits, _) = rest.split_once('}')?;
                    value.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
                    for _ in 0..digits.len() + 2 {
                        chars.next();
                    }
                }
                other @ ('\\' | '"' | '\'') => value.push(other),
                _ => return None,
            },
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_fields() {
        type Row<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);
        let rows: &[Row] = &[
            ("stopping", "stopping", &[]),
            ("", "", &[]),
            (
                "close id=7 peer=[::1]:9 why=\"a \\\"b\\\" c\" in=2/10B",
                "close",
                &[
                    ("id", "7"),
                    ("peer", "[::1]:9"),
                    ("why", "a \"b\" c"),
                    ("in", "2/10B"),
                ],
            ),
            (
                "refused id=1 with the status 7, which is not a refusal: 500 is sent",
                "refused id=1 with the status 7, which is not a refusal: 500 is sent",
                &[],
            ),
            (
                "two words id=1 reason=\"\\u{1b}[31m\\r\\n\\t\\0\\\\\"",
                "two words",
                &[("id", "1"), ("reason", "\u{1b}[31m\r\n\t\0\\")],
            ),
            (
                "request id=1 headers={\"a\": \"b c=d\"}",
                "request",
                &[("id", "1"), ("headers", "{\"a\": \"b c=d\"}")],
            ),
            ("why=\"\"", "", &[("why", "")]),
            ("a=\"never ends", "a=\"never ends", &[]),
            ("a=\"\\u{d800}\"", "a=\"\\u{d800}\"", &[]),
            ("a=\"\\u{\u{e9}}\"", "a=\"\\u{\u{e9}}\"", &[]),
            ("a= b=1", "a=", &[("b", "1")]),
        ];
        for (message, words, expected) in rows {
            let (found, fields) = split(message);
            assert_eq!(found, *words, "{message}");
            let fields: Vec<_> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
            assert_eq!(fields, *expected, "{message}");
        }
    }

    #[test]
    fn whatever_rust_quotes_comes_back() {
        let all: String = (0..=0x3000).filter_map(char::from_u32).collect();
        for text in [all.as_str(), "\u{10ffff}\u{202e}\u{1f600}", "'\"\\"] {
            let message = format!("said text={text:?} n=1");
            let (words, fields) = split(&message);
            assert_eq!(words, "said");
            assert_eq!(fields, [("text", text.to_owned()), ("n", "1".to_owned())]);
        }
    }
}
