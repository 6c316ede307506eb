//! The life of a connection and its closing handshake (RFC 6455 section 7) as one table.
//!
//! ```text
//!                 peer's Close, fault, or no room: our Close goes out
//!   Handshaking --> Open ---------------------------------> Draining --> Closed
//!                    |                                         ^           ^
//!                    | our Close goes out                      |           |
//!                    +----------> CloseSent -------------------+           |
//!                                     peer's Close or fault                |
//!        from everywhere, when TCP ends or a time is over -----------------+
//! ```
//!
//! Every rule on when to stop sending, stop reading or end TCP lives here and nowhere else:
//! [`step`] is the table, [`Lifecycle`] is one connection's place in it.

/// The state of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum State {
    /// The opening handshake is not over (section 4): a server's 101 has not been written.
    Handshaking,
    /// Messages go both ways.
    Open,
    /// Closing (7.1.3): our Close is out, the peer's has not come.
    CloseSent,
    /// Closing: nothing more is to be said, since both Closes are exchanged or the connection
    /// was failed. Only the end of TCP is awaited (7.1.1).
    Draining,
    /// TCP is gone (7.1.4).
    Closed,
}

impl State {
    /// Every state, in the order in which a connection goes through them.
    pub const ALL: [Self; 5] = [
        Self::Handshaking,
        Self::Open,
        Self::CloseSent,
        Self::Draining,
        Self::Closed,
    ];

    /// Whether messages, pings and pongs may still be sent: not after a Close, which is the
    /// last that an end says (1.4, 5.5.1). What is sent while handshaking leaves behind the
    /// response head.
    pub fn may_send(self) -> bool {
        self <= Self::Open
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

/// An event in the life of a connection.
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
    /// This end cannot take in what the peer is sending, though it breaks no rule.
    GiveUp,
    /// TCP ended: end of stream, reset, or a write that failed.
    TransportEnd,
    /// This end has waited long enough: for the peer's Close, or for a write.
    Expired,
}

/// The step to take on an event.
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
    /// End TCP at once.
    Abort,
}

impl Step {
    /// Whether a Close is to be sent.
    pub fn sends_close(self) -> bool {
        matches!(self, Self::SendClose | Self::SendCloseAndDrain)
    }

    /// Whether the end of TCP is to be awaited, bytes that still come being discarded.
    pub fn drains(self) -> bool {
        matches!(self, Self::SendCloseAndDrain | Self::Drain)
    }
}

