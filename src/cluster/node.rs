//! One node of a cluster as a state machine without IO. Its inputs are the clients' requests, the
//! log's entries and answers, and the time; it says what to append, and what to tell to which
//! client.
//!
//! Inputs wait in one queue. One bundle of them is in flight at a time: from its first append until
//! its entry is read back. Meanwhile further inputs collect in the queue, so a slow log gets fewer
//! and longer bundles. Whether the answer to an append comes or is lost decides nothing: only the
//! entry counts. A bundle whose outcome is unknown is appended again, under the same counter.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::codec::{BundleError, BundleWriter, decode_bundle};
use super::fields::{FieldReader, FieldWriter, Malformed};
use super::flight::{FIRST_RETRY, InFlight, PUBLISH_WAIT, Waiting, wish_of, with_tickets};
use super::input::{Input, Terms};
use super::log::{Appended, Entry, Epoch, LogError, NodeId, Sequence, Snapshot};
use super::members::{Members, NotLetIn};
use super::wanted::{Job, KeptOut, Taken, Ticket, Unsent, Wanted, Wish};

/// A node appends at least once per this interval.
const BEAT_INTERVAL: Duration = Duration::from_secs(1);

/// A node that was not admitted asks again after this interval.
const HELLO_INTERVAL: Duration = Duration::from_secs(5);

/// See the module.
#[derive(Debug)]
pub struct Node {
    id: NodeId,
    terms: Terms,
    /// `None` until the log has been read.
    epoch: Option<Epoch>,
    applied: Sequence,
    /// The snapshot that was restored stands for all entries up to this one.
    restored_at: Sequence,
    members: Members,
    /// Whether all entries that were in the log when it was reached have been read.
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
    /// A node that has read nothing yet.
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

    pub fn id(&self) -> NodeId {
        self.id
    }

    /// Whether clients are admitted: the node is a member of the cluster, and the log answers.
    pub fn accepts_clients(&self, now: Instant) -> bool {
        self.is_live && self.is_member() && !self.is_leaving && !self.is_away(now)
    }

    /// Whether the log is unavailable, so that clients' inputs cannot be sent at present.
    pub fn is_away(&self, now: Instant) -> bool {
        let over = |since: Instant| now.saturating_duration_since(since) >= PUBLISH_WAIT;
        self.kept_out.is_some()
            || !self.is_live && over(self.not_live_since)
            || self.in_flight.as_ref().is_some_and(|f| over(f.since))
    }

    /// Why the node is not admitted to the cluster, as a text for the operator.
    pub fn kept_out(&self) -> Option<String> {
        self.kept_out.map(|why| why.to_string())
    }

    /// The number of nodes that are alive; 0 until the log has been read to its end.
    pub fn nodes(&self) -> usize {
        match self.is_live {
            true => self.members.len(),
            false => 0,
        }
    }

    /// Whether all entries that were in the log when it was reached have been read.
    pub fn is_live(&self) -> bool {
        self.is_live
    }

    /// Whether [`Self::leave`] was called.
    pub fn is_leaving(&self) -> bool {
        self.is_leaving
    }

    /// The log's time of the last entry.
    pub fn time(&self) -> Duration {
        self.members.time()
    }

    /// The number of the entry that was applied last.
    pub fn applied(&self) -> Sequence {
        self.applied
    }

    /// The log's epoch as a text.
    pub fn epoch_name(&self) -> String {
        self.epoch
            .map_or_else(String::new, |epoch| format!("{:032x}", epoch.0))
    }

    /// The number of inputs that wait, those in flight included.
    pub fn waiting(&self) -> usize {
        let in_flight = self.in_flight.as_ref().map_or(0, |f| f.inputs.len());
        self.waiting.len() + in_flight
    }

    /// Queues a client's input. The ticket identifies it until it comes back in [`Taken::inputs`]
    /// or as [`Unsent`].
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

    /// Queues a client's exit. An exit is never given up, however long the log is unavailable.
    pub fn push_exit(&mut self, member: u64) {
        self.waiting.push_back(Waiting {
            input: Input::Exit { member },
            publisher: None,
        });
    }

    /// Queues returning clients before all other inputs.
    pub fn put_first(&mut self, returns: Vec<Input>) {
        self.requeue(returns.into_iter().map(|input| Waiting {
            input,
            publisher: None,
        }));
    }

    /// Puts inputs back at the front of the queue, but behind returning clients.
    fn requeue(&mut self, inputs: impl DoubleEndedIterator<Item = Waiting>) {
        let comes_back = |waiting: &&Waiting| matches!(waiting.input, Input::Return { .. });
        let behind = self.waiting.iter().take_while(comes_back).count();
        let rest = self.waiting.split_off(behind);
        self.waiting.extend(inputs);
        self.waiting.extend(rest);
    }

    /// Queues the node's leaving; the inputs before it are still sent, nothing after it.
    pub fn leave(&mut self) {
        if !self.is_leaving {
            self.is_leaving = true;
            self.waiting.push_back(Waiting {
                input: Input::Bye,
                publisher: None,
            });
        }
    }

    /// Whether this node is leaving and not a member: its Bye was applied, or it never joined.
    pub fn has_left(&self) -> bool {
        self.is_leaving && !self.members.contains(self.id)
    }

    /// Notes that the restored state cannot be read; the node does nothing until another state is
    /// restored.
    pub fn shut_out(&mut self) {
        self.kept_out = Some(KeptOut::Unreadable);
        self.is_live = false;
    }

    fn is_blind(&self) -> bool {
        self.kept_out.is_some_and(KeptOut::is_blind)
    }

    /// Replaces the node's whole state. Returns the application's part of `state`, and the inputs
    /// that were not sent.
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

    /// Settles the bundle that was in flight when the epoch changed: nobody can find out whether
    /// other nodes read it. Inputs about presence are sent again; those that might be delivered
    /// twice are not.
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

    /// Notes that all entries that were in the log were read.
    pub fn caught_up(&mut self, now: Instant) {
        if !self.is_live && !self.is_blind() {
            self.is_live = true;
            self.next_beat = now;
        }
        if let Some(flight) = &mut self.in_flight
            && !flight.is_asked
        {
            flight.retry_at = Some(now); // its entry has not come: the append may have been lost
        }
    }

    /// Applies the next entry.
    pub fn take(&mut self, entry: &Entry) -> Taken {
        self.applied = entry.sequence;
        if self.is_blind() {
            return Taken::default();
        }
        let mut inputs = match decode_bundle(&entry.bundle) {
            Ok(inputs) => inputs,
            Err(BundleError::Version(version)) => {
                // From this entry on, the state of this node differs from that of the others.
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

    /// Whether the log knows this node as alive.
    pub fn is_member(&self) -> bool {
        self.members.contains(self.id)
    }

    /// The state after the last entry: the node's own part, then the application's.
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

    /// Handles the log's answer to the append with this counter. Returns, with their tickets, the
    /// inputs that were applied in a part of the log that this node has not read.
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
            return Vec::new(); // its entry was read before the answer came
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

    /// Notes that the job of [`Wanted`] could not be passed on; it is offered again later.
    pub fn postpone(&mut self, now: Instant) {
        if let Some(flight) = &mut self.in_flight {
            flight.is_asked = false;
            flight.retry_at = Some(now + FIRST_RETRY);
        }
    }

    /// Says what is to be done now.
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

    /// Tells publishers that their inputs were not sent; those in flight may still be.
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
