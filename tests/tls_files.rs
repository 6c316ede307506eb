//! Certificates and keys in the files that people have: every wrong file is named, with what to do;
//! and how the program reports failures of TLS.

#![cfg(feature = "cli")]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

use support::loopback::{Running, Settings};
use support::tls::{Folder, Identity, Secure, deadline};
use wshub::client::TlsOptions;
use wshub::transport::{TlsClient, TlsServer};

fn label_of_key(pem: &str, label: &str) -> String {
    pem.replace(" PRIVATE KEY", &format!(" {label}PRIVATE KEY"))
}

#[test]
fn certificate_and_key_are_found_wherever_they_stand_in_their_files() {
    let identity = Identity::new();
    let certificate = fs::read_to_string(&identity.certificate).unwrap();
    let key = fs::read_to_string(&identity.key).unwrap();
    let folder = Folder::new();
    let contents = [
        format!("{certificate}{key}"),
        format!("{key}{certificate}"),
        format!("Bag Attributes\n    friendlyName: x\n{key}\nsubject=CN = x\n{certificate}"),
        format!("{certificate}{key}").replace('\n', "\r\n"),
    ];
    for both in contents {
        let file = folder.file("both.pem", &both);
        assert!(TlsServer::from_pem(&file, &file).is_ok(), "{both}");
    }
}

#[test]
fn every_wrong_file_is_named_with_what_to_do() {
    let identity = Identity::new();
    let other = Identity::new();
    let folder = &identity.folder;
    let key = fs::read_to_string(&identity.key).unwrap();
    let file = |name: &str, contents: &str| folder.file(name, contents);
    let (good_cert, good_key) = (&identity.certificate, &identity.key);
    let missing = folder.path().join("missing.pem");
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let broken_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let huge = folder.file("huge.pem", vec![b'x'; 5 << 20]);
    // (certificate, key, what the error says)
    let rows: Vec<(&Path, &Path, &[&str])> = vec![
        (&missing, good_key, &["cannot read", "missing.pem"]),
        (good_cert, &missing, &["cannot read", "missing.pem"]),
        (&huge, good_key, &["huge.pem", "too large"]),
        (
            good_key,
            good_key,
            &["key.pem holds no certificate", "-inform der"],
        ),
        (
            good_cert,
            good_cert,
            &["cert.pem holds no private key", "BEGIN PRIVATE KEY"],
        ),
        (
            good_cert,
            &other.key,
            &["do not belong together", "cert.pem", "key.pem"],
        ),
    ];
    for (certificate, key, words) in rows {
        refused(certificate, key, words);
    }
    let nocrypt = "openssl pkcs8 -topk8 -nocrypt -in";
    let rows: [(&str, String, &[&str]); 6] = [
        (
            "pkcs1.pem",
            label_of_key(&key, "RSA "),
            &["pkcs1.pem holds a key in an older form", nocrypt],
        ),
        (
            "sec1.pem",
            label_of_key(&key, "EC "),
            &["sec1.pem holds a key in an older form", nocrypt],
        ),
        (
            "locked.pem",
            label_of_key(&key, "ENCRYPTED "),
            &["locked.pem holds a key that is encrypted", nocrypt],
        ),
        (
            "id_rsa",
            label_of_key(&key, "OPENSSH "),
            &["id_rsa holds an OpenSSH key"],
        ),
        (
            "empty.pem",
            String::new(),
            &["empty.pem holds no private key"],
        ),
        ("garbage.pem", broken_key.to_owned(), &["garbage.pem"]),
    ];
    for (name, contents, words) in rows {
        refused(good_cert, &file(name, &contents), words);
    }
    refused(
        &file("broken.pem", broken),
        good_key,
        &["broken.pem holds a malformed certificate"],
    );
    let half = format!("{}{broken}", fs::read_to_string(good_cert).unwrap());
    refused(
        &file("half.pem", &half),
        good_key,
        &["half.pem holds a malformed certificate"],
    );

    let options = TlsOptions {
        ca_file: Some(file("none.pem", "hello")),
        ..TlsOptions::default()
    };
    let error = TlsClient::new(&options).unwrap_err().to_string();
    assert!(error.contains("none.pem holds no certificate"), "{error}");
}

