//! What may run on a hub's thread: a value that gets inputs and answers with effects.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use super::member::MemberId;
use super::options::RoomOptions;
use crate::connection::Batch;
use crate::protocol::CloseFrame;

/// A value that a hub drives on its own thread: inputs and the time go in, effects come out.
///
/// Because one thread owns it, an application needs no lock, and its inputs have one order.
/// Nothing in it may wait, or every room waits. A panic in it ends the hub: from then on nothing
/// is delivered.
///
/// The clients that it acts on are those that were [attached](super::Hub::attach); it knows
/// them by their [`MemberId`]. It needs no connection, so it is tested as a plain value.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Instant;
///
/// use wshub::connection::Batch;
/// use wshub::hub::{Application, Effect, MemberId, RoomOptions};
/// use wshub::protocol::Message;
///
/// /// A quiz: the first who gives the answer has won.
/// struct Quiz {
///     answer: String,
///     room: Arc<str>,
/// }
///
/// enum Input {
///     Enter,
///     Guess(String),
/// }
///
/// impl Application for Quiz {
///     type Input = Input;
///
///     fn input(&mut self, input: Input, from: Option<MemberId>, _: Instant, effects: &mut Vec<Effect>) {
///         match (input, from) {
///             (Input::Enter, Some(member)) => effects.push(Effect::Join {
///                 member,
///                 room: self.room.clone(),
///                 options: RoomOptions::default(),
///                 welcome: Batch::of(Message::Text("What is the answer?")),
///             }),
///             (Input::Guess(guess), Some(_)) if guess == self.answer => effects.push(Effect::Publish {
///                 room: self.room.clone(),
///                 batch: Batch::of(Message::Text("somebody knew it")),
///             }),
///             _ => {}
///         }
///     }
/// }
///
/// let mut quiz = Quiz { answer: "42".into(), room: "quiz".into() };
/// let (ana, now) = (MemberId::next(), Instant::now());
/// let mut effects = Vec::new();
/// quiz.input(Input::Enter, Some(ana), now, &mut effects);
/// quiz.input(Input::Guess("42".into()), Some(ana), now, &mut effects);
/// assert!(matches!(
///     &effects[..],
///     [Effect::Join { member, .. }, Effect::Publish { .. }] if *member == ana
/// ));
/// ```
pub trait Application: Send + 'static {
    /// The input that others submit to the application.
    type Input: Send + 'static;

    /// An input has come from an attached client, or from nobody in particular
    /// ([`Hub::submit`](super::Hub::submit)). `effects` is empty at the call; its effects happen
    /// in their order.
    fn input(
        &mut self,
        input: Self::Input,
        from: Option<MemberId>,
        now: Instant,
        effects: &mut Vec<Effect>,
    );

    /// A client's attachment was dropped. Before the effects of this call, the client leaves all
    /// rooms that the application let it join.
    fn detached(&mut self, member: MemberId, now: Instant, effects: &mut Vec<Effect>) {
        let _ = (member, now, effects);
    }

    /// Does what is due at `now` and returns the time until the next call, if there is anything to
    /// wait for. It is also called after every input.
    fn poll(&mut self, now: Instant, effects: &mut Vec<Effect>) -> Option<Instant> {
        let _ = (now, effects);
        None
    }
}

/// Something that an application wants to happen. Its rooms are those of
/// [`Hub::join`](super::Hub::join) and [`Hub::publish`](super::Hub::publish): one name is one room.
/// An effect on a client that is no longer attached is ignored.
#[derive(Debug)]
#[non_exhaustive]
pub enum Effect {
    /// An attached client becomes a member of a room. `welcome` is for it alone and comes
    /// first; it may be empty. The options of a room are those of its first member.
    Join {
        /// The client.
        member: MemberId,
        /// The room's name.
        room: Arc<str>,
        /// The room's options.
        options: RoomOptions,
        /// Messages that the client gets before everything else.
        welcome: Batch,
    },
    /// The client's membership of a room ends. `farewell` is sent to it alone, after everything
    /// else; it may be empty.
    Leave {
        /// The client.
        member: MemberId,
        /// The room's name.
        room: Arc<str>,
        /// Messages that the client gets after everything else.
        farewell: Batch,
    },
    /// A message for all members of a room.
    Publish {
        /// The room's name.
        room: Arc<str>,
        /// The messages.
        batch: Batch,
    },
    /// The publisher of this input keeps waiting for its permit after this call, until `Release`
    /// names the ticket. This is for an application that passes its inputs on and gets them back
    /// later. The application chooses the ticket numbers.
    Hold {
        /// Stands for the input.
        ticket: u64,
    },
    /// The permit that was held is given back with the next message of this call, or at once if
    /// there is none.
    Release {
        /// The ticket of the `Hold`.
        ticket: u64,
    },
    /// Closes one client, after what is queued for it.
    Close {
        /// The client.
        to: MemberId,
        /// Why.
        frame: CloseFrame,
    },
    /// Messages for one client, in the order of a room if one is named.
    Send {
        /// The client.
        to: MemberId,
        /// The room in whose order they come.
        room: Option<Arc<str>>,
        /// The messages.
        batch: Batch,
    },
}

/// The application of a hub that was started without one.
#[derive(Debug)]
pub(super) struct NoApplication;

impl Application for NoApplication {
    type Input = Infallible;

    fn input(&mut self, input: Infallible, _: Option<MemberId>, _: Instant, _: &mut Vec<Effect>) {
        match input {}
    }
}
