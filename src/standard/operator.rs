//! Decides who is the operator, and may see the operator's pages.

use crate::handshake::Refusal;
use crate::server::{PlainRequest, Response};

/// Headers with which a proxy tells that it passes on what somebody else asked, in lower case.
const FORWARDED: [&str; 3] = ["forwarded", "via", "cdn-loop"];

/// Beginnings and parts of the names of such headers. Proxies have many of their own, such as
/// `CF-Connecting-IP`, `True-Client-IP`, `X-Cluster-Client-IP` and `X-Envoy-External-Address`.
const FORWARDED_BEGINNINGS: [&str; 7] = [
    "x-forwarded",
    "x-real-",
    "x-client-",
    "x-envoy-",
    "x-amzn-",
    "x-azure-",
    "cf-",
];
const FORWARDED_PARTS: [&str; 3] = ["client-ip", "clientip", "forwarded-for"];

/// Whether a header of this name is one that proxies add. A program on this machine that asks for
/// itself sends none of them.
fn is_of_a_proxy(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    FORWARDED.contains(&&*name)
        || (FORWARDED_BEGINNINGS.iter()).any(|beginning| name.starts_with(beginning))
        || FORWARDED_PARTS.iter().any(|part| name.contains(part))
}

/// The rule on the operator's pages.
#[derive(Debug, Clone)]
pub(super) struct Operator {
    is_everybody: bool,
    advice: Option<String>,
}

impl Operator {
    /// `is_everybody`: the pages are shown to everybody. `advice`: what others are told to do.
    pub(super) fn new(is_everybody: bool, advice: Option<String>) -> Self {
        Self {
            is_everybody,
            advice,
        }
    }

    /// A page of this media type for the operator, a refusal for others.
    pub(super) fn show(
        &self,
        request: &PlainRequest<'_>,
        kind: &str,
        text: impl FnOnce() -> String,
    ) -> Result<Response, Refusal> {
        self.check(request)?;
        Ok(Response::new(200, text().into_bytes())
            .with_header("Content-Type", kind)
            .with_header("X-Content-Type-Options", "nosniff")
            .with_header("Cache-Control", "no-store"))
    }

    /// Whether the request comes from the operator: from a client with a password, or from a client
    /// on this machine that uses one of the machine's own names and no proxy.
    fn check(&self, request: &PlainRequest<'_>) -> Result<(), Refusal> {
        if self.is_everybody || request.user().is_some() {
            return Ok(());
        }
        let mut headers = request.head().headers.iter();
        let is_forwarded = headers.any(|(name, _)| is_of_a_proxy(name));
        let is_local = (request.peer()).is_some_and(|peer| peer.ip().to_canonical().is_loopback());
        if is_local && !is_forwarded {
            return request.check_loopback_host();
        }
        let fact = format!(
            "{} is available from this machine only",
            request.head().path()
        );
        Err(Refusal::new(
            403,
            match &self.advice {
                Some(advice) => format!("{fact}; {advice}."),
                None => format!("{fact}."),
            },
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_proxies_are_known_by_their_names() {
        let rows = [
            ("Forwarded", true),
            ("Via", true),
            ("CDN-Loop", true),
            ("X-Forwarded-For", true),
            ("X-FORWARDED-Proto", true),
            ("X-Forwarded-Anything", true),
            ("X-Original-Forwarded-For", true),
            ("X-Real-IP", true),
            ("X-Real-Port", true),
            ("X-Client-IP", true),
            ("X-Client-Verify", true),
            ("CF-Connecting-IP", true),
            ("cf-ray", true),
            ("True-Client-IP", true),
            ("X-Cluster-Client-Ip", true),
            ("X-Azure-ClientIP", true),
            ("Viaduct", false),
            ("Forwarded-By", false),
            ("X-Requested-With", false),
            ("Host", false),
            ("User-Agent", false),
            ("X-Prometheus-Scrape-Timeout-Seconds", false),
            ("Sec-Fetch-Site", false),
        ];
        for (name, expected) in rows {
            assert_eq!(is_of_a_proxy(name), expected, "{name}");
        }
    }
}
