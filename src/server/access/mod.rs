//! Access: the server's own rules on Host, Origin and passwords, each a value that is asked
//! about a request's head.

mod accounts;
mod basic;
mod client_address;
mod denied;
mod host;
mod names;
mod origin;
mod rules;
mod settings;
mod throttle;

pub use accounts::{Accounts, AccountsError};
pub use denied::Denied;
pub(super) use rules::AccessRules;
pub use settings::Access;