fn refused(certificate: &Path, key: &Path, words: &[&str]) {
    let error = TlsServer::from_pem(certificate, key)
        .unwrap_err()
        .to_string();
    for word in words {
        assert!(error.contains(word), "{word:?} is not in {error:?}");
    }
}

/// A root, what it signed, and what that signed for localhost: certificates and keys in PEM, the
/// leaf's first.
fn three_in_a_row() -> [(String, String); 3] {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
    let params = |name: &str, is_ca: bool| {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        if is_ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        params
    };
    let root_key = KeyPair::generate().unwrap();
    let root = params("root", true);
    let root_pem = root.self_signed(&root_key).unwrap().pem();
    let root_key_pem = root_key.serialize_pem();
    let root = Issuer::new(root, root_key);
    let middle_key = KeyPair::generate().unwrap();
    let middle = params("middle", true);
    let middle_pem = middle.signed_by(&middle_key, &root).unwrap().pem();
    let middle_key_pem = middle_key.serialize_pem();
    let middle = Issuer::new(middle, middle_key);
    let leaf_key = KeyPair::generate().unwrap();
    let leaf = params("leaf", false).signed_by(&leaf_key, &middle).unwrap();
    [
        (leaf.pem(), leaf_key.serialize_pem()),
        (middle_pem, middle_key_pem),
        (root_pem, root_key_pem),
    ]
}

/// A client that trusts `root` alone meets a server with these files.
fn is_trusted(server: &TlsServer, root: &Path) -> bool {
    let (near, far) = wshub::transport::memory_pair(1 << 16, support::peer::TIMEOUT);
    let tls = server.clone();
    let accepting = thread::spawn(move || tls.accept(far, deadline()).is_ok());
    let options = TlsOptions {
        ca_file: Some(root.to_owned()),
        ..TlsOptions::default()
    };
    let answer = TlsClient::new(&options)
        .unwrap()
        .connect("localhost", near, deadline());
    let trusted = answer.is_ok();
    drop(answer);
    accepting.join().unwrap() && trusted
}

#[test]
fn of_several_certificates_and_keys_in_any_order_the_right_ones_are_sent() {
    let [(leaf, leaf_key), (middle, middle_key), (root, _)] = three_in_a_row();
    let folder = Folder::new();
    let trusted = folder.file("root.pem", &root);
    let stranger = fs::read_to_string(&Identity::new().key).unwrap();
    // (certificates, keys)
    let rows = [
        (
            [&leaf, &middle, &root].map(String::as_str).concat(),
            leaf_key.clone(),
        ),
        (
            [&root, &middle, &leaf].map(String::as_str).concat(),
            leaf_key.clone(),
        ),
        (
            [&middle, &leaf].map(String::as_str).concat(),
            format!("{stranger}{leaf_key}"),
        ),
        (
            [&leaf, &middle].map(String::as_str).concat(),
            format!("{stranger}{leaf_key}{middle_key}"),
        ),
    ];
    for (number, (certificates, keys)) in rows.into_iter().enumerate() {
        let certificate = folder.file("chain.pem", &certificates);
        let key = folder.file("keys.pem", &keys);
        let server = TlsServer::from_pem(&certificate, &key).unwrap();
        assert!(is_trusted(&server, &trusted), "row {number}");
    }
    let certificate = folder.file("chain.pem", format!("{leaf}{middle}"));
    refused(
        &certificate,
        &folder.file("other.pem", &stranger),
        &["do not belong together"],
    );
}

