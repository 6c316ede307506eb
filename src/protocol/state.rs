//! The life of a connection and its closing handshake (RFC 6455 section 7) as one table.
//!
//! Every rule on when to stop sending, stop reading or cut TCP lives here and nowhere else:
//! [`step`] is the table, [`Lifecycle`] is one connection's place in it.

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The opening handshake is not over (section 4).
    Handshaking,
    /// Messages go both ways.
    Open,
    /// Our Close is out, the peer's has not come (7.1.3).
    CloseSent,
    /// Nothing more is to be said: both Closes are exchanged, or the connection was failed.
    /// Only the end of TCP is awaited (7.1.1).
    Draining,
    /// TCP is gone.
    Closed,
}

impl State {
    /// Whether messages, pings and pongs may still be sent: not after a Close, which is the
    /// last that an end says (1.4, 5.5.1).
    pub fn may_send(self) -> bool {
        self == Self::Open
    }

    /// Whether bytes that arrive are still frames to be looked at: not after the peer's
    /// Close and not after a fault (7.1.7).
    pub fn reads_frames(self) -> bool {
        matches!(self, Self::Open | Self::CloseSent)
    }

    /// Whether the closing handshake is under way: `Closing` of RFC 6455 section 7.1.3.
    pub fn is_closing(self) -> bool {
        matches!(self, Self::CloseSent | Self::Draining)
    }
}

/// What may happen to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The opening handshake succeeded.
    Upgraded,
    /// This end wants to close.
    LocalClose,
    /// A valid close frame arrived.
    PeerClose,
    /// The peer broke a rule.
    Fault,
    /// TCP ended: end of stream, reset, or a write that failed.
    TransportEnd,
    /// This end's patience is over: the close timeout, or a write that stayed blocked.
    Expired,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Stay,
    /// Send our Close, then wait for the peer's, for the close timeout at most (7.1.2).
    SendClose,
    /// Send our Close, then drain: an echo of the peer's, or the code of its fault (7.1.7).
    SendCloseAndDrain,
    /// Both Closes are exchanged: drain. The server ends TCP first (7.1.1).
    Drain,
    /// Let go of TCP at once.
    Cut,
}

/// The table: where `state` goes on `input`, and what is to be done on the way.
pub fn step(state: State, input: Input) -> (State, Step) {
    use Input::*;
    use State::*;
    match (state, input) {
        (Handshaking, Upgraded) => (Open, Step::Stay),
        (Handshaking, _) => (Closed, Step::Cut),

        (Open, LocalClose) => (CloseSent, Step::SendClose),
        (Open, PeerClose | Fault) => (Draining, Step::SendCloseAndDrain),
        (Open, TransportEnd | Expired) => (Closed, Step::Cut),
        (Open, Upgraded) => (Open, Step::Stay),

        (CloseSent, PeerClose | Fault) => (Draining, Step::Drain),
        (CloseSent, TransportEnd | Expired) => (Closed, Step::Cut),
        (CloseSent, Upgraded | LocalClose) => (CloseSent, Step::Stay),

        (Draining, TransportEnd | Expired) => (Closed, Step::Cut),
        (Draining, _) => (Draining, Step::Stay),

        (Closed, _) => (Closed, Step::Stay),
    }
}

/// Who began the end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Initiator {
    /// This end: it sent the first Close.
    Local,
    /// The peer: its Close came first.
    Peer,
    /// The peer broke a rule, and this end failed the connection.
    Fault,
    /// Neither: TCP ended without a Close.
    Network,
}

/// One connection's place in the table, and who began its end.
#[derive(Debug, Clone)]
pub struct Lifecycle {
    state: State,
    begun_by: Option<Initiator>,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self {
            state: State::Handshaking,
            begun_by: None,
        }
    }
}

impl Lifecycle {
    /// The present state.
    pub fn state(&self) -> State {
        self.state
    }

    /// Who began the end; `None` while nobody has. The first one stays.
    pub fn begun_by(&self) -> Option<Initiator> {
        self.begun_by
    }

