//! Files that the program writes: logs and messages, which are for the user's own eyes.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a file to append to. One that is created can be read and written by this user alone; one
/// that is there keeps its permissions.
pub(super) fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_new_file_is_the_users_own_and_an_old_one_keeps_its_permissions() {
        let path = std::env::temp_dir().join(format!("wshub-files-{}", std::process::id()));
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        append(&path).unwrap().write_all(b"one ").unwrap();
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        append(&path).unwrap().write_all(b"two").unwrap();
        assert_eq!(mode(), 0o640);
        assert_eq!(fs::read_to_string(&path).unwrap(), "one two");
        fs::remove_file(&path).unwrap();
    }
}
