//! The part of a line that is shown in a row of a terminal, and the text that draws it.
//!
//! A line that is longer than the row shows the part around the cursor, with text on both sides
//! of it. The cursor is set by writing the text before it once more: so the terminal itself finds
//! the column, also where it counts the columns of a picture in its own way. The terminal does not
//! wrap meanwhile, so the drawing takes one row whatever it counts.

use super::super::term::{Colour, is_unsafe, paint, printable};
use super::buffer::Buffer;
use super::unicode::{cluster_width, first_cluster, last_cluster, text_width};

const NO_WRAP: &str = "\x1b[?7l";
const WRAP: &str = "\x1b[?7h";

/// The most characters of one cluster that are drawn, as a bound on work.
const MOST_IN_CLUSTER: usize = 32;

/// The most clusters that are looked at on one side of the cursor: more than any row has columns.
const MOST_CLUSTERS: usize = 4096;

/// A row, drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawing {
    /// The text that draws it from the beginning of an empty row, and sets the cursor.
    pub text: String,
    /// The columns that it takes.
    pub columns: usize,
    /// The column that the cursor is in.
    pub cursor: usize,
}

/// The part of a line that is seen.
#[derive(Debug, Default)]
pub(super) struct View {
    /// The first character that is seen, as a place in the line.
    start: usize,
}

/// The text of a part of a row, and its columns.
#[derive(Default)]
struct Part {
    text: String,
    columns: usize,
}

impl View {
    /// Draws `line` behind `prompt`, which is already harmless, in a row of `columns`.
    pub(super) fn draw(
        &mut self,
        prompt: &str,
        line: &Buffer,
        columns: usize,
        colour: bool,
    ) -> Drawing {
        let columns = columns.max(2);
        let prompt = shortened(prompt, columns / 2);
        let mark = format!("{prompt}{} ", paint(Colour::Green, ">", colour));
        let prompt_columns = text_width(&prompt) + 2;
        let (mark, prompt_columns) = match prompt_columns + 4 <= columns {
            true => (mark, prompt_columns),
            false => (String::new(), 0),
        };
        let room = columns - prompt_columns - 1; // the cursor needs one behind the text
        self.scroll(line, room);

        let cut = |mark| paint(Colour::Dim, mark, colour).into_owned();
        let mut before = Part::default();
        let (mut rest, mut is_cut) = (&line.before()[self.start..], self.start > 0);
        while !rest.is_empty() {
            let (cluster, more) = rest.split_at(first_cluster(rest.iter().copied()));
            match std::mem::take(&mut is_cut) {
                // The mark takes the place of the first cluster, whatever its width.
                true => before.push(&cut("<"), 1),
                false => before.push_cluster(cluster, colour),
            }
            rest = more;
        }
        let mut behind = Part::default();
        let mut chars = line.behind().peekable();
        for _ in 0..MOST_CLUSTERS {
            if chars.peek().is_none() {
                break;
            }
            let cluster = next_cluster(&mut chars);
            let mut next = Part::default();
            next.push_cluster(&cluster, colour);
            let needed = next.columns + usize::from(chars.peek().is_some());
            if before.columns + behind.columns + needed > room {
                if before.columns + behind.columns < room {
                    behind.push(&cut(">"), 1);
                }
                break;
            }
            behind.push(&next.text, next.columns);
        }

        let cursor = prompt_columns + before.columns;
        let text = match behind.text.is_empty() {
            true => format!("{NO_WRAP}{mark}{}{WRAP}", before.text),
            false => format!(
                "{NO_WRAP}{mark}{}{}\r{mark}{}{WRAP}",
                before.text, behind.text, before.text
            ),
        };
        Drawing {
            text,
            columns: cursor + behind.columns,
            cursor,
        }
    }

    /// Moves the part that is seen, if the cursor has left it or stands too near to its edge.
    fn scroll(&mut self, line: &Buffer, room: usize) {
        let behind = columns_up_to(line, room + 1);
        let margin = (room / 4).min(10);
        let ahead = behind.min(margin);
        let mut before = line.before();
        let (mut columns, mut middle, mut is_seen) = (0, None, false);
        for _ in 0..MOST_CLUSTERS {
            is_seen |= before.len() == self.start && columns >= margin && columns + ahead < room;
            if before.is_empty() {
                break;
            }
            let start = last_cluster(before);
            let next = columns + shown_width(&before[start..]);
            if next > room / 2 && middle.is_none() {
                middle = Some(before.len());
            }
            if next + ahead >= room {
                break;
            }
            (columns, before) = (next, &before[..start]);
        }
        self.start = match before.is_empty() {
            true if columns + behind <= room => 0,
            _ if is_seen => self.start,
            true => 0,
            false => middle.unwrap_or(before.len()),
        };
    }
}

impl Part {
    fn push(&mut self, text: &str, columns: usize) {
        self.text.push_str(text);
        self.columns += columns;
    }

    fn push_cluster(&mut self, cluster: &[char], colour: bool) {
        let columns = shown_width(cluster);
        match cluster {
            ['\t'] => self.push(" ", columns),
            [c] if is_escaped(*c) => {
                let text = printable(c.encode_utf8(&mut [0; 4])).into_owned();
                self.push(&paint(Colour::Dim, &text, colour), columns);
            }
            _ => {
                self.text.extend(cluster.iter().take(MOST_IN_CLUSTER));
                self.columns += columns;
            }
        }
    }
}

fn is_escaped(c: char) -> bool {
    c == '\n' || is_unsafe(c)
}

/// The columns of a cluster as it is shown.
fn shown_width(cluster: &[char]) -> usize {
    match cluster {
        ['\t'] => 1,
        [c] if is_escaped(*c) => printable(c.encode_utf8(&mut [0; 4])).len(),
        _ => cluster_width(&cluster[..cluster.len().min(MOST_IN_CLUSTER)]),
    }
}

/// The columns of what stands after the cursor, up to a few.
fn columns_up_to(line: &Buffer, most: usize) -> usize {
    let mut chars = line.behind().peekable();
    let mut columns = 0;
    for _ in 0..MOST_CLUSTERS {
        if columns >= most || chars.peek().is_none() {
            break;
        }
        columns += shown_width(&next_cluster(&mut chars));
    }
    columns
}

/// Takes the next cluster off.
fn next_cluster(chars: &mut std::iter::Peekable<impl Iterator<Item = char>>) -> Vec<char> {
    let mut boundaries = super::unicode::Boundaries::default();
    let mut cluster = Vec::new();
    while let Some(c) = chars.next_if(|c| !boundaries.begins_with(*c) || cluster.is_empty()) {
        cluster.push(c);
    }
    cluster
}

/// The end of `text`, in so many columns at the most.
fn shortened(text: &str, most: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut start = chars.len();
    let mut columns = 0;
    while start > 0 {
        let next = last_cluster(&chars[..start]);
        columns += shown_width(&chars[next..start]);
        if columns > most {
            break;
        }
        start = next;
    }
    chars[start..].iter().collect()
}
