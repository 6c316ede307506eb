use super::*;

fn bytes(text: &str) -> Reply {
    Reply::Bytes(text.into())
}

fn list(words: &[&str]) -> Reply {
    Reply::List(words.iter().map(|word| bytes(word)).collect())
}

const EPOCH: &str = "0000000000000000000000000000000a";

fn fields<'a>(epoch: &'a str, node: &'a str, counter: &'a str, time: &'a str) -> [&'a str; 12] {
    [
        "epoch", epoch, "node", node, "counter", counter, "time", time, "bytes", "3", "bundle",
        "abc",
    ]
}

fn entry_of(id: &str, fields: &[&str]) -> Reply {
    Reply::List(vec![bytes(id), list(fields)])
}

fn good(id: &str) -> Reply {
    entry_of(id, &fields(EPOCH, "00000000000000ff", "7", "1500"))
}

#[test]
fn an_entry_is_what_a_node_wrote() {
    let read = entries(Reply::List(vec![good("5-0")]), 4, 1).unwrap();
    let expected = Entry {
        sequence: 5,
        epoch: Epoch(10),
        node: NodeId(255),
        counter: 7,
        time: Duration::from_millis(1500),
        bundle: b"abc".to_vec(),
    };
    assert_eq!(read, [expected]);
}

#[test]
fn an_entry_that_no_node_wrote_is_refused() {
    let node = "00000000000000ff";
    let of = |fields: [&str; 12]| entry_of("5-0", &fields);
    let mut other_name = fields(EPOCH, node, "7", "1");
    other_name[10] = "bundles";
    let rows = [
        Reply::Nil,
        Reply::Number(1),
        list(&["5-0"]),
        list(&["5-0", "abc"]),
        entry_of("5-0", &["field", "value"]),
        entry_of("5-0", &[]),
        good("5-1"),
        good("5"),
        good("0-0"),
        good("05-0"),
        good("+5-0"),
        good("-5-0"),
        good("18446744073709551616-0"),
        of(other_name),
        of(fields("0", node, "7", "1")),
        of(fields("00000000000000000000000000000000", node, "7", "1")),
        of(fields("0000000000000000000000000000000A", node, "7", "1")),
        of(fields("+000000000000000000000000000000a", node, "7", "1")),
        of(fields(EPOCH, "ff", "7", "1")),
        of(fields(EPOCH, node, "07", "1")),
        of(fields(EPOCH, node, "-7", "1")),
        of(fields(EPOCH, node, "7", "1.5")),
        of(fields(EPOCH, node, "7", "")),
        of(fields(EPOCH, node, "7", "\u{0661}")),
    ];
    for row in rows {
        let shown = format!("{row:?}");
        assert!(entries(Reply::List(vec![row]), 4, 1).is_err(), "{shown}");
    }
}

#[test]
fn a_bundle_has_a_limit() {
    for (length, is_taken) in [(MAX_BUNDLE_BYTES, true), (MAX_BUNDLE_BYTES + 1, false)] {
        let Reply::List(mut parts) = good("1-0") else {
            unreachable!()
        };
        if let Reply::List(fields) = &mut parts[1] {
            fields[11] = Reply::Bytes(vec![0; length]);
        }
        let read = entries(Reply::List(vec![Reply::List(parts)]), 0, 1);
        assert_eq!(read.is_ok(), is_taken, "{length}");
    }
}

