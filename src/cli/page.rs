//! How a help text is laid out: paragraphs and two columns, wrapped at the width.

/// The width that no line exceeds, in columns. Help texts are ASCII: a byte is a column.
pub const WIDTH: usize = 80;

/// A help text that grows line by line.
pub struct Page {
    text: String,
}

impl Page {
    /// A page that begins with `title`.
    pub fn new(title: &str) -> Self {
        let mut page = Self {
            text: String::new(),
        };
        page.wrapped(title);
        page
    }

    /// The page.
    pub fn into_text(self) -> String {
        self.text
    }

    /// Adds one line as it is.
    pub fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Adds an empty line.
    pub fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Adds an empty line and a heading.
    pub fn heading(&mut self, heading: &str) {
        self.blank();
        self.line(heading);
    }

    /// Adds a paragraph, wrapped.
    pub fn wrapped(&mut self, words: &str) {
        for line in wrap(words, WIDTH) {
            self.line(&line);
        }
    }

    /// Adds rows of two columns, the right one wrapped. A left cell that is too wide for them has its right one below it.
    pub fn rows(&mut self, rows: impl IntoIterator<Item = (String, String)>) {
        let rows: Vec<_> = rows.into_iter().collect();
        let fitting = rows
            .iter()
            .map(|(left, _)| left.len())
            .filter(|len| *len <= LEFT);
        let indent = fitting.max().unwrap_or(0) + 4;
        for (left, right) in rows {
            let mut start = format!("  {left}");
            if start.len() + 2 > indent {
                self.line(&start);
                start.clear();
            }
            for line in wrap(&right, WIDTH - indent) {
                self.line(&format!("{start:indent$}{line}"));
                start.clear();
            }
        }
    }
}

/// The widest left cell that shares its line with a right one.
const LEFT: usize = 44;

fn wrap(words: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped() {
        assert_eq!(wrap("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(wrap("aaaaaaa b", 5), ["aaaaaaa", "b"]);
    }

    #[test]
    fn rows_share_columns_where_they_fit() {
        let row = |left: &str, right: &str| (left.to_owned(), right.to_owned());
        let wide = "x".repeat(LEFT + 1);
        let mut page = Page::new("title");
        page.heading("rows:");
        page.rows([
            row("a", "one"),
            row("bbb", &"word ".repeat(16)),
            row(&wide, "below"),
        ]);
        let words = "word ".repeat(14);
        let expected = format!(
            "title\n\nrows:\n  a    one\n  bbb  {}\n       word word\n  {wide}\n       below\n",
            words.trim_end()
        );
        assert_eq!(page.into_text(), expected);
    }
}
