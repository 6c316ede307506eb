//! The client address that a request counts for: the peer's address, or, behind proxies that the
//! operator trusts, the address that those proxies report.

use std::net::IpAddr;

use crate::handshake::{Authority, Headers};

/// Returns the address of the client. `trusted`: proxies whose `X-Forwarded-For` is trusted.
///
/// Each proxy appends the address that it sees. So the list is read from its end for as long as the
/// writer of an entry is trusted; anything before that may have been written by anybody.
pub(super) fn client_address(peer: IpAddr, headers: &Headers, trusted: &[IpAddr]) -> IpAddr {
    let mut address = peer.to_canonical();
    let is_trusted =
        |address| (trusted.iter()).any(|trusted: &IpAddr| trusted.to_canonical() == address);
    if !is_trusted(address) {
        return address;
    }
    let lists: Vec<&str> = headers.all("X-Forwarded-For").collect();
    for entry in lists.iter().rev().flat_map(|list| list.rsplit(',')) {
        let Some(seen) = parse(entry.trim()) else {
            break;
        };
        address = seen;
        if !is_trusted(address) {
            break;
        }
    }
    address
}

/// An address, or one with a port.
fn parse(entry: &str) -> Option<IpAddr> {
    let bare: Option<IpAddr> = entry.parse().ok();
    let address = bare.or_else(|| Authority::parse(entry).ok()?.host.parse().ok())?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_forwarded_for_counts_as_far_as_trusted_proxies_wrote_it() {
        let (none, local): (&[&str], &[&str]) = (&[], &["127.0.0.1", "::1"]);
        let two: &[&str] = &["127.0.0.1", "10.0.0.9"];
        // (peer, trusted, X-Forwarded-For, whose tries)
        let rows: &[(&str, &[&str], &[&str], &str)] = &[
            ("127.0.0.1", none, &["192.0.2.1"], "127.0.0.1"),
            ("127.0.0.1", two, &[], "127.0.0.1"),
            ("127.0.0.1", local, &["192.0.2.1"], "192.0.2.1"),
            ("::ffff:127.0.0.1", local, &["192.0.2.1"], "192.0.2.1"),
            ("::1", local, &["spoofed, 192.0.2.1"], "192.0.2.1"),
            ("::1", local, &["10.0.0.1", "2001:db8::1"], "2001:db8::1"),
            ("::1", local, &["192.0.2.1:4711"], "192.0.2.1"),
            ("::1", local, &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("::1", local, &["::ffff:192.0.2.1"], "192.0.2.1"),
            ("::1", local, &["unknown"], "::1"),
            ("::1", local, &["192.0.2.1, unknown"], "::1"),
            ("::1", local, &[""], "::1"),
            ("127.0.0.1", two, &["192.0.2.1, 10.0.0.9"], "192.0.2.1"),
            ("127.0.0.1", two, &["192.0.2.1", "10.0.0.9"], "192.0.2.1"),
            (
                "127.0.0.1",
                two,
                &["1.1.1.1,192.0.2.1,10.0.0.9"],
                "192.0.2.1",
            ),
            ("127.0.0.1", two, &["x, 10.0.0.9"], "10.0.0.9"),
            ("192.0.2.7", local, &["10.0.0.1"], "192.0.2.7"),
            ("192.0.2.7", &["192.0.2.7"], &["10.0.0.1"], "10.0.0.1"),
        ];
        for (peer, trusted, forwarded, expected) in rows {
            let headers: Headers = (forwarded.iter())
                .map(|list| ("X-Forwarded-For", *list))
                .collect();
            let trusted: Vec<IpAddr> = trusted.iter().map(|t| t.parse().unwrap()).collect();
            let address = client_address(peer.parse().unwrap(), &headers, &trusted);
            assert_eq!(address.to_string(), *expected, "{peer} {forwarded:?}");
        }
    }
}