#[test]
fn entries_come_in_order_and_not_in_excess() {
    let of = |ids: &[&str], after, most| {
        let replies = Reply::List(ids.iter().map(|id| good(id)).collect());
        entries(replies, after, most).map(|read| read.iter().map(|e| e.sequence).collect())
    };
    type Row = (
        &'static [&'static str],
        Sequence,
        usize,
        Option<&'static [Sequence]>,
    );
    let rows: [Row; 7] = [
        (&[], 0, 1, Some(&[])),
        (&["1-0", "2-0"], 0, 2, Some(&[1, 2])),
        (&["7-0", "9-0"], 0, 2, Some(&[7, 9])), // holes are not hidden
        (&["1-0", "2-0"], 0, 1, None),
        (&["2-0", "1-0"], 0, 2, None),
        (&["2-0", "2-0"], 0, 2, None),
        (&["4-0"], 4, 2, None),
    ];
    for (ids, after, most, expected) in rows {
        let read: Result<Vec<Sequence>, Wrong> = of(ids, after, most);
        assert_eq!(read.ok().as_deref(), expected, "{ids:?} after {after}");
    }
    let stream = |found| Reply::List(vec![Reply::List(vec![bytes("{wshub}:log"), found])]);
    let found = stream(Reply::List(vec![good("5-0")]));
    assert_eq!(awaited(found, 4, 1).unwrap().len(), 1);
    assert_eq!(awaited(Reply::Nil, 4, 1).unwrap().len(), 0);
    for wrong in [
        bytes("a"),
        list(&[]),
        Reply::List(vec![stream(Reply::Nil), stream(Reply::Nil)]),
        stream(Reply::Nil),
    ] {
        assert!(awaited(wrong, 4, 1).is_err());
    }
}

#[test]
fn the_answer_to_an_append_is_a_place_or_another_epoch() {
    let rows = [
        (list(&["at", "12"]), Some(Appended::At(12))),
        (
            list(&["epoch", EPOCH]),
            Some(Appended::OtherEpoch(Epoch(10))),
        ),
        (list(&["epoch", ""]), Some(Appended::NoEpoch)),
        (list(&["late", "12"]), None),
        (list(&["at", "x"]), None),
        (list(&["at"]), None),
        (list(&["epoch", "x"]), None),
        (list(&["elsewhere", "1"]), None),
        (Reply::Nil, None),
    ];
    for (reply, expected) in rows {
        assert_eq!(appended(&reply).ok(), expected, "{reply:?}");
    }
}

#[test]
fn a_position_fits_together() {
    let at = |last, first| {
        let epoch = Epoch(10);
        Some(Some(Position { epoch, last, first }))
    };
    let rows = [
        (Reply::Nil, Some(None)),
        (list(&[EPOCH, "0", ""]), at(0, 1)),
        (list(&[EPOCH, "9", "3-0"]), at(9, 3)),
        (list(&[EPOCH, "9", ""]), at(9, 10)),
        (list(&[EPOCH, "9", "10-0"]), at(9, 10)),
        (list(&[EPOCH, "9", "11-0"]), None),
        (list(&[EPOCH, "", ""]), None),
        (list(&[EPOCH, "9", "3-1"]), None),
        (list(&["x", "9", "3-0"]), None),
        (list(&[EPOCH, "18446744073709551615", ""]), None),
        (list(&[EPOCH]), None),
        (Reply::Number(1), None),
    ];
    for (reply, expected) in rows {
        assert_eq!(position(&reply).ok(), expected, "{reply:?}");
    }
}

#[test]
fn a_snapshot_is_whole_or_not_there() {
    let of = |epoch, sequence, state| snapshot(Reply::List(vec![epoch, sequence, state]));
    let nil = || Reply::Nil;
    assert_eq!(of(nil(), nil(), nil()), Ok(None));
    let stored = of(bytes(EPOCH), bytes("3"), bytes("abc"));
    let expected = Snapshot {
        epoch: Epoch(10),
        sequence: 3,
        state: b"abc".to_vec(),
    };
    assert_eq!(stored, Ok(Some(expected)));
    for (epoch, sequence, state) in [
        (bytes("x"), bytes("3"), bytes("")),
        (bytes(EPOCH), nil(), bytes("")),
        (bytes(EPOCH), bytes("3"), nil()),
        (nil(), bytes("3"), bytes("")),
    ] {
        assert!(of(epoch, sequence, state).is_err());
    }
    assert!(snapshot(Reply::Nil).is_err());
    for (length, is_taken) in [(MAX_STATE_BYTES, true), (MAX_STATE_BYTES + 1, false)] {
        let state = Reply::Bytes(vec![0; length]);
        assert_eq!(of(bytes(EPOCH), bytes("3"), state).is_ok(), is_taken);
    }
}
