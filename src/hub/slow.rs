//! Hands batches to clients, and deals with those whose queue is full.
//!
//! A client with a full queue is not yet slow: on a busy machine a burst can fill the queue
//! before the client's writer thread runs, and a publisher can outrun every client at once. So
//! the room (and with it its publishers, but no other room) waits a little:
//!
//! - for a client whose writer thread has not run yet: the machine is slow, not the client;
//! - for a client that had caught up before, until it has held up one write for [`GRACE`];
//! - for all, while the queues of half of the members or more are full: then the publishers
//!   are too fast, and they are the ones to be slowed down.
//!
//! A room does not wait while more than 4096 messages, or 16 MiB, have come for it for which no
//! publisher of this hub is held back: then whoever has no room is slow at once.
//!
//! A client is slow if it holds up a write for that long, or if its queue is full again while
//! those of most members are not. A client that reads nothing at all delays the others at most
//! once, and not at all if its queue took longer than [`GRACE`] to fill.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::counters::HubCounters;
use super::member::Member;
use super::options::{HubOptions, SlowClient};
use super::rooms::Late;
use crate::connection::{Batch, ConnectionId, Offer};
use crate::protocol::{CloseCode, CloseFrame, Message};

/// How long a client with a full queue may hold up one write before it counts as slow.
pub(super) const GRACE: Duration = Duration::from_millis(100);

/// How long a room waits at most for writer threads to run at all. Only a machine that has no
/// processor time for that long comes near this bound.
const WRITER_START: Duration = Duration::from_secs(5);

/// How often the hub checks whether a client can be told what it missed, and whether the eviction
/// timeout of a client has passed.
const MISSED_INTERVAL: Duration = Duration::from_millis(50);
const EVICTION_INTERVAL: Duration = Duration::from_millis(250);

/// Makes the text that tells a client how many messages it missed.
type MissedText = fn(usize) -> String;

/// The clients whose queues are full, or were full. Sums of times do not overflow: the options
/// bound the eviction timeout, and the other times are constants of a few seconds.
#[derive(Debug)]
pub(super) struct SlowMembers<M> {
    options: HubOptions,
    counters: Arc<HubCounters>,
    /// Members that used up [`GRACE`] and have not caught up since. The value is true once the log
    /// has said that they miss messages.
    lagging: HashMap<ConnectionId, bool>,
    missed: HashMap<ConnectionId, Missed<M>>,
    /// Clients that were closed for being slow, and the time at which each is aborted.
    evicting: Vec<(M, Instant)>,
}

/// What a client still has to be told about messages that it missed.
#[derive(Debug)]
struct Missed<M> {
    member: M,
    messages: usize,
    text: MissedText,
}

/// The room to which a batch goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Audience {
    /// How many clients are in it.
    pub(super) members: usize,
    /// The text for members that missed messages.
    pub(super) missed: Option<MissedText>,
    /// When the room has waited long enough for this batch, if it has waited before.
    pub(super) until: Option<Instant>,
    /// So much waits in the room that it stops waiting for slow members.
    pub(super) is_overfull: bool,
}

/// Which members did not get a batch.
#[derive(Debug)]
pub(super) struct Delivered<M> {
    /// Set if the room has to wait.
    pub(super) late: Option<Late<M>>,
    /// Connections that are no longer members.
    pub(super) gone: Vec<ConnectionId>,
}

impl<M> Default for Delivered<M> {
    fn default() -> Self {
        Self {
            late: None,
            gone: Vec::new(),
        }
    }
}

impl<M: Member> SlowMembers<M> {
    pub(super) fn new(options: HubOptions, counters: Arc<HubCounters>) -> Self {
        Self {
            options,
            counters,
            lagging: HashMap::new(),
            missed: HashMap::new(),
            evicting: Vec::new(),
        }
    }

    /// The batch for all its receivers; its memory is counted until the last one has received it.
    pub(super) fn share(&self, mut batch: Batch) -> Arc<Batch> {
        batch.charge_to(&self.options.memory);
        Arc::new(batch)
    }

