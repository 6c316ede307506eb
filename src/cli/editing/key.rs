//! The keys that a line editor knows.

/// A key, or a character of a paste.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A character that is typed. Never a control character.
    Char(char),
    /// A character of a paste; a line break is `\n`, and the tab is the only other control
    /// character.
    Pasted(char),
    /// The end of a paste.
    PasteEnd,
    Enter,
    Tab,
    Backspace,
    Delete,
    /// Escape alone.
    Escape,
    Up,
    Down,
    Left,
    Right,
    /// Left or right with Ctrl or Alt.
    WordLeft,
    WordRight,
    Home,
    End,
    /// Delete with Ctrl or Alt.
    DeleteWord,
    AltBackspace,
    /// A lower-case letter with Ctrl.
    Ctrl(char),
    /// A character with Alt.
    Alt(char),
}
