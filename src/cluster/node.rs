//! One node of a cluster as a value: it is fed what its clients want, what the log brings and
//! answers, and the time; it is asked what to append, and what is to be told to whom.
//!
//! Inputs wait in one queue. A bundle of them is under way at a time: from when it is given to the
//! log until its entry is read again. Meanwhile more inputs come together, so a slow log gets fewer
//! and longer bundles. Whether an answer to an append comes, or is lost, decides nothing: what
//! counts is the entry. A bundle whose fate is unknown is given again, under the same counter.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::codec::{BundleError, BundleWriter, decode_bundle};
use super::fields::{FieldReader, FieldWriter, Malformed};
use super::flight::{FIRST_RETRY, InFlight, PUBLISH_WAIT, Waiting, wish_of, with_tickets};
use super::input::{Input, Terms};
use super::log::{Appended, Entry, Epoch, LogError, NodeId, Sequence, Snapshot};
use super::members::{Members, NotLetIn};
use super::wanted::{Job, KeptOut, Taken, Ticket, Unsent, Wanted, Wish};

/// A node appends something so often at least.
const BEAT_INTERVAL: Duration = Duration::from_secs(1);

/// A node that is not let in asks again so often.
const HELLO_INTERVAL: Duration = Duration::from_secs(5);

/// See the module.
#[derive(Debug)]
pub struct Node {
    id: NodeId,
    terms: Terms,
    /// `None`: nothing has been read yet.
    epoch: Option<Epoch>,
    applied: Sequence,
    /// Entries up to this one came as a snapshot.
    restored_at: Sequence,
    members: Members,
    /// All that was there has been read.
    is_live: bool,
    not_live_since: Instant,
    waiting: VecDeque<Waiting>,
    in_flight: Option<InFlight>,
    counter: u64,
    tickets: Ticket,
    next_beat: Instant,
    kept_out: Option<KeptOut>,
    wants_reconnect: bool,
    is_leaving: bool,
}

impl Node {
    /// A node that knows nothing yet.
    pub fn new(id: NodeId, terms: Terms, now: Instant) -> Self {
        Self {
            id,
            terms,
            epoch: None,
            applied: 0,
            restored_at: 0,
            members: Members::default(),
            is_live: false,
            not_live_since: now,
            waiting: VecDeque::new(),
            in_flight: None,
            counter: 0,
            tickets: 0,
            next_beat: now,
            kept_out: None,
            wants_reconnect: false,
            is_leaving: false,
        }
    }

    /// Its own number.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// Whether clients may come: the node is one of the cluster, and the log answers.
    pub fn accepts_clients(&self, now: Instant) -> bool {
        self.is_live && self.is_member() && !self.is_leaving && !self.is_away(now)
    }

    /// Whether what clients want cannot be sent at present.
    pub fn is_away(&self, now: Instant) -> bool {
        let over = |since: Instant| now.saturating_duration_since(since) >= PUBLISH_WAIT;
        self.kept_out.is_some()
            || !self.is_live && over(self.not_live_since)
            || self.in_flight.as_ref().is_some_and(|f| over(f.since))
    }

    /// Why the node is not let in, in words.
    pub fn kept_out(&self) -> Option<String> {
        self.kept_out.map(|why| why.to_string())
    }

    /// The nodes that live; 0 before all has been read.
    pub fn nodes(&self) -> usize {
        match self.is_live {
            true => self.members.len(),
            false => 0,
        }
    }

    /// Whether all that was in the log has been read.
    pub fn is_live(&self) -> bool {
        self.is_live
    }

    /// Whether it has been told to go.
    pub fn is_leaving(&self) -> bool {
        self.is_leaving
    }

    /// The log's clock, as of the last entry.
    pub fn time(&self) -> Duration {
        self.members.time()
    }

    /// The last entry.
    pub fn applied(&self) -> Sequence {
        self.applied
    }

