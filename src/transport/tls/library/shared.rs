//! The parameters and results that both TLS libraries have in common.

use crate::transport::tls_failure::TlsFailure;

/// The most plaintext of one record (RFC 8446 section 5.1).
pub(in super::super) const RECORD_BYTES: usize = 16 << 10;

/// A handshake after a step. What it has to send is in the pipe. `E` is TLS behind its handshake, `H` a
/// handshake that needs bytes of the peer.
pub(in super::super) enum Step<E, H> {
    Done(E),
    NeedsMore(H),
    Failed(TlsFailure),
}

/// Which certificates a client trusts.
pub(in super::super) enum Trust {
    /// Those that the system trusts.
    System,
    /// These, in DER, and those that they vouch for.
    These(Vec<Vec<u8>>),
    /// Any certificate, for any host.
    Anybody,
}

/// Why the contents of a PKCS#12 file cannot be used.
pub(in super::super) enum Pkcs12Error {
    // rustls does not read these files.
    #[cfg_attr(feature = "rustls", allow(dead_code))]
    WrongPassword,
    Unusable(String),
}

/// A library's text, which may contain a name that the peer chose.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(300)
        .collect()
}
