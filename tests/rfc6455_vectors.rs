//! The table of vectors that `wshub check` sends to peers, fed to the crate's own receiver: at
//! both ends, whole, byte by byte and cut at every point.

mod support;

use support::vectors::{Then, vectors};
use support::*;
use wshub::protocol::Limits;

#[test]
fn every_vector_is_received_as_the_table_says_however_it_is_cut() {
    for role in ROLES {
        for vector in vectors(role) {
            let (name, bytes) = (vector.name, wire(role, &vector.frames));
            let events: Vec<Seen> = vector.expect.events.into_iter().map(Seen::from).collect();
            let limits = Limits::default();
            match vector.expect.then {
                Then::Open | Then::Closes(_) => expect(name, role, limits, &bytes, &events, None),
                Then::Fails(error, _) => {
                    expect(name, role, limits, &bytes, &events, Some(error));
                }
                Then::Limit(codes) => for_each_chunking(&bytes, |chunks| {
                    let outcome = receive(role, limits, chunks);
                    match outcome.error {
                        None => assert_eq!(outcome.events, events, "{name}"),
                        Some(error) => {
                            assert_eq!(outcome.events, [], "{name}");
                            assert!(codes.contains(&error.close_code().number()), "{name}");
                        }
                    }
                }),
            }
        }
    }
}

#[test]
fn the_table_names_the_section_and_the_codes_of_our_own_answers() {
    for role in ROLES {
        for vector in vectors(role) {
            let name = vector.name;
            let last = vector.expect.events.into_iter().next_back().map(Seen::from);
            match (vector.expect.then, last) {
                (Then::Fails(error, codes), _) => {
                    assert_eq!(error.section(), vector.section, "{name}");
                    assert_eq!(error.close_code().number(), codes[0], "{name}");
                }
                (Then::Closes(codes), Some(Seen::Close(code, _))) => {
                    assert_eq!(code.unwrap_or(1005), codes[0], "{name}");
                }
                (Then::Closes(_), last) => panic!("{name}: no Close, but {last:?}"),
                (Then::Open | Then::Limit(_), last) => {
                    assert!(!matches!(last, Some(Seen::Close(..))), "{name}");
                }
            }
        }
    }
}
