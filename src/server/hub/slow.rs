//! Handing a batch to clients, and what becomes of those whose queue is full.
//!
//! A full queue is not yet a slow client: on a busy machine a burst can fill it before the
//! client's writer has had its turn, and a publisher can outrun every client at once. So the
//! room (and with it its publishers, but no other room) waits a little:
//!
//! - for a client whose writer has not had its turn: that is not the client's doing;
//! - for a client that had caught up before, until it has held up one write for [`GRACE`];
//! - for all, while half of the members or more are behind: then it is the publishers that are
//!   too fast, and they are the ones to feel it.
//!
//! A client that holds up a write for that long, or is behind again while most are not, is
//! slow. One that is stuck thus delays the others not at all where its queue took longer than
//! that to fill, and otherwise once.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::counters::HubCounters;
use super::outlet::Outlet;
use super::rooms::Late;
use crate::connection::{Batch, Offer};
use crate::protocol::{CloseCode, CloseFrame, Message};
use crate::server::chat::words;
use crate::server::config::SlowClient;
use crate::server::handler::ClientId;

/// How long a client whose queue is full may hold up one write before it is slow.
pub(super) const GRACE: Duration = Duration::from_millis(100);

/// How long a room waits for a writer to have its turn at all: only a machine that has no
/// processor to spare for so long ever comes near.
const WRITERS_TURN: Duration = Duration::from_secs(5);

/// How often the hub looks whether a client can be told what it missed, and whether one that
/// was closed for being slow has had its time.
const LOOK_FOR_MISSED: Duration = Duration::from_millis(50);
const LOOK_FOR_DOOMED: Duration = Duration::from_millis(250);

/// The clients that are behind, and what to do about it.
#[derive(Debug)]
pub(super) struct Slow<M> {
    policy: SlowClient,
    patience: Duration,
    counters: Arc<HubCounters>,
    /// Whether the room at hand is one of chat, whose members are told what they missed. To a
    /// room of raw messages nothing is added.
    pub(super) tells_missed: bool,
    /// They have had their grace and have not caught up since; true once the log says that
    /// they miss messages.
    behind: HashMap<ClientId, bool>,
    /// How many messages a client has yet to be told that it missed.
    missed: HashMap<ClientId, (M, usize)>,
    /// Closed for being slow, and when they are given up.
    doomed: Vec<(M, Instant)>,
}

/// What handing over a batch came to, beside those that have it now.
#[derive(Debug)]
pub(super) struct Handed<M> {
    /// The room has to wait.
    pub(super) late: Option<Late<M>>,
    /// They are members no more.
    pub(super) gone: Vec<ClientId>,
}

impl<M: Outlet> Slow<M> {
    pub(super) fn new(policy: SlowClient, patience: Duration, counters: Arc<HubCounters>) -> Self {
        Self {
            policy,
            patience,
            counters,
            tells_missed: false,
            behind: HashMap::new(),
            missed: HashMap::new(),
            doomed: Vec::new(),
        }
    }

    /// Hands a batch to `clients`, of a room with `crowd` members. `until` is when the room has
    /// waited long enough, if it has waited before.
    pub(super) fn hand_over(
        &mut self,
        batch: Arc<Batch>,
        clients: &[(ClientId, M)],
        crowd: usize,
        until: Option<Instant>,
        now: Instant,
    ) -> Handed<M> {
        let mut gone = Vec::new();
        let mut full = Vec::new();
        for (id, outlet) in clients {
            match self.offer(*id, outlet, &batch, now) {
                Offer::Queued => {}
                Offer::Full(since) => full.push((*id, outlet, since)),
                Offer::Closed => {
                    self.behind.remove(id);
                    gone.push(*id);
                }
            }
        }
        let queued = clients.len() - gone.len() - full.len();
        HubCounters::add(&self.counters.delivered, batch.messages() * queued);
        let mut late = None;
        if !full.is_empty() {
            let most_are_behind = full.len() * 2 >= crowd;
            let is_over = until.is_some_and(|until| now >= until + WRITERS_TURN);
            let mut waiting = Vec::new();
            for (id, outlet, since) in full {
                let held_up = now.saturating_duration_since(since);
                let had_grace = until.is_none() && self.behind.contains_key(&id);
                let is_again = had_grace && !most_are_behind && !held_up.is_zero();
                if is_over || held_up >= GRACE || is_again {
                    self.is_slow(id, outlet, batch.messages(), now, &mut gone);
                } else {
                    self.behind.entry(id).or_insert(false);
                    waiting.push((id, outlet.clone()));
                }
            }
            if !waiting.is_empty() {
                late = Some(Late {
                    batch,
                    clients: waiting,
                    until: until.unwrap_or(now + GRACE),
                });
            }
        }
        Handed { late, gone }
    }

    fn offer(&mut self, id: ClientId, outlet: &M, batch: &Arc<Batch>, now: Instant) -> Offer {
        if !self.behind.is_empty() && self.behind.contains_key(&id) && outlet.is_caught_up() {
            self.behind.remove(&id);
        }
        if !self.missed.is_empty()
            && let Some((_, count)) = self.missed.get(&id)
        {
            match outlet.offer(&missed_line(*count), now) {
                Offer::Queued => self.missed.remove(&id),
                other => return other,
            };
        }
        outlet.offer(batch, now)
    }

    /// What the policy says.
    fn is_slow(
        &mut self,
        id: ClientId,
        outlet: &M,
        messages: usize,
        now: Instant,
        gone: &mut Vec<ClientId>,
    ) {
        let high_water = outlet.high_water() as u64;
        self.counters.high_water.fetch_max(high_water, Relaxed);
        match self.policy {
            SlowClient::Disconnect => {
                outlet.close(CloseFrame::new(CloseCode::POLICY, "slow consumer"));
                HubCounters::add(&self.counters.evicted, 1);
                log::warn!("slow id={id} queued={high_water} why=\"it is closed: slow consumer\"");
                self.doomed.push((outlet.clone(), now + self.patience));
                self.behind.remove(&id);
                gone.push(id);
            }
            SlowClient::Drop => {
                outlet.count_dropped(messages);
                HubCounters::add(&self.counters.dropped, messages);
                if !std::mem::replace(self.behind.entry(id).or_default(), true) {
                    log::warn!("slow id={id} queued={high_water} why=\"it misses messages\"");
                }
                if self.tells_missed {
                    let missed = self.missed.entry(id);
                    missed.or_insert_with(|| (outlet.clone(), 0)).1 += messages;
                }
            }
        }
    }

    /// A client has left a room.
    pub(super) fn left(&mut self, id: ClientId, outlet: &M) {
        let high_water = outlet.high_water() as u64;
        self.counters.high_water.fetch_max(high_water, Relaxed);
        self.behind.remove(&id);
    }

    /// Does what is due at `now`; answers when to look again, if there is anything to look for.
    pub(super) fn look(&mut self, now: Instant) -> Option<Duration> {
        self.missed.retain(|_, (outlet, count)| {
            matches!(outlet.offer(&missed_line(*count), now), Offer::Full(_))
        });
        self.doomed.retain(|(outlet, deadline)| {
            let is_over = now >= *deadline;
            if is_over {
                outlet.give_up();
            }
            !is_over
        });
        if !self.missed.is_empty() {
            Some(LOOK_FOR_MISSED)
        } else {
            (!self.doomed.is_empty()).then_some(LOOK_FOR_DOOMED)
        }
    }
}

fn missed_line(count: usize) -> Arc<Batch> {
    Arc::new(Batch::of(Message::Text(&words::missed(count))))
}
