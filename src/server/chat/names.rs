//! The names of the clients in chat: each is one client's, whatever its case.

use std::collections::HashSet;

use super::grammar::is_client_name;

/// The names that are taken.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashSet<String>,
    guests: u64,
}

/// What two spellings of one name have in common.
pub(super) fn folded(name: &str) -> String {
    // Up first: a few letters have two small forms of one capital.
    name.to_uppercase().to_lowercase()
}

impl Names {
    /// Takes a name; false if somebody has it.
    pub(super) fn take(&mut self, name: &str) -> bool {
        self.taken.insert(folded(name))
    }

    /// A name that nobody asked for.
    pub(super) fn guest(&mut self) -> String {
        loop {
            self.guests += 1;
            let name = format!("guest-{}", self.guests);
            if self.take(&name) {
                return name;
            }
        }
    }

    /// Takes `wished` or, where somebody has it, the same with a number behind it.
    pub(super) fn like(&mut self, wished: &str) -> String {
        if self.take(wished) {
            return wished.to_owned();
        }
        let numbered = (2..1000).map(|number| format!("{wished}-{number}"));
        let free = numbered
            .filter(|name| is_client_name(name))
            .find(|name| self.take(name));
        free.unwrap_or_else(|| self.guest())
    }

    /// Takes `to` instead of `from`; false, and nothing changes, if somebody else has it.
    pub(super) fn change(&mut self, from: &str, to: &str) -> bool {
        let same = folded(from) == folded(to);
        let done = same || self.take(to);
        if done && !same {
            self.free(from);
        }
        done
    }

    /// Gives a name up.
    pub(super) fn free(&mut self, name: &str) {
        self.taken.remove(&folded(name));
    }

    pub(super) fn len(&self) -> usize {
        self.taken.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_clients_whatever_its_case() {
        let mut names = Names::default();
        assert!(names.take("Ana") && !names.take("aNA"));
        assert!(names.take("stra\u{df}e") && !names.take("STRASSE"));
        assert!(names.change("Ana", "ANA"), "its own name in another case");
        assert!(!names.change("ANA", "Strasse"));
        assert!(names.change("ANA", "bob") && names.take("ana"));
        names.free("BOB");
        assert!(names.take("bob"));
        assert_eq!(names.len(), 3);
    }

    #[test]
    fn guests_get_what_is_free() {
        let mut names = Names::default();
        assert!(names.take("GUEST-1"));
        assert_eq!(names.guest(), "guest-2");
        assert_eq!(names.guest(), "guest-3");
        assert_eq!(names.like("ana"), "ana");
        assert_eq!(names.like("Ana"), "Ana-2");
        let long = "x".repeat(32);
        assert_eq!(names.like(&long), long);
        assert_eq!(names.like(&long), "guest-4");
    }
}
