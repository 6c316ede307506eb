//! The vectors about frames, each named by its section of RFC 6455: what is sent on an open
//! connection, and what a conforming peer does then. They serve for both ends.

use std::time::Duration;

use super::frames::{Frames, Length};

/// What is done on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// These bytes, in one write.
    Send(Vec<u8>),
    /// These bytes, one by one.
    Drip(Vec<u8>),
    /// Nothing, for this long.
    Rest(Duration),
}

/// What should come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expect {
    /// The connection goes on; these messages come back from an endpoint that echoes.
    Goes(Vec<Back>),
    /// A pong with this payload, and the connection goes on.
    Pong(Vec<u8>),
    /// The connection is failed, with one of these codes.
    Fails(&'static [u16]),
    /// Our Close is answered with one of these codes, and nothing but that comes.
    Closes(&'static [u16]),
    /// A limit: the connection goes on, or is failed with one of these codes, or waits for more.
    Limit(&'static [u16]),
}

/// A message that should come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Back {
    /// A text.
    Text(String),
    /// A binary.
    Binary(Vec<u8>),
}

/// One vector about frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Vector {
    pub(super) section: &'static str,
    pub(super) name: &'static str,
    pub(super) steps: Vec<Step>,
    pub(super) expect: Expect,
}

const FAULT: &[u16] = &[1002];
const NOT_UTF8: &[u16] = &[1007];

