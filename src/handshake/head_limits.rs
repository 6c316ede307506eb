//! The bounds of a head: what a peer may make this end hold before the handshake is over.

/// The most bytes in one line of a head, without its CRLF, where nothing else is set. The usual
/// bound of HTTP servers, and ample for a target with a token in it.
pub const MAX_LINE_BYTES: usize = 8 * 1024;

/// The most bytes in a head, from its first byte to the end of the blank line, where nothing else
/// is set. It bounds the memory that a peer can take before it has proved anything.
pub const MAX_HEAD_BYTES: usize = 16 * 1024;

/// The most header lines in a head, where nothing else is set.
pub const MAX_HEADERS: usize = 100;

/// The bounds of one head. The default is [`MAX_HEAD_BYTES`], [`MAX_LINE_BYTES`] and
/// [`MAX_HEADERS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HeadLimits {
    /// The most bytes from the first one to the end of the blank line.
    pub max_bytes: usize,
    /// The most bytes in one line, without its CRLF.
    pub max_line_bytes: usize,
    /// The most header lines.
    pub max_headers: usize,
}

impl HeadLimits {
    /// The bounds of what a server answers to a client: 256 KiB, in lines of any length, and 1,000
    /// headers, as browsers have them. A client has chosen its server, and holds one such head.
    pub const RESPONSE: Self = Self {
        max_bytes: 256 << 10,
        max_line_bytes: 256 << 10,
        max_headers: 1000,
    };

    /// The bounds of a head of at most `max_bytes`. A size above the default raises the bound on
    /// one line as well, since a long head is mostly one long cookie; a size below it lowers both.
    #[must_use]
    pub fn of_bytes(max_bytes: usize) -> Self {
        let max_line_bytes = match max_bytes > MAX_HEAD_BYTES {
            true => max_bytes,
            false => MAX_LINE_BYTES.min(max_bytes),
        };
        Self {
            max_bytes,
            max_line_bytes,
            max_headers: MAX_HEADERS,
        }
    }
}

impl Default for HeadLimits {
    fn default() -> Self {
        Self::of_bytes(MAX_HEAD_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_head_may_have_a_larger_line() {
        let rows = [
            (MAX_HEAD_BYTES, MAX_LINE_BYTES),
            (MAX_HEAD_BYTES + 1, MAX_HEAD_BYTES + 1),
            (256 << 10, 256 << 10),
            (MAX_LINE_BYTES, MAX_LINE_BYTES),
            (1000, 1000),
        ];
        for (max_bytes, max_line_bytes) in rows {
            let limits = HeadLimits::of_bytes(max_bytes);
            assert_eq!(
                limits,
                HeadLimits {
                    max_bytes,
                    max_line_bytes,
                    max_headers: MAX_HEADERS
                }
            );
        }
        assert_eq!(HeadLimits::default().max_line_bytes, MAX_LINE_BYTES);
    }
}
