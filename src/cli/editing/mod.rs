//! A line that is typed at a terminal, as a value: bytes in, keys, an edited line, and the
//! drawing of it as a text for a given number of columns. Nothing here reads, writes or waits.

mod buffer;
mod decoder;
mod editor;
mod key;
mod keys;
mod search;
mod sequence;
pub mod unicode;
mod view;
pub mod wrap;

#[cfg(test)]
mod editor_tests;
#[cfg(test)]
mod keys_tests;

pub use editor::{Edited, Editor};
pub use key::Key;
pub use keys::Parser;
pub use view::Drawing;
