//! Tab: completes the text before the cursor.

use super::line::{COMMANDS, Slash};

/// The commands of the chat that are not ours too.
const CHAT_COMMANDS: &[&str] = &["join", "leave", "nick", "rooms", "who"];

/// The most choices that are shown.
const MOST_SHOWN: usize = 60;

/// The result of Tab.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Completion {
    /// This text is inserted.
    Insert(String),
    /// Several are possible: these.
    Choices(String),
    /// Nothing is known to complete it.
    Nothing,
    /// The line is text, not a command: Tab is one of its characters.
    Tab,
}

/// Completes a command, or the path behind `/file` and `/save`. `list` gives the names in a
/// directory, with a slash behind those of directories.
pub(super) fn complete(
    before: &str,
    slash: Slash,
    list: impl Fn(&str) -> Vec<String>,
) -> Completion {
    let Some(command) = before.strip_prefix('/').filter(|_| slash != Slash::Raw) else {
        return Completion::Tab;
    };
    let Some((name, rest)) = command.split_once(' ') else {
        let chat = match slash {
            Slash::OursFirst => CHAT_COMMANDS,
            Slash::Ours | Slash::Raw => &[],
        };
        let names = COMMANDS.iter().chain(chat);
        return choose(command, names.map(|name| format!("{name} ")).collect());
    };
    if !matches!(name, "file" | "save") {
        return Completion::Tab;
    }
    let path = rest.trim_start();
    let (directory, begun) = path
        .rfind('/')
        .map_or(("", path), |at| path.split_at(at + 1));
    let mut names = list(directory);
    let is_hidden = |name: &String| name.starts_with('.') && !begun.starts_with('.');
    names.retain(|name| !is_hidden(name) && !name.contains(char::is_control));
    choose(begun, names)
}

/// Of the names with this beginning: the part that all have in common, or all of them.
fn choose(begun: &str, mut names: Vec<String>) -> Completion {
    names.retain(|name| name.starts_with(begun));
    names.sort();
    let Some(first) = names.first() else {
        return Completion::Nothing;
    };
    let in_common = names.iter().fold(first.as_str(), |common, name| {
        let same = common.chars().zip(name.chars()).take_while(|(a, b)| a == b);
        &common[..same.map(|(c, _)| c.len_utf8()).sum()]
    });
    let more = &in_common[begun.len()..];
    if !more.is_empty() {
        return Completion::Insert(more.to_owned());
    }
    if names.len() == 1 {
        return Completion::Nothing;
    }
    let left_out = names.len().saturating_sub(MOST_SHOWN);
    names.truncate(MOST_SHOWN);
    let shown: Vec<&str> = names.iter().map(|name| name.trim_end()).collect();
    Completion::Choices(match left_out {
        0 => shown.join("  "),
        _ => format!("{}  and {left_out} more", shown.join("  ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_paths_are_completed() {
        let list = |directory: &str| -> Vec<String> {
            let names: &[&str] = match directory {
                "" => &["photo.jpg", "photo.png", ".hidden", "src/", "b\x1b"],
                "src/" => &["main.rs", "\u{e9}t\u{e9}.txt"],
                _ => &[],
            };
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        let insert = |text: &str| Completion::Insert(text.to_owned());
        let choices = |text: &str| Completion::Choices(text.to_owned());
        let rows = [
            ("/pi", Slash::Ours, insert("ng ")),
            ("/p", Slash::Ours, choices("ping  pong")),
            ("/s", Slash::Ours, choices("save  stats")),
            ("/x", Slash::Ours, Completion::Nothing),
            ("/ping", Slash::Ours, insert(" ")),
            ("/jo", Slash::Ours, Completion::Nothing),
            ("/jo", Slash::OursFirst, insert("in ")),
            ("/file ph", Slash::Ours, insert("oto.")),
            ("/file photo.", Slash::Ours, choices("photo.jpg  photo.png")),
            ("/file photo.j", Slash::Ours, insert("pg")),
            ("/file photo.jpg", Slash::Ours, Completion::Nothing),
            ("/file .h", Slash::Ours, insert("idden")),
            ("/file b", Slash::Ours, Completion::Nothing),
            ("/save s", Slash::Ours, insert("rc/")),
            ("/file src/m", Slash::Ours, insert("ain.rs")),
            ("/file src/\u{e9}", Slash::Ours, insert("t\u{e9}.txt")),
            ("/file none/x", Slash::Ours, Completion::Nothing),
            ("/ping x", Slash::Ours, Completion::Tab),
            ("a", Slash::Ours, Completion::Tab),
            ("", Slash::Ours, Completion::Tab),
            ("/pi", Slash::Raw, Completion::Tab),
        ];
        for (before, slash, expected) in rows {
            assert_eq!(complete(before, slash, list), expected, "{before:?}");
        }
    }
}
