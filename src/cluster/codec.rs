//! Encodes a bundle of inputs as the bytes of one log entry, and decodes it: a version byte, then
//! the inputs up to the end.

use std::fmt;

use super::fields::{FieldReader, FieldWriter, Malformed};
use super::input::{Input, Payload, Terms, WantedName};
use super::log::MAX_BUNDLE_BYTES;

/// The version of the format that this program writes, and the only one that it reads.
const VERSION: u8 = 1;

/// The longest message of `/broadcast` in a cluster.
pub const MAX_PAYLOAD_BYTES: usize = 8 << 20;

/// A bundle has no more inputs than this.
pub const MAX_INPUTS: usize = 256;

/// A bundle that has so many bytes takes no further input.
const ENOUGH_BYTES: usize = 256 << 10;

/// The longest name of a client, a user or a room that is decoded, before chat validates it; and
/// the longest line.
pub const MAX_NAME_BYTES: usize = 16 << 10;
const MAX_LINE_BYTES: usize = 16 << 10;

/// The most rooms in one `Input::Return`.
const MAX_ROOMS: usize = 1024;

/// The most accounts in a node's terms.
pub const MAX_ACCOUNTS: usize = 10_000;

/// Why a bundle was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BundleError {
    /// It was written by a version of this program that uses another format.
    Version(u8),
    /// Its bytes are not what a node writes.
    Malformed(Malformed),
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "its format is version {version}"),
            Self::Malformed(why) => why.fmt(f),
        }
    }
}

impl From<Malformed> for BundleError {
    fn from(why: Malformed) -> Self {
        Self::Malformed(why)
    }
}

mod tag {
    pub(super) const HELLO: u8 = 0;
    pub(super) const TEXT: u8 = 1;
    pub(super) const BINARY: u8 = 2;
    pub(super) const ENTER_GUEST: u8 = 3;
    pub(super) const ENTER_NAME: u8 = 4;
    pub(super) const ENTER_USER: u8 = 5;
    pub(super) const RETURN: u8 = 6;
    pub(super) const LINE: u8 = 7;
    pub(super) const EXIT: u8 = 8;
    pub(super) const BEAT: u8 = 9;
    pub(super) const BYE: u8 = 10;
}

/// A bundle under construction.
#[derive(Debug)]
pub struct BundleWriter {
    fields: FieldWriter,
    inputs: usize,
}

impl BundleWriter {
    pub fn new() -> Self {
        let mut fields = FieldWriter::default();
        fields.byte(VERSION);
        Self { fields, inputs: 0 }
    }

    /// Whether the bundle has room for this input. An empty bundle accepts any input.
    pub fn has_room_for(&self, input: &Input) -> bool {
        let bytes = match input {
            Input::Publish(payload) => payload.as_bytes().len(),
            _ => 0, // other inputs are small; the bound need not be exact
        };
        self.inputs == 0
            || self.inputs < MAX_INPUTS && self.fields.len().saturating_add(bytes) <= ENOUGH_BYTES
    }

    pub fn push(&mut self, input: &Input) {
        self.inputs += 1;
        let fields = &mut self.fields;
        match input {
            Input::Hello(terms) => {
                fields.byte(tag::HELLO);
                fields.number(terms.max_rooms);
                fields.number(terms.max_rooms_per_client);
                fields.texts(&terms.accounts);
            }
            Input::Publish(payload) => {
                fields.byte(match payload {
                    Payload::Text(_) => tag::TEXT,
                    Payload::Binary(_) => tag::BINARY,
                });
                fields.bytes(payload.as_bytes());
            }
            Input::Enter { member, room, name } => {
                let (tag, name) = match name {
                    WantedName::Guest => (tag::ENTER_GUEST, None),
                    WantedName::Name(name) => (tag::ENTER_NAME, Some(name)),
                    WantedName::User(user) => (tag::ENTER_USER, Some(user)),
                };
                fields.byte(tag);
                fields.number(*member);
                fields.text(room);
                if let Some(name) = name {
                    fields.text(name);
                }
            }
            Input::Return {
                member,
                name,
                user,
                rooms,
            } => {
                fields.byte(tag::RETURN);
                fields.number(*member);
                fields.text(name);
                fields.maybe_text(user.as_deref());
                fields.texts(rooms);
            }
            Input::Line { member, text } => {
                fields.byte(tag::LINE);
                fields.number(*member);
                fields.text(text);
            }
            Input::Exit { member } => {
                fields.byte(tag::EXIT);
                fields.number(*member);
            }
            Input::Beat => fields.byte(tag::BEAT),
            Input::Bye => fields.byte(tag::BYE),
        }
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.fields.into_bytes()
    }
}