/// The table: where `state` goes on `input`, and what is to be done on the way.
pub fn step(state: State, input: Input) -> (State, Step) {
    use Input::*;
    use State::*;
    match (state, input) {
        (Handshaking, Upgraded) => (Open, Step::Stay),
        (Handshaking, _) => (Closed, Step::Abort),

        (Open, LocalClose) => (CloseSent, Step::SendClose),
        (Open, PeerClose | Fault | GiveUp) => (Draining, Step::SendCloseAndDrain),
        (CloseSent, PeerClose | Fault | GiveUp) => (Draining, Step::Drain),
        (Open | CloseSent | Draining, TransportEnd | Expired) => (Closed, Step::Abort),

        // Too late or said already: nothing changes.
        (Open, Upgraded)
        | (CloseSent, Upgraded | LocalClose)
        | (Draining, Upgraded | LocalClose | PeerClose | Fault | GiveUp)
        | (Closed, _) => (state, Step::Stay),
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

    /// Tells what happened; returns what is to be done.
    pub fn feed(&mut self, input: Input) -> Step {
        let (next, step) = step(self.state, input);
        if self.begun_by.is_none() && next != self.state {
            self.begun_by = match input {
                Input::Upgraded => None,
                Input::LocalClose | Input::GiveUp | Input::Expired => Some(Initiator::Local),
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

    /// What happens, the state after it, and what is done.
    type Happens = (Input, State, Step);

    const INPUTS: [Input; 7] = [
        Upgraded,
        LocalClose,
        PeerClose,
        Fault,
        GiveUp,
        TransportEnd,
        Expired,
    ];

    /// Each life as the RFC tells it: the inputs, and what is done at each.
    #[test]
    fn lives_of_section_7_take_their_steps() {
        use Step::*;
        let rows: &[(&str, &[Happens])] = &[
            (
                "the peer closes: its Close is echoed, then TCP ends (5.5.1, 7.1.1)",
                &[
                    (Upgraded, Open, Stay),
                    (PeerClose, Draining, SendCloseAndDrain),
                    (TransportEnd, Closed, Abort),
                ],
            ),
            (
                "this end closes: the answer is awaited, not answered again (7.1.2, 7.1.3)",
                &[
                    (Upgraded, Open, Stay),
                    (LocalClose, CloseSent, SendClose),
                    (PeerClose, Draining, Drain),
                    (TransportEnd, Closed, Abort),
                ],
            ),
            (
                "a fault fails the connection with a Close (7.1.7)",
                &[
                    (Upgraded, Open, Stay),
                    (Fault, Draining, SendCloseAndDrain),
                    (Expired, Closed, Abort),
                ],
            ),
            (
                "a message that this end has no room for ends the connection at once",
                &[
                    (Upgraded, Open, Stay),
                    (GiveUp, Draining, SendCloseAndDrain),
                    (TransportEnd, Closed, Abort),
                ],
            ),
            (
                "a fault after our Close sends no second one",
                &[
                    (Upgraded, Open, Stay),
                    (LocalClose, CloseSent, SendClose),
                    (Fault, Draining, Drain),
                ],
            ),
            (
                "a peer that does not answer our Close in time",
                &[
                    (Upgraded, Open, Stay),
                    (LocalClose, CloseSent, SendClose),
                    (LocalClose, CloseSent, Stay),
                    (Expired, Closed, Abort),
                    (LocalClose, Closed, Stay),
                ],
            ),
            (
                "TCP ends before the handshake does",
                &[(TransportEnd, Closed, Abort), (Upgraded, Closed, Stay)],
            ),
        ];
        for (life, steps) in rows {
            let mut lifecycle = Lifecycle::default();
            for (input, state, step) in *steps {
                assert_eq!(lifecycle.feed(*input), *step, "{life}: {input:?}");
                assert_eq!(lifecycle.state(), *state, "{life}: {input:?}");
            }
        }
    }

    /// Whatever happens, in any order.
    #[test]
    fn every_path_keeps_the_rules_of_closing() {
        let mut paths: Vec<(Lifecycle, usize, Vec<Input>)> =
            vec![(Lifecycle::default(), 0, Vec::new())];
        for _ in 0..6 {
            let mut longer = Vec::new();
            for (life, closes, inputs) in &paths {
                for input in INPUTS {
                    let mut next = life.clone();
                    let mut path = inputs.clone();
                    path.push(input);
                    let before = life.state();
                    let step = next.feed(input);
                    let after = next.state();
                    let sent = closes + usize::from(step.sends_close());
                    assert!(sent <= 1, "one Close at most: {path:?}");
                    assert!(!step.sends_close() || before.may_send(), "{path:?}");
                    assert!(
                        sent == 0 || !after.may_send(),
                        "nothing behind it: {path:?}"
                    );
                    assert!(after >= before, "never back: {path:?}");
                    assert_eq!(step.drains(), after == Draining && before != Draining);
                    assert_eq!(step == Step::Abort, after == Closed && before != Closed);
                    let ends = matches!(input, TransportEnd | Expired);
                    assert!(!ends || after == Closed, "nothing outlives TCP: {path:?}");
                    let unread =
                        matches!(input, PeerClose | Fault | GiveUp) && before != Handshaking;
                    assert!(!unread || !after.reads_frames(), "{path:?}");
                    longer.push((next, sent, path));
                }
            }
            paths = longer;
        }
        for state in State::ALL {
            let said = paths.iter().any(|(life, ..)| life.state() == state);
            assert!(said || state == Handshaking, "{state:?} is never reached");
        }
    }

    #[test]
    fn the_first_to_begin_the_end_is_remembered() {
        let rows: &[(&[Input], Option<Initiator>)] = &[
            (&[Upgraded], None),
            (&[Upgraded, PeerClose, TransportEnd], Some(Initiator::Peer)),
            (&[Upgraded, LocalClose, PeerClose], Some(Initiator::Local)),
            (&[Upgraded, LocalClose, Expired], Some(Initiator::Local)),
            (&[Upgraded, GiveUp, TransportEnd], Some(Initiator::Local)),
            (&[Upgraded, Fault, TransportEnd], Some(Initiator::Fault)),
            (&[Upgraded, TransportEnd], Some(Initiator::Network)),
            (
                &[Upgraded, LocalClose, TransportEnd],
                Some(Initiator::Local),
            ),
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
