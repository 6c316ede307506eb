//! Measures how long something takes, and prints the table of results.

use std::hint::black_box;
use std::time::{Duration, Instant};

const RUNS: usize = 15;
const RUN: Duration = Duration::from_millis(12);

/// The payload sizes that are measured, with their names.
pub const SIZES: [(usize, &str); 4] = [
    (64, "64 B"),
    (1 << 10, "1 KiB"),
    (64 << 10, "64 KiB"),
    (1 << 20, "1 MiB"),
];

/// The nanoseconds that one call of `work` takes: the median of several runs of many calls each.
pub fn nanos<T>(mut work: impl FnMut() -> T) -> f64 {
    let mut calls = 1_u32;
    while time(calls, &mut work) < RUN {
        calls *= 2;
    }
    let mut runs: Vec<_> = (0..RUNS)
        .map(|_| time(calls, &mut work).as_nanos() as f64 / f64::from(calls))
        .collect();
    runs.sort_by(f64::total_cmp);
    runs[RUNS / 2]
}

fn time<T>(calls: u32, work: &mut impl FnMut() -> T) -> Duration {
    let begun = Instant::now();
    for _ in 0..calls {
        black_box(work());
    }
    begun.elapsed()
}

/// Prints the head of a table; `other` is what our code is compared with.
pub fn head(what: &str, other: &str) {
    println!("{what}");
    println!(
        "  {:<26} {:>12} {:>9}   {:>12} {:>9}   {:>6}",
        "", "ours ns", "GB/s", other, "GB/s", "ratio"
    );
}

/// Prints a row: the nanoseconds of both for `bytes`. A ratio above 1 means that our code is
/// faster.
pub fn row(name: &str, bytes: usize, ours: f64, other: f64) {
    let speed = |nanos: f64| bytes as f64 / nanos;
    println!(
        "  {name:<26} {ours:>12.1} {:>9.2}   {other:>12.1} {:>9.2}   {:>6.2}",
        speed(ours),
        speed(other),
        other / ours
    );
}