/// Decodes a bundle into its inputs, in order.
pub fn decode_bundle(bundle: &[u8]) -> Result<Vec<Input>, BundleError> {
    if bundle.len() > MAX_BUNDLE_BYTES {
        return Err(Malformed("it is longer than any bundle").into());
    }
    let mut fields = FieldReader::new(bundle);
    match fields.byte()? {
        VERSION => {}
        other => return Err(BundleError::Version(other)),
    }
    let mut inputs = Vec::new();
    while !fields.is_at_end() {
        if inputs.len() == MAX_INPUTS {
            return Err(Malformed("it has more inputs than any bundle").into());
        }
        inputs.push(input(&mut fields)?);
    }
    Ok(inputs)
}

fn input(fields: &mut FieldReader<'_>) -> Result<Input, Malformed> {
    let kind = fields.byte()?;
    Ok(match kind {
        tag::HELLO => Input::Hello(Terms {
            max_rooms: fields.number()?,
            max_rooms_per_client: fields.number()?,
            accounts: fields.texts(MAX_ACCOUNTS, MAX_NAME_BYTES)?,
        }),
        tag::TEXT => Input::Publish(Payload::Text(fields.text(MAX_PAYLOAD_BYTES)?.to_owned())),
        tag::BINARY => Input::Publish(Payload::Binary(fields.bytes(MAX_PAYLOAD_BYTES)?.to_vec())),
        tag::ENTER_GUEST | tag::ENTER_NAME | tag::ENTER_USER => {
            let member = fields.number()?;
            let room = fields.text(MAX_NAME_BYTES)?.to_owned();
            let name = match kind {
                tag::ENTER_GUEST => WantedName::Guest,
                tag::ENTER_NAME => WantedName::Name(fields.text(MAX_NAME_BYTES)?.to_owned()),
                _ => WantedName::User(fields.text(MAX_NAME_BYTES)?.to_owned()),
            };
            Input::Enter { member, room, name }
        }
        tag::RETURN => Input::Return {
            member: fields.number()?,
            name: fields.text(MAX_NAME_BYTES)?.to_owned(),
            user: fields.maybe_text(MAX_NAME_BYTES)?.map(str::to_owned),
            rooms: fields.texts(MAX_ROOMS, MAX_NAME_BYTES)?,
        },
        tag::LINE => Input::Line {
            member: fields.number()?,
            text: fields.text(MAX_LINE_BYTES)?.to_owned(),
        },
        tag::EXIT => Input::Exit {
            member: fields.number()?,
        },
        tag::BEAT => Input::Beat,
        tag::BYE => Input::Bye,
        _ => return Err(Malformed("there is no such kind of input")),
    })
}

