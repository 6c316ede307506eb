//! `wshub completions SHELL`: a shell's completion script, written out from the table of commands.

use std::fmt::Write as _;

use super::arguments::Arguments;
use super::exit::{Exit, Failure};
use super::spec::{CommandSpec, FlagSpec, GLOBAL_FLAGS, Table, Takes};

/// The shells.
pub const SHELLS: &[&str] = &["bash", "zsh", "fish", "powershell"];

/// The script of the shell that the command line names.
pub fn print(table: &Table, arguments: &Arguments) -> Result<String, Failure> {
    let shell = arguments.word.as_deref().unwrap_or_default();
    script(table, shell).ok_or_else(|| {
        let all = SHELLS.join(", ");
        let why = format!("no completions for {shell:?}; write one of: {all}");
        Failure::new(Exit::Usage, why)
    })
}

/// The script of a shell; none of one that is not among [`SHELLS`].
fn script(table: &Table, shell: &str) -> Option<String> {
    Some(match shell {
        "bash" => bash(table),
        "zsh" => zsh(table),
        "fish" => fish(table),
        "powershell" => powershell(table),
        _ => return None,
    })
}

fn flags(command: &CommandSpec) -> impl Iterator<Item = &'static FlagSpec> {
    command.all_flags().chain(GLOBAL_FLAGS)
}

/// Every name of every flag of a command.
fn names(command: &CommandSpec) -> Vec<&'static str> {
    flags(command)
        .flat_map(|flag| flag.short().into_iter().chain([flag.name()]))
        .collect()
}

/// The words that a command's first argument may be.
fn words(table: &Table, command: &CommandSpec) -> Vec<&'static str> {
    let words = command.positionals.first().and_then(|first| first.words);
    words.map(|words| words(table)).unwrap_or_default()
}

/// Appends a line; writing to a String cannot fail.
macro_rules! line {
    ($out:expr, $($arg:tt)*) => { let _ = writeln!($out, $($arg)*); };
}

fn bash(table: &Table) -> String {
    let all: Vec<_> = table.names().collect();
    let all = all.join(" ");
    // Bash takes `=` for a word of its own. A value of a flag is not a command, so only known ones
    // count.
    let mut out = format!(
        "# bash completion of wshub\n\
         _wshub_files() {{\n\
         \x20   local IFS=$'\\n'\n\
         \x20   compopt -o filenames 2>/dev/null\n\
         \x20   COMPREPLY=($(compgen -f -- \"$1\"))\n\
         }}\n\
         _wshub() {{\n\
         \x20   local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command= w\n\
         \x20   if [[ $word == = ]]; then word=; fi\n\
         \x20   if [[ $before == = ]]; then before=${{COMP_WORDS[COMP_CWORD-2]}}; fi\n\
         \x20   for w in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n\
         \x20       case \" {all} \" in *\" $w \"*) command=$w; break ;; esac\n\
         \x20   done\n\
         \x20   COMPREPLY=()\n\
         \x20   case ${{command:-serve}}:$before in\n",
    );
    for command in table.commands {
        for flag in flags(command) {
            let pattern: Vec<_> = [Some(flag.name()), flag.short()]
                .into_iter()
                .flatten()
                .map(|n| format!("{}:{n}", command.name))
                .collect();
            let pattern = pattern.join("|");
            match flag.takes {
                Takes::Choice(_) => {
                    let words = flag.choices().join(" ");
                    line!(
                        out,
                        "        {pattern}) COMPREPLY=($(compgen -W '{words}' -- \"$word\")); return ;;"
                    );
                }
                Takes::Value(_) if flag.names_file() => {
                    line!(out, "        {pattern}) _wshub_files \"$word\"; return ;;");
                }
                Takes::Nothing(_) => {}
                Takes::Value(_) => {
                    line!(out, "        {pattern}) return ;;");
                }
            }
        }
    }
    out.push_str("    esac\n    case $command:$word in\n");
    for command in table.commands {
        let pattern = match command.name {
            "serve" => "serve:-*|:-*".to_owned(), // no command has been written so far
            name => format!("{name}:-*"),
        };
        let rows = [
            (pattern, names(command)),
            (format!("{}:*", command.name), words(table, command)),
        ];
        for (pattern, candidates) in rows.iter().filter(|(_, words)| !words.is_empty()) {
            line!(
                out,
                "        {pattern}) COMPREPLY=($(compgen -W '{}' -- \"$word\")) ;;",
                candidates.join(" ")
            );
        }
    }
    line!(
        out,
        "        :*) COMPREPLY=($(compgen -W '{all}' -- \"$word\")) ;;"
    );
    out.push_str("    esac\n}\ncomplete -o bashdefault -F _wshub wshub\n");
    out
}

