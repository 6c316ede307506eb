//! The TLS library, one of two, chosen when wshub is built: rustls with the feature `rustls`, and
//! otherwise native-tls. Either one has the same items, which the rest of TLS here is written with.

#[cfg(feature = "rustls")]
mod certificate;
#[cfg(not(feature = "rustls"))]
mod openssl_text;
mod shared;
#[cfg(not(feature = "rustls"))]
mod with_native_tls;
#[cfg(feature = "rustls")]
mod with_rustls;

pub(super) use shared::{Pkcs12Error, RECORD_BYTES, Trust};
#[cfg(not(feature = "rustls"))]
pub(super) use with_native_tls::{
    Acceptor, Connector, Engine, Identity, Step, check_certificate, fault_of,
};
#[cfg(feature = "rustls")]
pub(super) use with_rustls::{
    Acceptor, Connector, Engine, Identity, Step, check_certificate, fault_of,
};
