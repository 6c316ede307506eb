//! The page with its scripts joined into one file and its style sheets into another. On a slow network
//! a page of seventy files waits for seventy answers, six at a time; joined, it waits for three.
//! `www/` is what is written and what is opened from disk; nothing has to be built.

/// A page as it is sent, and the two files that it names in the place of many.
#[derive(Debug)]
pub(super) struct Joined {
    /// The page, which names `page.js` and `page.css`.
    pub page: String,
    /// All its scripts, in the order in which it names them.
    pub script: String,
    /// All its style sheets likewise.
    pub style: String,
}

/// Joins the files that a page names on lines of their own. `text_of` gives a file by its path; a
/// line that names no such file stays as it is.
pub(super) fn join(page: &str, text_of: impl Fn(&str) -> Option<&'static str>) -> Joined {
    let mut joined = Joined {
        page: String::with_capacity(page.len()),
        script: String::new(),
        style: String::new(),
    };
    for line in page.split_inclusive('\n') {
        let script = named(line, "<script defer src=\"", "\"></script>");
        let style = named(line, "<link rel=\"stylesheet\" href=\"", "\">");
        let Some(text) = script.or(style).and_then(&text_of) else {
            joined.page.push_str(line);
            continue;
        };
        let (whole, name) = match script {
            Some(_) => (
                &mut joined.script,
                "<script defer src=\"page.js\"></script>\n",
            ),
            None => (
                &mut joined.style,
                "<link rel=\"stylesheet\" href=\"page.css\">\n",
            ),
        };
        if whole.is_empty() {
            joined.page.push_str(name);
        }
        whole.push_str(text);
        whole.push('\n');
    }
    joined
}

/// The path that a line names between these two texts.
fn named<'a>(line: &'a str, before: &str, after: &str) -> Option<&'a str> {
    line.trim().strip_prefix(before)?.strip_suffix(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_joined_in_the_order_of_the_page_and_all_else_stays() {
        let page = "<head>\n  <link rel=\"stylesheet\" href=\"a.css\">\n\
                    <link rel=\"stylesheet\" href=\"b.css\">\n  <!-- why -->\n\
                    \t<script defer src=\"two.js\"></script>\n<script defer src=\"one.js\"></script>\n\
                    <script defer src=\"elsewhere.js\"></script>\n<script src=\"one.js\"></script>\n\
                    </head>";
        let joined = join(page, |path| match path {
            "a.css" => Some("a {}\n"),
            "b.css" => Some("b {}"),
            "one.js" => Some("one();"),
            "two.js" => Some("'use strict';\ntwo();\n"),
            _ => None,
        });
        assert_eq!(joined.style, "a {}\n\nb {}\n");
        assert_eq!(joined.script, "'use strict';\ntwo();\n\none();\n");
        assert_eq!(
            joined.page,
            "<head>\n<link rel=\"stylesheet\" href=\"page.css\">\n  <!-- why -->\n\
             <script defer src=\"page.js\"></script>\n\
             <script defer src=\"elsewhere.js\"></script>\n<script src=\"one.js\"></script>\n\
             </head>"
        );
    }
}
