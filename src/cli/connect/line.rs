//! What a typed line means: a message as it is, or one of our own commands.

use wshub::protocol::CloseCode;

/// Our commands, for `/help`.
pub(super) const HELP: &str = "\
/ping [TEXT]           ping; the pong is shown with its round trip
/pong [TEXT]           an unsolicited pong
/bin HEX               a binary message, such as /bin 00 ff 7f
/file PATH             a file, whole, as a binary message
/save FILE             the last binary message that came, to a new file
/frag N TEXT           a text in N fragments
/last                  the last lines sent, numbered
/!N, /!!               send line N again, or the last one
/stats                 messages, bytes and time so far
/close [CODE [REASON]] close; 1000 if no code is given
/quit                  close with 1000 and leave
//TEXT                 the text /TEXT
keys work as in a shell: Tab completes, Up and Ctrl-R recall lines";

/// What `/help` says behind them in a chat, which is then asked for its own help.
pub(super) const HELP_IN_CHAT: &str =
    "other /commands go to the chat, and /help asks it for them too; it says:";

/// The names of our commands, in order.
pub(super) const COMMANDS: &[&str] = &[
    "bin", "close", "file", "frag", "help", "last", "ping", "pong", "quit", "save", "stats",
];

/// What a line requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// To send this text.
    Text(String),
    /// To send a ping with this payload; with one of our own if it is empty.
    Ping(String),
    /// To send a pong.
    Pong(String),
    /// To send a binary message.
    Binary(Vec<u8>),
    /// To send a file as a binary message.
    File(String),
    /// To write the last binary message that came to this file.
    Save(String),
    /// To send a text in so many fragments.
    Fragments(usize, String),
    /// To show the last lines sent.
    Last,
    /// To send a line again: by its number, or the last one.
    Again(Option<usize>),
    /// To show the figures.
    Stats,
    /// To show the help.
    Help,
    /// To close.
    Close(CloseCode, String),
}

impl Line {
    /// Whether it needs a connection to be done.
    pub(super) fn is_to_be_sent(&self) -> bool {
        match self {
            Self::Text(_) | Self::Ping(_) | Self::Pong(_) | Self::Binary(_) => true,
            Self::File(_) | Self::Fragments(..) | Self::Again(_) => true,
            Self::Save(_) | Self::Last | Self::Stats | Self::Help | Self::Close(..) => false,
        }
    }
}

/// How lines with a slash are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slash {
    /// They are ours; one that we do not have is a mistake.
    Ours,
    /// Those that we do not have are the server's: a chat's. So are `/help` and ours: both answer.
    OursFirst,
    /// All lines are sent as they are.
    Raw,
}

impl Slash {
    /// How lines are taken on this request target.
    pub(super) fn of(target: &str, raw_input: bool) -> Self {
        let path = target.split('?').next().unwrap_or(target);
        match raw_input {
            true => Self::Raw,
            false if path == "/chat" || path.starts_with("/chat/") => Self::OursFirst,
            false => Self::Ours,
        }
    }
}

/// Reads a line without its line break. The error says what to write instead.
pub(super) fn read(line: &str, slash: Slash) -> Result<Line, String> {
    let text = || Line::Text(line.to_owned());
    let Some(command) = line.strip_prefix('/').filter(|_| slash != Slash::Raw) else {
        return Ok(text());
    };
    if command.starts_with('/') {
        return Ok(Line::Text(command.to_owned()));
    }
    if let Some(number) = command.strip_prefix('!') {
        return again(number.trim());
    }
    let (name, rest) = command.split_once(' ').unwrap_or((command, ""));
    let alone = |line: Line| match rest.trim() {
        "" => Ok(line),
        _ => Err(format!(
            "/{name} takes no argument; //{command} sends it as text"
        )),
    };
    match name {
        "ping" => control(rest).map(Line::Ping),
        "pong" => control(rest).map(Line::Pong),
        "bin" => hex(rest).map(Line::Binary),
        "file" if rest.trim().is_empty() => Err("/file needs a path, as in /file photo.jpg".into()),
        "file" => Ok(Line::File(rest.trim().to_owned())),
        "save" if rest.trim().is_empty() => Err("/save needs a file, as in /save photo.jpg".into()),
        "save" => Ok(Line::Save(rest.trim().to_owned())),
        "frag" => fragments(rest),
        "close" => close(rest.trim()),
        "last" => alone(Line::Last),
        "stats" => alone(Line::Stats),
        "help" => alone(Line::Help),
        "quit" => alone(Line::Close(CloseCode::NORMAL, String::new())),
        _ if slash == Slash::OursFirst => Ok(text()),
        _ => Err(format!(
            "no such command: /{name}; /help lists them, //{command} sends it as text"
        )),
    }
}

