//! Where `wshub serve` has its passwords from: a file, the environment, or both. They are never
//! arguments, which every user of the machine can list.

use std::fs;
use std::path::Path;

use super::environment;
use wshub::server::Accounts;

/// The environment's lines of `user:password`.
const VARIABLE: &str = "WSHUB_BASIC_AUTH";

/// Reads the accounts; nobody where neither source is given. The error says what to do.
pub(super) fn read(file: Option<&Path>) -> Result<Accounts, String> {
    let mut accounts = Accounts::default();
    if let Some(path) = file {
        let shown = path.display();
        let text = fs::read_to_string(path)
            .map_err(|error| format!("cannot read --basic-auth-file {shown}: {error}"))?;
        if let Some(warning) = is_open_to_others(path) {
            log::warn!("{warning}");
        }
        accounts = parse(&text).map_err(|why| format!("--basic-auth-file {shown}: {why}"))?;
    }
    if let Some(text) = environment::read(VARIABLE)? {
        accounts.extend(parse(&text).map_err(|why| format!("{VARIABLE}: {why}"))?);
    }
    Ok(accounts)
}

fn parse(text: &str) -> Result<Accounts, String> {
    Accounts::parse(text).map_err(|error| error.to_string())
}

/// A warning where other users of the machine may read the file.
#[cfg(unix)]
pub(super) fn is_open_to_others(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).ok()?.permissions().mode();
    (mode & 0o077 != 0).then(|| {
        format!(
            "the passwords in {path:?} can be read by other users of this machine (mode {:03o}); \
             close it with: chmod 600 {path:?}",
            mode & 0o777
        )
    })
}

/// Other systems have other permissions.
#[cfg(not(unix))]
pub(super) fn is_open_to_others(_: &Path) -> Option<String> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_that_others_may_read_is_warned_of() {
        let path = std::env::temp_dir().join(format!("wshub-passwords-{}", std::process::id()));
        fs::write(&path, "ana:secret").unwrap();
        for (mode, warned) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let warning = is_open_to_others(&path);
            assert_eq!(warning.is_some(), warned, "{mode:o}");
            assert!(!warning.unwrap_or_default().contains("secret"));
        }
        fs::remove_file(&path).unwrap();
    }
}
