//! Stdin, on its own thread: keys of a terminal that is edited here, or lines.

use std::io::{self, BufRead, Read};

use super::editor::Edited;
use super::input::Shared;
use super::terminal;
use crate::protocol::CloseCode;

/// Reads stdin to its end, then closes.
pub(super) fn read_stdin(shared: &Shared) {
    let by_keys = shared.screen.is_interactive() && shared.screen.is_editing();
    if by_keys {
        read_keys(shared);
    } else {
        read_lines(shared);
    }
    if !shared.screen.is_interactive() {
        shared.await_answers();
    }
    shared.leave(CloseCode::NORMAL, "");
}

fn read_keys(shared: &Shared) {
    let mut bytes = [0; 1024];
    loop {
        let read = match io::stdin().lock().read(&mut bytes) {
            Ok(0) => return,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        for byte in &bytes[..read] {
            let edited = shared.screen.key(*byte, shared.history.lock().lines());
            match edited {
                Edited::Line(line) => {
                    if !line.is_empty() {
                        shared.take(&line);
                    }
                    shared.screen.resized(terminal::columns_now());
                }
                Edited::End => return,
                Edited::Nothing | Edited::Changed => {}
            }
        }
    }
}

fn read_lines(shared: &Shared) {
    let mut lines = io::stdin().lock().lines();
    let mut number = 0_u64;
    while !shared.is_leaving() {
        number += 1;
        match lines.next() {
            Some(Ok(line)) => {
                shared.screen.entered();
                if !line.is_empty() || !shared.screen.is_interactive() {
                    shared.take(&line);
                }
            }
            Some(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
                shared
                    .screen
                    .complain(&format!("line {number} is not UTF-8 and was not sent"));
            }
            Some(Err(_)) | None => return,
        }
    }
}
