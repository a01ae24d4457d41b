//! What was measured, beside what it is to come to.

use std::time::Duration;

/// What a figure came to, beside what it is to come to: at least, or at most, so much.
pub(crate) fn judge(what: &str, value: f64, goal: Goal) {
    let (is_met, goal) = match goal {
        Goal::AtLeast(goal) => (value >= goal, format!("at least {goal}")),
        Goal::AtMost(goal) => (value <= goal, format!("at most {goal}")),
    };
    println!("{what}: {value:.1}, goal {goal}: {}", if is_met { "met" } else { "NOT met" });
}

pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

/// How long something took, over all measurements.
#[derive(Default)]
pub(crate) struct Taken(Duration, u64);

impl Taken {
    pub(crate) fn add(&mut self, count: u64, elapsed: Duration) -> Duration {
        (self.0, self.1) = (self.0 + elapsed, self.1 + count);
        elapsed
    }

    /// Milliseconds for each; none where nothing was measured.
    pub(crate) fn each(&self) -> Option<f64> {
        (self.1 > 0).then(|| self.0.as_secs_f64() * 1_000.0 / self.1 as f64)
    }
}