    /// What the log's epoch is called.
    pub fn epoch_name(&self) -> String {
        self.epoch
            .map_or_else(String::new, |epoch| format!("{:032x}", epoch.0))
    }

    /// How many inputs wait, those under way included.
    pub fn waiting(&self) -> usize {
        let in_flight = self.in_flight.as_ref().map_or(0, |f| f.inputs.len());
        self.waiting.len() + in_flight
    }

    /// A client wants something. The ticket stands for it until it comes back in
    /// [`Taken::inputs`] or as [`Unsent`].
    pub fn push(&mut self, member: u64, input: Input, now: Instant) -> Result<Ticket, Unsent> {
        if (self.is_leaving || self.is_away(now))
            && let Some(wish) = wish_of(&input)
        {
            return Err(Unsent {
                ticket: None,
                member,
                wish,
                is_certain: true,
            });
        }
        self.tickets += 1;
        self.waiting.push_back(Waiting {
            input,
            publisher: Some((member, self.tickets)),
        });
        Ok(self.tickets)
    }

    /// A client has gone. That is not given up, however long the log is away.
    pub fn push_exit(&mut self, member: u64) {
        self.waiting.push_back(Waiting {
            input: Input::Exit { member },
            publisher: None,
        });
    }

    /// Clients come back, before all else that waits.
    pub fn put_first(&mut self, returns: Vec<Input>) {
        self.requeue(returns.into_iter().map(|input| Waiting {
            input,
            publisher: None,
        }));
    }

    /// Before all that waits, but for clients that come back.
    fn requeue(&mut self, inputs: impl DoubleEndedIterator<Item = Waiting>) {
        let comes_back = |waiting: &&Waiting| matches!(waiting.input, Input::Return { .. });
        let behind = self.waiting.iter().take_while(comes_back).count();
        let rest = self.waiting.split_off(behind);
        self.waiting.extend(inputs);
        self.waiting.extend(rest);
    }

    /// The node says that it goes; what waits before is sent, nothing after it.
    pub fn leave(&mut self) {
        if !self.is_leaving {
            self.is_leaving = true;
            self.waiting.push_back(Waiting {
                input: Input::Bye,
                publisher: None,
            });
        }
    }

    /// Whether it has gone, or has nobody to tell.
    pub fn has_left(&self) -> bool {
        self.is_leaving && !self.members.contains(self.id)
    }

    /// What was restored cannot be read; this node does nothing until something else is.
    pub fn shut_out(&mut self) {
        self.kept_out = Some(KeptOut::Unreadable);
        self.is_live = false;
    }

    fn is_blind(&self) -> bool {
        self.kept_out.is_some_and(KeptOut::is_blind)
    }

