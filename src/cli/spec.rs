//! What a command line may hold, as data: the types of the one table in `commands.rs`.
//! The parser, the help texts and shell completions are all read from that table.

/// How the values of [`Kind::Size`] and [`Kind::Duration`] are written, for help texts.
pub const SIZES_AND_TIMES: &str =
    "Sizes: 1000, 64k, 1M, 1G (k is 1024). Times: 500ms, 10s, 2m, 1h.";

/// One command: `wshub NAME ...`.
#[derive(Debug, PartialEq, Eq)]
pub struct CommandSpec {
    /// The word that selects it, such as `serve`.
    pub name: &'static str,
    /// One line: what it does.
    pub summary: &'static str,
    /// The arguments that are no flags, in their order.
    pub positionals: &'static [PositionalSpec],
    /// Its flags, in the order of the help text.
    pub flags: &'static [FlagSpec],
    /// More flags: the help only names them, since each group has a help topic of its own.
    pub groups: &'static [&'static FlagGroup],
    /// Paragraphs below the flags in the help text.
    pub notes: &'static [&'static str],
    /// Complete command lines, each with what it is for. The first one is also shown when
    /// a positional is missing, so there is at least one.
    pub examples: &'static [(&'static str, &'static str)],
}

/// Flags of one purpose, which commands may have in common.
#[derive(Debug, PartialEq, Eq)]
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
    /// Complete command lines, each with what it is for.
    pub examples: &'static [(&'static str, &'static str)],
}

/// One argument that is no flag.
#[derive(Debug, PartialEq, Eq)]
pub struct PositionalSpec {
    /// What the usage line calls it, such as `URL`.
    pub name: &'static str,
    /// How many of it there are.
    pub arity: Arity,
    /// One line: what it is.
    pub help: &'static str,
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

/// One flag. Built with [`FlagSpec::switch`] or [`FlagSpec::value`] and the methods below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlagSpec {
    /// The long name with its dashes, such as `--listen`.
    pub name: &'static str,
    /// The short name with its dash, such as `-v`; none by default.
    pub short: Option<&'static str>,
    /// What the help calls its value, such as `SIZE`; none for a switch.
    pub value: Option<&'static str>,
    /// Whether it may be given more than once; no by default.
    pub repeat: bool,
    /// The value in force when it is not given, as the help shows it and as a user would
    /// write it (`CommandSpec` tests parse it); none by default.
    pub default: Option<&'static str>,
    /// One line: what it does.
    pub help: &'static str,
    /// What its value must look like. `Switch` exactly when `value` is none.
    pub kind: Kind,
}

/// What a flag's value must look like; checked by the parser, so a command can rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No value: the flag is there or not, or is counted when it may repeat.
    Switch,
    /// Any text that is not empty and has no control characters.
    Text,
    /// The name of a file; not empty.
    Path,
    /// `HOST:PORT`; an IPv6 address stands in brackets; port 0 to 65535.
    Address,
    /// `user:password`.
    Credentials,
    /// `any`, `null`, or an origin: `SCHEME://HOST[:PORT]` and no path.
    Origin,
    /// `any`, or `HOST[:PORT]`.
    Host,
    /// An HTTP token (RFC 9110 section 5.6.2).
    Token,
    /// `Name: value`, one line of an HTTP head.
    Header,
    /// A number of bytes: `1000`, `64k`, `1M`, `16MiB`, `1G`; the units are powers of 1024.
    Size {
        /// The least that is accepted.
        min: u64,
    },
    /// A size, or two with `-` between them, the smaller one first: `1k-4k`; as written.
    SizeRange,
    /// A whole number.
    Count {
        /// The least that is accepted.
        min: u64,
    },
    /// A time: `500ms`, `10s`, `1.5s`, `2m`, `1h`; from 1 ms to 8760 h.
    Duration {
        /// Whether `off` and `0` are accepted, and mean: no such limit.
        off: bool,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
}

impl FlagSpec {
    /// A flag without a value.
    pub const fn switch(name: &'static str, help: &'static str) -> Self {
        let (short, value, repeat, default) = (None, None, false, None);
        let kind = Kind::Switch;
        Self {
            name,
            short,
            value,
            repeat,
            default,
            help,
            kind,
        }
    }

    /// A flag with a value of `kind`, which the help calls `value`.
    pub const fn value(
        name: &'static str,
        value: &'static str,
        kind: Kind,
        help: &'static str,
    ) -> Self {
        let (short, value, repeat, default) = (None, Some(value), false, None);
        Self {
            name,
            short,
            value,
            repeat,
            default,
            help,
            kind,
        }
    }

    /// The same flag with a short name, such as `-H`.
    pub const fn short(mut self, short: &'static str) -> Self {
        self.short = Some(short);
        self
    }

    /// The same flag, which may be given any number of times.
    pub const fn repeat(mut self) -> Self {
        self.repeat = true;
        self
    }

    /// The same flag with the value in force when it is not given.
    pub const fn default(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// Whether `name`, with its dashes, is the long or the short name of this flag.
    pub fn is(&self, name: &str) -> bool {
        self.name == name || self.short == Some(name)
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