#[test]
fn files_are_read_as_tools_and_editors_write_them() {
    let identity = Identity::new();
    let certificate = fs::read_to_string(&identity.certificate).unwrap();
    let key = fs::read_to_string(&identity.key).unwrap();
    let folder = Folder::new();
    let both = format!("{certificate}{key}");
    let utf16: Vec<u8> = both.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let rows: [(&str, Vec<u8>); 6] = [
        (
            "Notepad's UTF-8",
            [b"\xEF\xBB\xBF", both.as_bytes()].concat(),
        ),
        ("PowerShell's UTF-16", [b"\xFF\xFE", &utf16[..]].concat()),
        (
            "openssl pkcs12 with a friendly name in Latin-1",
            [
                &b"Bag Attributes\r\n    friendlyName: B\xfccher\r\n"[..],
                both.replace('\n', "\r\n").as_bytes(),
            ]
            .concat(),
        ),
        ("no line end at the end", both.trim_end().into()),
        ("indented", both.replace('\n', "\n  ").into()),
        (
            "a comment that names the markers",
            format!("# from -----BEGIN CERTIFICATE----- on\n{both}").into(),
        ),
    ];
    for (name, contents) in rows {
        let file = folder.file("both.pem", &contents);
        let server = TlsServer::from_pem(&file, &file);
        let server = server.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(is_trusted(&server, &file), "{name}: as an authority");
    }
}

#[cfg(all(unix, not(target_vendor = "apple")))]
#[test]
fn keys_in_older_forms_are_used_as_they_are() {
    use openssl::ec::{EcGroup, EcKey};
    use openssl::nid::Nid;
    use openssl::rsa::Rsa;
    let folder = Folder::new();
    let rsa = Rsa::generate(2048).unwrap();
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let elliptic = EcKey::generate(&group).unwrap();
    let parameters =
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    let text = |pem: Vec<u8>| String::from_utf8(pem).unwrap();
    let old_elliptic = text(elliptic.private_key_to_pem().unwrap());
    let rows = [
        (
            openssl::pkey::PKey::from_rsa(rsa.clone()).unwrap(),
            text(rsa.private_key_to_pem().unwrap()),
            "-----BEGIN RSA PRIVATE KEY-----",
        ),
        (
            openssl::pkey::PKey::from_ec_key(elliptic).unwrap(),
            format!("{parameters}{old_elliptic}"),
            "-----BEGIN EC PARAMETERS-----",
        ),
    ];
    for (key, old, label) in rows {
        assert!(old.starts_with(label), "{old}");
        let new = key.private_key_to_pkcs8().unwrap();
        let der = rcgen::KeyPair::try_from(new).unwrap();
        let params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = folder.file("cert.pem", params.self_signed(&der).unwrap().pem());
        let server = TlsServer::from_pem(&certificate, &folder.file("old.pem", &old)).unwrap();
        assert!(is_trusted(&server, &certificate), "{label}");
    }
}

#[cfg(all(unix, not(target_vendor = "apple"), not(feature = "rustls")))]
#[test]
fn a_pkcs12_file_is_opened_with_its_password_alone() {
    use openssl::{pkcs12::Pkcs12, pkey::PKey, x509::X509};
    let identity = Identity::new();
    let mut builder = Pkcs12::builder();
    builder.pkey(&PKey::private_key_from_der(&identity.key_der).unwrap());
    builder.cert(&X509::from_der(&identity.certificate_der).unwrap());
    let der = builder.build2("open sesame").unwrap().to_der().unwrap();
    let file = identity.folder.file("both.p12", &der);
    assert!(TlsServer::from_pkcs12(&file, "open sesame").is_ok());
    let wrong = TlsServer::from_pkcs12(&file, "").unwrap_err().to_string();
    // The program adds its flag: see its `advice`.
    assert!(wrong.starts_with("the password does not open"), "{wrong}");
    let cut = identity.folder.file("cut.p12", &der[..der.len() / 2]);
    let error = TlsServer::from_pkcs12(&cut, "open sesame")
        .unwrap_err()
        .to_string();
    assert!(error.contains("cut.p12 is not a PKCS#12 file"), "{error}");
    let missing = TlsServer::from_pkcs12(&identity.folder.path().join("no.p12"), "");
    assert!(missing.unwrap_err().to_string().contains("cannot read"));
}