    /// All that was known is replaced. Answers the application's part of `state`, and what was not
    /// sent.
    pub fn restore<'a>(
        &mut self,
        epoch: Epoch,
        sequence: Sequence,
        state: Option<&'a [u8]>,
        now: Instant,
    ) -> Result<(Option<&'a [u8]>, Vec<Unsent>), Malformed> {
        let (members, rest) = match state {
            None => (Members::default(), None),
            Some(state) => {
                let mut fields = FieldReader::new(state);
                let members = Members::read(&mut fields)?;
                (members, Some(fields.rest()))
            }
        };
        self.members = members;
        self.kept_out.take_if(|why| *why == KeptOut::Unreadable);
        self.is_live = false;
        self.not_live_since = now;
        self.applied = sequence;
        self.restored_at = sequence;
        let is_new = self.epoch.replace(epoch) != Some(epoch);
        let unsent = match is_new {
            true => self.settle_in_new_epoch(),
            false => Vec::new(), // the log still knows the counter
        };
        Ok((rest, unsent))
    }

    /// Nobody will find out whether the bundle that was under way was read by others. What says
    /// who is there is said again; what would be delivered twice is not.
    fn settle_in_new_epoch(&mut self) -> Vec<Unsent> {
        let Some(flight) = self.in_flight.take() else {
            return Vec::new();
        };
        let (again, lost): (Vec<_>, Vec<_>) = (flight.inputs.into_iter()).partition(|waiting| {
            !matches!(wish_of(&waiting.input), Some(Wish::Line | Wish::Publish))
        });
        self.requeue(again.into_iter());
        lost.iter().filter_map(|lost| lost.unsent(false)).collect()
    }

    /// All that was in the log has been read.
    pub fn caught_up(&mut self, now: Instant) {
        if !self.is_live && !self.is_blind() {
            self.is_live = true;
            self.next_beat = now;
        }
        if let Some(flight) = &mut self.in_flight
            && !flight.is_asked
        {
            flight.retry_at = Some(now); // what has not come may have been lost on the way
        }
    }

    /// An entry is next.
    pub fn take(&mut self, entry: &Entry) -> Taken {
        self.applied = entry.sequence;
        if self.is_blind() {
            return Taken::default();
        }
        let mut inputs = match decode_bundle(&entry.bundle) {
            Ok(inputs) => inputs,
            Err(BundleError::Version(version)) => {
                // From here on this node does not know what the others know.
                self.kept_out = Some(KeptOut::OtherVersion(version));
                self.is_live = false;
                return Taken::default();
            }
            Err(BundleError::Malformed(why)) => {
                let at = entry.sequence;
                log::warn!("cluster sequence={at} why=\"an entry is left out by all: {why}\"");
                Vec::new()
            }
        };
        let hello = match inputs.first() {
            Some(Input::Hello(terms)) => Some(terms),
            _ => None,
        };
        let seen = self.members.see(entry, hello);
        let own = (self.in_flight)
            .take_if(|flight| entry.node == self.id && flight.counter == entry.counter);
        let is_own = entry.node == self.id;
        if let Err(why) = seen.let_in {
            inputs.clear();
            if is_own && why != NotLetIn::NoHello {
                self.kept_out = Some(KeptOut::NotLetIn(why));
            }
            if let Some(own) = own {
                self.requeue(own.inputs.into_iter());
            }
            return Taken {
                time: self.members.time(),
                dead: seen.dead,
                is_snapshot_due: self.writes_snapshot(seen.is_snapshot_due),
                ..Taken::default()
            };
        }
        if is_own {
            self.kept_out = None;
        }
        let has_left = inputs.contains(&Input::Bye);
        if has_left {
            self.members.leave(entry.node);
        }
        Taken {
            time: self.members.time(),
            dead: seen.dead,
            own_since: own.as_ref().map(|own| own.since),
            inputs: with_tickets(inputs, own),
            has_left,
            is_snapshot_due: self.writes_snapshot(seen.is_snapshot_due),
        }
    }

    fn writes_snapshot(&self, is_due: bool) -> bool {
        is_due && self.is_live && self.members.lowest() == Some(self.id)
    }

    /// Whether the log takes this node for dead, or does not know it.
    pub fn is_member(&self) -> bool {
        self.members.contains(self.id)
    }

    /// The state as of the last entry; the application's part is behind the node's own.
    pub fn snapshot(&self, application: &[u8]) -> Option<Snapshot> {
        let mut fields = FieldWriter::default();
        self.members.write(&mut fields);
        let mut state = fields.into_bytes();
        state.extend_from_slice(application);
        Some(Snapshot {
            epoch: self.epoch?,
            sequence: self.applied,
            state,
        })
    }

    /// The log has answered to the append of this counter. Answers the inputs that were applied in
    /// a part of the log that this node has not read, with their tickets.
    pub fn answered(
        &mut self,
        counter: u64,
        answer: &Result<Appended, LogError>,
        now: Instant,
    ) -> Vec<(Input, Option<Ticket>)> {
        let Some(flight) = &mut self.in_flight else {
            return Vec::new();
        };
        if flight.counter != counter {
            return Vec::new(); // its entry was quicker
        }
        flight.is_asked = false;
        match answer {
            Ok(Appended::At(at)) if *at <= self.restored_at => {
                let flight = self.in_flight.take();
                let inputs = flight.into_iter().flat_map(|flight| flight.inputs);
                let ticket = |waiting: &Waiting| waiting.publisher.map(|(_, ticket)| ticket);
                return inputs
                    .map(|i| (ticket(&i), i.input))
                    .map(|(t, i)| (i, t))
                    .collect();
            }
            Ok(Appended::At(at)) if *at <= self.applied => self.wants_reconnect = true,
            Ok(Appended::At(_)) => {}
            Ok(Appended::OtherEpoch(_) | Appended::NoEpoch) => self.wants_reconnect = true,
            Err(_) => flight.failed(now),
        }
        Vec::new()
    }

    /// The job of [`Wanted`] could not be passed on; it is wanted again later.
    pub fn postpone(&mut self, now: Instant) {
        if let Some(flight) = &mut self.in_flight {
            flight.is_asked = false;
            flight.retry_at = Some(now + FIRST_RETRY);
        }
    }

    /// What is to be done now.
    pub fn poll(&mut self, now: Instant) -> Wanted {
        let mut unsent = Vec::new();
        if self.is_away(now) {
            self.give_up(&mut unsent);
        }
        let mut reconnect = std::mem::take(&mut self.wants_reconnect);
        reconnect |= (self.in_flight.as_mut()).is_some_and(|flight| flight.is_overdue(now));
        let job = self.job(now);
        Wanted {
            job,
            unsent,
            reconnect,
            next: self.next(now),
        }
    }

    /// Tells publishers that what they want is not sent; what is under way may be sent yet.
    fn give_up(&mut self, unsent: &mut Vec<Unsent>) {
        if let Some(flight) = &mut self.in_flight {
            flight.give_up(unsent);
        }
        self.waiting.retain(|waiting| {
            let told = waiting.unsent(true);
            unsent.extend(told);
            told.is_none()
        });
    }

    fn job(&mut self, now: Instant) -> Option<Job> {
        let epoch = self.epoch.filter(|_| self.is_live)?;
        let node = self.id;
        if let Some(flight) = &mut self.in_flight {
            if !flight.is_to_be_asked(now) {
                return None;
            }
            return Some(Job {
                epoch,
                node,
                counter: flight.counter,
                bundle: flight.bundle.clone(),
                is_retry: true,
            });
        }
        if self.has_left() {
            return None;
        }
        let is_member = self.is_member();
        if self.waiting.is_empty() && now < self.next_beat {
            return None;
        }
        if self.kept_out.is_some() && now < self.next_beat {
            return None;
        }
        let mut bundle = BundleWriter::new();
        if !is_member {
            bundle.push(&Input::Hello(self.terms.clone()));
        }
        let fits = |next: &&Waiting| {
            let has_room = bundle.has_room_for(&next.input);
            if has_room {
                bundle.push(&next.input);
            }
            has_room
        };
        let count = self.waiting.iter().take_while(fits).count();
        let inputs: Vec<Waiting> = self.waiting.drain(..count).collect();
        if inputs.is_empty() && is_member {
            bundle.push(&Input::Beat);
        }
        self.counter += 1;
        self.next_beat = now
            + match self.kept_out {
                None => BEAT_INTERVAL,
                Some(_) => HELLO_INTERVAL,
            };
        let flight = InFlight::new(self.counter, bundle.into_bytes(), inputs, now);
        let flight = self.in_flight.insert(flight);
        Some(Job {
            epoch,
            node,
            counter: flight.counter,
            bundle: flight.bundle.clone(),
            is_retry: false,
        })
    }

    fn next(&self, now: Instant) -> Instant {
        match &self.in_flight {
            Some(flight) => flight.next(),
            None if !self.is_live => now + FIRST_RETRY,
            None => self.next_beat.max(now + FIRST_RETRY),
        }
    }
}
