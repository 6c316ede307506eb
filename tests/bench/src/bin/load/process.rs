//! The resources that the server's processes have used, from /proc.

use std::fs;

#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    pub cpu_us: f64,
    pub resident_kib: f64,
    pub threads: f64,
}

impl Usage {
    /// The sum over the processes; zero without any. A process that has ended counts as zero.
    pub fn of(processes: &[u32]) -> Self {
        let used = processes.iter().filter_map(|process| read(*process));
        used.fold(Self::default(), |sum, one| Self {
            cpu_us: sum.cpu_us + one.cpu_us,
            resident_kib: sum.resident_kib + one.resident_kib,
            threads: sum.threads + one.threads,
        })
    }
}

fn read(process: u32) -> Option<Usage> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The fields after the name, which may contain any character. The first is the state, the third
    // field in proc(5).
    let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |nth: usize| fields.get(nth - 3)?.parse::<f64>().ok();
    let ticks = number(14)? + number(15)?; // user and system time
    Some(Usage {
        cpu_us: ticks * 1e6 / rustix::param::clock_ticks_per_second() as f64,
        resident_kib: number(24)? * rustix::param::page_size() as f64 / 1024.0,
        threads: number(20)?,
    })
}
