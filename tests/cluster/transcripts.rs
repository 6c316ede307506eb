//! Compares what the clients of a cluster received: the same order for all, nothing twice, and
//! nothing missing without a notice.

use std::collections::{HashMap, HashSet};
use std::fmt;

/// One message: its publisher, and the publisher's count.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Line {
    pub publisher: u32,
    pub number: u32,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.publisher, self.number)
    }
}

/// One thing that a client received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    Line(Line),
    /// A notice that lines may be missing here.
    Gap,
}

/// All that one client received from one room, from its joining until the end.
#[derive(Debug, Clone)]
pub struct Transcript {
    pub who: String,
    pub room: &'static str,
    /// The server that it was connected to.
    pub node: usize,
    pub seen: Vec<Seen>,
    /// Gaps are not reported to this client but to the operator.
    pub may_miss: bool,
}

impl Transcript {
    fn lines(&self) -> impl Iterator<Item = Line> + '_ {
        self.seen.iter().filter_map(|seen| match seen {
            Seen::Line(line) => Some(*line),
            Seen::Gap => None,
        })
    }

    pub fn gaps(&self) -> usize {
        self.seen.iter().filter(|seen| **seen == Seen::Gap).count()
    }
}

/// All faults, as texts; at most a few for each rule.
pub fn faults(transcripts: &[Transcript]) -> Vec<String> {
    let mut faults = Vec::new();
    let rooms: HashSet<_> = transcripts
        .iter()
        .map(|transcript| transcript.room)
        .collect();
    for room in rooms {
        let of_room: Vec<_> = transcripts.iter().filter(|t| t.room == room).collect();
        for transcript in &of_room {
            faults.extend(twice_or_backwards(transcript));
        }
        let orders = distinct(&of_room);
        let next = successors(&orders);
        faults.extend(disagreement(room, &next));
        for transcript in &of_room {
            faults.extend(missing(transcript, &orders, &next));
        }
    }
    faults.truncate(20);
    faults
}

/// No message comes twice, and the messages of one publisher stay in their order.
fn twice_or_backwards(transcript: &Transcript) -> Option<String> {
    let mut last = HashMap::new();
    for line in transcript.lines() {
        let before = last.insert(line.publisher, line.number).unwrap_or(0);
        if line.number <= before {
            let who = &transcript.who;
            return Some(format!(
                "{who} saw {line:?} behind {}.{before}",
                line.publisher
            ));
        }
    }
    None
}

/// The distinct transcripts: of equal ones, one is enough for the comparison.
fn distinct<'a>(transcripts: &[&'a Transcript]) -> Vec<&'a Transcript> {
    let mut known = HashSet::new();
    let new = |transcript: &&&Transcript| known.insert(transcript.lines().collect::<Vec<_>>());
    transcripts.iter().filter(new).copied().collect()
}

/// For each line, the lines that follow it directly in any transcript.
type Successors = HashMap<Line, HashSet<Line>>;

fn successors(transcripts: &[&Transcript]) -> Successors {
    let mut next = Successors::new();
    for transcript in transcripts {
        let mut last = None;
        for line in transcript.lines() {
            next.entry(line).or_default();
            if let Some(last) = last.replace(line) {
                next.entry(last).or_default().insert(line);
            }
        }
    }
    next
}

/// All orders are consistent: the relation "follows directly in some transcript" has no cycle.
fn disagreement(room: &str, next: &Successors) -> Option<String> {
    let mut before: HashMap<Line, usize> = next.keys().map(|line| (*line, 0)).collect();
    for after in next.values().flatten() {
        *before.entry(*after).or_default() += 1;
    }
    let total = before.len();
    let free = before.iter().filter(|(_, count)| **count == 0);
    let mut free: Vec<Line> = free.map(|(line, _)| *line).collect();
    let mut ordered = 0;
    while let Some(line) = free.pop() {
        ordered += 1;
        for after in next.get(&line).into_iter().flatten() {
            if let Some(count) = before.get_mut(after) {
                *count -= 1;
                if *count == 0 {
                    free.push(*after);
                }
            }
        }
    }
    (ordered < total).then(|| {
        let mut left: Vec<_> = before.into_iter().filter(|(_, count)| *count > 0).collect();
        left.sort();
        left.truncate(8);
        format!("in {room} two clients saw another order, among {left:?}")
    })
}

/// Between two lines that follow each other without a notice, no other client received a third one.
fn missing(transcript: &Transcript, orders: &[&Transcript], next: &Successors) -> Option<String> {
    if transcript.may_miss {
        return None;
    }
    for pair in transcript.seen.windows(2) {
        let [Seen::Line(first), Seen::Line(second)] = pair else {
            continue;
        };
        if next.get(first).is_some_and(|after| after.len() == 1) {
            continue; // no client received any other line after the first one
        }
        for other in orders {
            let mut behind = other.lines().skip_while(|line| line != first).skip(1);
            let Some(third) = behind.next().filter(|third| third != second) else {
                continue;
            };
            if behind.any(|line| line == *second) {
                return Some(format!(
                    "{} saw {first:?} and then {second:?}, and {} saw {third:?} between them",
                    transcript.who, other.who
                ));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parses a transcript such as `1.1 1.2 ! 2.1`, where `!` is a notice.
    fn transcript(text: &str) -> Transcript {
        let seen = text.split(' ').filter(|word| !word.is_empty());
        let seen = seen.map(|word| match word.split_once('.') {
            None => Seen::Gap,
            Some((publisher, number)) => Seen::Line(Line {
                publisher: publisher.parse().unwrap(),
                number: number.parse().unwrap(),
            }),
        });
        Transcript {
            who: format!("who saw {text}"),
            room: "room",
            node: 0,
            seen: seen.collect(),
            may_miss: false,
        }
    }

    #[test]
    fn each_fault_is_found_and_nothing_else() {
        // (the transcripts, a word of the fault)
        let rows: [(&[&str], Option<&str>); 13] = [
            (&["", ""], None),
            (&["1.1 2.1 1.2", "1.1 2.1 1.2"], None),
            (&["1.1 2.1 1.2", "2.1 1.2"], None), // it came later
            (&["1.1 2.1 1.2", "1.1 2.1"], None), // it left earlier
            (&["1.1 2.1 1.2", "1.1 ! 1.2"], None),
            (&["1.1 ! 1.2", "1.1 2.1 ! 1.2"], None),
            (&["1.1 1.3", "1.1 1.3"], None), // it was refused
            (&["1.1 1.1"], Some("behind")),
            (&["1.2 1.1"], Some("behind")),
            (&["1.1 2.1", "2.1 1.1"], Some("another order")),
            (&["1.1 2.1", "2.1 3.1", "3.1 1.1"], Some("another order")),
            (&["1.1 2.1 1.2", "1.1 1.2"], Some("between them")),
            (&["1.1 ! 2.1 3.1 4.1", "1.1 2.1 4.1"], Some("between them")),
        ];
        for (texts, expected) in rows {
            let all: Vec<_> = texts.iter().map(|text| transcript(text)).collect();
            let faults = faults(&all);
            match expected {
                None => assert_eq!(faults, Vec::<String>::new(), "{texts:?}"),
                Some(word) => assert!(faults[0].contains(word), "{texts:?}: {faults:?}"),
            }
        }
        let mut deaf = transcript("1.1 1.2");
        deaf.may_miss = true;
        assert!(faults(&[deaf, transcript("1.1 2.1 1.2")]).is_empty());
    }
}