/// Encodes these inputs as a bundle, for tests.
#[cfg(any(test, fuzzing))]
pub fn encode_bundle(inputs: &[Input]) -> Vec<u8> {
    let mut bundle = BundleWriter::new();
    for input in inputs {
        bundle.push(input);
    }
    bundle.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<Input> {
        let text = |text: &str| text.to_owned();
        vec![
            Input::Hello(Terms {
                max_rooms: 1024,
                max_rooms_per_client: 16,
                accounts: vec![text("ana"), text("b@b")],
            }),
            Input::Publish(Payload::Text(text("zo\u{eb}"))),
            Input::Publish(Payload::Binary(vec![0, 0xff])),
            Input::Enter {
                member: 7,
                room: text("lobby"),
                name: WantedName::Guest,
            },
            Input::Enter {
                member: u64::MAX,
                room: text(""),
                name: WantedName::Name(text("Ana")),
            },
            Input::Enter {
                member: 0,
                room: text("x"),
                name: WantedName::User(text("ana")),
            },
            Input::Return {
                member: 300,
                name: text("Ana"),
                user: Some(text("ana")),
                rooms: vec![text("a"), text("b")],
            },
            Input::Return {
                member: 1,
                name: text("guest-1"),
                user: None,
                rooms: Vec::new(),
            },
            Input::Line {
                member: 7,
                text: text("/who"),
            },
            Input::Exit { member: 7 },
            Input::Beat,
            Input::Bye,
        ]
    }

    #[test]
    fn a_bundle_comes_back_as_it_was() {
        let inputs = samples();
        let bundle = encode_bundle(&inputs);
        assert_eq!(decode_bundle(&bundle), Ok(inputs.clone()));
        assert_eq!(decode_bundle(&encode_bundle(&[])), Ok(Vec::new()));
        for end in 0..bundle.len() {
            // A bundle may be cut between two inputs and nowhere else.
            if let Ok(some) = decode_bundle(&bundle[..end]) {
                assert_eq!(encode_bundle(&some), bundle[..end]);
            }
        }
        let mut other = bundle;
        other[0] = 2;
        assert_eq!(decode_bundle(&other), Err(BundleError::Version(2)));
        assert!(decode_bundle(&[VERSION, 99]).is_err(), "an unknown kind");
        assert!(decode_bundle(&[]).is_err());
    }

    #[test]
    fn each_limit_holds_and_one_past_it_does_not() {
        let line = |bytes| Input::Line {
            member: 1,
            text: "x".repeat(bytes),
        };
        let publish = |bytes| Input::Publish(Payload::Binary(vec![0; bytes]));
        let enter = |bytes| Input::Enter {
            member: 1,
            room: "x".repeat(bytes),
            name: WantedName::Guest,
        };
        let back = |rooms| Input::Return {
            member: 1,
            name: "x".into(),
            user: None,
            rooms: vec!["r".into(); rooms],
        };
        let hello = |accounts| {
            Input::Hello(Terms {
                accounts: vec!["a".into(); accounts],
                ..Terms::default()
            })
        };
        let rows = [
            (line(MAX_LINE_BYTES), line(MAX_LINE_BYTES + 1)),
            (publish(MAX_PAYLOAD_BYTES), publish(MAX_PAYLOAD_BYTES + 1)),
            (enter(MAX_NAME_BYTES), enter(MAX_NAME_BYTES + 1)),
            (back(MAX_ROOMS), back(MAX_ROOMS + 1)),
            (hello(MAX_ACCOUNTS), hello(MAX_ACCOUNTS + 1)),
        ];
        for (within, past) in rows {
            assert!(decode_bundle(&encode_bundle(&[within])).is_ok());
            assert!(decode_bundle(&encode_bundle(&[past])).is_err());
        }
        let beats = vec![Input::Beat; MAX_INPUTS + 1];
        assert!(decode_bundle(&encode_bundle(&beats[1..])).is_ok());
        assert!(decode_bundle(&encode_bundle(&beats)).is_err());
        let long = vec![VERSION; MAX_BUNDLE_BYTES + 1];
        assert!(decode_bundle(&long).is_err());
    }

    #[test]
    fn a_bundle_takes_so_many_inputs_and_bytes_and_any_first_one() {
        let publish = |bytes| Input::Publish(Payload::Binary(vec![0; bytes]));
        let mut bundle = BundleWriter::new();
        assert!(bundle.has_room_for(&publish(MAX_PAYLOAD_BYTES)));
        bundle.push(&Input::Beat);
        assert!(!bundle.has_room_for(&publish(ENOUGH_BYTES)));
        assert!(bundle.has_room_for(&publish(ENOUGH_BYTES - 2)));
        for _ in 1..MAX_INPUTS {
            assert!(bundle.has_room_for(&Input::Beat));
            bundle.push(&Input::Beat);
        }
        assert!(!bundle.has_room_for(&Input::Beat));
    }
}
