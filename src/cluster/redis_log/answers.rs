//! Decodes Redis' answers into the log's values. Every answer is validated: another program may
//! have written to the same keys.

use std::time::Duration;

use super::resp::Reply;
use crate::cluster::log::{
    Appended, Entry, Epoch, MAX_BUNDLE_BYTES, NodeId, Position, Sequence, Snapshot,
};

/// The largest state that a snapshot may hold.
pub(super) const MAX_STATE_BYTES: usize = 64 * 1024 * 1024;

/// What is wrong with an answer, as a text for the operator.
pub(super) type Wrong = &'static str;

/// An epoch and a node ID as they are written in Redis.
pub(super) fn epoch_text(epoch: Epoch) -> String {
    format!("{:032x}", epoch.0)
}

pub(super) fn node_text(node: NodeId) -> String {
    format!("{:016x}", node.0)
}

pub(super) fn epoch(reply: &Reply) -> Result<Epoch, Wrong> {
    const WRONG: Wrong = "an epoch is not 32 hexadecimal digits other than 0";
    let digits = hex(reply, 32).ok_or(WRONG)?;
    let number = u128::from_str_radix(digits, 16).map_err(|_| WRONG)?;
    match number {
        0 => Err(WRONG),
        _ => Ok(Epoch(number)),
    }
}

fn node(reply: &Reply) -> Result<NodeId, Wrong> {
    const WRONG: Wrong = "a node is not 16 hexadecimal digits";
    let digits = hex(reply, 16).ok_or(WRONG)?;
    u64::from_str_radix(digits, 16)
        .map(NodeId)
        .map_err(|_| WRONG)
}

fn hex(reply: &Reply, length: usize) -> Option<&str> {
    let is_digit = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
    text(reply).filter(|text| text.len() == length && text.bytes().all(is_digit))
}

