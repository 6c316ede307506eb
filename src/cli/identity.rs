//! The flags that give the server its certificate: from words and files to what speaks TLS.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use super::exit::Exit;
use super::values::Values;
use crate::transport::TlsServer;

/// Where a PKCS#12 file's password may stand instead of in a file.
const PASSWORD_VARIABLE: &str = "WSHUB_TLS_PASSWORD";

/// Where a certificate is to come from.
#[derive(Debug, PartialEq, Eq)]
enum Source<'a> {
    Pem { certificate: &'a str, key: &'a str },
    Pkcs12 { file: &'a str },
}

/// What the flags ask for. Errors: flags that do not go together.
fn source(values: &Values) -> Result<Option<Source<'_>>, &'static str> {
    let pair = (values.text("--tls-cert"), values.text("--tls-key"));
    match (pair, values.text("--tls-pkcs12")) {
        ((None, None), None) if values.text("--tls-listen").is_some() => {
            Err("--tls-listen needs a certificate: add --tls-cert and --tls-key, or --tls-pkcs12")
        }
        ((None, None), None) if values.text("--tls-password-file").is_some() => {
            Err("--tls-password-file is for --tls-pkcs12, which is missing")
        }
        ((None, None), None) => Ok(None),
        ((None, None), Some(file)) => Ok(Some(Source::Pkcs12 { file })),
        (_, Some(_)) => Err("give either --tls-pkcs12 or --tls-cert with --tls-key, not both"),
        ((Some(_), None), None) => Err(
            "--tls-cert needs its key: add --tls-key FILE (the same file if the key is in it too)",
        ),
        ((None, Some(_)), None) => Err("--tls-key needs its certificate: add --tls-cert FILE"),
        ((Some(_), Some(_)), None) if values.text("--tls-password-file").is_some() => Err(
            "--tls-password-file is for --tls-pkcs12; a --tls-key has no password (openssl pkcs8 \
             -topk8 -nocrypt takes it off)",
        ),
        ((Some(certificate), Some(key)), None) => Ok(Some(Source::Pem { certificate, key })),
    }
}

/// What speaks TLS, if the flags ask for it; a certificate that clients will refuse is warned
/// of. Errors: how the program is to end, and why.
pub(super) fn load(values: &Values) -> Result<Option<TlsServer>, (Exit, String)> {
    let usage = |why: &str| (Exit::Usage, format!("{why}\nmore: wshub serve --help"));
    let loaded = match source(values).map_err(usage)? {
        None => return Ok(None),
        Some(Source::Pem { certificate, key }) => {
            TlsServer::from_pem(Path::new(certificate), Path::new(key))
        }
        Some(Source::Pkcs12 { file }) => {
            let password = password(values).map_err(|why| (Exit::Failure, why))?;
            TlsServer::from_pkcs12(Path::new(file), &password)
        }
    };
    let tls = loaded.map_err(|error| (Exit::Tls, error.to_string()))?;
    if let Some(warning) = tls.warning(SystemTime::now()) {
        log::warn!("{warning}");
    }
    Ok(Some(tls))
}

/// The first line of the password file, or else the variable, or else none.
fn password(values: &Values) -> Result<String, String> {
    match values.text("--tls-password-file") {
        Some(file) => {
            let text = fs::read_to_string(file)
                .map_err(|error| format!("cannot read the password in {file}: {error}"))?;
            Ok(text.lines().next().unwrap_or_default().to_owned())
        }
        None => Ok(std::env::var(PASSWORD_VARIABLE).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::{Invocation, parse};
    use super::*;

    #[test]
    fn the_flags_give_one_certificate_or_say_what_is_missing() {
        let pem = Some(Source::Pem {
            certificate: "c",
            key: "k",
        });
        type Expected = Result<Option<Source<'static>>, &'static str>;
        let rows: [(&[&str], Expected); 9] = [
            (&[], Ok(None)),
            (&["--tls-cert=c", "--tls-key=k"], Ok(pem)),
            (
                &[
                    "--tls-pkcs12=p",
                    "--tls-password-file=w",
                    "--tls-listen=h:1",
                ],
                Ok(Some(Source::Pkcs12 { file: "p" })),
            ),
            (&["--tls-cert=c"], Err("--tls-key FILE")),
            (&["--tls-key=k"], Err("--tls-cert FILE")),
            (
                &["--tls-cert=c", "--tls-key=k", "--tls-pkcs12=p"],
                Err("not both"),
            ),
            (&["--tls-listen=h:1"], Err("needs a certificate")),
            (&["--tls-password-file=w"], Err("which is missing")),
            (
                &["--tls-cert=c", "--tls-key=k", "--tls-password-file=w"],
                Err("has no password"),
            ),
        ];
        for (words, expected) in rows {
            let words = words.iter().map(|word| (*word).to_owned());
            let Ok(Invocation::Run { values, .. }) = parse(words) else {
                panic!("no serve");
            };
            match (source(&values), expected) {
                (Err(why), Err(part)) => assert!(why.contains(part), "{why}"),
                (got, expected) => assert_eq!(got, expected),
            }
        }
    }
}
