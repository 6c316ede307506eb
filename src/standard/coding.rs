//! Which content coding a client wants (RFC 9110 section 12.5.3): gzip, or none.

use crate::handshake::Headers;

/// Whether a request prefers the gzip coding to none. A request without `Accept-Encoding` accepts
/// any coding; it is sent none, which every client reads.
pub(super) fn prefers_gzip(headers: &Headers) -> bool {
    let mut gzip = None;
    let mut others = None;
    let mut identity = None;
    let offers = headers.all("Accept-Encoding").flat_map(|v| v.split(','));
    for offer in offers.map(str::trim).filter(|offer| !offer.is_empty()) {
        let (name, parameters) = offer.split_once(';').unwrap_or((offer, "q=1"));
        let weight = weight(parameters.trim()).unwrap_or(0);
        match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => gzip = Some(weight),
            "identity" => identity = Some(weight),
            "*" => others = Some(weight),
            _ => {}
        }
    }
    let gzip = gzip.or(others).unwrap_or(0);
    gzip > 0 && gzip >= identity.unwrap_or(0)
}

/// A weight in thousandths (RFC 9110 section 12.4.2): `q=0.5`. None for anything else.
fn weight(parameter: &str) -> Option<u32> {
    let (name, value) = parameter.split_once('=')?;
    if !name.eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let is_fraction = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths = format!("{fraction:0<3}")
        .parse()
        .ok()
        .filter(|_| is_fraction)?;
    match (whole, thousandths) {
        ("0", _) => Some(thousandths),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_whether_it_prefers_gzip() {
        let rows: &[(&[&str], bool)] = &[
            (&[], false),
            (&[""], false),
            (&["gzip"], true),
            (&["GZIP"], true),
            (&["x-gzip"], true),
            (&["gzip, deflate, br, zstd"], true),
            (&["br", "gzip"], true),
            (&[",, br ,gzip , "], true),
            (&["br"], false),
            (&["gzipped"], false),
            (&["*"], true),
            (&["*;q=0"], false),
            (&["gzip;q=0, *"], false),
            (&["gzip;q=0.001"], true),
            (&["gzip;q=0.000"], false),
            (&["gzip; q=1.000"], true),
            (&["gzip ;Q=1"], true),
            (&["identity"], false),
            (&["identity, gzip"], true),
            (&["identity;q=0.5, gzip;q=0.49"], false),
            (&["identity;q=0.5, *;q=0.51"], true),
            // What is no weight accepts nothing.
            (&["gzip;q=2"], false),
            (&["gzip;q=1.001"], false),
            (&["gzip;q=0.5555"], false),
            (&["gzip;q=-1"], false),
            (&["gzip;q=+1"], false),
            (&["gzip;q="], false),
            (&["gzip;level=9"], false),
        ];
        for (fields, expected) in rows {
            let headers = fields.iter().map(|v| ("Accept-Encoding", v)).collect();
            assert_eq!(prefers_gzip(&headers), *expected, "{fields:?}");
        }
    }
}
