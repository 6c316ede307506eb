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

    /// Adds a list with commas, indented, and wrapped between its items only.
    pub fn list(&mut self, items: impl IntoIterator<Item = String>) {
        let mut line = String::new();
        for item in items {
            if line.is_empty() {
                line = format!("  {item}");
            } else if line.len() + 2 + item.len() < WIDTH {
                line = format!("{line}, {item}");
            } else {
                self.line(&format!("{line},"));
                line = format!("  {item}");
            }
        }
        self.line(&line);
    }

    /// Adds rows of two columns, the right one wrapped. A left cell that is too wide for them
    /// has its right one below it.
    pub fn rows(&mut self, rows: impl IntoIterator<Item = (String, String)>) {
        self.columns(rows.into_iter().collect(), LEFT);
    }

    /// Adds rows of two columns as [`Page::rows`] does, with so narrow a right one that none of
    /// it is wrapped.
    pub fn long_rows(&mut self, rows: impl IntoIterator<Item = (String, String)>) {
        let rows: Vec<_> = rows.into_iter().collect();
        let widest = rows.iter().map(|(_, right)| right.len()).max();
        self.columns(rows, WIDTH.saturating_sub(4 + widest.unwrap_or(0)));
    }

    fn columns(&mut self, rows: Vec<(String, String)>, most: usize) {
        let fitting = rows
            .iter()
            .map(|(left, _)| left.len())
            .filter(|len| *len <= most);
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
        let mut page = Page::new("title");
        page.long_rows([row(&"y".repeat(60), "short"), row("a", "b")]);
        page.list((0..12).map(|i| format!("--flag {i}")));
        let expected = format!(
            "title\n  {}  short\n  a{}b\n  --flag 0, --flag 1, --flag 2, --flag 3, --flag 4, \
             --flag 5, --flag 6,\n  --flag 7, --flag 8, --flag 9, --flag 10, --flag 11\n",
            "y".repeat(60),
            " ".repeat(61),
        );
        assert_eq!(page.into_text(), expected);
    }
}
