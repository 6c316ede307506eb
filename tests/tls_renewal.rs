//! A certificate that is renewed on disk is used without a restart, if it is complete and fits.

#![cfg(all(feature = "wss", feature = "standard"))]
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod support;

use std::fs;
use std::thread;
use std::time::{Duration, SystemTime};

use support::loopback::{Running, Settings, wait_until};
use support::peer::TIMEOUT;
use support::tls::{Identity, deadline};
use wshub::protocol::Message;
use wshub::transport::{NotTaken, Renewal, TlsClient, TlsFileError, TlsServer, memory_pair};

/// Writes what is in the files of `new` into those of `old`.
fn replace(old: &Identity, new: &Identity) {
    fs::copy(&new.certificate, &old.certificate).unwrap();
    fs::copy(&new.key, &old.key).unwrap();
}

/// Whether a client that trusts this certificate alone gets in.
fn serves(tls: &TlsServer, identity: &Identity) -> bool {
    let (near, far) = memory_pair(1 << 16, TIMEOUT);
    let tls = tls.clone();
    let accepting = thread::spawn(move || tls.accept(far, deadline()).map(drop));
    let client = TlsClient::new(&identity.trusted()).unwrap();
    let connected = client.connect("localhost", near, deadline());
    let is_in = connected.is_ok();
    if let Err(rejected) = connected {
        rejected.stream.shutdown.abort();
    }
    assert_eq!(accepting.join().unwrap().is_ok(), is_in);
    is_in
}

#[test]
fn files_are_taken_when_they_are_complete_and_fit_and_a_fault_is_told_once() {
    // The identities whose files are copied: clients trust those that were there before.
    let (files, first, second) = (Identity::new(), Identity::new(), Identity::new());
    replace(&files, &first);
    let expired = Identity::valid_from_to((2020, 1, 1), (2021, 2, 3));
    let tls = files.server();
    let now = SystemTime::now();
    let renew = || tls.renew(now);
    let is_unchanged = |renewal| matches!(renewal, Renewal::Unchanged);
    assert!(is_unchanged(renew()) && serves(&tls, &first));

    // The same contents, written again.
    replace(&files, &first);
    assert!(is_unchanged(renew()));

    // The certificate alone: the key does not belong to it yet.
    fs::copy(&second.certificate, &files.certificate).unwrap();
    assert!(matches!(
        renew(),
        Renewal::Kept(NotTaken::File(TlsFileError::Mismatch { .. }))
    ));
    assert!(is_unchanged(renew()), "told once");
    assert!(serves(&tls, &first) && !serves(&tls, &second));

    // Half a certificate, and none: still the same fault, which has been reported already.
    let whole = fs::read(&second.certificate).unwrap();
    fs::write(&files.certificate, &whole[..whole.len() / 2]).unwrap();
    assert!(is_unchanged(renew()));
    fs::remove_file(&files.certificate).unwrap();
    assert!(is_unchanged(renew()));
    assert!(serves(&tls, &first));

    // Both files: they are used, by every clone.
    let clone = tls.clone();
    replace(&files, &second);
    assert!(matches!(renew(), Renewal::Taken));
    assert!(is_unchanged(renew()));
    assert!(serves(&clone, &second) && !serves(&clone, &first));

    // Complete, but expired, while the one in use is valid.
    replace(&files, &expired);
    let Renewal::Kept(why) = renew() else {
        panic!("an expired certificate was taken");
    };
    assert_eq!(why.to_string(), "it expired on 2021-02-03");
    assert!(serves(&tls, &second));

    // If the one in use has expired, there is no reason to wait.
    let files = Identity::valid_from_to((2020, 1, 1), (2021, 2, 3));
    let tls = files.server();
    replace(&files, &expired);
    assert!(matches!(tls.renew(now), Renewal::Taken));
    replace(&files, &first);
    assert!(matches!(tls.renew(now), Renewal::Taken));
    assert!(tls.warning(now).is_none() && serves(&tls, &first));
}

#[test]
fn a_running_server_looks_at_its_files_and_open_connections_stay() {
    let (files, first, second) = (Identity::new(), Identity::new(), Identity::new());
    replace(&files, &first);
    let (_standard, builder) = Settings::default().standard();
    let builder = builder
        .listen_tls(["127.0.0.1:0"])
        .tls_renewal(Duration::from_millis(5));
    let server = builder.tls(files.server()).bind().unwrap();
    let url = format!("wss://localhost:{}/echo", server.tls_addresses()[0].port());
    let running = Running::of_server(server);
    let mut before = first.options().connect(&url).unwrap();
    replace(&files, &second);
    wait_until("the new certificate is used", || {
        second.options().connect(&url).is_ok()
    });
    assert!(first.options().connect(&url).is_err());
    before.send(Message::Text("still here")).unwrap();
    assert!(before.receive().is_some());
    running.stop();
}
