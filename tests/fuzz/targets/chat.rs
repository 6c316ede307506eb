//! Parses any text as a line of chat. It must not panic; what is accepted is what the grammar says,
//! and a refusal is one short line that can be shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wshub::standard::chat::{BadLine, Line, MAX_LINE_BYTES, is_client_name, is_room_name};

fuzz_target!(|text: &str| {
    let is_plain = |text: &str| {
        !text
            .chars()
            .any(|c| c.is_control() || "\u{2028}\u{2029}".contains(c))
    };
    match Line::parse(text) {
        Ok(line) => {
            assert!(text.len() <= MAX_LINE_BYTES && is_plain(text));
            match line {
                Line::Say(said) => {
                    assert_eq!(said, text);
                    assert!(!said.starts_with(['/', '#']));
                }
                Line::SayIn(room, said) => {
                    assert!(is_room_name(room));
                    assert_eq!(format!("#{room} {said}"), text);
                }
                Line::Join(room) | Line::Leave(Some(room)) | Line::Who(Some(room)) => {
                    assert!(is_room_name(room));
                }
                Line::Nick(name) => assert!(is_client_name(name) && is_room_name(name)),
                Line::Leave(None) | Line::Who(None) | Line::Rooms | Line::Help => {}
            }
            if !matches!(line, Line::Say(_) | Line::SayIn(..)) {
                assert!(text.starts_with('/'));
                assert_eq!(
                    Line::parse(text.trim_end()),
                    Ok(line),
                    "spaces behind it are nothing"
                );
            }
        }
        Err(fault) => {
            let told = fault.to_string();
            assert!(is_plain(&told) && told.chars().count() < 250, "{told}");
            match fault {
                BadLine::TooLong(bytes) => assert_eq!(bytes, text.len()),
                BadLine::LineBreak | BadLine::Control(_) => assert!(!is_plain(text)),
                BadLine::Empty => assert!(text.trim().is_empty()),
                BadLine::BadName(name) => assert!(!is_client_name(name)),
                BadLine::BadRoom(room) => assert!(!is_room_name(room)),
                BadLine::UnknownCommand(_)
                | BadLine::Missing(_)
                | BadLine::TooMuch(_)
                | BadLine::NoText(_) => assert!(text.starts_with(['/', '#'])),
            }
        }
    }
});