/// All of them, as the end that masks, or does not, sends them.
pub(super) fn vectors(masked: bool) -> Vec<Vector> {
    let mut all = Vec::new();
    let mut push = |section, name, steps: Vec<Step>, expect| {
        all.push(Vector {
            section,
            name,
            steps,
            expect,
        });
    };
    let f = Frames { masked };
    let other = Frames { masked: !masked };
    let send = |bytes: Vec<u8>| vec![Step::Send(bytes)];
    let text = |text: &str| Expect::Goes(vec![Back::Text(text.to_owned())]);
    let binary = |bytes: &[u8]| Expect::Goes(vec![Back::Binary(bytes.to_vec())]);
    let fails = || Expect::Fails(FAULT);

    // 5.1, 5.2: framing
    let mask_fault = if masked {
        "a frame without a mask"
    } else {
        "a frame with a mask"
    };
    push("5.1", mask_fault, send(other.text(b"hello")), fails());
    for (name, first) in [("RSV1 set", 0xc1), ("RSV2 set", 0xa1), ("RSV3 set", 0x91)] {
        push("5.2", name, send(f.frame(first, b"hello")), fails());
    }
    push(
        "5.2",
        "RSV1 set on a ping",
        send(f.frame(0xc9, b"")),
        fails(),
    );
    for (name, first) in [
        ("reserved opcode 3", 0x83),
        ("reserved opcode 7", 0x87),
        ("reserved opcode 11", 0x8b),
        ("reserved opcode 15", 0x8f),
    ] {
        push("5.2", name, send(f.frame(first, b"")), fails());
    }
    push(
        "5.2",
        "length 5 in two bytes",
        send(f.long(0x81, Length::Two, b"hello")),
        fails(),
    );
    push(
        "5.2",
        "length 5 in eight bytes",
        send(f.long(0x81, Length::Eight, b"hello")),
        fails(),
    );
    let top = f.long(0x82, Length::Claim(1 << 63), b"");
    push(
        "5.2",
        "64-bit length with its top bit set",
        send(top),
        Expect::Fails(&[1002, 1009]),
    );
    for (name, length) in [
        ("text of 0 bytes", 0),
        ("text of 125 bytes", 125),
        ("text of 126 bytes", 126),
        ("text of 65535 bytes", 65_535),
        ("text of 65536 bytes", 65_536),
    ] {
        let payload = "x".repeat(length);
        push(
            "5.2",
            name,
            send(f.text(payload.as_bytes())),
            text(&payload),
        );
    }
    let every: Vec<u8> = (0..=255).collect();
    push(
        "5.6",
        "binary of every byte",
        send(f.binary(&every)),
        binary(&every),
    );
    let both = [f.text(b"one"), f.binary(b"two")].concat();
    let answer = Expect::Goes(vec![
        Back::Text("one".into()),
        Back::Binary(b"two".to_vec()),
    ]);
    push("5.2", "two messages in one segment", send(both), answer);

    // 5.4: fragmentation
    push(
        "5.4",
        "text in three fragments",
        send(f.fragments(&[b"one", b" two", b" three"])),
        text("one two three"),
    );
    push(
        "5.4",
        "empty fragments before, between, behind",
        send(f.fragments(&[b"", b"a", b"", b"b", b""])),
        text("ab"),
    );
    let single: Vec<&[u8]> = vec![b"z"; 200];
    push(
        "5.4",
        "200 fragments of one byte",
        send(f.fragments(&single)),
        text(&"z".repeat(200)),
    );
    let between = [f.frame(0x01, b"a"), f.ping(b"between"), f.frame(0x80, b"b")].concat();
    push(
        "5.4",
        "a ping between two fragments",
        send(between),
        Expect::Pong(b"between".to_vec()),
    );
    push(
        "5.4",
        "a continuation of nothing",
        send(f.frame(0x80, b"x")),
        fails(),
    );
    push(
        "5.4",
        "a continuation of nothing, not the last",
        send(f.frame(0x00, b"x")),
        fails(),
    );
    let inside = [f.frame(0x01, b"a"), f.text(b"b")].concat();
    push(
        "5.4",
        "a new text inside a fragmented one",
        send(inside),
        fails(),
    );
    let inside = [f.frame(0x01, b"a"), f.binary(b"b")].concat();
    push(
        "5.4",
        "a binary inside a fragmented text",
        send(inside),
        fails(),
    );
    let behind = [f.fragments(&[b"a", b"b"]), f.frame(0x80, b"c")].concat();
    push(
        "5.4",
        "a continuation behind the last fragment",
        send(behind),
        fails(),
    );

    // 5.5: control frames
    push(
        "5.5.2",
        "an empty ping",
        send(f.ping(b"")),
        Expect::Pong(Vec::new()),
    );
    let long = [0xfe; 125];
    push(
        "5.5.2",
        "a ping of 125 bytes, not UTF-8",
        send(f.ping(&long)),
        Expect::Pong(long.to_vec()),
    );
    let ten = (0..10).flat_map(|i| f.ping(&[b'0' + i])).collect();
    push(
        "5.5.2",
        "ten pings at once: the last is answered",
        send(ten),
        Expect::Pong(b"9".to_vec()),
    );
    push(
        "5.5",
        "a ping of 126 bytes",
        send(f.ping(&[0; 126])),
        fails(),
    );
    push(
        "5.5",
        "a ping without FIN",
        send(f.frame(0x09, b"x")),
        fails(),
    );
    push(
        "5.5",
        "a Close without FIN",
        send(f.frame(0x08, b"")),
        fails(),
    );
    push(
        "5.5",
        "a Close of 126 bytes",
        send(f.close(1000, &[b'x'; 124])),
        fails(),
    );
    push(
        "5.5.3",
        "a pong that nobody asked for",
        send(f.frame(0x8a, b"x")),
        Expect::Goes(Vec::new()),
    );

    // 5.5.1, 7: closing
    push(
        "5.5.1",
        "Close 1000",
        send(f.close(1000, b"")),
        Expect::Closes(&[1000]),
    );
    push(
        "5.5.1",
        "Close without a code",
        send(f.frame(0x88, b"")),
        Expect::Closes(&[1005, 1000]),
    );
    push(
        "5.5.1",
        "Close 1000 with a reason of 123 bytes",
        send(f.close(1000, &[b'r'; 123])),
        Expect::Closes(&[1000]),
    );
    push(
        "5.5.1",
        "Close of one byte",
        send(f.frame(0x88, b"\x03")),
        fails(),
    );
    push(
        "5.5.1",
        "Close with a reason that is not UTF-8",
        send(f.close(1000, b"\xce\xba\xff")),
        Expect::Fails(&[1007, 1002]),
    );
    let talks = [f.close(1000, b""), f.text(b"behind"), f.ping(b"behind")].concat();
    push(
        "5.5.1",
        "nothing behind a Close is answered",
        send(talks),
        Expect::Closes(&[1000]),
    );
    let middle = [f.frame(0x01, b"a"), f.close(1000, b"")].concat();
    push(
        "5.5.1",
        "Close inside a fragmented message",
        send(middle),
        Expect::Closes(&[1000]),
    );
    for (name, code) in [
        ("Close 0", 0),
        ("Close 999", 999),
        ("Close 1004, reserved", 1004),
        ("Close 1005, never sent", 1005),
        ("Close 1006, never sent", 1006),
        ("Close 1015, never sent", 1015),
        ("Close 1016, unassigned", 1016),
        ("Close 2999, unassigned", 2999),
        ("Close 5000, out of range", 5000),
    ] {
        push("7.4", name, send(f.close(code, b"")), fails());
    }
    for (name, code, answer) in [
        ("Close 1001", 1001, &[1001, 1000]),
        ("Close 3000, registered range", 3000, &[3000, 1000]),
        ("Close 4999, private range", 4999, &[4999, 1000]),
    ] {
        push(
            "7.4",
            name,
            send(f.close(code, b"")),
            Expect::Closes(answer),
        );
    }

    // 8.1: UTF-8
    let greek = "\u{3ba}\u{1f79}\u{3c3}\u{3bc}\u{3b5} \u{1f600} \u{10ffff}";
    push(
        "8.1",
        "text of two, three and four byte characters",
        send(f.text(greek.as_bytes())),
        text(greek),
    );
    let cut = [&b"\xf0\x9f"[..], b"\x98\x80"];
    push(
        "8.1",
        "a character cut by a fragment's end",
        send(f.fragments(&cut)),
        text("\u{1f600}"),
    );
    for (name, bytes) in [
        ("the byte FF", &b"a\xffb"[..]),
        ("a continuation byte alone", b"\x80"),
        ("an overlong form, C0 80", b"\xc0\x80"),
        ("a surrogate, ED A0 80", b"\xed\xa0\x80"),
        ("past U+10FFFF, F4 90 80 80", b"\xf4\x90\x80\x80"),
        ("cut short at the message's end", b"abc\xe2\x82"),
    ] {
        push("8.1", name, send(f.text(bytes)), Expect::Fails(NOT_UTF8));
    }
    push(
        "8.1",
        "broken across two fragments",
        send(f.fragments(&[b"\xce", b"\xce"])),
        Expect::Fails(NOT_UTF8),
    );
    push(
        "8.1",
        "not UTF-8 in a binary is fine",
        send(f.binary(b"\xff\xc0\x80")),
        binary(b"\xff\xc0\x80"),
    );

    // 10.4: limits
    let claim = f.long(0x82, Length::Claim(1 << 62), b"only this came");
    push(
        "10.4",
        "a frame that claims 4 EiB",
        send(claim),
        Expect::Limit(&[1009, 1002, 1008]),
    );
    let empty: Vec<&[u8]> = vec![b""; 5000];
    push(
        "10.4",
        "5000 empty fragments",
        send(f.fragments(&empty)),
        Expect::Limit(&[1008, 1009, 1002]),
    );
    let large = vec![b'l'; 1 << 20];
    push(
        "10.4",
        "a text of 1 MiB",
        send(f.text(&large)),
        Expect::Limit(&[1009]),
    );

    // Patience: TCP may cut anywhere
    push(
        "5.2",
        "a text that comes byte by byte",
        vec![Step::Drip(f.text(b"slow but sure"))],
        text("slow but sure"),
    );
    let (head, tail) = (f.ping(b"halves"), f.text(b"whole"));
    let halves = vec![
        Step::Send(head[..3].to_vec()),
        Step::Rest(Duration::from_millis(100)),
        Step::Send([&head[3..], &tail].concat()),
    ];
    push(
        "5.2",
        "a frame in two segments, a rest between",
        halves,
        Expect::Pong(b"halves".to_vec()),
    );
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_many_and_none_twice() {
        for masked in [true, false] {
            let all = vectors(masked);
            assert!(all.len() >= 60, "{}", all.len());
            for (i, one) in all.iter().enumerate() {
                assert!(
                    all[i + 1..].iter().all(|other| other.name != one.name),
                    "{}",
                    one.name
                );
                assert!(one.name.len() < 50 && one.name.is_ascii());
                assert!(!one.steps.is_empty());
            }
        }
    }
}
