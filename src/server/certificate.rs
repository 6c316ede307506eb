//! The thread that watches the certificate's files: a certificate that is renewed on disk is used
//! without a restart.

use std::time::{Instant, SystemTime};

use super::shared::Shared;
use crate::transport::{Renewal, TlsServer};

/// Checks the files of `tls` again and again until the server stops.
pub(super) fn look_after(tls: &TlsServer, shared: &Shared) {
    let interval = shared.settings.tls_renewal;
    while !(shared.connections).wait_for_stop_until(Instant::now() + interval) {
        let now = SystemTime::now();
        let file = tls.certificate_file().display();
        match tls.renew(now) {
            Renewal::Unchanged => {}
            Renewal::Taken => {
                log::info!("the certificate in {file} was renewed and is used from now on");
                if let Some(warning) = tls.warning(now) {
                    log::warn!("{warning}");
                }
            }
            Renewal::Kept(why) => log::warn!(
                "the certificate in {file} has changed and cannot be used; the one before it \
                 stays in use: {why}"
            ),
        }
    }
}
