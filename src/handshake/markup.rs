//! The words of an HTML or XML text, for a line that a person reads. This is no parser of HTML: what
//! comes out is text of a peer, and is treated as such.

/// The characters that are looked for by name; numbers are read as numbers.
const ENTITIES: [(&str, &str); 6] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", " "),
];

/// The title, if there is one and it is not blank; else the text between the tags.
pub(super) fn text_of_markup(markup: &str) -> String {
    let title = element(markup, "title").map(without_tags);
    match title.filter(|title| !title.trim().is_empty()) {
        Some(title) => title,
        None => without_tags(markup),
    }
}

/// What stands in the first element called `name`.
fn element<'a>(markup: &'a str, name: &str) -> Option<&'a str> {
    // ASCII letters alone change, so that offsets stay what they are.
    let lower = markup.to_ascii_lowercase();
    let mut from = 0;
    loop {
        let start = from + lower[from..].find(&format!("<{name}"))?;
        let behind = start + 1 + name.len();
        let is_whole = lower[behind..].starts_with(|c: char| c == '>' || c.is_whitespace());
        if is_whole {
            let begin = behind + lower[behind..].find('>')? + 1;
            let end = lower[begin..].find(&format!("</{name}"));
            return Some(&markup[begin..end.map_or(markup.len(), |end| begin + end)]);
        }
        from = behind;
    }
}

/// The text outside of tags, comments, styles and scripts, with a space for each of those.
fn without_tags(markup: &str) -> String {
    let mut text = String::new();
    let mut rest = markup;
    while let Some(open) = rest.find('<') {
        push_decoded(&mut text, &rest[..open]);
        text.push(' ');
        rest = behind_tag(&rest[open..]);
    }
    push_decoded(&mut text, rest);
    text
}

/// What follows a tag or a comment, or an element that has no text for people.
fn behind_tag(tag: &str) -> &str {
    let behind = |end: &str, from: usize| {
        let found = tag.get(from..).and_then(|rest| rest.find(end));
        found.map_or("", |at| &tag[from + at + end.len()..])
    };
    if tag.starts_with("<!--") {
        return behind("-->", 4);
    }
    if let Some(text) = tag.strip_prefix("<![CDATA[") {
        return text; // it is text for people; the end of it reads as such too
    }
    for name in ["script", "style"] {
        let opens = tag
            .get(1..1 + name.len())
            .is_some_and(|word| word.eq_ignore_ascii_case(name));
        if opens {
            let lower = tag.to_ascii_lowercase();
            let Some(end) = lower.find(&format!("</{name}")) else {
                return "";
            };
            let close = tag[end..].find('>');
            return close.map_or("", |close| &tag[end + close + 1..]);
        }
    }
    behind(">", 1)
}

/// Appends `text` with its character references read; what is none stays as it is.
fn push_decoded(into: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        into.push_str(&rest[..at]);
        rest = &rest[at..];
        let reference = rest[1..].split_once(';').map(|(name, _)| name);
        match reference.and_then(|name| Some((name, decoded(name)?))) {
            Some((name, decoded)) => {
                into.push_str(&decoded);
                rest = &rest[name.len() + 2..];
            }
            None => {
                into.push('&');
                rest = &rest[1..];
            }
        }
    }
    into.push_str(rest);
}

fn decoded(name: &str) -> Option<String> {
    if let Some(number) = name.strip_prefix('#') {
        let hex = number.strip_prefix(['x', 'X']);
        let code = match hex {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).map(String::from);
    }
    let found = ENTITIES.iter().find(|(known, _)| *known == name)?;
    Some(found.1.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_page() {
        let rows = [
            (
                "<!DOCTYPE html><html><head><TITLE lang=en>403 &amp; Forbidden</TITLE></head><body>x",
                "403 & Forbidden",
            ),
            ("<titles>no</titles><title>yes</title>", "yes"),
            ("<title> </title><h1>Not here</h1>", "Not here"),
            ("<title>cut", "cut"),
            (
                "<style>p { x }</style><p>a<br>b</p><script>if (a<b) c</SCRIPT >d<!-- <p> -->e",
                "a b d e",
            ),
            ("<p>a &lt;b&gt; &#65;&#x42; &nope; &", "a <b> AB &nope; &"),
            ("a < b", "a"),
            ("<script>never ends", ""),
            ("<!-- never ends", ""),
            ("<\u{e9}>\u{e9}", "\u{e9}"),
            (
                "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>No</Message></Error>",
                "AccessDenied No",
            ),
            ("<a>&#1114112;&#xD800;", "&#1114112;&#xD800;"),
        ];
        for (markup, words) in rows {
            let text = text_of_markup(markup);
            let shown: Vec<_> = text.split_whitespace().collect();
            assert_eq!(shown.join(" "), words, "{markup}");
        }
    }
}