fn zsh(table: &Table) -> String {
    let mut out = String::from(
        "#compdef wshub\n# zsh completion of wshub\n_wshub() {\n  local -a commands\n  commands=(\n",
    );
    let escape = |text: &str| text.replace('\'', "'\\''").replace(':', "\\:");
    for command in table.commands {
        line!(out, "    '{}:{}'", command.name, escape(command.summary));
    }
    out.push_str(
        "  )\n  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n    _describe command commands\n    return\n  fi\n\
         \x20 local command=serve\n\
         \x20 if [[ $words[2] != -* ]]; then command=$words[2]; shift words; (( CURRENT-- )); fi\n\
         \x20 case $command in\n",
    );
    for command in table.commands {
        line!(out, "    {})\n      _arguments -S \\", command.name);
        for flag in flags(command) {
            let help = escape(flag.help).replace('[', "\\[").replace(']', "\\]");
            // `--name VALUE` and `--name=VALUE` alike.
            let (value, equals) = match (flag.value_name(), flag.choices().as_slice()) {
                (None, _) => (String::new(), ""),
                (Some(name), []) if flag.names_file() => (format!(":{name}:_files"), "="),
                (Some(name), []) => (format!(":{}: ", escape(name)), "="),
                (Some(name), words) => (format!(":{name}:({})", words.join(" ")), "="),
            };
            let star = if flag.repeats() { "*" } else { "" };
            let long = format!("{}{equals}", flag.name());
            for name in flag.short().into_iter().chain([long.as_str()]) {
                line!(out, "        '{star}{name}[{help}]{value}' \\");
            }
        }
        match words(table, command).as_slice() {
            // An action that offers nothing: with no action zsh lists flags and inserts none.
            [] => out.push_str("        '*:argument:{:}'\n"),
            words => {
                line!(out, "        '1:argument:({})'", words.join(" "));
            }
        }
        out.push_str("      ;;\n");
    }
    out.push_str("  esac\n}\nif [[ $funcstack[1] == _wshub ]]; then _wshub \"$@\"; else compdef _wshub wshub; fi\n");
    out
}

fn fish(table: &Table) -> String {
    let mut out = String::from("# fish completion of wshub\ncomplete -c wshub -f\n");
    let quote = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
    let all: Vec<_> = table.names().collect();
    let none = format!("not __fish_seen_subcommand_from {}", all.join(" "));
    for command in table.commands {
        line!(
            out,
            "complete -c wshub -n '{none}' -a {} -d {}",
            command.name,
            quote(command.summary)
        );
    }
    for command in table.commands {
        let here = match command.name {
            "serve" => format!("__fish_seen_subcommand_from serve; or {none}"),
            name => format!("__fish_seen_subcommand_from {name}"),
        };
        for flag in flags(command) {
            let mut row = format!(
                "complete -c wshub -n '{here}' -l {}",
                flag.name().trim_start_matches('-')
            );
            if let Some(short) = flag.short() {
                let _ = write!(row, " -s {}", short.trim_start_matches('-'));
            }
            match flag.takes {
                Takes::Nothing(_) => {}
                Takes::Choice(_) => {
                    let _ = write!(row, " -x -a {}", quote(&flag.choices().join(" ")));
                }
                Takes::Value(_) if flag.names_file() => row.push_str(" -r -F"),
                Takes::Value(_) => row.push_str(" -x"),
            }
            line!(out, "{row} -d {}", quote(flag.help));
        }
        for word in words(table, command) {
            line!(out, "complete -c wshub -n '{here}' -a {word}");
        }
    }
    out
}

fn powershell(table: &Table) -> String {
    let mut out = String::from(
        "# PowerShell completion of wshub\n\
         Register-ArgumentCompleter -Native -CommandName wshub -ScriptBlock {\n\
         \x20   param($wordToComplete, $commandAst, $cursorPosition)\n\
         \x20   $table = @{\n",
    );
    let quoted = |words: &[&str]| {
        let words: Vec<_> = words
            .iter()
            .map(|word| format!("'{}'", word.replace('\'', "''")))
            .collect();
        words.join(", ")
    };
    for command in table.commands {
        let mut candidates = names(command);
        candidates.extend(words(table, command));
        line!(
            out,
            "        '{}' = @({})",
            command.name,
            quoted(&candidates)
        );
    }
    out.push_str("    }\n    $values = @{\n");
    for command in table.commands {
        for flag in flags(command) {
            if let Takes::Choice(_) = flag.takes {
                line!(
                    out,
                    "        '{} {}' = @({})",
                    command.name,
                    flag.name(),
                    quoted(&flag.choices())
                );
            }
        }
    }
    let all: Vec<_> = table.names().collect();
    line!(out, "    }}\n    $commands = @({})", quoted(&all));
    out.push_str(
        "    $written = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { \"$_\" })\n\
         \x20   $done = @(if ($wordToComplete) { $written | Select-Object -SkipLast 1 } else { $written })\n\
         \x20   $command = $done | Where-Object { $_ -in $commands } | Select-Object -First 1\n\
         \x20   $before = $done | Select-Object -Last 1\n\
         \x20   $candidates = if (-not $command) { $commands + $table['serve'] }\n\
         \x20       elseif ($values.ContainsKey(\"$command $before\")) { $values[\"$command $before\"] }\n\
         \x20       else { $table[$command] }\n\
         \x20   $candidates | Where-Object { $_ -like \"$wordToComplete*\" } |\n\
         \x20       ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }\n\
         }\n",
    );
    out
}

#[cfg(test)]
mod tests {
    use super::super::commands::TABLE;
    use super::*;

    #[test]
    fn every_shell_knows_every_command_and_flag() {
        for shell in SHELLS {
            let script = script(&TABLE, shell).unwrap();
            for command in TABLE.commands {
                assert!(script.contains(command.name), "{shell} {}", command.name);
                for flag in flags(command) {
                    let name = if *shell == "fish" {
                        &flag.name()[2..]
                    } else {
                        flag.name()
                    };
                    assert!(script.contains(name), "{shell} {name}");
                    assert!(
                        flag.choices().iter().all(|word| script.contains(word)),
                        "{shell} {name}"
                    );
                }
            }
        }
        assert_eq!(script(&TABLE, "tcsh"), None);
    }

    #[test]
    fn zsh_takes_a_value_behind_a_blank_or_an_equals_sign() {
        let script = script(&TABLE, "zsh").unwrap();
        for row in [
            "'--timestamps=[on a terminal",
            "'*-H[add",
            "'*--header=[add",
            "'--pretty[indent",
        ] {
            assert!(script.contains(row), "{row}");
        }
    }
}
