//! What a command line may hold, as data: the types of the one table in `commands.rs`. The
//! parser, the help texts and the completions read that table; each is given it as an argument.

use super::arguments::Arguments;
use super::exit::Failure;

/// How sizes and times are written, for help texts.
pub const SIZES_AND_TIMES: &str =
    "Sizes: 1000, 64k, 1M, 1G (k is 1024). Times: 500ms, 10s, 2m, 1h.";

/// The help topic that lists the exit codes.
pub const EXIT_CODES: &str = "exit-codes";

/// Everything that a command line can say.
#[derive(Debug)]
pub struct Table {
    /// Every command, in the order of the help text. The first one is run when none is named.
    pub commands: &'static [&'static CommandSpec],
    /// The groups of flags that have a help topic.
    pub groups: &'static [&'static FlagGroup],
}

/// One command: `wshub NAME ...`.
#[derive(Debug)]
pub struct CommandSpec {
    /// The word that selects it, such as `serve`.
    pub name: &'static str,
    /// One line: what it does.
    pub summary: &'static str,
    /// The arguments that are not flags, in their order.
    pub positionals: &'static [PositionalSpec],
    /// Its flags, in the order of the help text.
    pub flags: &'static [FlagSpec],
    /// More flags: the help only names them, since each group has a help topic of its own.
    pub groups: &'static [&'static FlagGroup],
    /// Paragraphs below the flags in the help text.
    pub notes: &'static [&'static str],
    /// Complete command lines, each with what it is for behind `  # `. The first one is also
    /// shown when a positional is missing, so there is at least one.
    pub examples: &'static [&'static str],
    /// The function that executes it.
    pub action: Action,
}

/// How a command is executed.
#[derive(Debug)]
pub enum Action {
    /// The command itself.
    Run(fn(&Arguments) -> Result<(), Failure>),
    /// A text that is written from the table; the command prints it and does nothing else.
    Print(fn(&Table, &Arguments) -> Result<String, Failure>),
}

/// Flags of one purpose, which commands may have in common.
#[derive(Debug)]
pub struct FlagGroup {
    /// The help topic that explains them.
    pub topic: &'static str,
    /// What they are for: the heading of their names in a command's help.
    pub heading: &'static str,
    /// The topic in the list of topics.
    pub summary: &'static str,
    /// The first line of the topic.
    pub title: &'static str,
    /// The flags, in the order of the help text.
    pub flags: &'static [FlagSpec],
    /// Sentences below the flags.
    pub notes: &'static [&'static str],
    /// Complete command lines, each with what it is for behind `  # `.
    pub examples: &'static [&'static str],
}

/// One argument that is not a flag.
#[derive(Debug)]
pub struct PositionalSpec {
    /// What the usage line calls it, such as `URL`.
    pub name: &'static str,
    /// How many of it there are.
    pub arity: Arity,
    /// One line: what it is.
    pub help: &'static str,
    /// The words that completions offer for it.
    pub words: Option<fn(&Table) -> Vec<&'static str>>,
    /// Puts it into the arguments, or says what is wrong with it and what to write.
    pub set: Read,
}

/// How many arguments a positional takes. Only the last positional may be `Many`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arity {
    /// Exactly one.
    Required,
    /// None or one.
    Optional,
    /// Any number, none included.
    Many,
}

/// One flag. Built with [`FlagSpec::switch`], [`FlagSpec::choice`] or [`FlagSpec::value`].
#[derive(Debug, Clone, Copy)]
pub struct FlagSpec {
    /// As the help writes it: `--listen HOST:PORT...`, `-v, --verbose...`. The short name comes
    /// first, if there is one; the points say that the flag may be given more than once.
    pub written: &'static str,
    /// One line: what it does.
    pub help: &'static str,
    /// What it takes, and what it does to the arguments.
    pub takes: Takes,
    /// Writes the value in force when the flag is not given, as a user would write it; none by
    /// default.
    default: Option<fn(&Arguments) -> String>,
}

/// What a flag takes.
#[derive(Debug, Clone, Copy)]
pub enum Takes {
    /// No value.
    Nothing(fn(&mut Arguments)),
    /// One of a few words.
    Choice(&'static [Choice]),
    /// A value.
    Value(Read),
}

/// A word, and what it does to the arguments.
pub type Choice = (&'static str, fn(&mut Arguments));

/// Reads a value into the arguments, or says what is wrong with it and what to write.
pub type Read = fn(&mut Arguments, &str) -> Result<(), String>;

impl FlagSpec {
    /// A flag without a value.
    pub const fn switch(
        written: &'static str,
        help: &'static str,
        set: fn(&mut Arguments),
    ) -> Self {
        Self::new(written, help, Takes::Nothing(set))
    }

    /// A flag whose value is one of a few words.
    pub const fn choice(
        written: &'static str,
        help: &'static str,
        choices: &'static [Choice],
    ) -> Self {
        Self::new(written, help, Takes::Choice(choices))
    }

    /// A flag with a value that `read` takes.
    pub const fn value(written: &'static str, help: &'static str, read: Read) -> Self {
        Self::new(written, help, Takes::Value(read))
    }

    const fn new(written: &'static str, help: &'static str, takes: Takes) -> Self {
        Self {
            written,
            help,
            takes,
            default: None,
        }
    }

    /// The same flag with a default, which `default` writes from the default arguments.
    pub const fn default(mut self, default: fn(&Arguments) -> String) -> Self {
        self.default = Some(default);
        self
    }

    /// The long name with its dashes, such as `--listen`.
    pub fn name(&self) -> &'static str {
        let mut words = self.words_written();
        words.find(|word| word.starts_with("--")).unwrap_or("")
    }

    /// The short name with its dash, such as `-v`.
    pub fn short(&self) -> Option<&'static str> {
        self.written.split_once(", ").map(|(short, _)| short)
    }

