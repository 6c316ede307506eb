//! Which HTTP proxy leads to a server, as values.

mod exceptions;
mod rules;

pub use exceptions::ProxyExceptions;
pub use rules::{ProxyError, ProxyRules};
