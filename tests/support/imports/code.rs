//! Rust code as words and signs, and the paths that stand in it.

/// A name that a `use` brings into a module.
pub struct Binding {
    pub name: String,
    pub path: Vec<String>,
    pub is_reexport: bool,
}

/// Splits code into words and signs; comments and texts are left out, `::` is one sign.
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        let word = &rest[..word.unwrap_or(rest.len())];
        let behind = &rest[word.len()..];
        let hashes = behind.len() - behind.trim_start_matches('#').len();
        let length = if matches!(word, "r" | "br") && behind[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let body = &behind[hashes + 1..];
            word.len() + hashes + 1 + body.find(&end).map_or(body.len(), |at| at + end.len())
        } else if !word.is_empty() {
            tokens.push(word.to_owned());
            word.len()
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if first == '"' {
            literal(rest, '"')
        } else if first == '\''
            && (rest[1..].starts_with('\\') || rest.chars().nth(2) == Some('\''))
        {
            literal(rest, '\'')
        } else {
            let sign = if rest.starts_with("::") {
                "::"
            } else {
                &rest[..first.len_utf8()]
            };
            if !first.is_whitespace() {
                tokens.push(sign.to_owned());
            }
            sign.len()
        };
        rest = &rest[length..];
    }
    tokens
}

/// The length of a text or character that ends with `quote`.
fn literal(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, char) in text.char_indices().skip(1) {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if char == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The code without the items that are compiled for tests only.
pub fn without_tests(code: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let is_attribute = code[at] == "#" && code.get(at + 1).is_some_and(|next| next == "[");
        let end = at + if is_attribute { group(&code[at..]) } else { 1 };
        let words = &code[at..end];
        let has = |word: &str| words.iter().any(|token| token == word);
        if is_attribute && has("cfg") && has("test") && !has("not") {
            at = end;
            while at < code.len() && code[at] == "#" {
                at += group(&code[at..]);
            }
            let open = code[at..]
                .iter()
                .position(|token| token == "{" || token == ";");
            at += open.unwrap_or(0);
            at += if code.get(at).is_some_and(|token| token == "{") {
                group(&code[at..])
            } else {
                1
            };
        } else {
            kept.extend_from_slice(words);
            at = end;
        }
    }
    kept
}

/// The number of tokens up to the end of the first group in brackets.
fn group(code: &[String]) -> usize {
    let mut depth = 0;
    for (at, token) in code.iter().enumerate() {
        match token.as_str() {
            "[" | "{" | "(" => depth += 1,
            "]" | "}" | ")" => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// The code without its `use` declarations, and what those bring in.
pub fn uses(code: &[String]) -> (Vec<String>, Vec<Binding>) {
    let (mut rest, mut bindings) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < code.len() {
        let end = code[at..]
            .iter()
            .position(|token| token == ";")
            .map(|end| at + end);
        match end {
            Some(end) if code[at] == "use" && code[at + 1] != "<" => {
                let before = at.checked_sub(1).map_or("", |before| &code[before]);
                let is_reexport = matches!(before, "pub" | ")");
                tree(&code[at + 1..end], &[], is_reexport, &mut bindings);
                at = end + 1;
            }
            _ => {
                rest.push(code[at].clone());
                at += 1;
            }
        }
    }
    (rest, bindings)
}

/// Reads `a::{b, c as d, self}` and the like.
fn tree(code: &[String], prefix: &[String], is_reexport: bool, bindings: &mut Vec<Binding>) {
    let mut path = prefix.to_vec();
    let mut at = 0;
    while at < code.len() {
        match code[at].as_str() {
            "::" => {}
            "{" => {
                let inner = &code[at + 1..at + group(&code[at..]) - 1];
                let mut depth = 0;
                let parts = inner.split(|token| {
                    depth += i32::from(token == "{") - i32::from(token == "}");
                    depth == 0 && token == ","
                });
                for part in parts.filter(|part| !part.is_empty()) {
                    tree(part, &path, is_reexport, bindings);
                }
                return;
            }
            "as" => break,
            "self" if !path.is_empty() => {}
            segment => path.push(segment.to_owned()),
        }
        at += 1;
    }
    let name = code.last().filter(|name| *name != "self").or(path.last());
    bindings.push(Binding {
        name: name.cloned().unwrap_or_default(),
        path,
        is_reexport,
    });
}

/// The paths of two segments and more that stand in code without `use`.
pub fn paths(code: &[String]) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for (at, token) in code.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |before| &code[before]);
        let is_word = token.starts_with(|c: char| c.is_alphabetic() || c == '_');
        // `pub(in crate::server)` says who may import, and imports nothing.
        if !is_word || matches!(before, "::" | "in") || code.get(at + 1).is_none_or(|t| t != "::") {
            continue;
        }
        let words = code[at..]
            .chunks(2)
            .take_while(|pair| pair[0].starts_with(|c: char| c.is_alphabetic() || c == '_'));
        let mut path = Vec::new();
        for pair in words {
            path.push(pair[0].clone());
            if pair.get(1).is_none_or(|sign| sign != "::") {
                break;
            }
        }
        paths.push(path);
    }
    paths
}
