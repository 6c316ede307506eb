//! The operator's settings for who can connect.

use std::net::IpAddr;

use super::accounts::Accounts;

/// Which origins, hosts and users can connect, beside those that always can.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Origins as `https://example.com:8443`, `https://*.example.com` for every name below
    /// that one, `file://`, `app://.` and the like as they are, `null`, or `any`. Always let in: requests without an Origin (no browser sent
    /// them), and those whose Origin is the server itself. Default: no further ones.
    pub origins: Vec<String>,
    /// Hosts as `example.com`, or `example.com:8443` for that port alone, or `any`. Always let
    /// in: on a loopback listener the loopback's own names, on any other listener every name.
    /// Default: no further ones.
    pub hosts: Vec<String>,
    /// Who is let in by HTTP Basic authentication (RFC 7617). Default: no accounts, and then
    /// there is no authentication.
    pub accounts: Accounts,
    /// Addresses of reverse proxies whose `X-Forwarded-For` says who a request comes from, for
    /// the count of wrong passwords. Each of them has to add the address that it sees at the end
    /// of that header, or to replace the header. Default: none; the peer's own address counts.
    pub trusted_proxies: Vec<IpAddr>,
}
