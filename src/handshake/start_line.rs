//! The first line of a head: the request line and the status line (RFC 9112 sections 3 and 4).
//! Each byte is judged as it comes, so that what cannot be HTTP is refused at once.

use super::authority::Authority;
use super::head::{HttpVersion, RequestHead, ResponseHead};
use super::head_error::HeadError;
use super::headers::{Headers, is_tchar, starts_with_ignore_case};

/// A head with its own kind of first line: [`RequestHead`] or [`ResponseHead`].
pub trait StartLine: Default {
    /// Where in the line the parser is.
    type Progress: Default + std::fmt::Debug;

    /// Whether empty lines in front of the first line are skipped, and folded header lines
    /// refused: a server has to do the one and may do the other (RFC 9112 sections 2.2 and 5.2),
    /// a client has to unfold.
    const IS_REQUEST: bool;

    /// The error for a line that is longer than `limit`, at this place of it.
    fn too_long(progress: &Self::Progress, limit: usize) -> HeadError;

    /// The error for a first byte that belongs to another protocol.
    fn foreign(first: u8) -> Option<HeadError>;

    /// Judges the byte at offset `at`; no CR, LF, or control character other than HTAB comes here.
    ///
    /// # Errors
    ///
    /// The rule that this byte breaks.
    fn admit(progress: &mut Self::Progress, at: usize, byte: u8) -> Result<(), HeadError>;

    /// Makes the head, still without headers, of the whole line.
    ///
    /// # Errors
    ///
    /// The rule that the line breaks: its end comes too soon, or its target has no known form.
    fn finish(progress: &Self::Progress, line: &[u8]) -> Result<Self, HeadError>;

    /// The list to which the header lines are added.
    fn headers_mut(&mut self) -> &mut Headers;
}

/// Where in a request line the parser is; numbers are offsets in the line.
#[derive(Debug, Default, Clone, Copy)]
pub enum RequestLine {
    /// In the method.
    #[default]
    Method,
    /// In the request target.
    Target {
        /// Its first byte.
        start: usize,
    },
    /// In the HTTP version.
    Version {
        /// The target's first byte.
        target: usize,
        /// The version's first byte.
        start: usize,
    },
}

/// `HTTP/1.1` in bytes.
const VERSION_BYTES: usize = 8;

impl StartLine for RequestHead {
    type Progress = RequestLine;
    const IS_REQUEST: bool = true;

    fn too_long(progress: &RequestLine, limit: usize) -> HeadError {
        match progress {
            RequestLine::Method => HeadError::MethodTooLong { limit },
            _ => HeadError::LineTooLong { limit },
        }
    }

    fn foreign(first: u8) -> Option<HeadError> {
        (first == 0x16).then_some(HeadError::TlsHello)
    }

    fn admit(progress: &mut RequestLine, at: usize, byte: u8) -> Result<(), HeadError> {
        match *progress {
            RequestLine::Method => match byte {
                _ if is_tchar(byte) => {}
                b' ' if at > 0 => *progress = RequestLine::Target { start: at + 1 },
                _ if at == 0 || !byte.is_ascii() => return Err(HeadError::NotHttp),
                _ => return Err(HeadError::InvalidRequestLine),
            },
            RequestLine::Target { start } => match byte {
                b' ' if at > start => {
                    *progress = RequestLine::Version {
                        target: start,
                        start: at + 1,
                    };
                }
                b' ' | b'\t' => return Err(HeadError::InvalidRequestLine),
                b'#' => return Err(HeadError::InvalidTarget),
                _ if byte.is_ascii_graphic() => {}
                _ => return Err(HeadError::InvalidTarget),
            },
            RequestLine::Version { start, .. } => {
                let at = at - start;
                if !version_byte(at, byte, HeadError::InvalidRequestLine)? {
                    return Err(HeadError::InvalidRequestLine);
                }
            }
        }
        Ok(())
    }

    fn finish(progress: &RequestLine, line: &[u8]) -> Result<Self, HeadError> {
        let &RequestLine::Version { target, start } = progress else {
            return Err(HeadError::InvalidRequestLine);
        };
        if line.len() != start + VERSION_BYTES {
            return Err(HeadError::InvalidRequestLine);
        }
        let method: String = latin1(&line[..target - 1]).collect();
        let text: String = latin1(&line[target..start - 1]).collect();
        let (target_authority, origin_form) = read_target(&method, &text)?;
        Ok(Self {
            method,
            target: origin_form,
            target_authority,
            version: match line.ends_with(b"0") {
                true => HttpVersion::Http10,
                false => HttpVersion::Http11, // a later one too: RFC 9112 section 2.3
            },
            headers: Headers::new(),
        })
    }

