//! Turns Redis' refusals into errors that say what its operator can do.

use super::keys::Keys;
use super::link::Failure;
use super::resp::{Refusal, shown};
use crate::cluster::log::LogError;

/// Explains a refusal. `redis` names the server, `keys` the cluster's keys.
pub(super) fn explain(refusal: &Refusal, redis: &str, keys: &Keys) -> LogError {
    let shown = shown(&refusal.detail);
    let refused = |why: String| LogError::Refused(format!("{redis} {why}"));
    let elsewhere = |why: &str| LogError::Unreachable(format!("{redis} {why}"));
    match code(refusal) {
        "NOAUTH" => refused(
            "asks for a password; give it in the cluster's URL, as in \
             redis://:PASSWORD@HOST or redis://USER:PASSWORD@HOST"
                .into(),
        ),
        "WRONGPASS" => refused(
            "does not know this user and password, or the user is switched off; see ACL LIST \
             there"
                .into(),
        ),
        "NOPERM" => refused(format!(
            "does not let this user do what a cluster needs ({shown}); www/docs/cluster.md \
             has the line for ACL SETUSER with the commands, and the keys are ~{}*",
            keys.log.trim_end_matches("log")
        )),
        "WRONGTYPE" => refused(format!(
            "has something else under the names of the cluster's keys ({}, {} or {}); give \
             another prefix, or delete those keys",
            keys.log, keys.meta, keys.snapshot
        )),
        "OOM" => refused(
            "has no memory left (maxmemory) and takes nothing; give it more, or delete what it \
             does not need. A cluster's log takes some 80 MiB"
                .into(),
        ),
        "MISCONF" => refused(
            "cannot save its data to disk and takes nothing until it can; its own log says why \
             (mostly: the disk is full, or the directory may not be written)"
                .into(),
        ),
        "NOREPLICAS" => refused(
            "has fewer replicas in step than min-replicas-to-write asks for, and takes nothing; \
             look after the replicas"
                .into(),
        ),
        "LOADING" => refused("is loading its data from disk; it answers when it is done".into()),
        "BUSY" => refused(
            "is busy with a script of somebody else; SCRIPT KILL there ends one that has written \
             nothing yet"
                .into(),
        ),
        "READONLY" => elsewhere(
            "is a replica and takes nothing; name the primary, or the Sentinels, in the cluster's \
             URL",
        ),
        "MASTERDOWN" => elsewhere("is a replica that has lost its primary"),
        "UNBLOCKED" => elsewhere("became a replica"),
        "MOVED" | "ASK" => refused(format!(
            "is one of a Redis Cluster, and the cluster's keys belong to another of its servers \
             ({shown}); name that one in the URL"
        )),
        "CLUSTERDOWN" | "TRYAGAIN" => refused(format!(
            "is one of a Redis Cluster that cannot serve the cluster's keys now ({shown})"
        )),
        "DENIED" => refused(
            "is in protected mode and takes connections from its own machine alone; give it a \
             password (requirepass), or bind it to one address"
                .into(),
        ),
        "ERR" if refusal.detail.contains("max number of clients") => {
            refused("has as many clients as its maxclients allows; raise that".into())
        }
        "ERR" if refusal.detail.contains("without any password configured") => refused(
            "has no password, and the cluster's URL has one; leave it out there, or set \
             requirepass here"
                .into(),
        ),
        "ERR" if refusal.detail.starts_with("unknown command") => refused(format!(
            "lacks a command that a cluster needs ({shown}); it is renamed or switched off, or \
             Redis is older than 6.2"
        )),
        "ERR" if refusal.detail.contains("DB index is out of range") => refused(
            "has fewer databases than the number in the cluster's URL; see `databases` in its \
             configuration"
                .into(),
        ),
        "ERR" if is_about_content(&refusal.detail) => LogError::Corrupt(format!(
            "{redis} holds a log that was changed by others ({shown}). To begin anew, delete the \
             keys {}, {} and {} there",
            keys.log, keys.meta, keys.snapshot
        )),
        code => refused(format!("refuses: {code} {shown}")),
    }
}

/// The refusal's code. If a script was refused, Redis 6.2 has the code within the text; Redis 7.0
/// reports a missing permission as a plain `ERR`.
fn code(refusal: &Refusal) -> &str {
    const KNOWN: &[&str] = &[
        "WRONGTYPE",
        "OOM",
        "MISCONF",
        "NOREPLICAS",
        "READONLY",
        "NOPERM",
    ];
    let detail = refusal.detail.as_str();
    if refusal.code != "ERR" {
        return &refusal.code;
    }
    if detail.starts_with("ACL failure in script")
        || detail.contains("can't run this command or subcommand")
        || detail.contains("can't access at least one of the keys")
    {
        return "NOPERM";
    }
    let mut words = detail.split([' ', ':', '-']);
    match detail.starts_with("Error running script") {
        true => words
            .find_map(|word| KNOWN.iter().find(|known| **known == word))
            .map_or("ERR", |known| known),
        false => "ERR",
    }
}

