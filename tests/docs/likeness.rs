//! The part of a printed line that is the same in each run.

/// A line without the parts that differ from run to run: keys, masks, the ports used, and the
/// number of spaces between words.
pub fn likeness(line: &str, was_run: bool) -> String {
    let mut before = "";
    let mut words = Vec::new();
    for word in line.split_whitespace() {
        let is_random = ["Sec-WebSocket-Key:", "Sec-WebSocket-Accept:"].contains(&before);
        words.push(match word {
            _ if is_random => "*".to_owned(),
            _ if word.starts_with("mask=") && word != "mask=none" => "mask=*".to_owned(),
            _ if was_run => without_port(word),
            _ => word.to_owned(),
        });
        before = word;
    }
    words.join(" ")
}

/// The port of a local address becomes that of the pages.
fn without_port(word: &str) -> String {
    for host in ["localhost:", "127.0.0.1:"] {
        if let Some((start, rest)) = word.split_once(host) {
            let end = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            return format!("{start}{host}8765{end}");
        }
    }
    word.to_owned()
}