fn again(number: &str) -> Result<Line, String> {
    match (number, number.parse()) {
        ("!", _) => Ok(Line::Again(None)),
        (_, Ok(number)) if number > 0 => Ok(Line::Again(Some(number))),
        _ => Err("write /!3 to send line 3 again, /!! for the last one; /last numbers them".into()),
    }
}

fn control(text: &str) -> Result<String, String> {
    if text.len() > 125 {
        return Err(format!(
            "that is {} bytes; a ping or pong carries 125 at most",
            text.len()
        ));
    }
    Ok(text.to_owned())
}

fn hex(text: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let malformed = || "write pairs of hex digits, as in /bin 00 ff 7f".to_owned();
    let (pairs, []) = digits.as_chunks::<2>() else {
        return Err(malformed());
    };
    let value = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8); // below 16
    let byte = |[high, low]: &[u8; 2]| Some(value(*high)? << 4 | value(*low)?);
    pairs
        .iter()
        .map(byte)
        .collect::<Option<_>>()
        .ok_or_else(malformed)
}

fn fragments(rest: &str) -> Result<Line, String> {
    let (number, text) = rest
        .trim_start()
        .split_once(' ')
        .unwrap_or((rest.trim(), ""));
    match number.parse() {
        Ok(number @ 1..=131_072) => Ok(Line::Fragments(number, text.to_owned())),
        _ => Err("write the number of fragments and the text, as in /frag 3 hello".into()),
    }
}

fn close(rest: &str) -> Result<Line, String> {
    if rest.is_empty() {
        return Ok(Line::Close(CloseCode::NORMAL, String::new()));
    }
    let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
    let number = code.parse().ok().and_then(CloseCode::from_number);
    let Some(code) = number else {
        return Err(format!(
            "{code} may not be sent; write 1000 to 1003, 1007 to 1014 or 3000 to 4999, as in /close 4000 bye"
        ));
    };
    if reason.len() > wshub::protocol::MAX_REASON_BYTES {
        return Err(format!(
            "that reason is {} bytes; the maximum is 123",
            reason.len()
        ));
    }
    Ok(Line::Close(code, reason.trim().to_owned()))
}

