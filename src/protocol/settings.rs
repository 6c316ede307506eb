//! Settings without a meaning are refused where they are given, with a sentence.

use std::fmt;
use std::time::Duration;

/// The longest duration that a setting may have: no sum of it and the present time overflows.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A setting that is out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SettingError {
    /// A count or a time of zero, where that means nothing.
    Zero {
        /// The field or method, and the field of its value: `timeouts.write`.
        setting: &'static str,
    },
    /// A time of more than 365 days.
    TooLong {
        /// The field or method, and the field of its value: `timeouts.write`.
        setting: &'static str,
    },
    /// A number above the largest one with a meaning.
    TooLarge {
        /// The field or method, and the field of its value: `timeouts.write`.
        setting: &'static str,
        /// The largest.
        most: u64,
    },
}

impl SettingError {
    /// The field or method, and the field of its value: `timeouts.write`.
    pub fn setting(&self) -> &'static str {
        match self {
            Self::Zero { setting } | Self::TooLong { setting } => setting,
            Self::TooLarge { setting, .. } => setting,
        }
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero { setting } => write!(f, "{setting} is zero; it must be more"),
            Self::TooLong { setting } => {
                write!(f, "{setting} is too long; it must be at most 365 days")
            }
            Self::TooLarge { setting, most } => {
                write!(f, "{setting} is too large; it must be at most {most}")
            }
        }
    }
}

impl std::error::Error for SettingError {}

/// Checks that a duration is more than zero and at most 365 days, so that no sum of it and the
/// present time overflows.
///
/// # Errors
///
/// It is not; the error names `setting`.
pub fn check_duration(setting: &'static str, value: Duration) -> Result<(), SettingError> {
    if value.is_zero() {
        return Err(SettingError::Zero { setting });
    }
    if value > LONGEST {
        return Err(SettingError::TooLong { setting });
    }
    Ok(())
}

/// Checks that a count is at least one: a count of zero would refuse everything.
///
/// # Errors
///
/// It is zero; the error names `setting`.
pub fn check_count(setting: &'static str, value: u64) -> Result<(), SettingError> {
    match value {
        0 => Err(SettingError::Zero { setting }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_their_ends() {
        let rows = [
            (Duration::ZERO, false),
            (Duration::from_nanos(1), true),
            (LONGEST, true),
            (LONGEST + Duration::from_nanos(1), false),
            (Duration::MAX, false),
        ];
        for (value, expected) in rows {
            assert_eq!(check_duration("x", value).is_ok(), expected, "{value:?}");
        }
        let error = check_duration("close", Duration::ZERO).unwrap_err();
        assert_eq!(error.to_string(), "close is zero; it must be more");
        assert_eq!(
            check_count("messages", 0).unwrap_err().to_string(),
            "messages is zero; it must be more"
        );
        assert_eq!(check_count("messages", 1), Ok(()));
    }
}
