//! Where a client gets its user and password from: a flag, a file, the environment, or a prompt.
//! Every user of the machine can read an argument; the other sources are private.

use std::env::{self, VarError};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::arguments::ConnectingArgs;
use super::exit::{Exit, Failure};
use super::output::notice;
use super::passwords::is_open_to_others;
use super::prompt;
use wshub::handshake::WsUrl;

/// The environment's `user:password`.
const VARIABLE: &str = "WSHUB_AUTH";

/// The longest first line of a file.
const MOST_BYTES: u64 = 64 << 10;

/// The source of the user's name.
#[derive(Debug, PartialEq, Eq)]
enum Source<'a> {
    /// Complete, from the command line or the environment.
    Given(String),
    File(&'a Path),
    /// This user's password is to be asked for.
    Ask(&'a str),
}

/// What the flags, and the variable where no flag and no URL says it, ask for.
fn source(args: &ConnectingArgs, variable: Option<String>) -> Result<Option<Source<'_>>, String> {
    match (&args.auth, &args.auth_file) {
        (Some(_), Some(_)) => Err("give either --auth or --auth-file, not both".to_owned()),
        (Some(auth), None) if auth.contains(':') => Ok(Some(Source::Given(auth.clone()))),
        (Some(user), None) => Ok(Some(Source::Ask(user))),
        (None, Some(file)) => Ok(Some(Source::File(file))),
        (None, None) => {
            let mut headers = args.headers.iter();
            let in_url = WsUrl::parse(&args.url).is_ok_and(|url| url.userinfo.is_some());
            let is_known =
                in_url || headers.any(|(name, _)| name.eq_ignore_ascii_case("Authorization"));
            match variable.filter(|_| !is_known) {
                Some(value) => checked(value, VARIABLE).map(|value| Some(Source::Given(value))),
                None => Ok(None),
            }
        }
    }
}

/// The value of `Authorization`, if a user is known.
pub(super) fn authorization(args: &ConnectingArgs) -> Result<Option<String>, Failure> {
    let variable = match env::var(VARIABLE) {
        Ok(value) => Some(value).filter(|value| !value.is_empty()),
        Err(VarError::NotPresent) => None,
        Err(VarError::NotUnicode(_)) => {
            return Err(Failure::other(format!("{VARIABLE} is not UTF-8")));
        }
    };
    let source = source(args, variable)
        .map_err(|why| Failure::new(Exit::Usage, format!("{why}\nmore: wshub help connection")))?;
    let Some(source) = source else {
        return Ok(None);
    };
    let user_and_password = match source {
        Source::Given(both) => both,
        Source::File(file) => {
            let line = first_line(file, "--auth-file").map_err(Failure::other)?;
            checked(line, &format!("--auth-file {}", file.display())).map_err(Failure::other)?
        }
        Source::Ask(user) => {
            let password = prompt::password(&format!("Password for {user}: "));
            let password = password.map_err(|why| {
                Failure::new(
                    Exit::Usage,
                    format!(
                        "{why}; write --auth {user}:PASSWORD, or put that into a file and give \
                     --auth-file FILE"
                    ),
                )
            })?;
            format!("{user}:{password}")
        }
    };
    Ok(Some(format!(
        "Basic {}",
        STANDARD.encode(user_and_password)
    )))
}

/// The first line of a file that `flag` names and that holds a password.
pub(super) fn first_line(path: &Path, flag: &str) -> Result<String, String> {
    let shown = path.display();
    let mut line = Vec::new();
    File::open(path)
        .and_then(|file| {
            BufReader::new(file)
                .take(MOST_BYTES)
                .read_until(b'\n', &mut line)
        })
        .map_err(|error| format!("cannot read {flag} {shown}: {error}"))?;
    let line = String::from_utf8(line).map_err(|_| format!("{flag} {shown} is not UTF-8"))?;
    if let Some(warning) = is_open_to_others(path) {
        notice(format_args!("warning: {warning}"));
    }
    let line = line
        .trim_start_matches('\u{feff}')
        .trim_end_matches(['\r', '\n']);
    Ok(line.to_owned())
}

fn checked(text: String, place: &str) -> Result<String, String> {
    if text.chars().any(char::is_control) {
        return Err(format!(
            "{place} has a control character in it; write user:password"
        ));
    }
    match text.contains(':') {
        true => Ok(text),
        false => Err(format!("{place} has no colon in it; write user:password")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn what_says_more_about_this_call_wins() {
        let of = |change: &dyn Fn(&mut ConnectingArgs), variable: Option<&str>| {
            let mut args = ConnectingArgs {
                url: "ws://h/".to_owned(),
                ..ConnectingArgs::default()
            };
            change(&mut args);
            let source = source(&args, variable.map(str::to_owned));
            source.map(|source| source.map(|source| format!("{source:?}")))
        };
        let given = |text: &str| Ok(Some(format!("Given({text:?})")));
        let auth =
            |text: &'static str| move |args: &mut ConnectingArgs| args.auth = Some(text.to_owned());
        let file = |args: &mut ConnectingArgs| args.auth_file = Some(PathBuf::from("f"));
        let in_url = |args: &mut ConnectingArgs| args.url = "ws://bob@h/".to_owned();
        let header = |args: &mut ConnectingArgs| {
            args.headers
                .push(("authorization".to_owned(), "Bearer x".to_owned()));
        };
        let both = |args: &mut ConnectingArgs| {
            auth("a:b")(args);
            file(args);
        };
        assert_eq!(of(&|_| (), None), Ok(None));
        assert_eq!(of(&|_| (), Some("e:f")), given("e:f"));
        assert_eq!(of(&auth("a:b"), Some("e:f")), given("a:b"));
        assert_eq!(
            of(&auth("ana"), Some("e:f")),
            Ok(Some("Ask(\"ana\")".to_owned()))
        );
        assert_eq!(of(&file, Some("e:f")), Ok(Some("File(\"f\")".to_owned())));
        assert_eq!(of(&in_url, Some("e:f")), Ok(None));
        assert_eq!(of(&header, Some("e:f")), Ok(None));
        assert!(of(&both, None).unwrap_err().contains("not both"));
        assert!(
            of(&|_| (), Some("ef"))
                .unwrap_err()
                .contains("WSHUB_AUTH has no colon")
        );
    }
}
