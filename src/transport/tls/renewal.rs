//! Files that are renewed while they are in use: whether they have changed, and with what result.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::Path;

use super::files::{self, TlsFileError};

/// The result of checking a server's TLS files; see [`TlsServer::renew`](super::TlsServer::renew).
#[derive(Debug)]
#[non_exhaustive]
pub enum Renewal {
    /// The files are as they were at the last look.
    Unchanged,
    /// They have changed, and what is in them is used for connections from now on.
    Taken,
    /// They have changed and cannot be used: what was used before stays in use. This is reported
    /// once, until the files change to usable ones again.
    Kept(NotTaken),
}

/// Why changed TLS files are not used.
#[derive(Debug)]
#[non_exhaustive]
pub enum NotTaken {
    /// A file is incomplete, or the certificate and the key do not belong together.
    File(TlsFileError),
    /// The certificate has expired or is not valid yet, and the one in use is valid: a phrase
    /// that says so.
    NotValid(String),
}

impl std::fmt::Display for NotTaken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::NotValid(why) => write!(f, "it {why}"),
        }
    }
}

impl std::error::Error for NotTaken {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File(error) => error.source(),
            Self::NotValid(_) => None,
        }
    }
}

/// What is known of the files' contents.
#[derive(Debug)]
pub(super) struct Watched {
    /// At the last look.
    seen: u64,
    /// When what is in use was read.
    used: u64,
    /// The files' being unusable has been reported.
    told: bool,
}

impl Watched {
    /// `used` is the fingerprint of what is in use.
    pub(super) fn new(used: u64) -> Self {
        Self {
            seen: used,
            used,
            told: false,
        }
    }

    /// Whether contents with this fingerprint are to be tried: they differ from the last ones seen,
    /// and from those in use.
    pub(super) fn is_news(&mut self, fingerprint: u64) -> bool {
        let changed = std::mem::replace(&mut self.seen, fingerprint) != fingerprint;
        if fingerprint == self.used {
            self.told = false;
        }
        changed && fingerprint != self.used
    }

    /// Stores the result for the contents last seen, and returns it for the caller to report.
    pub(super) fn tried(&mut self, outcome: Result<(), NotTaken>) -> Renewal {
        match outcome {
            Ok(()) => {
                (self.used, self.told) = (self.seen, false);
                Renewal::Taken
            }
            Err(_) if std::mem::replace(&mut self.told, true) => Renewal::Unchanged,
            Err(why) => Renewal::Kept(why),
        }
    }
}

/// A number that stands for the contents of these files, or for why they cannot be read.
pub(super) fn fingerprint<'a>(files: impl IntoIterator<Item = &'a Path>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for file in files {
        match files::read(file) {
            Ok(contents) => contents.hash(&mut hasher),
            Err(error) => error.to_string().hash(&mut hasher),
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_tried_once_and_a_fault_told_once() {
        let bad = || Err(NotTaken::NotValid("has expired".into()));
        let is_kept = |renewal| matches!(renewal, Renewal::Kept(_));
        let mut watched = Watched::new(1);
        assert!(!watched.is_news(1));
        assert!(watched.is_news(2));
        assert!(is_kept(watched.tried(bad())));
        assert!(!watched.is_news(2), "tried already");
        assert!(watched.is_news(3));
        assert!(!is_kept(watched.tried(bad())), "told already");
        assert!(watched.is_news(4));
        assert!(matches!(watched.tried(Ok(())), Renewal::Taken));
        assert!(!watched.is_news(4));
        assert!(watched.is_news(5));
        assert!(is_kept(watched.tried(bad())), "another fault");
        assert!(!watched.is_news(4), "what is in use is back");
        assert!(watched.is_news(5));
        assert!(is_kept(watched.tried(bad())), "and gone again");
    }
}