/// Whether a script failed because of the data that it found.
fn is_about_content(detail: &str) -> bool {
    detail.contains("specified in XADD is equal or smaller")
        || detail.contains("attempt to ")
        || detail.contains("bad argument")
}

/// Turns a failed call into the log's error.
pub(super) fn failed(failure: Failure, redis: &str, keys: &Keys) -> LogError {
    match failure {
        Failure::Lost(why) => LogError::Unreachable(format!("{redis} {why}")),
        Failure::NotRedis(why) => LogError::Corrupt(format!("{redis} {why}")),
        Failure::Refused(refusal) => explain(&refusal, redis, keys),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_a_sentence_with_what_to_do() {
        // (code, Redis' text, what the explanation contains), from Redis 6.2 and 7.0.
        let rows = [
            (
                "NOAUTH",
                "Authentication required.",
                "redis://:PASSWORD@HOST",
            ),
            (
                "WRONGPASS",
                "invalid username-password pair or user is disabled.",
                "does not know this user and password",
            ),
            (
                "NOPERM",
                "this user has no permissions to run the 'xadd' command",
                "~{wshub}:*",
            ),
            (
                "ERR",
                "ACL failure in script: User a has no permissions to run the 'xadd' command",
                "ACL SETUSER",
            ),
            (
                "ERR",
                "Error running script (call to f_1): @user_script:3: The user executing the \
                 script can't run this command or subcommand",
                "ACL SETUSER",
            ),
            (
                "WRONGTYPE",
                "Operation against a key holding the wrong kind of value",
                "{wshub}:meta",
            ),
            (
                "ERR",
                "Error running script (call to f_1): @user_script:3: WRONGTYPE Operation against",
                "give another prefix",
            ),
            (
                "ERR",
                "Error running script (call to f_1): @user_script:3: -OOM command not allowed",
                "no memory left",
            ),
            ("OOM", "command not allowed when used memory", "maxmemory"),
            ("MISCONF", "Redis is configured to save RDB", "to disk"),
            ("NOREPLICAS", "Not enough good replicas", "min-replicas"),
            ("LOADING", "Redis is loading the dataset", "when it is done"),
            ("BUSY", "Redis is busy running a script", "SCRIPT KILL"),
            ("MOVED", "123 10.0.0.1:7", "(123 10.0.0.1:7)"),
            (
                "CLUSTERDOWN",
                "The cluster is down",
                "(The cluster is down)",
            ),
            (
                "DENIED",
                "Redis is running in protected mode",
                "requirepass",
            ),
            ("ERR", "max number of clients reached", "maxclients"),
            (
                "ERR",
                "AUTH <password> called without any password configured for the default user.",
                "leave it out",
            ),
            ("ERR", "unknown command `EVALSHA`", "6.2"),
            ("ERR", "DB index is out of range", "`databases`"),
            ("FUTURE", "a\x1b[2Jb", "refuses: FUTURE a\u{fffd}[2Jb"),
        ];
        let keys = Keys::new("wshub").unwrap();
        for (code, detail, expected) in rows {
            let refusal = Refusal {
                code: code.into(),
                detail: detail.into(),
            };
            let error = explain(&refusal, "Redis at r:1", &keys);
            assert!(matches!(error, LogError::Refused(_)), "{error:?}");
            let error = error.to_string();
            assert!(error.starts_with("Redis at r:1 "), "{error}");
            assert!(error.contains(expected), "{code} {detail}: {error}");
        }
    }

    #[test]
    fn a_replica_is_left_and_a_changed_log_is_corrupt() {
        let keys = Keys::new("wshub").unwrap();
        let of = |code: &str, detail: &str| {
            let (code, detail) = (code.into(), detail.into());
            explain(&Refusal { code, detail }, "Redis", &keys)
        };
        for code in ["READONLY", "MASTERDOWN", "UNBLOCKED"] {
            assert!(matches!(of(code, ""), LogError::Unreachable(_)), "{code}");
        }
        for detail in [
            "The ID specified in XADD is equal or smaller than the target stream top item",
            "user_script:32: attempt to perform arithmetic on a nil value",
        ] {
            assert!(
                matches!(of("ERR", detail), LogError::Corrupt(_)),
                "{detail}"
            );
        }
        let long = of("ERR", &"\u{e9}".repeat(10_000)).to_string();
        assert!(long.chars().count() < 300);
    }
}
