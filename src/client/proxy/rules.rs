//! Which proxy leads to a URL: none, a certain one, or the one that the environment names.

use std::fmt;

use super::exceptions::ProxyExceptions;
use crate::handshake::{ProxyUrl, ProxyUrlError, WsUrl};

/// The variables that may name a proxy, in their order: those for `ws://`, for `wss://`, and for
/// both. There is no `HTTP_PROXY`: in a CGI program a visitor chooses its value.
const PLAIN: [&str; 3] = ["ws_proxy", "WS_PROXY", "http_proxy"];
const SECURE: [&str; 4] = ["wss_proxy", "WSS_PROXY", "https_proxy", "HTTPS_PROXY"];
const BOTH: [&str; 2] = ["all_proxy", "ALL_PROXY"];
const EXCEPTIONS: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// Which proxy leads to which URL. The default is none to any.
///
/// ```
/// use wshub::client::ProxyRules;
/// use wshub::handshake::WsUrl;
///
/// let rules = ProxyRules::from_variables(|name| match name {
///     "https_proxy" => Some("http://proxy.example:3128".into()),
///     "no_proxy" => Some("localhost, .intern.example".into()),
///     _ => None,
/// });
/// let proxy_for = |url: &str| rules.proxy_for(&WsUrl::parse(url).unwrap()).unwrap();
/// assert_eq!(proxy_for("wss://example.com/").unwrap().address(), "proxy.example:3128");
/// assert_eq!(proxy_for("wss://chat.intern.example/"), None);
/// assert_eq!(proxy_for("ws://example.com/"), None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProxyRules {
    plain: Option<Source>,
    secure: Option<Source>,
    exceptions: ProxyExceptions,
}

/// A proxy, and what named it.
#[derive(Clone, PartialEq, Eq)]
struct Source {
    /// A variable's name; none for a proxy that the caller chose.
    variable: Option<&'static str>,
    proxy: Result<ProxyUrl, ProxyUrlError>,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.proxy {
            Ok(proxy) => proxy.fmt(f),
            Err(error) => error.fmt(f),
        }
    }
}

impl ProxyRules {
    /// Through this proxy to every URL.
    #[must_use]
    pub fn through(proxy: ProxyUrl) -> Self {
        let source = Some(Source {
            variable: None,
            proxy: Ok(proxy),
        });
        Self {
            plain: source.clone(),
            secure: source,
            exceptions: ProxyExceptions::default(),
        }
    }

    /// As the environment of this process says; see [`ProxyRules::from_variables`].
    #[must_use]
    pub fn from_environment() -> Self {
        Self::from_variables(of_environment)
    }

    /// As these variables say, by curl's rules. For `ws://` that is the first of `ws_proxy`,
    /// `WS_PROXY` and `http_proxy`, for `wss://` the first of `wss_proxy`, `WSS_PROXY`,
    /// `https_proxy` and `HTTPS_PROXY`, and for either otherwise `all_proxy` or `ALL_PROXY`.
    /// `no_proxy` or `NO_PROXY` lists the [exceptions](ProxyExceptions). An empty variable counts as
    /// one that is not set. A value that names no proxy is told only when it would be used.
    #[must_use]
    pub fn from_variables(value_of: impl Fn(&str) -> Option<String>) -> Self {
        let first = |names: &[&'static str]| {
            let mut named = names.iter().filter_map(|name| {
                let value = value_of(name).filter(|value| !value.is_empty())?;
                Some((*name, value))
            });
            named.next()
        };
        let source = |names: &[&'static str]| {
            let (variable, value) = first(names).or_else(|| first(&BOTH))?;
            Some(Source {
                variable: Some(variable),
                proxy: ProxyUrl::parse(&value),
            })
        };
        Self {
            plain: source(&PLAIN),
            secure: source(&SECURE),
            exceptions: first(&EXCEPTIONS)
                .map(|(_, list)| ProxyExceptions::parse(&list))
                .unwrap_or_default(),
        }
    }

    /// The same rules, but for these hosts.
    #[must_use]
    pub fn except(self, exceptions: ProxyExceptions) -> Self {
        Self { exceptions, ..self }
    }

    /// The same rules, but for the hosts in the environment's `no_proxy` or `NO_PROXY`.
    #[must_use]
    pub fn except_as_in_environment(self) -> Self {
        let environment = Self::from_variables(of_environment);
        self.except(environment.exceptions)
    }

    /// The proxy that leads to this URL; `None` where it is reached directly.
    ///
    /// # Errors
    ///
    /// A variable that would have to be used names no HTTP proxy.
    pub fn proxy_for(&self, url: &WsUrl) -> Result<Option<ProxyUrl>, ProxyError> {
        let source = match url.secure {
            true => &self.secure,
            false => &self.plain,
        };
        let source = source.as_ref().filter(|_| !self.exceptions.has(&url.host));
        let Some(Source { variable, proxy }) = source else {
            return Ok(None);
        };
        proxy.clone().map(Some).map_err(|error| ProxyError {
            variable: variable.map(str::to_owned),
            error,
        })
    }
}

