//! Binary messages, written to files. No file that is there is ever written over.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How often another name is tried when a file of that name has just appeared.
const MOST_TRIES: u32 = 1000;

/// A directory that takes every binary message, numbered: `000001.bin`, `000002.bin`.
#[derive(Debug)]
pub(super) struct SaveDir {
    directory: PathBuf,
    next: u64,
}

impl SaveDir {
    /// This directory, made if it is not there. Its numbers go on behind those that it has.
    pub(super) fn open(directory: &Path) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        let names = fs::read_dir(directory)?.filter_map(Result::ok);
        let numbers = names.filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            name.strip_suffix(".bin")?.parse::<u64>().ok()
        });
        Ok(Self {
            directory: directory.to_owned(),
            next: numbers.max().unwrap_or(0).saturating_add(1),
        })
    }

    /// Writes the next one: where.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<PathBuf> {
        for _ in 0..MOST_TRIES {
            let path = self.directory.join(format!("{:06}.bin", self.next));
            self.next = self.next.saturating_add(1);
            match write_new(&path, bytes) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                written => return written.map(|()| path),
            }
        }
        Err(io::Error::from(io::ErrorKind::AlreadyExists))
    }
}

/// Writes a file that is not there yet.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_numbered_and_never_written_over() {
        let directory = std::env::temp_dir().join(format!("wshub-saving-{}", std::process::id()));
        let _ = fs::remove_dir_all(&directory); // of a run before
        let mut saving = SaveDir::open(&directory.join("deep")).unwrap();
        let first = saving.write(b"\0one").unwrap();
        assert_eq!(first, directory.join("deep/000001.bin"));
        fs::write(directory.join("deep/000002.bin"), b"taken").unwrap();
        assert_eq!(
            saving.write(b"two").unwrap(),
            directory.join("deep/000003.bin")
        );
        let mut again = SaveDir::open(&directory.join("deep")).unwrap();
        assert_eq!(again.write(b"").unwrap(), directory.join("deep/000004.bin"));
        assert_eq!(fs::read(first).unwrap(), b"\0one");
        let taken = write_new(&directory.join("deep/000002.bin"), b"x").unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
        fs::remove_dir_all(directory).unwrap();
    }
}
