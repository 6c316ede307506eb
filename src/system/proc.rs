//! Reads the system's limits, where the system reports them in files.

use std::fs;
use std::path::Path;

use super::limits::SystemLimits;

impl SystemLimits {
    /// Asks the system. Linux reports its limits in `/proc` and `/sys/fs/cgroup`; on other systems
    /// nothing is known, and 16384 threads are assumed.
    pub fn read() -> Self {
        read()
    }
}

/// A file that is missing, or that has unknown contents, is ignored.
fn read() -> SystemLimits {
    if !cfg!(target_os = "linux") {
        return SystemLimits::default();
    }
    let limits = text("/proc/self/limits");
    let status = text("/proc/self/status");
    let own = status_number(&status, "Threads", 10).unwrap_or(1);
    let others = |total: u64| total.saturating_sub(own);
    let user = match is_exempt(&status) {
        true => None,
        false => soft_limit(&limits, "Max processes"),
    };
    let machine = [
        number("/proc/sys/kernel/threads-max"),
        number("/proc/sys/kernel/pid_max"),
    ];
    let machine = machine.into_iter().flatten().min();
    let running = all_threads(&text("/proc/loadavg")).unwrap_or(0);
    SystemLimits {
        mappings: number("/proc/sys/vm/max_map_count"),
        user_threads: user.map(|most| most.saturating_sub(others(threads_of_user(&status)))),
        group_threads: group_threads(&text("/proc/self/cgroup"), own),
        system_threads: machine.map(|most| most.saturating_sub(others(running))),
        descriptors: soft_limit(&limits, "Max open files"),
    }
}

fn text(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn number(path: impl AsRef<Path>) -> Option<u64> {
    text(path).trim().parse().ok()
}

/// The soft limit of this name in `/proc/self/limits`; `None` for "unlimited".
fn soft_limit(limits: &str, name: &str) -> Option<u64> {
    let values = limits.lines().find_map(|line| line.strip_prefix(name))?;
    values.split_whitespace().next()?.parse().ok()
}

/// The first number after this name in `/proc/PID/status`.
fn status_number(status: &str, name: &str, radix: u32) -> Option<u64> {
    let values = (status.lines()).find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    u64::from_str_radix(values.split_whitespace().next()?, radix).ok()
}

/// Whether the limit on the user's threads does not apply to this process: it runs as root, or has
/// `CAP_SYS_ADMIN` (21) or `CAP_SYS_RESOURCE` (24).
fn is_exempt(status: &str) -> bool {
    let capabilities = status_number(status, "CapEff", 16).unwrap_or(0);
    status_number(status, "Uid", 10) == Some(0) || capabilities & (1 << 21 | 1 << 24) != 0
}

/// All threads of the machine, the fourth field of `/proc/loadavg`: `RUNNING/ALL`.
fn all_threads(loadavg: &str) -> Option<u64> {
    let field = loadavg.split_whitespace().nth(3)?;
    field.split_once('/')?.1.parse().ok()
}

/// The threads of all visible processes of this process's user.
fn threads_of_user(status: &str) -> u64 {
    let user = status_number(status, "Uid", 10);
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let threads = processes.filter_map(|process| {
        let name = process.file_name();
        name.to_str()?.parse::<u32>().ok()?;
        let status = text(process.path().join("status"));
        let is_users = status_number(&status, "Uid", 10) == user;
        is_users.then(|| status_number(&status, "Threads", 10))?
    });
    threads.sum()
}

/// The smallest number of threads left in this process's control groups and in those that contain
/// them: version 2, or the `pids` controller of version 1. `own` is the number of this process's
/// threads.
fn group_threads(groups: &str, own: u64) -> Option<u64> {
    let rooms = group_folders(groups).into_iter().filter_map(|folder| {
        let most = number(folder.clone() + "/pids.max")?; // "max" is not a number
        let now = number(folder + "/pids.current").unwrap_or(own);
        Some(most.saturating_sub(now.saturating_sub(own)))
    });
    rooms.min()
}

/// The folders that may contain a limit: those of each group and of the groups above it. In a
/// container the group may be mounted at the root, which is in the list.
fn group_folders(groups: &str) -> Vec<String> {
    let mut folders = Vec::new();
    for line in groups.lines() {
        let Some((controllers, path)) = line.split_once(':').and_then(|(_, f)| f.split_once(':'))
        else {
            continue;
        };
        let root = match controllers {
            "" => "/sys/fs/cgroup",
            _ if controllers.split(',').any(|name| name == "pids") => "/sys/fs/cgroup/pids",
            _ => continue,
        };
        let mut path = path.trim_end_matches('/');
        loop {
            folders.push(format!("{root}{path}"));
            match path.rsplit_once('/') {
                Some((above, _)) => path = above,
                None => break,
            }
        }
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_by_name_and_unlimited_is_none() {
        let text = "Limit                     Soft Limit           Hard Limit           Units     \n\
                    Max processes             unlimited            96364                processes \n\
                    Max open files            1024                 20000                files     \n";
        assert_eq!(soft_limit(text, "Max open files"), Some(1024));
        assert_eq!(soft_limit(text, "Max processes"), None);
        assert_eq!(soft_limit(text, "Max pending signals"), None);
        assert_eq!(soft_limit("", "Max open files"), None);
    }

    #[test]
    fn root_and_the_capable_are_exempt_from_the_limit_of_a_user() {
        let rows = [
            ("Uid:\t0\t0\t0\t0\nCapEff:\t0000000000000000\n", true),
            (
                "Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n",
                false,
            ),
            ("Uid:\t1000\t0\t0\t0\nCapEff:\t0000000001000000\n", true),
            ("Uid:\t1000\t0\t0\t0\nCapEff:\t0000000000200000\n", true),
            ("Uid:\t1000\t0\t0\t0\nCapEff:\t00000000feffffff\n", true),
            ("Uid:\t1000\t0\t0\t0\nCapEff:\t0000000000dfffff\n", false),
            ("", false),
        ];
        for (status, exempt) in rows {
            assert_eq!(is_exempt(status), exempt, "{status:?}");
        }
        assert_eq!(
            status_number("ThreadsX:\t1\nThreads:\t7\n", "Threads", 10),
            Some(7)
        );
    }

    #[test]
    fn a_group_is_looked_up_in_its_folder_and_in_those_above() {
        let rows: &[(&str, &[&str])] = &[
            ("0::/\n", &["/sys/fs/cgroup"]),
            (
                "0::/user.slice/app.service\n",
                &[
                    "/sys/fs/cgroup/user.slice/app.service",
                    "/sys/fs/cgroup/user.slice",
                    "/sys/fs/cgroup",
                ],
            ),
            (
                "9:memory:/a\n8:pids:/docker/7\n",
                &[
                    "/sys/fs/cgroup/pids/docker/7",
                    "/sys/fs/cgroup/pids/docker",
                    "/sys/fs/cgroup/pids",
                ],
            ),
            ("7:cpu,cpuacct:/\n", &[]),
            ("nonsense", &[]),
            ("", &[]),
        ];
        for (groups, folders) in rows {
            assert_eq!(&group_folders(groups), folders, "{groups:?}");
        }
    }

    #[test]
    fn the_machines_threads_stand_behind_the_slash() {
        assert_eq!(all_threads("0.52 0.58 0.59 3/842 12345\n"), Some(842));
        assert_eq!(all_threads(""), None);
    }
}
