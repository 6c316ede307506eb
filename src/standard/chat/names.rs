//! The names of the clients in chat: no two clients have the same, whatever its case and spelling,
//! and the name of an account belongs to that account.

use std::collections::HashMap;

use super::grammar::{MAX_NAME_CHARS, is_client_name};
use super::spelling::folded;
use crate::hub::MemberId;

/// The most users that are remembered because they connected; those that are given at the start are
/// always known.
pub(super) const MOST_LEARNT: usize = 10_000;

/// The names in use, and the names that belong to a user.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Who has a name, by the folded name.
    pub(super) taken: HashMap<String, MemberId>,
    /// The user that a name belongs to, by the folded name.
    pub(super) owners: HashMap<String, String>,
    pub(super) learnt: usize,
    pub(super) guests: u64,
}

/// Why a client does not get a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotFree {
    /// Another client has it.
    Taken,
    /// It belongs to an account that is not the client's.
    Owned,
}

/// The name of a client that has proved to be a user.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) name: String,
    /// A client that had the name, and has none until it is given another.
    pub(super) displaced: Option<MemberId>,
}

/// The name of an account as one for chat: without the characters that such a name cannot have.
pub(super) fn as_name(user: &str) -> String {
    let mut name = String::new();
    let mut length = 0;
    for c in user.chars() {
        if length == MAX_NAME_CHARS {
            break;
        }
        name.push(c);
        match is_client_name(&name) {
            true => length += 1,
            false => drop(name.pop()),
        }
    }
    if name.is_empty() { "user".into() } else { name }
}

impl Names {
    /// Makes the name of a user its own, unless it belongs to another user already.
    pub(super) fn reserve(&mut self, user: &str) {
        let owner = self.owners.entry(folded(&as_name(user)));
        owner.or_insert_with(|| user.to_owned());
    }

    /// Whether a name belongs to somebody other than `user`. With a number after it (`ana-2`), a
    /// name counts as the name itself: further clients of the same user get such names, and so do
    /// users whose names are the same in chat.
    fn is_anothers(&self, key: &str, user: Option<&str>) -> bool {
        let mut name = key;
        loop {
            if let Some(owner) = self.owners.get(name) {
                let is_own = user.is_some_and(|user| {
                    user == owner || (name != key && folded(&as_name(user)) == name)
                });
                return !is_own;
            }
            match name.rsplit_once('-') {
                Some((before, number)) if is_number(number) => name = before,
                _ => return false,
            }
        }
    }

    /// Takes a name for `member`, who has proved to be `user`, or has proved nothing.
    pub(super) fn take(
        &mut self,
        name: &str,
        member: MemberId,
        user: Option<&str>,
    ) -> Result<(), NotFree> {
        let key = folded(name);
        if self.is_anothers(&key, user) {
            return Err(NotFree::Owned);
        }
        if self.taken.contains_key(&key) {
            return Err(NotFree::Taken);
        }
        self.taken.insert(key, member);
        Ok(())
    }

    /// A name for a client that asked for none.
    pub(super) fn guest(&mut self, member: MemberId) -> String {
        loop {
            self.guests += 1;
            let name = format!("guest-{}", self.guests);
            // An account named guest does not own all of these.
            if !self.owners.contains_key(&name) && !self.taken.contains_key(&name) {
                self.taken.insert(name.clone(), member);
                return name;
            }
        }
    }

    /// Takes the name of a user that `member` has proved to be. Whoever has it loses it, unless
    /// `is_same` says that it is the same user; then the name gets a number.
    pub(super) fn claim(
        &mut self,
        user: &str,
        member: MemberId,
        is_same: impl Fn(MemberId) -> bool,
    ) -> Claim {
        let name = as_name(user);
        let key = folded(&name);
        if self.learnt < MOST_LEARNT && !self.owners.contains_key(&key) {
            self.learnt += 1;
            self.reserve(user);
        }
        let is_own = self.owners.get(&key).is_some_and(|owner| owner == user);
        let has = self.taken.get(&key).copied();
        let displaced = has.filter(|has| is_own && !is_same(*has));
        let name = match displaced {
            Some(_) => {
                self.taken.insert(key, member);
                name
            }
            None => self.like(&name, member, user),
        };
        Claim { name, displaced }
    }

    /// Takes the name of a user, or the same name with a number after it if another client has it.
    pub(super) fn like(&mut self, wished: &str, member: MemberId, user: &str) -> String {
        let numbered = (2..1000).map(|number| format!("{wished}-{number}"));
        let mut names = [wished.to_owned()].into_iter().chain(numbered);
        let free =
            names.find(|name| is_client_name(name) && self.take(name, member, Some(user)).is_ok());
        free.unwrap_or_else(|| self.guest(member))
    }

    /// Takes `to` instead of `from`; nothing changes if `to` is not free.
    pub(super) fn change(
        &mut self,
        from: &str,
        to: &str,
        member: MemberId,
        user: Option<&str>,
    ) -> Result<(), NotFree> {
        if folded(from) != folded(to) {
            self.take(to, member, user)?;
            self.free(from);
        }
        Ok(())
    }

