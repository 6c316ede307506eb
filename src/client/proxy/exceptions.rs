//! The hosts that are reached without a proxy, as curl reads `no_proxy`.

use std::net::IpAddr;

/// Hosts that are reached directly, parsed from a list.
///
/// The list has names and addresses with commas or blanks between them. A name stands for itself
/// and for every name below it, with a dot before it or not; an address stands for itself, or with
/// `/BITS` for all that begin with the same bits. `*` alone stands for every host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProxyExceptions(Vec<Exception>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Exception {
    Everything,
    /// In lower case, without dots at its ends.
    Name(String),
    Address(IpAddr),
    Network(IpAddr, u32),
}

impl ProxyExceptions {
    /// Reads a list. What cannot be a host matches nothing.
    #[must_use]
    pub fn parse(list: &str) -> Self {
        if list.trim() == "*" {
            return Self(vec![Exception::Everything]);
        }
        let elements = list.split(|c: char| c == ',' || c.is_whitespace());
        let elements = elements.filter(|element| !element.is_empty());
        Self(elements.map(Exception::parse).collect())
    }

    /// Whether `host` is reached directly: a name, or an address without brackets.
    #[must_use]
    pub fn has(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let address = host.split('%').next().unwrap_or_default().parse().ok();
        self.0.iter().any(|exception| match (exception, address) {
            (Exception::Everything, _) => true,
            (Exception::Address(wanted), Some(address)) => *wanted == address,
            (Exception::Network(network, bits), Some(address)) => {
                begin_alike(*network, address, *bits)
            }
            (Exception::Name(name), None) => {
                let above = host.strip_suffix(name.as_str());
                above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
            }
            _ => false,
        })
    }
}

impl Exception {
    fn parse(text: &str) -> Self {
        let bare = |text: &str| {
            let inner = text
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'));
            inner.unwrap_or(text).parse::<IpAddr>().ok()
        };
        let network = text.split_once('/').and_then(|(address, bits)| {
            let (address, bits) = (bare(address)?, bits.parse().ok()?);
            Some(Self::Network(address, bits))
        });
        match (bare(text), network) {
            (Some(address), _) => Self::Address(address),
            (None, Some(network)) => network,
            (None, None) => {
                let name = text.strip_prefix('.').unwrap_or(text);
                Self::Name(name.trim_end_matches('.').to_ascii_lowercase())
            }
        }
    }
}

/// Whether two addresses of one family have their first `bits` bits in common.
fn begin_alike(one: IpAddr, other: IpAddr, bits: u32) -> bool {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) if bits <= 32 => {
            (one.to_bits() ^ other.to_bits()).leading_zeros() >= bits
        }
        (IpAddr::V6(one), IpAddr::V6(other)) if bits <= 128 => {
            (one.to_bits() ^ other.to_bits()).leading_zeros() >= bits
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_curl_reads_no_proxy() {
        // Most of these are rows of curl's own test, unit1614.
        let rows = [
            ("", "localhost", false),
            ("*", "www.example.com", true),
            (" * ", "::1", true),
            ("a,*", "www.example.com", false),
            ("localhost", "localhost", true),
            ("LOCALHOST", "Localhost", true),
            ("localhost", "localhost.", true),
            ("localhost", "notlocalhost", false),
            ("example.com", "www.example.com", true),
            (".example.com", "www.example.com", true),
            (".example.com", "example.com", true),
            ("example.com.", "example.com", true),
            ("example.com", "example.com.", true),
            ("example.com", "badexample.com", false),
            ("example.com", "example.com.evil", false),
            ("*.example.com", "www.example.com", false),
            ("foobar,barfoo", "foobar", true),
            ("foo  barfoo ,bar", "barfoo", true),
            ("one\ttwo", "two", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("0.0.1", "127.0.0.1", false),
            ("192.168.0.0/16", "192.168.1.160", true),
            ("192.160.0.0/16", "192.168.0.1", false),
            ("192.168.1.0/32", "192.168.1.1", false),
            ("192.168.0.0/24", "192.168.1.1", false),
            ("10.0.0.0/33", "10.0.0.0", false),
            ("10.0.0.0/x", "10.0.0.0", false),
            ("0.0.0.0/0", "10.1.2.3", true),
            ("0.0.0.0/0", "::1", false),
            ("::1", "::1", true),
            ("[::1]", "::1", true),
            ("[::1]/128", "::1", true),
            ("0:0::1", "::1", true),
            ("fe80::/10", "fe80::1", true),
            ("fe80::/10", "fe80::1%eth0", true),
            ("fe80::/10", "fec0::1", false),
            ("::/129", "::1", false),
        ];
        for (list, host, expected) in rows {
            assert_eq!(
                ProxyExceptions::parse(list).has(host),
                expected,
                "{host} in {list:?}"
            );
        }
    }
}
