//! The payload of a ping or pong (RFC 6455 sections 5.5, 5.5.2 and 5.5.3), bounded by its type.

use std::fmt;

use super::frame::MAX_CONTROL_PAYLOAD_BYTES;

/// The payload of a ping or a pong: at most [`MAX_CONTROL_PAYLOAD_BYTES`] (125) bytes, of any
/// value (RFC 6455 section 5.5).
///
/// An array of a known length converts without a check at run time; a longer one does not
/// compile. A slice or a text converts with `try_from`.
///
/// ```
/// use wshub::protocol::ControlPayload;
///
/// let payload: ControlPayload<'_> = b"are you there?".into();
/// assert_eq!(payload.as_bytes(), b"are you there?");
///
/// assert!(ControlPayload::try_from("hello").is_ok());
/// assert!(ControlPayload::try_from([0; 126].as_slice()).is_err());
/// ```
///
/// ```compile_fail
/// use wshub::protocol::ControlPayload;
///
/// let payload = ControlPayload::from(&[0; 126]); // one byte too many
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ControlPayload<'a>(&'a [u8]);

impl<'a> ControlPayload<'a> {
    /// A payload of no bytes.
    pub const EMPTY: Self = Self(&[]);

    /// The payload's bytes.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}

impl AsRef<[u8]> for ControlPayload<'_> {
    fn as_ref(&self) -> &[u8] {
        self.0
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for ControlPayload<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        const { assert!(N <= MAX_CONTROL_PAYLOAD_BYTES) }
        Self(bytes)
    }
}

impl<'a> TryFrom<&'a [u8]> for ControlPayload<'a> {
    type Error = ControlPayloadTooLong;

    fn try_from(bytes: &'a [u8]) -> Result<Self, ControlPayloadTooLong> {
        if bytes.len() <= MAX_CONTROL_PAYLOAD_BYTES {
            Ok(Self(bytes))
        } else {
            Err(ControlPayloadTooLong { bytes: bytes.len() })
        }
    }
}

impl<'a> TryFrom<&'a str> for ControlPayload<'a> {
    type Error = ControlPayloadTooLong;

    fn try_from(text: &'a str) -> Result<Self, ControlPayloadTooLong> {
        text.as_bytes().try_into()
    }
}

/// A payload is too long for a control frame (RFC 6455 section 5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ControlPayloadTooLong {
    /// The length of the payload that was given, in bytes.
    pub bytes: usize,
}

impl fmt::Display for ControlPayloadTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "control payload of {} bytes, the limit is {MAX_CONTROL_PAYLOAD_BYTES}",
            self.bytes
        )
    }
}

impl std::error::Error for ControlPayloadTooLong {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_has_at_most_125_bytes() {
        let bytes = [b'x'; 126];
        for length in 0..=125 {
            let payload = ControlPayload::try_from(&bytes[..length]).unwrap();
            assert_eq!(payload.as_bytes(), &bytes[..length]);
        }
        let error = ControlPayload::try_from(&bytes[..]).unwrap_err();
        assert_eq!(error, ControlPayloadTooLong { bytes: 126 });
        assert_eq!(
            error.to_string(),
            "control payload of 126 bytes, the limit is 125"
        );
    }

    #[test]
    fn a_text_is_measured_in_bytes() {
        assert!(ControlPayload::try_from("é".repeat(62).as_str()).is_ok());
        assert!(ControlPayload::try_from("é".repeat(63).as_str()).is_err());
    }

    #[test]
    fn arrays_convert_without_a_check_at_run_time() {
        assert_eq!(ControlPayload::from(&[7; 125]).as_bytes(), [7; 125]);
        assert_eq!(ControlPayload::from(b""), ControlPayload::EMPTY);
        assert_eq!(ControlPayload::default(), ControlPayload::EMPTY);
    }
}