    /// Makes a name free again.
    pub(super) fn free(&mut self, name: &str) {
        self.taken.remove(&folded(name));
    }

    pub(super) fn len(&self) -> usize {
        self.taken.len()
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use NotFree::{Owned, Taken};

    #[test]
    fn a_name_is_one_clients_whatever_its_case() {
        let mut names = Names::default();
        let one = MemberId::next();
        let mut take = |name| names.take(name, one, None);
        assert_eq!([take("Ana"), take("aNA")], [Ok(()), Err(Taken)]);
        assert_eq!([take("stra\u{df}e"), take("STRASSE")], [Ok(()), Err(Taken)]);
        let jose = ["JOS\u{c9}", "jose\u{301}", "Jose"].map(&mut take);
        assert_eq!(
            jose,
            [Ok(()), Err(Taken), Ok(())],
            "an accent in one character or in two"
        );
        let mut change = |from, to| names.change(from, to, one, None);
        assert_eq!(change("Ana", "ANA"), Ok(()), "its own name in another case");
        assert_eq!(change("ANA", "Strasse"), Err(Taken));
        assert_eq!(change("ANA", "bob"), Ok(()));
        assert_eq!(names.take("ana", one, None), Ok(()));
        names.free("BOB");
        assert_eq!(names.take("bob", one, None), Ok(()));
        assert_eq!(names.len(), 5);
    }

    #[test]
    fn an_account_keeps_what_a_name_may_have() {
        let rows = [
            ("ana", "ana"),
            ("Ana Lima <ana@x>", "AnaLimaanax"),
            ("Jose\u{301}", "Jose\u{301}"),
            ("\u{301}Jose 7\u{301}", "Jose7"),
            ("<>", "user"),
        ];
        for (user, name) in rows {
            assert_eq!(as_name(user), name);
        }
        assert_eq!(as_name(&"x".repeat(1000)), "x".repeat(32));
    }

    #[test]
    fn guests_get_what_is_free() {
        let mut names = Names::default();
        let one = MemberId::next();
        names.reserve("guest");
        names.reserve("Guest-3");
        assert_eq!(names.take("GUEST-1", one, Some("guest")), Ok(()));
        assert_eq!(names.guest(one), "guest-2");
        assert_eq!(names.guest(one), "guest-4");
        let long = "x".repeat(32);
        assert_eq!(names.like(&long, one, &long), long);
        assert_eq!(names.like(&long, one, &long), "guest-5");
    }

    #[test]
    fn the_name_of_an_account_belongs_to_that_account() {
        let mut names = Names::default();
        for user in ["ana", "Ana-7", "b@b", "zo\u{eb}"] {
            names.reserve(user);
        }
        let one = MemberId::next();
        // (the name, who asks for it, the answer)
        let rows = [
            ("ana", None, Err(Owned)),
            ("ANA", Some("bob"), Err(Owned)),
            ("ana-2", Some("bob"), Err(Owned)),
            ("ana-2-3", None, Err(Owned)),
            ("ana-7", Some("ana"), Err(Owned)),
            ("bb", Some("bob"), Err(Owned)),
            ("Zoe\u{308}", Some("bob"), Err(Owned)),
            ("ana-", None, Ok(())),
            ("ana-x", None, Ok(())),
            ("anna", None, Ok(())),
            ("ana", Some("ANA"), Err(Owned)),
            ("ana-2", Some("ana"), Ok(())),
            ("ana-9", Some("ANA"), Ok(())),
            ("ana-7-1", Some("Ana-7"), Ok(())),
            ("bb", Some("b@b"), Ok(())),
            ("ana", Some("ana"), Ok(())),
            ("ana", Some("ana"), Err(Taken)),
        ];
        for (name, user, expected) in rows {
            assert_eq!(names.take(name, one, user), expected, "{name} {user:?}");
        }
    }

    #[test]
    fn a_user_that_comes_gets_its_name_from_whoever_has_it() {
        let mut names = Names::default();
        let [impostor, first, second, other] = [(); 4].map(|()| MemberId::next());
        assert_eq!(names.take("Ana", impostor, None), Ok(()));
        let claim = |names: &mut Names, user, member, displaced| {
            let claim = names.claim(user, member, |has| has != impostor);
            assert_eq!(claim.displaced, displaced);
            claim.name
        };
        assert_eq!(claim(&mut names, "ana", first, Some(impostor)), "ana");
        assert_eq!(claim(&mut names, "ana", second, None), "ana-2");
        assert_eq!(claim(&mut names, "Ana", other, None), "Ana-3");
        assert_eq!(names.take("ana-4", impostor, None), Err(Owned));
        names.free("ana");
        assert_eq!(
            names.take("ANA", impostor, None),
            Err(Owned),
            "it stays hers"
        );
    }

    #[test]
    fn so_many_users_are_remembered() {
        let mut names = Names::default();
        for n in 0..MOST_LEARNT + 5 {
            names.claim(&format!("user{n}"), MemberId::next(), |_| false);
        }
        assert_eq!(names.owners.len(), MOST_LEARNT);
    }
}