/// Cuts `text` into `number` runs of bytes, as even as they come; some are empty if there are
/// more runs than bytes.
pub(super) fn cut(text: &str, number: usize) -> impl Iterator<Item = &[u8]> {
    let bytes = text.as_bytes();
    let at = move |i: usize| i * (bytes.len() / number) + i.min(bytes.len() % number);
    (0..number).map(move |i| &bytes[at(i)..at(i + 1)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_mean() {
        let text = |text: &str| Line::Text(text.into());
        let code = |number| CloseCode::from_number(number).unwrap();
        let rows = [
            ("", text("")),
            ("hello", text("hello")),
            (" /ping", text(" /ping")),
            ("//ping", text("/ping")),
            ("//", text("/")),
            ("/ping", Line::Ping("".into())),
            ("/ping a b", Line::Ping("a b".into())),
            ("/pong x", Line::Pong("x".into())),
            ("/bin", Line::Binary(vec![])),
            ("/bin 00ff 7F", Line::Binary(vec![0, 255, 127])),
            ("/file a b.txt ", Line::File("a b.txt".into())),
            ("/save a b.bin ", Line::Save("a b.bin".into())),
            ("/frag 3 a b", Line::Fragments(3, "a b".into())),
            ("/frag 2", Line::Fragments(2, "".into())),
            ("/last", Line::Last),
            ("/!7", Line::Again(Some(7))),
            ("/!!", Line::Again(None)),
            ("/stats ", Line::Stats),
            ("/help", Line::Help),
            ("/quit", Line::Close(code(1000), "".into())),
            ("/close", Line::Close(code(1000), "".into())),
            ("/close 4000", Line::Close(code(4000), "".into())),
            (
                "/close 1001 going away",
                Line::Close(code(1001), "going away".into()),
            ),
        ];
        for (line, meaning) in rows {
            assert_eq!(read(line, Slash::Ours), Ok(meaning.clone()), "{line}");
            assert_eq!(read(line, Slash::OursFirst), Ok(meaning), "{line}");
            assert_eq!(read(line, Slash::Raw), Ok(text(line)), "{line}");
        }
        for line in ["/join lobby", "/nick ana", "/who", "/rooms", "/"] {
            assert_eq!(read(line, Slash::OursFirst), Ok(text(line)), "{line}");
            assert!(
                read(line, Slash::Ours).is_err_and(|e| e.contains("/help lists them")),
                "{line}"
            );
        }
    }

    #[test]
    fn mistakes_say_what_to_write() {
        let long = "x".repeat(126);
        let rows = [
            (
                "/foo x",
                "no such command: /foo; /help lists them, //foo x sends it as text",
            ),
            (
                "/quit now",
                "/quit takes no argument; //quit now sends it as text",
            ),
            ("/bin 0", "write pairs of hex digits, as in /bin 00 ff 7f"),
            ("/bin 0g", "write pairs of hex digits, as in /bin 00 ff 7f"),
            (
                "/bin \u{e9}",
                "write pairs of hex digits, as in /bin 00 ff 7f",
            ),
            ("/file ", "/file needs a path, as in /file photo.jpg"),
            ("/save", "/save needs a file, as in /save photo.jpg"),
            (
                "/frag 0 x",
                "write the number of fragments and the text, as in /frag 3 hello",
            ),
            (
                "/frag",
                "write the number of fragments and the text, as in /frag 3 hello",
            ),
            (
                "/!0",
                "write /!3 to send line 3 again, /!! for the last one; /last numbers them",
            ),
            (
                "/!",
                "write /!3 to send line 3 again, /!! for the last one; /last numbers them",
            ),
            (
                "/close 1005",
                "1005 may not be sent; write 1000 to 1003, 1007 to 1014 or 3000 to 4999, as in /close 4000 bye",
            ),
        ];
        for (line, why) in rows {
            assert_eq!(read(line, Slash::Ours), Err(why.to_owned()), "{line}");
        }
        assert!(
            read(&format!("/ping {long}"), Slash::Ours).is_err_and(|e| e.contains("126 bytes"))
        );
        assert!(read(&format!("/close 1000 {long}"), Slash::Ours).is_err());
    }

    #[test]
    fn the_help_names_every_command_and_the_names_are_all_known() {
        for name in COMMANDS {
            assert!(
                *name == "help" || HELP.contains(&format!("/{name}")),
                "{name}"
            );
            let unknown = |why: String| why.starts_with("no such command");
            assert!(
                !read(&format!("/{name}"), Slash::Ours).is_err_and(unknown),
                "{name}"
            );
        }
        assert!(COMMANDS.is_sorted());
        assert!(HELP.lines().all(|line| line.len() <= 78), "80 columns");
    }

    #[test]
    fn slashes_by_endpoint() {
        let rows = [
            ("/chat", false, Slash::OursFirst),
            ("/chat?name=a", false, Slash::OursFirst),
            ("/chat/lobby", false, Slash::OursFirst),
            ("/chatter", false, Slash::Ours),
            ("/echo", false, Slash::Ours),
            ("/echo", true, Slash::Raw),
        ];
        for (target, raw, slash) in rows {
            assert_eq!(Slash::of(target, raw), slash, "{target}");
        }
    }

    #[test]
    fn fragments_are_even_and_whole() {
        let rows: [(&str, usize, &[&str]); 4] = [
            ("abcde", 2, &["abc", "de"]),
            ("abc", 3, &["a", "b", "c"]),
            ("a", 3, &["a", "", ""]),
            ("", 1, &[""]),
        ];
        for (text, number, pieces) in rows {
            let cut: Vec<_> = cut(text, number).collect();
            let pieces: Vec<_> = pieces.iter().map(|p| p.as_bytes()).collect();
            assert_eq!(cut, pieces, "{text} in {number}");
        }
    }
}
