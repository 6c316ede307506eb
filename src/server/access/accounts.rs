//! Users and their passwords, for HTTP Basic authentication (RFC 7617). A password is compared
//! in constant time and printed nowhere.

use std::fmt;
use std::hint::black_box;

/// The users that may log in, with their passwords.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Accounts {
    /// `user:password`, as it stands in a request's credentials.
    accounts: Vec<String>,
}

/// A line that is not an account; lines are counted from 1. The error does not contain the line,
/// which may be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountsError {
    /// No colon between a user and a password.
    NoColon(usize),
    /// There is no user before the colon.
    NoUser(usize),
    /// There is no password after the colon.
    NoPassword(usize),
    /// A control character.
    Control(usize),
    /// The password is a hash, as `htpasswd` writes them.
    Hashed(usize),
    /// A user who is on an earlier line too.
    Twice(usize),
    /// No account at all.
    Empty,
}

impl fmt::Display for AccountsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoColon(line) => write!(f, "line {line} has no colon; write user:password"),
            Self::NoUser(line) => write!(f, "line {line} has no user; write user:password"),
            Self::NoPassword(line) => {
                write!(f, "line {line} has no password; write user:password")
            }
            Self::Control(line) => {
                write!(
                    f,
                    "line {line} has a control character, which no browser sends"
                )
            }
            Self::Hashed(line) => write!(
                f,
                "line {line} has a hash, as htpasswd writes them; write the password itself, \
                 and let only the server's user read the file"
            ),
            Self::Twice(line) => write!(f, "line {line} has a user that an earlier line has"),
            Self::Empty => write!(f, "there is no line with user:password"),
        }
    }
}

impl std::error::Error for AccountsError {}

impl Accounts {
    /// Reads lines of `user:password`. The user ends at the first colon; empty lines, and
    /// lines that begin with `#`, are left out.
    ///
    /// # Errors
    ///
    /// The first line that is no account, or that there is none at all.
    pub fn parse(text: &str) -> Result<Self, AccountsError> {
        let mut accounts = Self::default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text); // some editors' first character
        for (line, account) in (1..).zip(text.lines()) {
            if account.is_empty() || account.starts_with('#') {
                continue;
            }
            let (user, password) = account
                .split_once(':')
                .ok_or(AccountsError::NoColon(line))?;
            if user.is_empty() {
                return Err(AccountsError::NoUser(line));
            }
            if password.is_empty() {
                return Err(AccountsError::NoPassword(line));
            }
            if account.chars().any(char::is_control) {
                return Err(AccountsError::Control(line));
            }
            let hashes = ["$apr1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "{SHA}"];
            if hashes.iter().any(|hash| password.starts_with(hash)) {
                return Err(AccountsError::Hashed(line));
            }
            if accounts.users().any(|other| other == user) {
                return Err(AccountsError::Twice(line));
            }
            accounts.accounts.push(account.to_owned());
        }
        if accounts.is_empty() {
            return Err(AccountsError::Empty);
        }
        Ok(accounts)
    }

    /// Adds the accounts of `other`; a user whom both have keeps both passwords.
    pub fn extend(&mut self, other: Self) {
        self.accounts.extend(other.accounts);
    }

    /// Whether there are no accounts; then there is no authentication.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// The users, in the order of their lines.
    pub fn users(&self) -> impl Iterator<Item = &str> {
        let user = |account: &'_ String| account.find(':').unwrap_or(0);
        (self.accounts.iter()).map(move |account| &account[..user(account)])
    }

    /// Returns the user of these credentials, `user:password`, if they are right.
    ///
    /// Every account is compared to its end, whatever was found before: the time that this takes
    /// depends only on the number of accounts and the length of the credentials.
    pub fn user_of(&self, credentials: &str) -> Option<&str> {
        let mut found = None;
        for (account, user) in self.accounts.iter().zip(self.users()) {
            if is_same(account.as_bytes(), credentials.as_bytes()) {
                found = Some(user);
            }
        }
        found
    }
}

/// Users only.
impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.users()).finish()
    }
}

/// Whether `given` is `secret`, in a time that depends on the length of `given` alone.
fn is_same(secret: &[u8], given: &[u8]) -> bool {
    let mut differences = secret.len() ^ given.len();
    for (at, byte) in given.iter().enumerate() {
        // Past the secret's end, its last byte is compared again; the lengths differ then anyway.
        let place = at.min(secret.len().saturating_sub(1));
        let expected = secret.get(place).copied().unwrap_or(0);
        // The black box keeps the compiler from leaving the loop early.
        differences = black_box(differences | usize::from(expected ^ byte));
    }
    differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_accounts() {
        let text = "\u{feff}# who may come in\r\nana:pa:ss w\u{f6}rd#\r\n\nbo b:x\n";
        let accounts = Accounts::parse(text).unwrap();
        assert_eq!(accounts.users().collect::<Vec<_>>(), ["ana", "bo b"]);
        let rows = [
            ("ana:pa:ss w\u{f6}rd#", Some("ana")),
            ("bo b:x", Some("bo b")),
            ("ana:pa:ss w\u{f6}rd", None),
            ("ana:pa:ss w\u{f6}rd##", None),
            ("ana:x", None),
            ("bo b:", None),
            ("bo b", None),
            ("Bo b:x", None),
            ("ana", None),
            (":", None),
            ("", None),
        ];
        for (credentials, user) in rows {
            assert_eq!(accounts.user_of(credentials), user, "{credentials}");
        }
        assert_eq!(format!("{accounts:?}"), r#"{"ana", "bo b"}"#);
    }

    #[test]
    fn a_bad_line_is_told_by_its_number_and_not_shown() {
        use AccountsError::*;
        let rows = [
            ("", Empty),
            ("# only this\n\n", Empty),
            ("ana:x\nsecret", NoColon(2)),
            (":secret", NoUser(1)),
            ("\n\nana:", NoPassword(3)),
            ("ana:sec\tret", Control(1)),
            ("ana:$2y$05$c4WoMPo3SXsafkva", Hashed(1)),
            ("ana:{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=", Hashed(1)),
            ("ana:x\nbob:y\nana:z", Twice(3)),
        ];
        for (text, expected) in rows {
            let error = Accounts::parse(text).unwrap_err();
            assert_eq!(error, expected, "{text}");
            assert!(!error.to_string().contains("secret"));
        }
    }

    #[test]
    fn sameness_is_exact() {
        let rows: [(&str, &str, bool); 8] = [
            ("a:b", "a:b", true),
            ("a:b", "a:c", false),
            ("a:b", "a:", false),
            ("a:b", "a:bb", false),
            ("a:bb", "a:b", false),
            ("a:b", "", false),
            ("", "", true),
            ("", "a", false),
        ];
        for (secret, given, same) in rows {
            assert_eq!(is_same(secret.as_bytes(), given.as_bytes()), same);
        }
    }
}