    /// What the help calls its value, such as `SIZE`; none for a switch.
    pub fn value_name(&self) -> Option<&'static str> {
        self.words_written()
            .last()
            .filter(|word| !word.starts_with('-'))
    }

    /// Whether its value names a file.
    pub fn names_file(&self) -> bool {
        matches!(self.value_name(), Some("FILE" | "PEM"))
    }

    /// Whether it may be given more than once.
    pub fn repeats(&self) -> bool {
        self.written.ends_with("...")
    }

    fn words_written(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.written.trim_end_matches("...").split(' ')
    }

    /// Whether `name`, with its dashes, is the long or the short name of this flag.
    pub fn is(&self, name: &str) -> bool {
        self.name() == name || self.short() == Some(name)
    }

    /// The words that its value can be, where there are only a few.
    pub fn choices(&self) -> Vec<&'static str> {
        match self.takes {
            Takes::Choice(choices) => choices.iter().map(|(word, _)| *word).collect(),
            _ => Vec::new(),
        }
    }

    /// Its default as a user would write it. Of a few words, it is the one that changes nothing.
    pub fn default_text(&self) -> Option<String> {
        let defaults = Arguments::default();
        if let Takes::Choice(choices) = self.takes {
            let changes_nothing = |choice: &&Choice| {
                let mut chosen = defaults.clone();
                choice.1(&mut chosen);
                chosen == defaults
            };
            let default = choices.iter().find(changes_nothing);
            return default.map(|(word, _)| (*word).to_owned());
        }
        self.default.map(|default| default(&defaults))
    }

    /// Updates the arguments. `value` is ignored for a switch. The error says what is wrong with
    /// the value, and what to write.
    pub fn update(&self, arguments: &mut Arguments, value: &str) -> Result<(), String> {
        match self.takes {
            Takes::Nothing(set) => set(arguments),
            _ if value.is_empty() => {
                return Err("the value is empty; write one, or leave the flag out".to_owned());
            }
            Takes::Value(read) => return read(arguments, value),
            Takes::Choice(choices) => {
                let chosen = choices.iter().find(|(word, _)| *word == value);
                let (_, choose) = chosen.ok_or_else(|| {
                    let words = self.choices().join(" or ");
                    format!("no such choice as {value}; write {words}")
                })?;
                choose(arguments);
            }
        }
        Ok(())
    }
}

impl CommandSpec {
    /// The flag with this long or short name, dashes included.
    pub fn flag(&self, name: &str) -> Option<&'static FlagSpec> {
        self.all_flags().find(|flag| flag.is(name))
    }

    /// Its own flags and those of its groups, in the order of the help text.
    pub fn all_flags(&self) -> impl Iterator<Item = &'static FlagSpec> + Clone + use<> {
        let groups = self.groups.iter().flat_map(|group| group.flags);
        self.flags.iter().chain(groups)
    }
}

impl Table {
    /// The command with this name.
    pub fn find(&self, name: &str) -> Option<&'static CommandSpec> {
        let mut commands = self.commands.iter().copied();
        commands.find(|command| command.name == name)
    }

    /// The names of the commands.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.commands.iter().map(|command| command.name)
    }

    /// The help topics that are not commands, each with its one-line summary.
    pub fn topics(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        let groups = self.groups.iter();
        let exit_codes = (EXIT_CODES, "what the program's exit codes mean");
        groups
            .map(|group| (group.topic, group.summary))
            .chain([exit_codes])
    }

    /// The names that `wshub help` takes.
    pub fn topic_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.names().chain(self.topics().map(|(name, _)| name))
    }
}

/// The flags that every command has; the parser answers them itself.
pub static GLOBAL_FLAGS: &[FlagSpec] = &[
    FlagSpec::switch("-h, --help", "show this help", |_| {}),
    FlagSpec::switch("-V, --version", "show the version", |_| {}),
];

/// An example's command line, and what it is for.
pub fn example(line: &str) -> (&str, &str) {
    line.split_once("  # ").unwrap_or((line, ""))
}
