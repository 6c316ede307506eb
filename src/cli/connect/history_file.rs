//! The sent lines of earlier runs: a file in the platform's folder for states, that only its
//! owner can read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::super::arguments::HistoryFile as Wanted;

/// The most lines that are read; the file is cut back to them when it is large.
const MOST_LINES: usize = 1000;

/// How much of the file is read, from its end; a larger file is cut back.
const MOST_BYTES: u64 = 1 << 20;

/// The longest line that is kept.
const LONGEST_LINE: usize = 16 << 10;

/// The file.
#[derive(Debug)]
pub(super) struct HistoryFile {
    path: PathBuf,
}

impl HistoryFile {
    /// The file that is wanted, and its lines. None if none is wanted, or there is no folder.
    pub(super) fn open(wanted: &Wanted) -> io::Result<Option<(Self, Vec<String>)>> {
        let path = match wanted {
            Wanted::None => return Ok(None),
            Wanted::At(path) => path.clone(),
            Wanted::Standard => match standard_path(|name| std::env::var_os(name)) {
                None => return Ok(None),
                Some(path) => {
                    let folder = path.parent().unwrap_or(Path::new(""));
                    make_private_folder(folder)?;
                    path
                }
            },
        };
        let mut file = private().read(true).append(true).open(&path)?;
        keep_private(&file)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(MOST_BYTES)))?;
        let mut bytes = Vec::new();
        file.take(MOST_BYTES).read_to_end(&mut bytes)?;
        let lines = lines_of(&bytes, length > MOST_BYTES);
        let file = Self { path };
        if length > MOST_BYTES {
            file.cut_back(&lines)?;
        }
        Ok(Some((file, lines)))
    }

    /// Keeps a line for later runs, if it is one of those that are kept.
    pub(super) fn add(&self, line: &str) -> io::Result<()> {
        if !is_kept(line) {
            return Ok(());
        }
        // It is written at once, and in one piece, since other runs write to the same file.
        let mut file = private().append(true).open(&self.path)?;
        file.write_all(format!("{line}\n").as_bytes())
    }

    fn cut_back(&self, lines: &[String]) -> io::Result<()> {
        let mut beside = self.path.clone().into_os_string();
        beside.push(format!(".{}", std::process::id()));
        let mut file = private().write(true).truncate(true).open(&beside)?;
        file.write_all((lines.join("\n") + "\n").as_bytes())?;
        fs::rename(&beside, &self.path)
    }
}

/// Whether a line is kept in the file: not if it begins with a space, as in shells, and not if it
/// contains a password, as in `ws://user:password@host`.
fn is_kept(line: &str) -> bool {
    let has_password = line.split_whitespace().any(|word| {
        let word = word.split_once("://").map_or(word, |(_, behind)| behind);
        let user = word.rsplit_once('@').map_or("", |(user, _)| user);
        user.split_once(':')
            .is_some_and(|(_, password)| !password.is_empty())
    });
    !line.is_empty()
        && line.len() <= LONGEST_LINE
        && !line.starts_with(char::is_whitespace)
        && !line.contains(|c: char| c.is_control() && c != '\t')
        && !has_password
}

/// The last lines of the file. `is_cut`: its beginning is missing.
fn lines_of(bytes: &[u8], is_cut: bool) -> Vec<String> {
    let lines = bytes.split(|byte| *byte == b'\n').skip(usize::from(is_cut));
    let texts = lines.filter_map(|line| std::str::from_utf8(line).ok());
    let mut kept: Vec<String> = texts
        .filter(|line| is_kept(line))
        .map(str::to_owned)
        .collect();
    kept.drain(..kept.len().saturating_sub(MOST_LINES));
    kept
}

/// The path of the file, by the conventions of the platform.
fn standard_path(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<PathBuf> {
    let folder = |name| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let states = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_vendor = "apple") {
        folder("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")))
    };
    Some(states?.join("wshub").join("history"))
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Takes the rights of others away from a file that was there before.
fn keep_private(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let metadata = file.metadata()?;
        if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
    }
    let _ = file; // elsewhere the folder is the person's own
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_but_for_blanks_and_passwords() {
        let rows = [
            ("hello", true),
            ("a\tb", true),
            ("{\"a\":\"b\"}", true),
            ("mail ana@example.com: soon", true),
            ("see ws://ana@example.com/x", true),
            ("see ws://example.com:80/@x", false), // it may be one
            (" hello", false),
            ("\thello", false),
            ("", false),
            ("see ws://ana:secret@example.com/x", false),
            ("ana:secret@example.com", false),
            ("a\x1bb", false),
        ];
        for (line, expected) in rows {
            assert_eq!(is_kept(line), expected, "{line:?}");
        }
        assert!(!is_kept(&"x".repeat(LONGEST_LINE + 1)));
    }

    #[test]
    fn the_folder_is_the_platforms() {
        let home = if cfg!(windows) {
            r"C:\Users\ana"
        } else {
            "/home/ana"
        };
        let of = |known: &'static [&'static str]| {
            standard_path(move |name| known.contains(&name).then(|| home.into()))
        };
        assert_eq!(of(&[]), None);
        let all = of(&["HOME", "LOCALAPPDATA"]);
        assert!(all.is_some_and(|path| path.starts_with(home) && path.ends_with("wshub/history")));
        let relative = standard_path(|_| Some("not/absolute".into()));
        assert_eq!(relative, None);
    }

    #[test]
    fn lines_come_back_in_the_next_run_from_a_private_file() {
        let path = std::env::temp_dir().join(format!("wshub-history-{}", std::process::id()));
        fs::write(&path, "old\n\u{1b}bad\n").unwrap();
        let wanted = Wanted::At(path.clone());
        let (file, lines) = HistoryFile::open(&wanted).unwrap().unwrap();
        assert_eq!(lines, ["old"]);
        for line in ["one", " blank", "ws://a:b@c", "two"] {
            file.add(line).unwrap();
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
        let (file, lines) = HistoryFile::open(&wanted).unwrap().unwrap();
        assert_eq!(lines, ["old", "one", "two"]);
        // A file that has grown is cut back to its last lines.
        let long = "x".repeat(LONGEST_LINE);
        for _ in 0..MOST_BYTES as usize / LONGEST_LINE {
            file.add(&long).unwrap();
        }
        file.add("last").unwrap();
        let (_, lines) = HistoryFile::open(&wanted).unwrap().unwrap();
        assert_eq!(lines.last().map(String::as_str), Some("last"));
        assert!(fs::metadata(&path).unwrap().len() <= MOST_BYTES);
        assert!(HistoryFile::open(&Wanted::None).unwrap().is_none());
        fs::remove_file(path).unwrap();
    }
}
