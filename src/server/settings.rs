//! Every setting of a server in numbers.

use std::time::Duration;

use crate::connection::{DeflateOptions, QueueLimits, Timeouts};
use crate::handshake::HeadLimits;
use crate::protocol::{Limits, MinRate, Rate, SettingError, check_count, check_duration};

pub(super) const DEFAULT_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
pub(super) const DEFAULT_MAX_CLIENTS: usize = 10_000;
pub(super) const DEFAULT_STOP_GRACE: Duration = Duration::from_secs(5);
pub(super) const DEFAULT_TLS_RENEWAL: Duration = Duration::from_secs(60);

/// The settings; the methods of [`Builder`](super::Builder) say what they mean.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settings {
    pub(super) limits: Limits,
    pub(super) head_limits: HeadLimits,
    pub(super) timeouts: Timeouts,
    pub(super) handshake_timeout: Duration,
    pub(super) queue: QueueLimits,
    pub(super) min_rate: Option<MinRate>,
    pub(super) max_rate: Option<Rate>,
    pub(super) max_clients: usize,
    pub(super) stop_grace: Duration,
    /// How often a certificate's files are checked.
    pub(super) tls_renewal: Duration,
    /// Whether, and how, compressed messages are accepted.
    pub(super) deflate: Option<DeflateOptions>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            head_limits: HeadLimits::default(),
            timeouts: Timeouts::default(),
            handshake_timeout: DEFAULT_HANDSHAKE_TIMEOUT,
            queue: QueueLimits::default(),
            min_rate: Some(MinRate::default()),
            max_rate: None,
            max_clients: DEFAULT_MAX_CLIENTS,
            stop_grace: DEFAULT_STOP_GRACE,
            tls_renewal: DEFAULT_TLS_RENEWAL,
            deflate: None,
        }
    }
}

impl Settings {
    /// Refuses the first setting that is out of range.
    pub(super) fn check(&self) -> Result<(), SettingError> {
        self.limits.check()?;
        let head = self.head_limits;
        check_count("head_limits.max_bytes", head.max_bytes as u64)?;
        check_count("head_limits.max_line_bytes", head.max_line_bytes as u64)?;
        check_count("head_limits.max_headers", head.max_headers as u64)?;
        self.queue.check()?;
        if let Some(rate) = self.min_rate {
            rate.check()?;
        }
        if let Some(rate) = self.max_rate {
            rate.check()?;
        }
        check_count("max_clients", self.max_clients as u64)?;
        check_duration("handshake_timeout", self.handshake_timeout)?;
        self.timeouts.check()?;
        check_duration("tls_renewal", self.tls_renewal)?;
        if let Some(options) = &self.deflate {
            options.check()?;
        }
        // A grace of zero is allowed: the clients are disconnected at once.
        check_duration("stop_grace", self.stop_grace.max(Duration::from_nanos(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_TIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);

    #[test]
    fn the_defaults_are_in_range() {
        assert_eq!(Settings::default().check(), Ok(()));
    }

    #[test]
    fn each_setting_out_of_range_is_refused_with_its_name() {
        type Change = fn(&mut Settings, Duration);
        let times: [(&str, Change); 8] = [
            ("handshake_timeout", |s, t| s.handshake_timeout = t),
            ("tls_renewal", |s, t| s.tls_renewal = t),
            ("timeouts.ping_interval", |s, t| {
                s.timeouts.ping_interval = Some(t);
            }),
            ("timeouts.ping_timeout", |s, t| s.timeouts.ping_timeout = t),
            ("timeouts.idle", |s, t| s.timeouts.idle = Some(t)),
            ("timeouts.close", |s, t| s.timeouts.close = t),
            ("timeouts.write", |s, t| s.timeouts.write = t),
            ("stop_grace", |s, t| s.stop_grace = t),
        ];
        for (setting, change) in times {
            let check = |time| {
                let mut settings = Settings::default();
                change(&mut settings, time);
                settings.check()
            };
            assert_eq!(check(MAX_TIME), Ok(()));
            assert_eq!(check(Duration::from_nanos(1)), Ok(()));
            for time in [MAX_TIME + Duration::from_nanos(1), Duration::MAX] {
                let error = SettingError::TooLong { setting };
                assert_eq!(check(time), Err(error));
                let sentence = format!("{setting} is too long; it must be at most 365 days");
                assert_eq!(error.to_string(), sentence);
            }
            let zero = check(Duration::ZERO);
            match setting {
                "stop_grace" => assert_eq!(zero, Ok(())),
                _ => assert_eq!(zero, Err(SettingError::Zero { setting })),
            }
        }
        type Zero = fn(&mut Settings);
        let counts: [(&str, Zero); 11] = [
            ("limits.max_message_bytes", |s| {
                s.limits.max_message_bytes = 0
            }),
            ("limits.max_streamed_message_bytes", |s| {
                s.limits.max_streamed_message_bytes = 0
            }),
            ("limits.max_fragments", |s| s.limits.max_fragments = 0),
            ("head_limits.max_bytes", |s| s.head_limits.max_bytes = 0),
            ("head_limits.max_line_bytes", |s| {
                s.head_limits.max_line_bytes = 0
            }),
            ("head_limits.max_headers", |s| s.head_limits.max_headers = 0),
            ("min_rate.bytes_per_second", |s| {
                s.min_rate = Some(MinRate {
                    bytes_per_second: 0,
                    ..MinRate::default()
                });
            }),
            ("max_rate.per_second", |s| {
                s.max_rate = Some(Rate::per_second(0));
            }),
            ("queue.messages", |s| s.queue.messages = 0),
            ("queue.bytes", |s| s.queue.bytes = 0),
            ("max_clients", |s| s.max_clients = 0),
        ];
        for (setting, change) in counts {
            let mut settings = Settings::default();
            change(&mut settings);
            assert_eq!(settings.check(), Err(SettingError::Zero { setting }));
        }
    }
}
