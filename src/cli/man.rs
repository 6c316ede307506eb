//! The manual page, in roff (the `man` macros), written out from the table of commands.

use super::exit::Exit;
use super::help::{flag_row, usage_line};
use super::spec::{CommandSpec, FlagGroup, FlagSpec, GLOBAL_FLAGS, Table, example};

/// The page `wshub(1)`.
pub(super) fn page(table: &Table) -> String {
    let mut page = Roff(String::new());
    let version = concat!("wshub ", env!("CARGO_PKG_VERSION"));
    page.request("TH", &["WSHUB", "1", "", version, "User Commands"]);
    page.request("SH", &["NAME"]);
    page.text("wshub - a WebSocket (RFC 6455) server and client");
    page.request("SH", &["SYNOPSIS"]);
    for command in table.commands {
        page.bold(&usage_line(command));
        page.request("br", &[]);
    }
    page.request("SH", &["DESCRIPTION"]);
    page.text(
        "Without a command, wshub is wshub serve; with a ws:// or wss:// URL and no command, it is \
         wshub connect. Payloads alone are written to stdout; notices, prompts and errors go to \
         stderr.",
    );
    for flag in GLOBAL_FLAGS {
        page.flag(flag);
    }
    for command in table.commands {
        page.command(command);
    }
    for group in table.groups {
        page.group(group);
    }
    page.request("SH", &["EXIT STATUS"]);
    for exit in Exit::ALL {
        page.row(&exit.code().to_string(), exit.meaning());
    }
    page.0
}

/// A page that grows line by line.
struct Roff(String);

impl Roff {
    fn command(&mut self, command: &CommandSpec) {
        let title = format!("wshub {}", command.name);
        self.request("SH", &[&title.to_uppercase()]);
        self.bold(&usage_line(command));
        self.request("PP", &[]);
        self.text(&sentence(command.summary));
        for positional in command.positionals {
            self.row(positional.name, positional.help);
        }
        for flag in command.flags {
            self.flag(flag);
        }
        for group in command.groups {
            self.request("PP", &[]);
            let heading = heading(group);
            self.text(&format!("The section {heading} has more flags."));
        }
        self.end(command.flags, command.notes, command.examples);
    }

    fn group(&mut self, group: &FlagGroup) {
        self.request("SH", &[&heading(group)]);
        self.text(&sentence(group.title));
        for flag in group.flags {
            self.flag(flag);
        }
        self.end(group.flags, group.notes, group.examples);
    }

    fn end(&mut self, flags: &[FlagSpec], notes: &[&str], examples: &[&str]) {
        let repeat = flags.iter().any(FlagSpec::repeats);
        let repeat = repeat.then_some("Flags and arguments marked ... may be repeated.");
        for note in repeat.iter().chain(notes) {
            self.request("PP", &[]);
            self.text(note);
        }
        self.request("PP", &[]);
        self.text("Examples:");
        for line in examples {
            let (line, what) = example(line);
            self.row(line, what);
        }
    }

    fn flag(&mut self, flag: &FlagSpec) {
        let (written, help) = flag_row(flag);
        self.row(&written, &help);
    }

    /// A term, and what it is below and beside it.
    fn row(&mut self, term: &str, what: &str) {
        self.request("TP", &[]);
        self.bold(term);
        self.text(what);
    }

    fn bold(&mut self, text: &str) {
        self.request("B", &[text]);
    }

    /// A request with its arguments, each of them one text.
    fn request(&mut self, name: &str, arguments: &[&str]) {
        self.0.push('.');
        self.0.push_str(name);
        for argument in arguments {
            self.0.push_str(" \"");
            self.0.push_str(&escaped(argument).replace('"', "\\(dq"));
            self.0.push('"');
        }
        self.0.push('\n');
    }

    /// A line of text.
    fn text(&mut self, text: &str) {
        if text.starts_with(['.', '\'']) {
            self.0.push_str("\\&"); // it would be a request
        }
        self.0.push_str(&escaped(text));
        self.0.push('\n');
    }
}

fn heading(group: &FlagGroup) -> String {
    group.heading.to_uppercase()
}

/// A summary as a sentence: `run the server` becomes `Run the server.`
fn sentence(summary: &str) -> String {
    let mut chars = summary.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    let end = if summary.ends_with(['.', '?']) {
        ""
    } else {
        "."
    };
    format!(
        "{}{}{end}",
        first.map(String::from).unwrap_or_default(),
        chars.as_str()
    )
}

/// A text whose characters all stand for themselves.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\e"),
            '-' => out.push_str("\\-"),
            '\'' => out.push_str("\\(aq"),
            '`' => out.push_str("\\(ga"),
            '^' => out.push_str("\\(ha"),
            '~' => out.push_str("\\(ti"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::commands::TABLE;
    use super::*;

    #[test]
    fn the_page_has_every_command_flag_and_exit_code() {
        let page = page(&TABLE);
        for command in TABLE.commands {
            assert!(page.contains(&format!(".SH \"WSHUB {}\"", command.name.to_uppercase())));
            for flag in command.all_flags() {
                let written = escaped(flag.written).replace('"', "\\(dq");
                assert!(page.contains(&format!("\n.B \"{written}\"\n")), "{written}");
            }
        }
        for exit in Exit::ALL {
            assert!(page.contains(&escaped(exit.meaning())), "{exit:?}");
        }
        assert!(page.is_ascii() && page.ends_with('\n') && !page.contains("\n\n"));
    }

    #[test]
    fn no_text_is_taken_for_a_request() {
        let mut page = Roff(String::new());
        page.text(".x");
        page.text("'x -\\");
        page.request("B", &["say \"a-b\""]);
        assert_eq!(
            page.0,
            "\\&.x\n\\&\\(aqx \\-\\e\n.B \"say \\(dqa\\-b\\(dq\"\n"
        );
    }
}
