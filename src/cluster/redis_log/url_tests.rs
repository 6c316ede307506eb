use super::*;
use crate::handshake::AuthorityError::{EmptyHost, InvalidHost, InvalidPort};

#[test]
fn urls_are_read() {
    // (URL, user and password, the URL as shown)
    type Row = (
        &'static str,
        Option<(&'static str, &'static str)>,
        &'static str,
    );
    let rows: [Row; 14] = [
        ("redis://localhost", None, "redis://localhost:6379"),
        (" redis://LOCALHOST:7/ ", None, "redis://localhost:7"),
        ("REDIS://[::1]:7/3", None, "redis://[::1]:7/3"),
        ("redis://10.0.0.1/0", None, "redis://10.0.0.1:6379"),
        ("rediss://r.example", None, "rediss://r.example:6379"),
        ("valkey://r.example", None, "redis://r.example:6379"),
        ("valkeys://r.example", None, "rediss://r.example:6379"),
        (
            "redis://:secret@r",
            Some(("default", "secret")),
            "redis://r:6379",
        ),
        (
            "redis://an%40a:se%3Acr%C3%A9t@r:1/2",
            Some(("an@a", "se:cr\u{e9}t")),
            "redis://r:1/2",
        ),
        (
            "redis://:secret/?#x@@r",
            Some(("default", "secret/?#x@")),
            "redis://r:6379",
        ),
        (
            "redis+sentinel://a/mymaster",
            None,
            "redis+sentinel://a:26379/mymaster",
        ),
        (
            "redis+sentinel://:secret@a:1,[::1],c:3/my-master/5",
            Some(("default", "secret")),
            "redis+sentinel://a:1,[::1]:26379,c:3/my-master/5",
        ),
        ("rediss+sentinel://a/m", None, "rediss+sentinel://a:26379/m"),
        ("valkey+sentinel://a/m/", None, "redis+sentinel://a:26379/m"),
    ];
    for (url, login, shown) in rows {
        let parsed = RedisUrl::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
        let found = parsed.login.as_ref();
        let found = found.map(|login| (&*login.user, &*login.password));
        assert_eq!((found, &*parsed.to_string()), (login, shown), "{url}");
        assert!(!format!("{parsed:?}").contains("secret"));
        let again = RedisUrl::parse(shown).unwrap();
        assert_eq!(
            (again.place, again.database),
            (parsed.place, parsed.database)
        );
    }
}

#[test]
fn other_urls_are_refused_without_being_shown() {
    let long = format!("redis://{}", "a".repeat(4096 - 7));
    let many = |count| format!("redis+sentinel://{}/m", vec!["secret"; count].join(","));
    assert!(RedisUrl::parse(&many(16)).is_ok());
    let rows = [
        ("", RedisUrlError::UnknownScheme),
        ("localhost:6379", RedisUrlError::UnknownScheme),
        ("http://localhost", RedisUrlError::UnknownScheme),
        ("unix:///run/redis", RedisUrlError::UnknownScheme),
        (&*long, RedisUrlError::TooLong),
        (&*many(17), RedisUrlError::TooLong),
        ("redis://secret@r", RedisUrlError::BadLogin),
        ("redis://secret:@r", RedisUrlError::BadLogin),
        ("redis://@r", RedisUrlError::BadLogin),
        ("redis://a:secret%@r", RedisUrlError::BadLogin),
        ("redis://a:secret%0a@r", RedisUrlError::BadLogin),
        ("redis://r?password=secret", RedisUrlError::Query),
        ("rediss://r#insecure", RedisUrlError::Query),
        ("redis://r/x", RedisUrlError::BadDatabase),
        ("redis://r/1/2", RedisUrlError::BadDatabase),
        ("redis://r/+1", RedisUrlError::BadDatabase),
        ("redis://r/4294967296", RedisUrlError::BadDatabase),
        ("redis+sentinel://a", RedisUrlError::NoName),
        ("redis+sentinel://a/", RedisUrlError::NoName),
        ("redis+sentinel://a/m m", RedisUrlError::NoName),
        ("redis+sentinel://a/m/x", RedisUrlError::BadDatabase),
        ("redis://", EmptyHost.into()),
        ("redis+sentinel://a,/m", EmptyHost.into()),
        ("redis://r:0", InvalidPort.into()),
        ("redis://a,b", InvalidHost.into()),
    ];
    for (url, error) in rows {
        assert_eq!(RedisUrl::parse(url), Err(error.clone()), "{url}");
        assert!(!error.to_string().contains("secret"));
    }
}
