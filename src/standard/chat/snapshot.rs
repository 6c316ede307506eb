//! The state of chat as bytes, the same on every server of a cluster, and back.
//!
//! A client is named by its server and its number there. Times are relative to that of the
//! snapshot. Tables are written in the order of their keys.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::core::{Chat, ChatLimits};
use super::counters::ChatCounters;
use super::grammar::{is_client_name, is_room_name};
use super::history::History;
use super::names::MOST_LEARNT;
use super::past::PastRooms;
use super::person::{COMMANDS, Person};
use super::room::{NOTICES, Room};
use super::spelling::folded;
use crate::cluster::{FieldReader, FieldWriter, MAX_ACCOUNTS, MAX_NAME_BYTES, Malformed, NodeId};
use crate::hub::MemberId;
use crate::protocol::{Pace, Rate};

/// The version of the format.
const VERSION: u8 = 1;

/// Counts that no cluster comes near: a count is bounded by the bytes that are there as well.
const MOST: usize = 1 << 20;

/// The longest line of a history.
const MAX_LINE_BYTES: usize = 16 << 10;

/// A client: its server, and its number there.
type ClientKey = (NodeId, u64);

/// The clients in chat, and how they are called on this server.
pub(in crate::standard) type People = BTreeMap<ClientKey, MemberId>;

impl Chat {
    /// Writes all of it, as of `now`.
    pub(in crate::standard) fn write(
        &self,
        fields: &mut FieldWriter,
        people: &People,
        now: Instant,
    ) {
        fields.byte(VERSION);
        fields.number(self.names.guests);
        fields.number(self.names.learnt as u64);
        let owners: BTreeMap<_, _> = self.names.owners.iter().collect();
        fields.number(owners.len() as u64);
        for (key, owner) in owners {
            fields.text(key);
            fields.text(owner);
        }
        let in_chat = people
            .iter()
            .filter_map(|(key, id)| Some((key, self.people.get(id)?)));
        let in_chat: Vec<_> = in_chat.collect();
        fields.number(in_chat.len() as u64);
        for (key, person) in in_chat {
            write_key(fields, *key);
            fields.text(&person.name);
            fields.maybe_text(person.user.as_deref());
            fields.texts(&person.rooms);
            write_pace(fields, &person.pace, now);
        }
        let keys: HashMap<MemberId, ClientKey> =
            people.iter().map(|(key, id)| (*id, *key)).collect();
        let rooms: BTreeMap<_, _> = self.rooms.iter().collect();
        fields.number(rooms.len() as u64);
        for room in rooms.values() {
            fields.text(&room.name);
            let members = room.members.iter().filter_map(|id| keys.get(id));
            let members: Vec<_> = members.collect();
            fields.number(members.len() as u64);
            for member in members {
                write_key(fields, *member);
            }
            write_history(fields, &room.history);
            write_pace(fields, &room.pace, now);
            fields.number(room.joined as u64);
            fields.number(room.left as u64);
        }
        let past = self.past.iter().flat_map(PastRooms::iter);
        let past: Vec<_> = past.collect();
        fields.number(past.len() as u64);
        for (key, history) in past {
            fields.text(key);
            write_history(fields, history);
        }
        fields.texts(&self.summarizing);
    }