fn of_environment(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?;
    Some(value.to_string_lossy().into_owned())
}

/// The URL of the proxy, or the environment variable with it, is invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxyError {
    /// The environment's variable, if it is one.
    pub variable: Option<String>,
    /// What is wrong with its value.
    pub error: ProxyUrlError,
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.variable {
            Some(variable) => write!(f, "the environment's {variable}: {}", self.error),
            None => self.error.fmt(f),
        }
    }
}

impl std::error::Error for ProxyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy_for(variables: &[(&str, &str)], url: &str) -> Result<Option<String>, String> {
        let value_of = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let proxy = ProxyRules::from_variables(value_of).proxy_for(&WsUrl::parse(url).unwrap());
        proxy
            .map(|proxy| proxy.map(|proxy| proxy.to_string()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_environment_is_read_as_curl_reads_it() {
        let all = [
            ("ws_proxy", "a:1"),
            ("http_proxy", "b:1"),
            ("wss_proxy", "c:1"),
            ("https_proxy", "d:1"),
            ("all_proxy", "e:1"),
            ("no_proxy", "direct.example"),
        ];
        type Row<'a> = (&'a [(&'a str, &'a str)], &'a str, Option<&'a str>);
        let rows: [Row<'_>; 21] = [
            (&[], "ws://h/", None),
            (&all, "ws://h/", Some("a:1")),
            (&all, "wss://h/", Some("c:1")),
            (&all, "wss://direct.example/", None),
            (&all, "ws://a.direct.example:81/", None),
            (&all[1..], "ws://h/", Some("b:1")),
            (&all[3..], "wss://h/", Some("d:1")),
            (&all[3..], "ws://h/", Some("e:1")),
            (&all[4..], "wss://h/", Some("e:1")),
            (&[("http_proxy", "b:1")], "wss://h/", None),
            (&[("https_proxy", "b:1")], "ws://h/", None),
            (&[("HTTP_PROXY", "b:1")], "ws://h/", None),
            (&[("HTTPS_PROXY", "b:1")], "wss://h/", Some("b:1")),
            (&[("ALL_PROXY", "b:1")], "ws://h/", Some("b:1")),
            (&[("WS_PROXY", "b:1")], "ws://h/", Some("b:1")),
            (&[("WSS_PROXY", "b:1")], "wss://h/", Some("b:1")),
            (
                &[("https_proxy", "b:1"), ("HTTPS_PROXY", "c:1")],
                "wss://h/",
                Some("b:1"),
            ),
            (
                &[("https_proxy", ""), ("all_proxy", "c:1")],
                "wss://h/",
                Some("c:1"),
            ),
            (&[("all_proxy", "c:1"), ("NO_PROXY", "*")], "wss://h/", None),
            (
                &[("all_proxy", "c:1"), ("no_proxy", ""), ("NO_PROXY", "h")],
                "wss://h/",
                None,
            ),
            (
                &[("all_proxy", "c:1"), ("no_proxy", "x"), ("NO_PROXY", "h")],
                "wss://h/",
                Some("c:1"),
            ),
        ];
        for (variables, url, proxy) in rows {
            let expected = proxy.map(|proxy| format!("http://{proxy}"));
            assert_eq!(
                proxy_for(variables, url),
                Ok(expected),
                "{url} with {variables:?}"
            );
        }
    }

    #[test]
    fn a_variable_that_names_no_proxy_is_told_by_its_name_when_it_is_needed() {
        let socks = [
            ("ALL_PROXY", "socks5://127.0.0.1:1080"),
            ("no_proxy", "direct"),
        ];
        let words = "the environment's ALL_PROXY: a SOCKS proxy cannot be used; name a proxy that \
                     speaks HTTP, as in http://proxy.example:3128";
        assert_eq!(proxy_for(&socks, "wss://h/"), Err(words.to_owned()));
        assert_eq!(proxy_for(&socks, "wss://direct/"), Ok(None));
        let one = [("https_proxy", "socks5://p"), ("http_proxy", "p:1")];
        assert_eq!(
            proxy_for(&one, "ws://h/"),
            Ok(Some("http://p:1".to_owned()))
        );
    }

    #[test]
    fn a_proxy_that_was_chosen_leads_everywhere_but_to_the_exceptions() {
        let proxy = ProxyUrl::parse("http://ana:secret@p:1").unwrap();
        let rules = ProxyRules::through(proxy.clone()).except(ProxyExceptions::parse("direct"));
        let proxy_for = |url| rules.proxy_for(&WsUrl::parse(url).unwrap());
        assert_eq!(proxy_for("ws://h/"), Ok(Some(proxy.clone())));
        assert_eq!(proxy_for("wss://h/"), Ok(Some(proxy)));
        assert_eq!(proxy_for("wss://direct/"), Ok(None));
        assert!(!format!("{rules:?}").contains("secret"), "{rules:?}");
    }
}
