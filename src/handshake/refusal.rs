//! The answer to a request that is refused: a status, and one plain sentence.

use super::head_error::HeadError;
use super::response::{without_controls, write_response};

/// The HTTP response that refuses a request (RFC 6455 section 4.2.2, RFC 9110 section 15). The
/// connection is closed after it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The status: 400, 401, 403, 404, 405, 408, 414, 426, 429, 431, 500, 501, 503 or 505.
    pub status: u16,
    /// One sentence that says what is wrong. It goes out as the body, its control characters as
    /// spaces.
    pub why: String,
    /// Headers in addition to those that every refusal has.
    pub headers: Vec<(&'static str, String)>,
}

impl Refusal {
    /// A refusal without headers of its own.
    pub fn new(status: u16, why: impl Into<String>) -> Self {
        Self {
            status,
            why: why.into(),
            headers: Vec::new(),
        }
    }

    /// A refusal with 405, which lists the methods that are served (RFC 9110 section 15.5.6).
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::new(405, "Only GET and HEAD are served here.").with_header("Allow", "GET, HEAD")
    }

    /// A refusal with 426, which names the protocol and the version to upgrade to (RFC 9110
    /// section 15.5.22, RFC 6455 section 4.4).
    pub fn upgrade_required(why: impl Into<String>) -> Self {
        Self::new(426, why)
            .with_header("Upgrade", "websocket")
            .with_header("Sec-WebSocket-Version", "13")
    }

    /// Adds a header. Its value goes out with its control characters as spaces; `Connection` and
    /// `Content-Length` are the response's own and are left out.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The whole response, body included.
    #[must_use]
    pub fn response(&self) -> Vec<u8> {
        self.write(false)
    }

    /// The response to a request with this method: HEAD gets no body (RFC 9110 section 9.3.2).
    #[must_use]
    pub fn response_to(&self, method: &str) -> Vec<u8> {
        self.write(method == "HEAD")
    }

    fn write(&self, head_only: bool) -> Vec<u8> {
        let mut headers = vec![
            ("Content-Type", "text/plain; charset=utf-8"),
            ("X-Content-Type-Options", "nosniff"),
        ];
        headers.extend(
            self.headers
                .iter()
                .map(|(name, value)| (*name, value.as_str())),
        );
        let body = without_controls(&self.why) + "\n";
        write_response(self.status, &headers, body.as_bytes(), head_only)
    }
}

impl From<&HeadError> for Refusal {
    fn from(error: &HeadError) -> Self {
        let refusal = match error.status() {
            405 => Self::method_not_allowed(),
            status => Self::new(status, ""),
        };
        Self {
            why: error.to_string(),
            ..refusal
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn text(response: Vec<u8>) -> String {
        String::from_utf8(response).unwrap()
    }

    #[test]
    fn a_refusal_is_one_sentence_and_closes() {
        let expected_head = "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n\
            X-Content-Type-Options: nosniff\r\nContent-Length: 15\r\nConnection: close\r\n\r\n";
        let refusal = Refusal::new(404, "Nothing there.");
        assert_eq!(
            text(refusal.response()),
            format!("{expected_head}Nothing there.\n")
        );
        assert_eq!(refusal.response_to("GET"), refusal.response());
        assert_eq!(text(refusal.response_to("HEAD")), expected_head);
    }

    #[test]
    fn upgrade_required_names_protocol_and_version() {
        let response = text(Refusal::upgrade_required("WebSocket only.").response());
        assert!(
            response.starts_with("HTTP/1.1 426 Upgrade Required\r\n"),
            "{response}"
        );
        for line in [
            "\r\nUpgrade: websocket\r\n",
            "\r\nSec-WebSocket-Version: 13\r\n",
            "\r\nConnection: close, Upgrade\r\n",
        ] {
            assert!(response.contains(line), "{response}");
        }
    }

    #[test]
    fn the_text_of_a_peer_injects_nothing() {
        let response = text(
            Refusal::new(403, "Origin a\r\nX-Evil: 1\r\n\r\n<script> is not allowed.")
                .with_header("WWW-Authenticate", "Basic realm=\"a\r\nX-Evil: 1\0\"")
                .response(),
        );
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        assert_eq!(
            head.lines()
                .filter(|line| line.starts_with("X-Evil"))
                .count(),
            0
        );
        assert!(
            head.contains("WWW-Authenticate: Basic realm=\"a  X-Evil: 1 \"\r\n"),
            "{head}"
        );
        assert_eq!(body, "Origin a  X-Evil: 1    <script> is not allowed.\n");
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())));
    }

    #[test]
    fn head_errors_become_refusals() {
        let rows = [
            (HeadError::BareLf, 400),
            (HeadError::LineTooLong { limit: 8192 }, 414),
            (HeadError::HeaderLineTooLong { limit: 8192 }, 431),
            (HeadError::HeadTooLong { limit: 16384 }, 431),
            (HeadError::TooManyHeaders { limit: 100 }, 431),
            (HeadError::MethodTooLong { limit: 8192 }, 501),
            (HeadError::NoResource, 405),
            (HeadError::UnsupportedVersion, 505),
        ];
        for (error, status) in rows {
            let refusal = Refusal::from(&error);
            assert_eq!(refusal.status, status);
            assert_eq!(refusal.why, error.to_string());
            let allow = ("Allow", "GET, HEAD".to_owned());
            assert_eq!(refusal.headers.contains(&allow), status == 405, "{error}");
        }
    }
}