    /// What [`Chat::write`] wrote; `number` says how a client is called here.
    pub(in crate::standard) fn read(
        fields: &mut FieldReader<'_>,
        limits: ChatLimits,
        counters: Arc<ChatCounters>,
        number: impl Fn(ClientKey) -> MemberId,
        now: Instant,
    ) -> Result<(Self, People), Malformed> {
        if fields.byte()? != VERSION {
            return Err(Malformed("another version of this program has written it"));
        }
        let mut chat = Self::in_cluster(limits, counters);
        chat.names.guests = fields.number()?;
        chat.names.learnt = usize::try_from(fields.number()?).unwrap_or(usize::MAX);
        for _ in 0..fields.count(MOST_LEARNT + 64 * MAX_ACCOUNTS)? {
            let (key, owner) = (fields.text(MAX_NAME_BYTES)?, fields.text(MAX_NAME_BYTES)?);
            chat.names.owners.insert(key.to_owned(), owner.to_owned());
        }
        let mut people = People::new();
        for _ in 0..fields.count(MOST)? {
            let key = read_key(fields)?;
            let id = number(key);
            let name = fields.text(MAX_NAME_BYTES)?.to_owned();
            let is_first = chat.names.taken.insert(folded(&name), id).is_none();
            if !is_client_name(&name) || !is_first || people.insert(key, id).is_some() {
                return Err(Malformed("two clients are one, or a name is none"));
            }
            let user = fields.maybe_text(MAX_NAME_BYTES)?.map(str::to_owned);
            let rooms = fields.texts(MOST, MAX_NAME_BYTES)?;
            let mut person = Person::new(name, user, now);
            person.rooms = rooms;
            person.pace = read_pace(fields, COMMANDS, now)?;
            chat.people.insert(id, person);
        }
        for _ in 0..fields.count(MOST)? {
            let room = read_room(fields, &people, limits, now)?;
            if chat.rooms.insert(folded(&room.name), room).is_some() {
                return Err(Malformed("two rooms are one"));
            }
        }
        for _ in 0..fields.count(MOST)? {
            let key = fields.text(MAX_NAME_BYTES)?;
            let history = read_history(fields, limits.history_lines)?;
            if let Some(past) = &mut chat.past {
                past.keep(key, history);
            }
        }
        chat.summarizing = fields.texts(MOST, MAX_NAME_BYTES)?;
        match fields.is_at_end() {
            true => Ok((chat, people)),
            false => Err(Malformed("something follows its end")),
        }
    }
}

fn read_room(
    fields: &mut FieldReader<'_>,
    people: &People,
    limits: ChatLimits,
    now: Instant,
) -> Result<Room, Malformed> {
    let mut room = Room::new(fields.text(MAX_NAME_BYTES)?, now);
    if !is_room_name(&room.name) {
        return Err(Malformed("a room's name is none"));
    }
    for _ in 0..fields.count(MOST)? {
        let member = people.get(&read_key(fields)?);
        let member = member.ok_or(Malformed("a member of a room is not in chat"))?;
        room.members.push(*member);
    }
    room.history = read_history(fields, limits.history_lines)?;
    room.pace = read_pace(fields, NOTICES, now)?;
    let [joined, left] = [fields.number()?, fields.number()?].map(u32::try_from);
    let (Ok(joined), Ok(left)) = (joined, left) else {
        return Err(Malformed("too many have joined or left a room"));
    };
    (room.joined, room.left) = (joined as usize, left as usize);
    Ok(room)
}

fn write_key(fields: &mut FieldWriter, (node, member): ClientKey) {
    fields.number(node.0);
    fields.number(member);
}

fn read_key(fields: &mut FieldReader<'_>) -> Result<ClientKey, Malformed> {
    Ok((NodeId(fields.number()?), fields.number()?))
}

fn write_history(fields: &mut FieldWriter, history: &History) {
    let lines: Vec<&str> = history.lines().collect();
    fields.texts(&lines);
}

fn read_history(fields: &mut FieldReader<'_>, max_lines: usize) -> Result<History, Malformed> {
    let mut history = History::default();
    for line in fields.texts(MOST, MAX_LINE_BYTES)? {
        if line.contains(char::is_control) {
            return Err(Malformed("a line has control characters"));
        }
        history.push(&line, max_lines);
    }
    Ok(history)
}

fn write_pace(fields: &mut FieldWriter, pace: &Pace, now: Instant) {
    let until_full = pace.full_at().saturating_duration_since(now);
    fields.number(u64::try_from(until_full.as_nanos()).unwrap_or(u64::MAX));
}