fn text(reply: &Reply) -> Option<&str> {
    match reply {
        Reply::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

/// Reads a number as the scripts write it: without a sign or a leading zero.
fn number(reply: &Reply) -> Result<u64, Wrong> {
    digits(text(reply).unwrap_or_default()).ok_or("a number is not a number")
}

fn digits(text: &str) -> Option<u64> {
    let is_written_so = text == "0" || !text.starts_with(['0', '+']);
    text.parse().ok().filter(|_| is_written_so)
}

/// The sequence number in an ID of the stream.
fn sequence(reply: &Reply) -> Result<Sequence, Wrong> {
    let sequence = text(reply).and_then(|id| id.strip_suffix("-0"));
    sequence
        .and_then(digits)
        .filter(|sequence| *sequence > 0)
        .ok_or("an entry of the stream has an ID that no server of a cluster gave it")
}

/// The answer to an append.
pub(super) fn appended(reply: &Reply) -> Result<Appended, Wrong> {
    let Reply::List(words) = reply else {
        return Err("the answer to an append is no list");
    };
    match &words[..] {
        [what, place] if text(what) == Some("at") => Ok(Appended::At(number(place)?)),
        [what, none] if text(what) == Some("epoch") && text(none) == Some("") => {
            Ok(Appended::NoEpoch)
        }
        [what, other] if text(what) == Some("epoch") => Ok(Appended::OtherEpoch(epoch(other)?)),
        [what, _] if text(what) == Some("late") => {
            Err("it knows a later append of this server: is there another with its identity?")
        }
        _ => Err("the answer to an append is not known"),
    }
}

/// Decodes one entry of the stream: its ID, then field names and values in turn.
fn entry(reply: Reply) -> Result<Entry, Wrong> {
    const WRONG: Wrong = "an entry of the stream has other fields than those of a cluster";
    let Reply::List(parts) = reply else {
        return Err(WRONG);
    };
    let [id, Reply::List(fields)] = <[Reply; 2]>::try_from(parts).map_err(|_| WRONG)? else {
        return Err(WRONG);
    };
    let fields = <[Reply; 12]>::try_from(fields).map_err(|_| WRONG)?;
    let [
        epoch_name,
        epoch_value,
        node_name,
        node_value,
        counter_name,
        counter_value,
        time_name,
        time_value,
        bytes_name,
        _,
        bundle_name,
        bundle,
    ] = fields;
    let names = [
        (epoch_name, "epoch"),
        (node_name, "node"),
        (counter_name, "counter"),
        (time_name, "time"),
        (bytes_name, "bytes"),
        (bundle_name, "bundle"),
    ];
    let Reply::Bytes(bundle) = bundle else {
        return Err(WRONG);
    };
    if names.iter().any(|(name, known)| text(name) != Some(known)) {
        return Err(WRONG);
    }
    if bundle.len() > MAX_BUNDLE_BYTES {
        return Err("an entry of the stream is larger than any that a cluster writes");
    }
    Ok(Entry {
        sequence: sequence(&id)?,
        epoch: epoch(&epoch_value)?,
        node: node(&node_value)?,
        counter: number(&counter_value)?,
        time: Duration::from_millis(number(&time_value)?),
        bundle,
    })
}

/// Decodes at most `most` entries in the order of the stream, all after `after`.
pub(super) fn entries(reply: Reply, after: Sequence, most: usize) -> Result<Vec<Entry>, Wrong> {
    let Reply::List(replies) = reply else {
        return Err("the answer to a read is no list");
    };
    if replies.len() > most {
        return Err("there are more entries in an answer than were asked for");
    }
    let mut entries = Vec::with_capacity(replies.len());
    let mut last = after;
    for reply in replies {
        let entry = entry(reply)?;
        if entry.sequence <= last {
            return Err("the entries of an answer are not in their order");
        }
        last = entry.sequence;
        entries.push(entry);
    }
    Ok(entries)
}

/// Decodes the entries that XREAD found in its one stream; none if its wait timed out.
pub(super) fn awaited(reply: Reply, after: Sequence, most: usize) -> Result<Vec<Entry>, Wrong> {
    const WRONG: Wrong = "the answer to a read is not that of one stream";
    let streams = match reply {
        Reply::Nil => return Ok(Vec::new()),
        Reply::List(streams) => <[Reply; 1]>::try_from(streams).map_err(|_| WRONG)?,
        _ => return Err(WRONG),
    };
    let [Reply::List(stream)] = streams else {
        return Err(WRONG);
    };
    let [_, found] = <[Reply; 2]>::try_from(stream).map_err(|_| WRONG)?;
    entries(found, after, most)
}

/// Decodes the range of entries that the log holds.
pub(super) fn position(reply: &Reply) -> Result<Option<Position>, Wrong> {
    let words = match reply {
        Reply::Nil => return Ok(None),
        Reply::List(words) => &words[..],
        _ => &[],
    };
    let [epoch_word, last, first] = words else {
        return Err("the answer about the log's position is not known");
    };
    let last = number(last)?;
    let next = last
        .checked_add(1)
        .ok_or("the log's position is past every number")?;
    let first = match text(first) {
        Some("") => next,
        _ => sequence(first)?,
    };
    if first > next {
        return Err("the log's first entry is behind its last one");
    }
    Ok(Some(Position {
        epoch: epoch(epoch_word)?,
        last,
        first,
    }))
}

/// Decodes the stored snapshot from the three fields of its hash.
pub(super) fn snapshot(reply: Reply) -> Result<Option<Snapshot>, Wrong> {
    const WRONG: Wrong = "the snapshot is not one of a cluster";
    let Reply::List(fields) = reply else {
        return Err(WRONG);
    };
    match <[Reply; 3]>::try_from(fields).map_err(|_| WRONG)? {
        [Reply::Nil, Reply::Nil, Reply::Nil] => Ok(None),
        [epoch_field, sequence, Reply::Bytes(state)] if state.len() <= MAX_STATE_BYTES => {
            Ok(Some(Snapshot {
                epoch: epoch(&epoch_field)?,
                sequence: number(&sequence)?,
                state,
            }))
        }
        _ => Err(WRONG),
    }
}

#[cfg(test)]
#[path = "answers_tests.rs"]
mod tests;
