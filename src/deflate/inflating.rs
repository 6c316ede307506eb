//! Inflating the messages of one connection (RFC 7692 section 7.2.2).

use std::sync::OnceLock;

use flate2::{Decompress, FlushDecompress, Status};

use super::pool::Pool;
use crate::protocol::{Inflate, Inflated, NotInflated};

/// What every sender leaves out at the end of a message (section 7.2.1): an empty stored block
/// without its first byte.
const LEFT_OUT: [u8; 4] = [0, 0, 0xFF, 0xFF];

/// The same four bytes, followed by an empty last block of a DEFLATE stream: inflating this ends
/// the stream if the message is complete, and fails if the message was cut short.
const LEFT_OUT_AND_LAST: [u8; 9] = [0, 0, 0xFF, 0xFF, 1, 0, 0, 0xFF, 0xFF];

/// The room for the output starts at this multiple of the input, plus this many bytes.
const LIKELY_RATIO: usize = 4;
const LEAST_ROOM: usize = 256;

fn pool() -> &'static Pool<(), Box<Decompress>> {
    static POOL: OnceLock<Pool<(), Box<Decompress>>> = OnceLock::new();
    POOL.get_or_init(Pool::new)
}

/// Inflates the messages of one connection.
#[derive(Debug)]
pub(crate) struct MessageInflater {
    /// Present while a message is being inflated, and always if the context is kept. It is boxed,
    /// since most connections have none.
    tool: Option<Box<Decompress>>,
    keeps_context: bool,
    /// How many of the bytes that the sender left out have been put back.
    put_back: u8,
    /// Bytes of the message have come.
    has_begun: bool,
    /// A block of the message is marked as the last one.
    has_last_block: bool,
}

impl MessageInflater {
    /// For messages that do not refer to earlier ones.
    pub(crate) fn without_context() -> Self {
        Self {
            tool: None,
            keeps_context: false,
            put_back: 0,
            has_begun: false,
            has_last_block: false,
        }
    }

    /// For messages that refer to earlier ones: the peer keeps its context.
    pub(crate) fn keeping_context() -> Self {
        Self {
            tool: Some(Box::new(Decompress::new(false))),
            keeps_context: true,
            put_back: 0,
            has_begun: false,
            has_last_block: false,
        }
    }

    fn left_out(&self) -> &'static [u8] {
        match self.keeps_context {
            true => &LEFT_OUT,
            false => &LEFT_OUT_AND_LAST,
        }
    }

    fn begin(&mut self) {
        if self.tool.is_none() {
            let mut tool = (pool().take(&())).unwrap_or_else(|| Box::new(Decompress::new(false)));
            tool.reset(false);
            self.tool = Some(tool);
        }
    }

    fn finish(&mut self) {
        (self.put_back, self.has_begun) = (0, false);
        if !self.keeps_context
            && let Some(tool) = self.tool.take()
        {
            pool().give_back((), tool);
        }
    }
}

impl Drop for MessageInflater {
    fn drop(&mut self) {
        if let Some(tool) = self.tool.take() {
            pool().give_back((), tool);
        }
    }
}

impl Inflate for MessageInflater {
    fn inflate(
        &mut self,
        input: &[u8],
        end: bool,
        out: &mut Vec<u8>,
        room: usize,
    ) -> Result<Inflated, NotInflated> {
        if !self.has_begun {
            (self.has_begun, self.has_last_block) = (!input.is_empty(), false);
        }
        if end && !self.has_begun {
            // No bytes at all mean an empty message, although they are not DEFLATE data.
            return Ok(Inflated {
                consumed: 0,
                done: true,
            });
        }
        self.begin();
        let left_out = self.left_out();
        let Some(tool) = &mut self.tool else {
            return Err(NotInflated::Invalid); // never: `begin` has put it there
        };
        let start = out.len();
        let (mut consumed, mut produced) = (0, 0);
        let mut size = room.min(LIKELY_RATIO * input.len() + LEAST_ROOM);
        let result = loop {
            if produced == room {
                break Ok(false);
            }
            if produced == size {
                size = room.min(2 * size);
            }
            out.resize(start + size, 0);
            let in_message = consumed < input.len();
            let source = match (in_message, end) {
                (true, _) => &input[consumed..],
                (false, true) => &left_out[self.put_back.into()..],
                (false, false) => &[],
            };
            let (before_in, before_out) = (tool.total_in(), tool.total_out());
            let target = &mut out[start + produced..];
            let status = match tool.decompress(source, target, FlushDecompress::Sync) {
                Ok(status) => status,
                Err(_) => break Err(NotInflated::Invalid),
            };
            let used = (tool.total_in() - before_in) as usize; // no more than `source`
            let made = (tool.total_out() - before_out) as usize; // no more than `target`
            produced += made;
            match in_message {
                true => consumed += used,
                false => self.put_back += used as u8, // of nine bytes
            }
            let all_put_back = usize::from(self.put_back) == left_out.len();
            if status == Status::StreamEnd {
                // The message contains a last block: DEFLATE data follows again (7.2.3.5).
                tool.reset(false);
                if all_put_back {
                    // This is the block that was put back. Its first bit marks it as the last
                    // block, and all its other bits are zeros: so the data before it ended with the
                    // first four bytes, as for a receiver that puts back no more than those.
                    break Ok(true);
                }
                self.has_last_block = true;
            } else if used == 0 && made == 0 {
                break match source.is_empty() {
                    // All input is used. If this is the end of the message without the end of the
                    // last block, the message was cut short.
                    true if !end || self.keeps_context => Ok(true),
                    _ => Err(NotInflated::Invalid),
                };
            }
        };
        out.truncate(start + produced);
        let done = result?;
        if end && done {
            self.finish();
        }
        Ok(Inflated { consumed, done })
    }

    fn is_self_contained(&self) -> bool {
        !self.keeps_context && !self.has_last_block
    }
}
