//! The hub's thread: takes all waiting commands, joins each room's messages into one batch, and
//! delivers each batch once.

use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel as channel;

use super::application::Application;
use super::member::Member;
use super::state::{Command, State};
use crate::connection::SpareBuffers;

/// The most commands that are taken at once.
const MAX_COMMANDS_AT_ONCE: usize = 256;

/// Broadcasts are batched: the hub waits this long for more messages per client that gets the
/// batch, up to the second bound. Every batch costs each client a wake-up and a write, some 5 us,
/// so waiting for a sixth of that turns a burst of two to ten batches into one.
const LINGER_PER_MEMBER: Duration = Duration::from_nanos(800);
const MAX_LINGER: Duration = Duration::from_micros(400);

/// Buffers of long messages are freed after this time without a command.
const SPARE_TIME: Duration = Duration::from_secs(1);

/// Runs until the last handle of the hub is gone.
pub(super) fn run<A: Application, M: Member>(
    commands: &channel::Receiver<Command<A::Input, M>>,
    state: &mut State<A, M>,
    spare: &SpareBuffers,
) {
    let mut wait: Option<Duration> = None;
    loop {
        let rest = spare.is_busy().then_some(SPARE_TIME);
        let first = match wait.into_iter().chain(rest).min() {
            None => commands.recv().map_err(channel::RecvTimeoutError::from),
            Some(wait) => commands.recv_timeout(wait),
        };
        match first {
            Err(channel::RecvTimeoutError::Disconnected) => return,
            Err(channel::RecvTimeoutError::Timeout) => {
                if rest.is_some_and(|rest| wait.is_none_or(|wait| wait >= rest)) {
                    spare.free_all();
                }
            }
            Ok(first) => take_up(first, commands, state),
        }
        wait = state.work(Instant::now());
    }
}

/// Takes a command and those that wait after it. If they are for many clients, it also waits for
/// commands that are about to arrive: other threads get the processor until then.
fn take_up<A: Application, M: Member>(
    first: Command<A::Input, M>,
    commands: &channel::Receiver<Command<A::Input, M>>,
    state: &mut State<A, M>,
) {
    let start = Instant::now();
    let mut linger = None;
    state.apply(first, start);
    let mut taken = 1;
    while taken < MAX_COMMANDS_AT_ONCE {
        if let Ok(command) = commands.try_recv() {
            state.apply(command, start);
            taken += 1;
            continue;
        }
        if start.elapsed() >= *linger.get_or_insert_with(|| linger_for(state.audience())) {
            return;
        }
        thread::yield_now();
    }
}

/// How long to wait for more messages with this many receivers.
fn linger_for(audience: usize) -> Duration {
    let members = u32::try_from(audience).unwrap_or(u32::MAX);
    LINGER_PER_MEMBER.saturating_mul(members).min(MAX_LINGER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hub_lingers_by_the_size_of_the_audience_and_never_long() {
        let us = Duration::from_micros;
        let rows = [
            (0, us(0)),
            (1, Duration::from_nanos(800)),
            (100, us(80)),
            (500, us(400)),
            (501, us(400)),
            (usize::MAX, us(400)),
        ];
        for (members, expected) in rows {
            assert_eq!(linger_for(members), expected, "{members} members");
        }
    }
}
