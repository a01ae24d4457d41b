//! What came back, and when.

use std::time::{Duration, Instant};

/// Times of sending, outcomes, and how late the driver itself was.
pub struct Tally {
    sent: Vec<Instant>,
    /// How long each answer took, in the order of the requests.
    latencies: Vec<Option<Duration>>,
    answered: usize,
    /// How late the driver came to send, each time that it was to.
    late: Vec<Duration>,
    refused: u64,
    again: u64,
}

impl Tally {
    /// Room for `expected` requests.
    pub fn new(expected: usize) -> Self {
        Self {
            sent: Vec::with_capacity(expected),
            latencies: Vec::with_capacity(expected),
            answered: 0,
            late: Vec::with_capacity(expected),
            refused: 0,
            again: 0,
        }
    }

    /// The next request leaves now; its number.
    pub fn sending(&mut self) -> usize {
        self.sent.push(Instant::now());
        self.latencies.push(None);
        self.sent.len() - 1
    }

    /// The driver was to wake up this long ago: what it does to the latencies itself, whichever proxy is measured.
    pub fn late(&mut self, by: Duration) {
        self.late.push(by);
    }

    /// A final response came.
    pub fn answer(&mut self, n: usize, status: u16) {
        let (Some(latency), Some(sent)) = (self.latencies.get_mut(n), self.sent.get(n)) else { return };
        if status < 200 {
            return;
        }
        if latency.is_some() {
            self.again += 1;
            return;
        }
        *latency = Some(sent.elapsed());
        self.answered += 1;
        if status >= 300 {
            self.refused += 1;
        }
    }

    /// Whether every request has its answer.
    pub fn is_complete(&self) -> bool {
        self.answered == self.sent.len()
    }

    /// One line of JSON; latencies in microseconds.
    pub fn report(mut self, span: Duration) -> String {
        let by_second: Vec<u64> = self.by_second().map(|mut second| at(&mut second, 0.99)).collect();
        let mut all: Vec<Duration> = self.latencies.iter().flatten().copied().collect();
        serde_json::json!({
            "sent": self.sent.len(),
            "answered": self.answered,
            "refused": self.refused,
            "answered_again": self.again,
            "rate": self.sent.len() as f64 / span.as_secs_f64(),
            "p50_us": at(&mut all, 0.50), "p95_us": at(&mut all, 0.95),
            "p99_us": at(&mut all, 0.99), "max_us": at(&mut all, 1.0),
            "p99_us_by_second": by_second,
            "late_p99_us": at(&mut self.late, 0.99), "late_max_us": at(&mut self.late, 1.0),
        })
        .to_string()
    }

    /// The latencies of the requests of each second.
    fn by_second(&self) -> impl Iterator<Item = Vec<Duration>> {
        let second = |sent: &Instant| sent.duration_since(*self.sent.first().unwrap_or(sent)).as_secs();
        let both: Vec<_> = self.sent.iter().map(second).zip(&self.latencies).collect();
        let seconds: Vec<Vec<Duration>> = both
            .chunk_by(|(one, _), (other, _)| one == other)
            .map(|chunk| chunk.iter().filter_map(|(_, latency)| **latency).collect())
            .collect();
        seconds.into_iter()
    }
}

/// Durations of one kind.
#[derive(Default)]
pub struct Spread(Vec<Duration>);

impl Spread {
    /// One more.
    pub fn add(&mut self, duration: Duration) {
        self.0.push(duration);
    }

    /// The duration in microseconds that this part of them does not exceed.
    pub fn at(&mut self, part: f64) -> u64 {
        at(&mut self.0, part)
    }
}

/// The duration in microseconds that this part of them does not exceed.
fn at(durations: &mut [Duration], part: f64) -> u64 {
    durations.sort_unstable();
    let last = durations.len().saturating_sub(1);
    let index = ((last as f64) * part).round() as usize;
    durations.get(index).map_or(0, Duration::as_micros) as u64
}
