//! Certificates and keys from files: which file it is, what is wrong with it, and what to do.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::chain::chain;
use super::library::{Identity, Pkcs12Error, check_certificate};
use super::pem::{self, KeyForm};

/// A larger file cannot be a certificate or a key: a wrong file is not read into memory as a whole.
const MOST_FILE_BYTES: u64 = 4 << 20;

/// What is wrong with a certificate's or key's file. The text says what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum TlsFileError {
    /// It cannot be read.
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// There is no certificate in PEM form in it.
    NoCertificate {
        /// The file.
        file: PathBuf,
    },
    /// A certificate in it is malformed.
    BadCertificate {
        /// The file.
        file: PathBuf,
        /// The TLS library's words.
        why: String,
    },
    /// There is no key in the clear in it.
    NoKey {
        /// The file.
        file: PathBuf,
        /// What there is instead.
        form: KeyForm,
    },
    /// The certificate and the key are each readable, but not to be used together.
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file; the same one for PKCS#12.
        key: PathBuf,
        /// The TLS library's words.
        why: String,
    },
    /// The password of a PKCS#12 file is wrong.
    WrongPassword {
        /// The file.
        file: PathBuf,
    },
    /// A PKCS#12 file cannot be read.
    BadPkcs12 {
        /// The file.
        file: PathBuf,
        /// The TLS library's words.
        why: String,
    },
    /// TLS itself could not be set up.
    Setup {
        /// The TLS library's words.
        why: String,
    },
}

impl fmt::Display for TlsFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { file, error } => {
                write!(f, "cannot read {}: {error}", file.display())
            }
            Self::NoCertificate { file } => write!(
                f,
                "{} holds no certificate in PEM form (a text with the line \
                 -----BEGIN CERTIFICATE-----); a DER file becomes one with: openssl x509 \
                 -inform der -in {0} -out cert.pem",
                file.display()
            ),
            Self::BadCertificate { file, why } => {
                write!(f, "{} holds a malformed certificate: {why}", file.display())
            }
            Self::NoKey { file, form } => {
                let name = file.display();
                write!(f, "{name} holds {form}; ")?;
                match form {
                    KeyForm::Older | KeyForm::Encrypted => write!(
                        f,
                        "what is needed is PKCS#8 without a password: openssl pkcs8 -topk8 \
                         -nocrypt -in {name} -out key8.pem"
                    ),
                    KeyForm::OpenSsh | KeyForm::Malformed | KeyForm::None => write!(
                        f,
                        "what is needed is the certificate's own key, as text with the line \
                         -----BEGIN PRIVATE KEY-----"
                    ),
                }
            }
            Self::Mismatch {
                certificate,
                key,
                why,
            } if certificate == key => write!(
                f,
                "the certificate and the key in {} cannot be used: {why}",
                key.display()
            ),
            Self::Mismatch {
                certificate,
                key,
                why,
            } => write!(
                f,
                "the certificate in {} and the key in {} do not belong together: {why}",
                certificate.display(),
                key.display()
            ),
            Self::WrongPassword { file } => {
                write!(f, "the password does not open {}", file.display())
            }
            Self::BadPkcs12 { file, why } => write!(
                f,
                "{} is not a PKCS#12 file that can be used here: {why}",
                file.display()
            ),
            Self::Setup { why } => write!(f, "TLS cannot be set up: {why}"),
        }
    }
}

impl std::error::Error for TlsFileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// The most certificates, and the most keys, of one file that are tried with each other.
const MOST_TRIED: usize = 16;

/// Returns the pairs of a certificate, with its chain, and a key that the PEM files may be meant to
/// contain, in the order of the files. The caller finds out which pair fits. Both may be in one
/// file.
pub(super) fn from_pem(
    certificate: &Path,
    key: &Path,
) -> Result<impl Iterator<Item = Result<Identity, TlsFileError>>, TlsFileError> {
    let certificates = certificates(certificate, &read(certificate)?)?;
    let keys = pem::keys(&read(key)?).map_err(|form| TlsFileError::NoKey {
        file: key.to_owned(),
        form,
    })?;
    let (certificate, key) = (certificate.to_owned(), key.to_owned());
    let leaves = certificates.len().min(MOST_TRIED);
    let tried = keys.len().min(MOST_TRIED);
    let pairs = (0..leaves).flat_map(move |leaf| (0..tried).map(move |key| (leaf, key)));
    Ok(pairs.map(move |(leaf, at)| {
        let chain = chain(&certificates, leaf);
        // Any other fault is in the key, or in the combination of the two.
        Identity::from_der(&chain, &keys[at]).map_err(|why| TlsFileError::Mismatch {
            certificate: certificate.clone(),
            key: key.clone(),
            why,
        })
    }))
}

/// A certificate with its chain, and its key, from a PKCS#12 file (`.p12`, `.pfx`).
pub(super) fn from_pkcs12(file: &Path, password: &str) -> Result<Identity, TlsFileError> {
    Identity::from_pkcs12(&read(file)?, password).map_err(|error| {
        let file = file.to_owned();
        match error {
            Pkcs12Error::WrongPassword => TlsFileError::WrongPassword { file },
            Pkcs12Error::Unusable(why) => TlsFileError::BadPkcs12 { file, why },
        }
    })
}

/// The certificates of a PEM file in DER, to be trusted.
pub(super) fn authorities(file: &Path) -> Result<Vec<Vec<u8>>, TlsFileError> {
    certificates(file, &read(file)?)
}

/// The certificates of a file in DER, each of which has been parsed: the TLS library gets no other
/// bytes.
fn certificates(file: &Path, contents: &[u8]) -> Result<Vec<Vec<u8>>, TlsFileError> {
    let found = pem::certificates(contents);
    if found.is_empty() {
        return Err(TlsFileError::NoCertificate {
            file: file.to_owned(),
        });
    }
    let found: Option<Vec<Vec<u8>>> = found.into_iter().collect();
    let found = found.ok_or_else(|| bad_certificate(file, "not base64".to_owned()))?;
    for der in &found {
        check_certificate(der).map_err(|why| bad_certificate(file, why))?;
    }
    Ok(found)
}

fn bad_certificate(file: &Path, why: String) -> TlsFileError {
    TlsFileError::BadCertificate {
        file: file.to_owned(),
        why,
    }
}

pub(super) fn read(file: &Path) -> Result<Vec<u8>, TlsFileError> {
    let contents = fs::metadata(file).and_then(|meta| {
        if meta.len() > MOST_FILE_BYTES {
            return Err(io::Error::other("too large for a certificate or a key"));
        }
        fs::read(file)
    });
    contents.map_err(|error| TlsFileError::Unreadable {
        file: file.to_owned(),
        error,
    })
}
