//! The order in which a certificate and those that vouch for it are sent.

use super::der::Fields;

/// Returns `certificates` with `leaf` first, then its issuer, and so on (RFC 8446 section 4.4.2).
/// Certificates that are not in that chain follow in the order of the file, since the server's
/// owner may have had a reason for them.
pub(super) fn chain(certificates: &[Vec<u8>], leaf: usize) -> Vec<&[u8]> {
    let mut rest: Vec<&[u8]> = certificates.iter().map(Vec::as_slice).collect();
    let mut chain = vec![rest.remove(leaf)];
    while let Some(last) = chain.last()
        && let Some(fields) = Fields::of(last)
        && fields.issuer != fields.subject
        && let Some(issuer) = rest
            .iter()
            .position(|other| Fields::of(other).is_some_and(|it| it.subject == fields.issuer))
    {
        chain.push(rest.remove(issuer));
    }
    chain.append(&mut rest);
    chain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::tls::der::{INTEGER, SEQUENCE, value};

    /// A certificate as far as it is read.
    fn certificate(subject: &str, issuer: &str) -> Vec<u8> {
        let name = |name: &str| value(SEQUENCE, &[name.as_bytes()]);
        let signed = [
            value(INTEGER, &[&[1]]),
            value(SEQUENCE, &[]),
            name(issuer),
            value(SEQUENCE, &[]),
            name(subject),
        ];
        let signed: Vec<&[u8]> = signed.iter().map(Vec::as_slice).collect();
        value(SEQUENCE, &[&value(SEQUENCE, &signed)])
    }

    #[test]
    fn each_stands_before_its_issuer() {
        let leaf = certificate("leaf", "middle");
        let middle = certificate("middle", "root");
        let root = certificate("root", "root");
        let other = certificate("other", "elsewhere");
        let broken = vec![1, 2, 3];
        let rows = [
            (vec![&leaf, &middle, &root], 0, vec![&leaf, &middle, &root]),
            (vec![&root, &middle, &leaf], 2, vec![&leaf, &middle, &root]),
            (
                vec![&other, &leaf, &root, &middle],
                1,
                vec![&leaf, &middle, &root, &other],
            ),
            (vec![&leaf], 0, vec![&leaf]),
            (vec![&leaf, &broken], 0, vec![&leaf, &broken]),
            (vec![&broken, &leaf], 0, vec![&broken, &leaf]),
            (vec![&root, &root], 1, vec![&root, &root]),
        ];
        for (file, at, expected) in rows {
            let file: Vec<_> = file.into_iter().cloned().collect();
            assert_eq!(chain(&file, at), expected);
        }
    }
}