fn wshub(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wshub"));
    command.args(arguments).stdin(Stdio::null());
    command.output().unwrap()
}

fn assert_says(output: &Output, code: i32, words: &[&str]) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    for word in words {
        assert!(stderr.contains(word), "{word:?} is not in {stderr:?}");
    }
}

#[test]
fn the_client_program_ends_with_8_where_tls_fails_and_says_why() {
    let server = Secure::standard(Settings::default());
    let url = server.url("/echo");
    let ca = server.identity.certificate.display().to_string();
    let by_address = format!("wss://127.0.0.2:{}/echo", server.port);
    let clear = format!("wss://localhost:{}/echo", server.running.address.port());
    let rows: [(&[&str], i32, &[&str]); 6] = [
        (
            &["connect", &url],
            8,
            &["no TLS with localhost:", "--cacert FILE", "--insecure"],
        ),
        (&["connect", "--cacert", &ca, &url], 0, &[]),
        (
            &["connect", "--insecure", &url],
            0,
            &["warning: --insecure"],
        ),
        (
            &["connect", "--cacert", "no-such-file.pem", &url],
            8,
            &["cannot read no-such-file.pem"],
        ),
        (&["connect", "--cacert", &ca, &clear], 8, &["ws:// only"]),
        (&["connect", "--cacert", &ca, &by_address], 14, &[]),
    ];
    for (arguments, code, words) in rows {
        // If the server does not listen, the message says so.
        assert_says(&wshub(arguments), code, words);
    }
}

#[test]
fn the_server_program_says_which_flag_or_file_is_wrong() {
    let identity = Identity::new();
    let other = Identity::new();
    let name = |path: &Path| path.display().to_string();
    let (certificate, key) = (name(&identity.certificate), name(&identity.key));
    let rows: [(&[&str], i32, &[&str]); 5] = [
        (&["--tls-cert", &certificate], 2, &["--tls-key FILE"]),
        (
            &["--tls-listen", "localhost:0"],
            2,
            &["needs a certificate"],
        ),
        (
            &["--tls-cert", &certificate, "--tls-key", "no-such.pem"],
            8,
            &["cannot read no-such.pem"],
        ),
        (
            &["--tls-cert", &certificate, "--tls-key", &name(&other.key)],
            8,
            &["do not belong together", &certificate],
        ),
        (
            &["--tls-pkcs12", &key, "--tls-password-file", "no-such"],
            1,
            &["cannot read the password in no-such"],
        ),
    ];
    for (flags, code, words) in rows {
        let flags = [&["serve", "--listen", "127.0.0.1:0"], flags].concat();
        assert_says(&wshub(&flags), code, words);
    }
}

#[test]
fn the_two_ports_have_each_their_flag_in_the_error_when_they_are_taken() {
    let taken = Running::standard(Settings::default());
    let identity = Identity::new();
    let address = taken.address.to_string();
    let name = |path: &Path| path.display().to_string();
    let (certificate, key) = (name(&identity.certificate), name(&identity.key));
    let tls = ["--tls-cert", &certificate, "--tls-key", &key];
    let rows = [
        (
            ["--listen", &address, "--tls-listen", "127.0.0.1:0"],
            " --listen localhost",
        ),
        (
            ["--listen", "127.0.0.1:0", "--tls-listen", &address],
            "--tls-listen localhost",
        ),
    ];
    for (places, word) in rows {
        let flags = [&["serve"], &places[..], &tls].concat();
        assert_says(&wshub(&flags), 1, &[word, "another program"]);
    }
    drop(thread::spawn(move || taken.stop()).join());
}
