//! How much memory this process may use, according to the system's files.

use std::fs;
use std::path::Path;

/// About the value that a control group of version 1 reports if its memory has no bound: no machine
/// has that much.
const NO_BOUND: u64 = 1 << 60;

/// The memory of the machine, or of the process's control group if that is less, in bytes; `None`
/// if the system does not report it.
pub(super) fn memory_bytes() -> Option<u64> {
    let read = |path: &Path| fs::read_to_string(path).ok();
    memory_said_by(read)
}

/// `read` returns the contents of a file, or nothing.
fn memory_said_by(read: impl Fn(&Path) -> Option<String>) -> Option<u64> {
    let machine = read(Path::new("/proc/meminfo")).and_then(|text| total_of(&text));
    let groups = read(Path::new("/proc/self/cgroup")).unwrap_or_default();
    let group = groups.lines().filter_map(|line| {
        // `0::/path` is version 2, `4:memory:/path` version 1 (cgroups(7)).
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        let (root, file) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            _ if controllers.split(',').any(|name| name == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => return None,
        };
        // The bounds of all surrounding groups apply too. In a container the path may be the one on
        // the host, which does not exist there: then the root is the container's own group.
        let inner = Path::new(path.trim_start_matches('/'));
        let around = inner.ancestors().filter_map(|group| {
            let text = read(&Path::new(root).join(group).join(file))?;
            text.trim().parse().ok().filter(|bytes| *bytes < NO_BOUND)
        });
        around.min()
    });
    machine.into_iter().chain(group).min()
}

/// The machine's memory, of /proc/meminfo.
fn total_of(meminfo: &str) -> Option<u64> {
    let rest = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = rest.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_bound_that_is_said_counts() {
        const MEMINFO: (&str, &str) = ("/proc/meminfo", "MemTotal:  8192 kB\nMemFree: 1 kB\n");
        const V2: (&str, &str) = ("/proc/self/cgroup", "0::/a/b\n");
        const V1: (&str, &str) = ("/proc/self/cgroup", "5:cpu:/x\n4:cpuset,memory:/a\n0::/\n");
        type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], Option<u64>);
        let rows: &[Row<'_>] = &[
            ("nothing is said", &[], None),
            ("no control group", &[MEMINFO], Some(8 << 20)),
            (
                "version 2, the outer group's bound",
                &[
                    MEMINFO,
                    V2,
                    ("/sys/fs/cgroup/a/b/memory.max", "max\n"),
                    ("/sys/fs/cgroup/a/memory.max", "4194304\n"),
                ],
                Some(4 << 20),
            ),
            (
                "version 2 in a container",
                &[MEMINFO, V2, ("/sys/fs/cgroup/memory.max", "2097152\n")],
                Some(2 << 20),
            ),
            (
                "version 1",
                &[
                    MEMINFO,
                    V1,
                    ("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1048576\n"),
                    (
                        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
                        "9223372036854771712\n",
                    ),
                ],
                Some(1 << 20),
            ),
            (
                "a bound above what the machine has",
                &[MEMINFO, V2, ("/sys/fs/cgroup/memory.max", "1073741824\n")],
                Some(8 << 20),
            ),
            (
                "a meminfo of another kind",
                &[("/proc/meminfo", "MemTotal: much\n")],
                None,
            ),
        ];
        for (name, files, expected) in rows {
            let read = |path: &Path| {
                let found = files.iter().find(|(file, _)| Path::new(file) == path);
                found.map(|(_, text)| (*text).to_owned())
            };
            assert_eq!(memory_said_by(read), *expected, "{name}");
        }
    }
}
