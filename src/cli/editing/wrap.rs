//! Text broken into rows of a terminal, at blanks where there are any.

use super::unicode::{cluster_width, first_cluster, text_width};

/// Breaks one line of harmless text into rows: the first of `first` columns, the others of
/// `others`. A word that fits in no row is broken itself. Blanks at the beginning stay, and runs of
/// blanks within a row too.
pub fn rows(line: &str, first: usize, others: usize) -> Vec<String> {
    let mut rows = Vec::new();
    let mut row = String::new();
    let mut left = first.max(2);
    for word in words(line) {
        // Blanks at the end of a row are not seen.
        if text_width(word.trim_end()) > left && !row.trim().is_empty() {
            rows.push(std::mem::take(&mut row));
            left = others.max(2);
        }
        let chars: Vec<char> = word.chars().collect();
        let mut rest = chars.as_slice();
        while !rest.is_empty() {
            let (cluster, more) = rest.split_at(first_cluster(rest.iter().copied()));
            let columns = cluster_width(cluster);
            if columns > left && cluster != [' '] {
                rows.push(std::mem::take(&mut row));
                left = others.max(2);
            }
            left = left.saturating_sub(columns);
            row.extend(cluster);
            rest = more;
        }
    }
    rows.push(row);
    for row in &mut rows {
        row.truncate(row.trim_end().len());
    }
    rows
}

/// The words of a line, each with the blanks behind it.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let blank = rest.find(' ').unwrap_or(rest.len());
        let end = rest[blank..]
            .find(|c| c != ' ')
            .unwrap_or(rest.len() - blank);
        let (word, more) = rest.split_at(blank + end);
        rest = more;
        (!word.is_empty()).then_some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_long_words_anywhere() {
        let rows_of: [(&str, usize, usize, &[&str]); 9] = [
            ("", 10, 10, &[""]),
            ("one two", 7, 7, &["one two"]),
            ("one two three", 9, 9, &["one two", "three"]),
            ("one two three", 3, 9, &["one", "two three"]),
            ("/ping  a ping", 8, 8, &["/ping  a", "ping"]),
            ("abcdefghij kl", 4, 4, &["abcd", "efgh", "ij", "kl"]),
            ("a abcdefgh", 4, 4, &["a", "abcd", "efgh"]),
            (
                "\u{4e2d}\u{6587}\u{5b57}",
                5,
                5,
                &["\u{4e2d}\u{6587}", "\u{5b57}"],
            ),
            ("xyz", 0, 0, &["xy", "z"]),
        ];
        for (line, first, others, expected) in rows_of {
            assert_eq!(rows(line, first, others), expected, "{line:?} in {first}");
        }
    }
}
