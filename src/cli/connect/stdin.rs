//! Stdin, on its own thread: keys of a terminal that is edited here, or lines.

use std::io::{self, BufRead};

use super::input::Shared;
use super::keyboard::Keyboard;
use wshub::protocol::CloseCode;

/// Reads stdin to its end, then closes.
pub(super) fn read_stdin(shared: &Shared, keyboard: Option<Keyboard>) {
    match keyboard {
        Some(keyboard) => keyboard.follow(shared),
        None => read_lines(shared),
    }
    if !shared.screen.is_interactive() {
        shared.await_answers();
    }
    shared.leave(CloseCode::NORMAL, "");
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