    /// Tells what happened; answers what is to be done.
    pub fn feed(&mut self, input: Input) -> Step {
        let (next, step) = step(self.state, input);
        if self.begun_by.is_none() && next != self.state {
            self.begun_by = match input {
                Input::Upgraded => None,
                Input::LocalClose | Input::Expired => Some(Initiator::Local),
                Input::PeerClose => Some(Initiator::Peer),
                Input::Fault => Some(Initiator::Fault),
                Input::TransportEnd => Some(Initiator::Network),
            };
        }
        self.state = next;
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Input::*;
    use State::*;

    const STATES: [State; 5] = [Handshaking, Open, CloseSent, Draining, Closed];

    #[test]
    fn the_table_is_this_one() {
        let rows: &[(Input, [(State, Step); 5])] = &[
            //              Handshaking          Open                                CloseSent                Draining               Closed
            (
                Upgraded,
                [
                    (Open, Step::Stay),
                    (Open, Step::Stay),
                    (CloseSent, Step::Stay),
                    (Draining, Step::Stay),
                    (Closed, Step::Stay),
                ],
            ),
            (
                LocalClose,
                [
                    (Closed, Step::Cut),
                    (CloseSent, Step::SendClose),
                    (CloseSent, Step::Stay),
                    (Draining, Step::Stay),
                    (Closed, Step::Stay),
                ],
            ),
            (
                PeerClose,
                [
                    (Closed, Step::Cut),
                    (Draining, Step::SendCloseAndDrain),
                    (Draining, Step::Drain),
                    (Draining, Step::Stay),
                    (Closed, Step::Stay),
                ],
            ),
            (
                Fault,
                [
                    (Closed, Step::Cut),
                    (Draining, Step::SendCloseAndDrain),
                    (Draining, Step::Drain),
                    (Draining, Step::Stay),
                    (Closed, Step::Stay),
                ],
            ),
            (
                TransportEnd,
                [
                    (Closed, Step::Cut),
                    (Closed, Step::Cut),
                    (Closed, Step::Cut),
                    (Closed, Step::Cut),
                    (Closed, Step::Stay),
                ],
            ),
            (
                Expired,
                [
                    (Closed, Step::Cut),
                    (Closed, Step::Cut),
                    (Closed, Step::Cut),
                    (Closed, Step::Cut),
                    (Closed, Step::Stay),
                ],
            ),
        ];
        for (input, cells) in rows {
            for (state, expected) in STATES.iter().zip(cells) {
                assert_eq!(step(*state, *input), *expected, "{state:?} on {input:?}");
            }
        }
    }

    #[test]
    fn a_close_is_sent_at_most_once_on_any_path() {
        let inputs = [
            Upgraded,
            LocalClose,
            PeerClose,
            Fault,
            TransportEnd,
            Expired,
        ];
        let mut paths = vec![(State::Open, 0)];
        for _ in 0..5 {
            paths = paths
                .into_iter()
                .flat_map(|(state, sent)| {
                    inputs.iter().map(move |input| {
                        let (next, todo) = step(state, *input);
                        let sends = matches!(todo, Step::SendClose | Step::SendCloseAndDrain);
                        (next, sent + usize::from(sends))
                    })
                })
                .collect();
            assert!(paths.iter().all(|(_, sent)| *sent <= 1));
        }
    }

    #[test]
    fn the_first_to_begin_the_end_is_remembered() {
        let rows: &[(&[Input], Option<Initiator>)] = &[
            (&[Upgraded], None),
            (&[Upgraded, PeerClose, TransportEnd], Some(Initiator::Peer)),
            (&[Upgraded, LocalClose, PeerClose], Some(Initiator::Local)),
            (&[Upgraded, LocalClose, Expired], Some(Initiator::Local)),
            (&[Upgraded, Fault, TransportEnd], Some(Initiator::Fault)),
            (&[Upgraded, TransportEnd], Some(Initiator::Network)),
        ];
        for (inputs, expected) in rows {
            let mut life = Lifecycle::default();
            for input in *inputs {
                life.feed(*input);
            }
            assert_eq!(life.begun_by(), *expected, "{inputs:?}");
        }
    }
}
