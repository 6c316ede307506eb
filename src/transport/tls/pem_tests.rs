//! Rows of files as OpenSSL, certbot, mkcert, Java, Windows and editors leave them.

use super::*;
use crate::transport::tls::der::{INTEGER, SEQUENCE, value};

fn block(label: &str, body: &str) -> String {
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

fn found(file: &[u8]) -> Vec<(String, Vec<u8>)> {
    let found = blocks(file).into_iter().map(|block| match block.contents {
        Contents::Der(der) => (block.label, der),
        other => panic!("{other:?}"),
    });
    found.collect()
}

fn utf16(text: &str, write: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(write).collect()
}

#[test]
fn blocks_are_found_whatever_stands_around_them() {
    let cert = block("CERTIFICATE", "AAAA");
    let key = block("PRIVATE KEY", "BBBB");
    let both = format!("{cert}{key}");
    let le = u16::to_le_bytes;
    let be = u16::to_be_bytes;
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("as it is", both.clone().into()),
        ("CR LF", both.replace('\n', "\r\n").into()),
        ("CR", both.replace('\n', "\r").into()),
        ("no last line end", both.trim_end().into()),
        ("a UTF-8 mark", [b"\xEF\xBB\xBF", both.as_bytes()].concat()),
        ("UTF-16 with a mark", [b"\xFF\xFE".to_vec(), utf16(&both, le)].concat()),
        ("the other UTF-16", [b"\xFE\xFF".to_vec(), utf16(&both, be)].concat()),
        ("UTF-16 without a mark", utf16(&both, le)),
        ("the other without a mark", utf16(&format!("caf\u{e9}\n{both}"), be)),
        ("indented", both.replace('\n', "\n    ").into()),
        ("blanks at the ends of lines", both.replace('\n', " \t\n").into()),
        ("blank lines", both.replace('\n', "\n\n").into()),
        (
            "OpenSSL's attributes, in Latin-1",
            [
                &b"Bag Attributes\n    friendlyName: caf\xe9\n    localKeyID: 01 02\nsubject=CN = x\n\n"[..],
                cert.as_bytes(),
                b"Key Attributes: <No Attributes>\n",
                key.as_bytes(),
            ]
            .concat(),
        ),
        (
            "a certificate in words, as openssl x509 -text writes it",
            format!("Certificate:\n    Data:\n        Version: 3 (0x2)\n{cert}\n# key: \u{dc}ber\n{key}").into(),
        ),
        (
            "a sentence about the markers",
            format!("Put -----BEGIN CERTIFICATE----- to -----END CERTIFICATE----- here:\n{both}").into(),
        ),
        (
            "a cut block first",
            format!("-----BEGIN CERTIFICATE-----\nCCCC\n{both}").into(),
        ),
        ("a wrong end first", format!("-----BEGIN X-----\nCCCC\n-----END Y-----\n{both}").into()),
        ("a cut block last", format!("{both}-----BEGIN CUT-----\nCCCC").into()),
    ];
    let expected = [
        ("CERTIFICATE".to_owned(), vec![0; 3]),
        ("PRIVATE KEY".to_owned(), vec![4, 16, 65]),
    ];
    for (name, file) in rows {
        assert_eq!(found(&file), expected, "{name}");
    }
}

#[test]
fn the_base64_may_be_in_lines_of_any_length_padded_or_not() {
    for body in [
        "AAAAAA==",
        "AAAAAA",
        "A\nAAA\nAA\n=\n=",
        "AAAA AA==",
        "\nAAAAAA\n",
    ] {
        assert_eq!(
            found(block("X", body).as_bytes()),
            [("X".to_owned(), vec![0; 4])],
            "{body:?}"
        );
    }
}

#[test]
fn headers_of_a_block_are_left_out() {
    let rows = [
        "Comment: written by a tool\n\nAAAA",
        "X-A: 1\n  more of it\nX-B: 2\n\nAAAA",
    ];
    for body in rows {
        assert_eq!(
            found(block("X", body).as_bytes()),
            [("X".to_owned(), vec![0; 3])],
            "{body:?}"
        );
    }
}

