//! What came back, and when.

use std::time::{Duration, Instant};

/// Times of sending and counts of outcomes.
pub struct Tally {
    sent: Vec<Instant>,
    answered: Vec<bool>,
    latencies: Vec<Duration>,
    refused: u64,
    again: u64,
}

impl Tally {
    /// Room for `expected` requests.
    pub fn new(expected: usize) -> Self {
        Self {
            sent: Vec::with_capacity(expected),
            answered: Vec::with_capacity(expected),
            latencies: Vec::with_capacity(expected),
            refused: 0,
            again: 0,
        }
    }

    /// The next request leaves now; its number.
    pub fn sending(&mut self) -> usize {
        self.sent.push(Instant::now());
        self.answered.push(false);
        self.sent.len() - 1
    }

    /// A final response came.
    pub fn answer(&mut self, n: usize, status: u16) {
        let Some(answered) = self.answered.get_mut(n) else { return };
        if status < 200 {
            return;
        }
        if std::mem::replace(answered, true) {
            self.again += 1;
            return;
        }
        if status >= 300 {
            self.refused += 1;
        }
        if let Some(sent) = self.sent.get(n) {
            self.latencies.push(sent.elapsed());
        }
    }

    /// Whether every request has its answer.
    pub fn is_complete(&self) -> bool {
        self.latencies.len() == self.sent.len()
    }

    /// One line of JSON; latencies in microseconds.
    pub fn report(mut self, span: Duration) -> String {
        self.latencies.sort_unstable();
        let at = |part: f64| {
            let last = self.latencies.len().saturating_sub(1);
            let index = ((last as f64) * part).round() as usize;
            self.latencies.get(index).map_or(0, Duration::as_micros) as u64
        };
        serde_json::json!({
            "sent": self.sent.len(),
            "answered": self.latencies.len(),
            "refused": self.refused,
            "answered_again": self.again,
            "rate": self.sent.len() as f64 / span.as_secs_f64(),
            "p50_us": at(0.50), "p95_us": at(0.95), "p99_us": at(0.99), "max_us": at(1.0),
        })
        .to_string()
    }
}
