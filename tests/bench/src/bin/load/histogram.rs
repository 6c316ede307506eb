//! A histogram of times: 32 steps for each power of two, so exact to 3 percent.

use std::time::Duration;

const STEPS: usize = 32;

pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    pub fn new() -> Self {
        Self {
            counts: vec![0; STEPS * 64],
            total: 0,
        }
    }

    pub fn record(&mut self, time: Duration) {
        let nanos = (time.as_nanos() as u64).max(STEPS as u64);
        let power = nanos.ilog2() as usize - STEPS.ilog2() as usize;
        self.counts[power * STEPS + (nanos >> power) as usize] += 1;
        self.total += 1;
    }

    pub fn clear(&mut self) {
        self.counts.fill(0);
        self.total = 0;
    }

    /// The time in microseconds that the given share of all times does not exceed; 0 if there are
    /// none.
    pub fn quantile(&self, share: f64) -> f64 {
        let wanted = (self.total as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (place, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted && seen > 0 {
                // This is the inverse of `record`: the step's own number lies in STEPS..2 * STEPS.
                let power = (place / STEPS).saturating_sub(1);
                return ((place - power * STEPS) as u64).wrapping_shl(power as u32) as f64 / 1e3;
            }
        }
        0.0
    }
}