    fn headers_mut(&mut self) -> &mut Headers {
        &mut self.headers
    }
}

impl StartLine for ResponseHead {
    type Progress = ();
    const IS_REQUEST: bool = false;

    fn too_long((): &(), limit: usize) -> HeadError {
        HeadError::LineTooLong { limit }
    }

    fn foreign(first: u8) -> Option<HeadError> {
        matches!(first, 0x15 | 0x16).then_some(HeadError::TlsAnswer)
    }

    fn admit((): &mut (), at: usize, byte: u8) -> Result<(), HeadError> {
        if version_byte(at, byte, HeadError::NotHttp)? {
            return Ok(());
        }
        let good = match at - VERSION_BYTES {
            0 | 4 => byte == b' ',
            1 => matches!(byte, b'1'..=b'9'),
            2 | 3 => byte.is_ascii_digit(),
            _ => true, // the reason phrase takes what header values take
        };
        if good {
            Ok(())
        } else {
            Err(HeadError::InvalidStatusLine)
        }
    }

    /// The space before an empty reason is not insisted on: many servers leave it out. HTTP/1.0
    /// is read, so that an old server's 404 is reported as one, but it cannot switch protocols.
    fn finish((): &(), line: &[u8]) -> Result<Self, HeadError> {
        let digits = line.get(9..12).ok_or(HeadError::InvalidStatusLine)?;
        let status = digits
            .iter()
            .fold(0, |status, digit| status * 10 + u16::from(digit - b'0'));
        if status == 101 && line[7] == b'0' {
            return Err(HeadError::UnsupportedVersion);
        }
        Ok(Self {
            status,
            reason: latin1(line.get(13..).unwrap_or_default()).collect(),
            headers: Headers::new(),
        })
    }

    fn headers_mut(&mut self) -> &mut Headers {
        &mut self.headers
    }
}

/// Judges the byte at offset `at` of `HTTP/1.x`; false when `at` lies behind it. `otherwise` is the
/// error for what is not an HTTP version at all.
fn version_byte(at: usize, byte: u8, otherwise: HeadError) -> Result<bool, HeadError> {
    let good = match at {
        0..5 => byte == b"HTTP/"[at],
        5 if byte.is_ascii_digit() && byte != b'1' => return Err(HeadError::UnsupportedVersion),
        5 | 7 => byte.is_ascii_digit(),
        6 => byte == b'.',
        _ => return Ok(false),
    };
    if good { Ok(true) } else { Err(otherwise) }
}

/// Reads a request target of visible ASCII as (authority of an absolute-form, origin-form)
/// (RFC 9112 section 3.2). The authority-form and the asterisk-form name nothing that is served
/// here.
fn read_target(method: &str, target: &str) -> Result<(Option<String>, String), HeadError> {
    match method {
        "OPTIONS" if target == "*" => return Err(HeadError::NoResource),
        "CONNECT" => {
            let is_authority = Authority::parse(target).is_ok_and(|host| host.port.is_some());
            return Err(match is_authority {
                true => HeadError::NoResource,
                false => HeadError::InvalidTarget,
            });
        }
        _ => {}
    }
    if target.starts_with('/') {
        return Ok((None, target.to_owned()));
    }
    let rest = ["http://", "https://", "ws://", "wss://"]
        .iter()
        .find(|scheme| starts_with_ignore_case(target, scheme))
        .and_then(|scheme| target.get(scheme.len()..))
        .ok_or(HeadError::InvalidTarget)?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, origin_form) = rest.split_at(end);
    Authority::parse(authority).map_err(|_| HeadError::InvalidTarget)?;
    let slash = if origin_form.starts_with('/') {
        ""
    } else {
        "/"
    };
    Ok((Some(authority.to_owned()), format!("{slash}{origin_form}")))
}

/// Bytes as text, each byte one character: nothing is lost and nothing can fail.
pub(super) fn latin1(bytes: &[u8]) -> impl Iterator<Item = char> {
    bytes.iter().map(|&byte| char::from(byte))
}
