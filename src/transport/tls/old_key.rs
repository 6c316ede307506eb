//! Converts keys in the forms that tools wrote before PKCS#8, and still write on request, to
//! PKCS#8, the only form that every TLS library accepts. Only the wrapping differs.

use super::der::{CONTEXT_0, Der, INTEGER, NULL, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, value};

/// rsaEncryption, 1.2.840.113549.1.1.1 (RFC 8017 appendix A.1).
const RSA: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];

/// id-ecPublicKey, 1.2.840.10045.2.1 (RFC 5480 section 2.1.1).
const ELLIPTIC: [u8; 7] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];

/// `RSA PRIVATE KEY`: PKCS#1 (RFC 8017 appendix A.1.2); `None` if this is none.
pub(super) fn rsa(key: &[u8]) -> Option<Vec<u8>> {
    let mut fields = Der(Der(key).expect(SEQUENCE)?);
    fields.expect(INTEGER)?; // version
    fields.expect(INTEGER)?; // modulus
    let algorithm = [value(OBJECT_IDENTIFIER, &[&RSA]), value(NULL, &[])];
    Some(pkcs8(&algorithm, key))
}

/// `EC PRIVATE KEY` (RFC 5915); `None` if this is none. The curve may stand in a block of its own,
/// `EC PARAMETERS`.
pub(super) fn elliptic(key: &[u8], parameters: Option<&[u8]>) -> Option<Vec<u8>> {
    let mut fields = Der(Der(key).expect(SEQUENCE)?);
    fields.expect(INTEGER).filter(|version| *version == [1])?;
    fields.expect(OCTET_STRING)?; // the key itself
    let curve = match fields.0.first() {
        Some(&CONTEXT_0) => fields.expect(CONTEXT_0)?,
        _ => parameters?,
    };
    let algorithm = [
        value(OBJECT_IDENTIFIER, &[&ELLIPTIC]),
        Der(curve).whole()?.to_vec(),
    ];
    Some(pkcs8(&algorithm, key))
}

/// A PrivateKeyInfo (RFC 5208 section 5).
fn pkcs8(algorithm: &[Vec<u8>; 2], key: &[u8]) -> Vec<u8> {
    let [identifier, parameters] = algorithm;
    let version = value(INTEGER, &[&[0]]);
    let algorithm = value(SEQUENCE, &[identifier, parameters]);
    let key = value(OCTET_STRING, &[key]);
    value(SEQUENCE, &[&version, &algorithm, &key])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(all(unix, not(target_vendor = "apple")))]
    #[test]
    fn old_keys_become_the_same_keys_in_pkcs8() {
        use openssl::ec::{EcGroup, EcKey};
        use openssl::nid::Nid;
        use openssl::pkey::PKey;
        use openssl::rsa::Rsa;
        let rsa_key = Rsa::generate(2048).unwrap();
        let old = rsa_key.private_key_to_der().unwrap();
        let new = PKey::from_rsa(rsa_key)
            .unwrap()
            .private_key_to_pkcs8()
            .unwrap();
        assert_eq!(rsa(&old), Some(new));
        assert_eq!(elliptic(&old, None), None);
        for curve in [Nid::X9_62_PRIME256V1, Nid::SECP384R1, Nid::SECP521R1] {
            let group = EcGroup::from_curve_name(curve).unwrap();
            let key = EcKey::generate(&group).unwrap();
            let old = key.private_key_to_der().unwrap();
            let expected = PKey::from_ec_key(key.clone()).unwrap();
            let new = PKey::private_key_from_pkcs8(&elliptic(&old, None).unwrap()).unwrap();
            assert!(new.public_eq(&expected));
            assert_eq!(rsa(&old), None);
        }
    }

    #[test]
    fn a_curve_may_stand_apart_from_its_key() {
        let prime256v1 = value(
            OBJECT_IDENTIFIER,
            &[&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]],
        );
        let key = value(OCTET_STRING, &[&[7; 32]]);
        let bare = value(SEQUENCE, &[&value(INTEGER, &[&[1]]), &key]);
        let parameters = value(CONTEXT_0, &[&prime256v1]);
        let whole = value(SEQUENCE, &[&value(INTEGER, &[&[1]]), &key, &parameters]);
        assert_eq!(elliptic(&bare, None), None);
        let wrapped = elliptic(&bare, Some(&prime256v1)).unwrap();
        let mut info = Der(Der(&wrapped).expect(SEQUENCE).unwrap());
        assert_eq!(info.expect(INTEGER), Some(&[0][..]));
        let mut algorithm = Der(info.expect(SEQUENCE).unwrap());
        assert_eq!(algorithm.expect(OBJECT_IDENTIFIER), Some(&ELLIPTIC[..]));
        assert_eq!(algorithm.0, prime256v1);
        assert_eq!(info.expect(OCTET_STRING), Some(&bare[..]));
        let mut info = Der(Der(&elliptic(&whole, None).unwrap())
            .expect(SEQUENCE)
            .map(<[u8]>::to_vec)
            .unwrap()
            .leak());
        info.next();
        assert!(info.expect(SEQUENCE).unwrap().ends_with(&prime256v1));
    }

    #[test]
    fn what_is_no_key_is_none_and_never_a_panic() {
        let key = value(
            SEQUENCE,
            &[&value(INTEGER, &[&[1]]), &value(OCTET_STRING, &[&[7; 32]])],
        );
        for end in 0..key.len() {
            assert_eq!(rsa(&key[..end]), None);
            assert_eq!(elliptic(&key[..end], Some(&key)), None);
        }
    }
}