    /// Hands a batch to some or all members of a room.
    pub(super) fn deliver<'a>(
        &mut self,
        batch: Arc<Batch>,
        members: impl Iterator<Item = (ConnectionId, &'a M)>,
        audience: Audience,
        now: Instant,
    ) -> Delivered<M>
    where
        M: 'a,
    {
        let mut gone = Vec::new();
        let mut full = Vec::new();
        let mut queued = 0;
        for (id, member) in members {
            match self.offer(id, member, &batch, now) {
                Offer::Queued => queued += 1,
                Offer::Full { since } => full.push((id, member, since)),
                Offer::Closed => {
                    self.lagging.remove(&id);
                    gone.push(id);
                }
            }
        }
        HubCounters::add(&self.counters.delivered, batch.messages() * queued);
        let mut late = None;
        if !full.is_empty() {
            let until = audience.until;
            let most_are_full = full.len() * 2 >= audience.members;
            let is_over =
                audience.is_overfull || until.is_some_and(|until| now >= until + WRITER_START);
            let mut waiting = Vec::new();
            for (id, member, since) in full {
                let held_up = now.saturating_duration_since(since);
                let had_grace = until.is_none() && self.lagging.contains_key(&id);
                let is_again = had_grace && !most_are_full && !held_up.is_zero();
                if is_over || held_up >= GRACE || is_again {
                    let messages = batch.messages();
                    match self.options.slow_client {
                        SlowClient::Disconnect => {
                            self.evict(id, member, now);
                            gone.push(id);
                        }
                        SlowClient::Drop => self.drop(id, member, messages, audience.missed),
                    }
                } else {
                    self.lagging.entry(id).or_insert(false);
                    waiting.push((id, member.clone()));
                }
            }
            if !waiting.is_empty() {
                late = Some(Late {
                    batch,
                    members: waiting,
                    until: until.unwrap_or(now + GRACE),
                });
            }
        }
        Delivered { late, gone }
    }

    /// Offers a client a batch, after the notice about messages that it missed.
    fn offer(&mut self, id: ConnectionId, member: &M, batch: &Arc<Batch>, now: Instant) -> Offer {
        if !self.lagging.is_empty() && self.lagging.contains_key(&id) && member.is_caught_up() {
            self.lagging.remove(&id);
        }
        if !self.missed.is_empty()
            && let Some(missed) = self.missed.get(&id)
        {
            match member.offer(&missed.notice(), now) {
                Offer::Queued => self.missed.remove(&id),
                other => return other,
            };
        }
        member.offer(batch, now)
    }

    /// Closes a client, after what is queued for it.
    fn evict(&mut self, id: ConnectionId, member: &M, now: Instant) {
        let high_water = self.note_high_water(member);
        member.close(CloseFrame::new(CloseCode::POLICY, "slow consumer"));
        HubCounters::add(&self.counters.evicted, 1);
        log::warn!("slow id={id} queued={high_water} why=\"it is closed: slow consumer\"");
        let deadline = now + self.options.eviction_timeout;
        self.evicting.push((member.clone(), deadline));
        self.lagging.remove(&id);
    }

    /// Drops messages for a client.
    fn drop(&mut self, id: ConnectionId, member: &M, messages: usize, text: Option<MissedText>) {
        let high_water = self.note_high_water(member);
        member.count_dropped(messages);
        HubCounters::add(&self.counters.dropped, messages);
        if !std::mem::replace(self.lagging.entry(id).or_default(), true) {
            log::warn!("slow id={id} queued={high_water} why=\"it misses messages\"");
        }
        if let Some(text) = text {
            let missed = self.missed.entry(id).or_insert_with(|| Missed {
                member: member.clone(),
                messages: 0,
                text,
            });
            missed.messages += messages;
        }
    }

    /// A client has left a room.
    pub(super) fn left(&mut self, id: ConnectionId, member: &M) {
        self.note_high_water(member);
        self.lagging.remove(&id);
    }

    fn note_high_water(&self, member: &M) -> u64 {
        let high_water = member.high_water() as u64;
        self.counters.high_water.fetch_max(high_water, Relaxed);
        high_water
    }

    /// Does what is due at `now` and returns the time until the next call, if there is anything to
    /// wait for.
    pub(super) fn poll(&mut self, now: Instant) -> Option<Duration> {
        self.missed.retain(|_, missed| {
            let offer = missed.member.offer(&missed.notice(), now);
            matches!(offer, Offer::Full { .. })
        });
        self.evicting.retain(|(member, deadline)| {
            let is_over = now >= *deadline;
            if is_over {
                member.abort_unless_closed();
            }
            !is_over
        });
        if !self.missed.is_empty() {
            Some(MISSED_INTERVAL)
        } else {
            (!self.evicting.is_empty()).then_some(EVICTION_INTERVAL)
        }
    }
}

impl<M> Missed<M> {
    fn notice(&self) -> Arc<Batch> {
        Arc::new(Batch::of(Message::Text(&(self.text)(self.messages))))
    }
}