fn read_pace(fields: &mut FieldReader<'_>, rate: Rate, now: Instant) -> Result<Pace, Malformed> {
    let until_full = Duration::from_nanos(fields.number()?);
    // Far less, if this program wrote it; more would keep a client from its commands for ever.
    match until_full <= Duration::from_secs(3600) {
        true => Ok(Pace::new(rate, now + until_full)),
        false => Err(Malformed("a time is too far ahead")),
    }
}

/// Bytes that anybody may have written: whatever is read is written in one form.
#[cfg(any(test, fuzzing))]
pub(crate) fn read_anything(bytes: &[u8]) {
    let now = Instant::now();
    let read = |bytes: &[u8]| {
        let mut fields = FieldReader::new(bytes);
        let limits = ChatLimits::default();
        Chat::read(
            &mut fields,
            limits,
            Arc::default(),
            |_| MemberId::next(),
            now,
        )
    };
    let written = |(chat, people): (Chat, People)| {
        let mut fields = FieldWriter::default();
        chat.write(&mut fields, &people, now);
        fields.into_bytes()
    };
    if let Ok(once) = read(bytes).map(written) {
        assert_eq!(read(&once).map(written), Ok(once));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::Application;
    use crate::standard::chat::input::{ChatInput, Request, RequestedName};

    /// A chat in which something has happened, as bytes.
    fn lively(now: Instant) -> Vec<u8> {
        let mut chat =
            Chat::in_cluster(ChatLimits::default(), Arc::default()).with_accounts(["boss"]);
        let mut people = People::new();
        let mut effects = Vec::new();
        for member in 0..40 {
            let id = MemberId::next();
            people.insert((NodeId(member % 3), member), id);
            let enter = Request::Enter {
                room: format!("r{}", member.min(3)),
                name: match member % 3 {
                    0 => RequestedName::Guest,
                    1 => RequestedName::Name(format!("n\u{eb}{member}")),
                    _ => RequestedName::User(format!("user {member}")),
                },
            };
            chat.input(ChatInput(enter), Some(id), now, &mut effects);
            let line = if member == 5 {
                "/join gone".to_owned()
            } else {
                format!("line {member}")
            };
            chat.input(ChatInput(Request::Line(line)), Some(id), now, &mut effects);
        }
        let first = people.remove(&(NodeId(0), 0)).unwrap();
        chat.detached(first, now, &mut effects);
        let mut fields = FieldWriter::default();
        chat.write(&mut fields, &people, now);
        fields.into_bytes()
    }

    #[test]
    fn chat_comes_back_from_its_bytes_and_goes_on_as_before() {
        let now = Instant::now();
        let bytes = lively(now);
        read_anything(&bytes);
        let limits = ChatLimits::default();
        let read = |bytes: &[u8]| {
            let mut fields = FieldReader::new(bytes);
            Chat::read(
                &mut fields,
                limits,
                Arc::default(),
                |_| MemberId::next(),
                now,
            )
        };
        let (chat, people) = read(&bytes).unwrap();
        assert_eq!(
            (chat.people.len(), people.len(), chat.rooms.len()),
            (39, 39, 4)
        );
        assert!(chat.rooms.values().any(Room::is_summarizing));
        assert_eq!(chat.past.iter().flat_map(PastRooms::iter).count(), 1);
        let mut fields = FieldWriter::default();
        chat.write(&mut fields, &people, now);
        assert_eq!(fields.into_bytes(), bytes, "not a byte is different");
    }

    #[test]
    fn bytes_that_are_cut_or_changed_are_refused_or_read_as_something_else() {
        let bytes = lively(Instant::now());
        for end in 0..bytes.len() {
            let mut fields = FieldReader::new(&bytes[..end]);
            let limits = ChatLimits::default();
            let now = Instant::now();
            let read = Chat::read(
                &mut fields,
                limits,
                Arc::default(),
                |_| MemberId::next(),
                now,
            );
            assert!(read.is_err(), "cut at {end}");
        }
        let mut changed = bytes.clone();
        for at in 0..bytes.len() {
            for bit in [1, 0x80] {
                changed[at] ^= bit;
                read_anything(&changed);
                changed[at] ^= bit;
            }
        }
    }
}
