//! The cryptography.

use std::sync::{Arc, OnceLock};

use rustls::crypto::{CryptoProvider, ring};

/// That of ring, made once.
pub(super) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    PROVIDER
        .get_or_init(|| Arc::new(ring::default_provider()))
        .clone()
}