#[test]
fn what_is_no_pem_has_no_blocks() {
    for file in [
        &b""[..],
        b"\x30\x82\x01\x0A",
        b"-----BEGIN",
        b"-----BEGIN X-----",
        b"-----BEGIN X-----\n-----END Y-----",
        b"\xFF\xFE-",
        b"\xFE\xFF",
    ] {
        assert_eq!(blocks(file), [], "{file:?}");
    }
    let malformed = blocks(b"-----BEGIN X-----\n\xFF!\n-----END X-----");
    assert_eq!(malformed[0].contents, Contents::Malformed);
    let empty = blocks(b"-----BEGIN X-----\n-----END X-----");
    assert_eq!(empty[0].contents, Contents::Malformed);
}

#[test]
fn what_is_written_is_read_again() {
    for length in [1, 2, 3, 47, 48, 49, 1000] {
        let der = vec![0xA5; length];
        let text = write("CERTIFICATE", &der);
        assert!(text.lines().all(|line| line.len() <= 64), "{text}");
        assert_eq!(certificates(text.as_bytes()), [Some(der)]);
    }
}

#[test]
fn certificates_have_more_than_one_label() {
    let inner = value(SEQUENCE, &[&[1, 2, 3]]);
    let trusted = [&inner[..], &value(SEQUENCE, &[])].concat();
    let file = [
        write("CERTIFICATE", &inner),
        write("X509 CERTIFICATE", &inner),
        write("TRUSTED CERTIFICATE", &trusted),
        write("CERTIFICATE REQUEST", &inner),
        block("CERTIFICATE", "!"),
    ]
    .concat();
    let one = Some(inner);
    assert_eq!(
        certificates(file.as_bytes()),
        [one.clone(), one.clone(), one, None]
    );
}

#[test]
fn several_keys_are_taken_and_one_that_will_not_do_is_called_by_its_form() {
    let old_encrypted = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA";
    let pkcs1 = value(
        SEQUENCE,
        &[&value(INTEGER, &[&[0]]), &value(INTEGER, &[&[9]])],
    );
    let rows = [
        (
            block("PRIVATE KEY", "AAAA") + &block("PRIVATE KEY", "BBBB"),
            Ok(2),
        ),
        (
            block("CERTIFICATE", "AAAA") + &block("PRIVATE KEY", "BBBB"),
            Ok(1),
        ),
        (
            block("ENCRYPTED PRIVATE KEY", "AAAA") + &block("PRIVATE KEY", "BBBB"),
            Ok(1),
        ),
        (write("RSA PRIVATE KEY", &pkcs1), Ok(1)),
        (block("RSA PRIVATE KEY", "AAAA"), Err(KeyForm::Older)),
        (block("EC PRIVATE KEY", "AAAA"), Err(KeyForm::Older)),
        (block("DSA PRIVATE KEY", "AAAA"), Err(KeyForm::Older)),
        (block("PRIVATE KEY", "!"), Err(KeyForm::Malformed)),
        (
            block("RSA PRIVATE KEY", old_encrypted),
            Err(KeyForm::Encrypted),
        ),
        (
            block("ENCRYPTED PRIVATE KEY", "AAAA"),
            Err(KeyForm::Encrypted),
        ),
        (block("OPENSSH PRIVATE KEY", "AAAA"), Err(KeyForm::OpenSsh)),
        (block("CERTIFICATE", "AAAA"), Err(KeyForm::None)),
        (block("EC PARAMETERS", "AAAA"), Err(KeyForm::None)),
        (String::new(), Err(KeyForm::None)),
    ];
    for (file, form) in rows {
        assert_eq!(keys(file.as_bytes()).map(|keys| keys.len()), form, "{file}");
    }
}
