//! Two ways of doing one thing, timed in turns, so that a busy machine slows both alike.

use std::time::{Duration, Instant};

use criterion::Criterion;

/// Enough for stable figures, short enough to be run.
pub fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20)
}

/// Prints nanoseconds of each, best of many rounds, and how often the first fits into the second.
pub fn print(
    what: &str,
    name: &str,
    octets: usize,
    goal: f64,
    mut ours: impl FnMut(),
    mut theirs: impl FnMut(),
) {
    let (mut best_ours, mut best_theirs) = (f64::MAX, f64::MAX);
    for _ in 0..40 {
        best_ours = best_ours.min(nanoseconds(&mut ours));
        best_theirs = best_theirs.min(nanoseconds(&mut theirs));
    }
    let ratio = best_theirs / best_ours;
    let met = if ratio >= goal { "met" } else { "NOT met" };
    println!(
        "ratio {what} {name} ({octets} octets): mcx {best_ours:.0} ns, rsip {best_theirs:.0} ns, {ratio:.1} times (goal {goal}, {met})"
    );
}

#[allow(clippy::disallowed_methods, reason = "a benchmark is about real time")]
fn nanoseconds(work: &mut impl FnMut()) -> f64 {
    const ROUNDS: u32 = 500;
    let start = Instant::now();
    (0..ROUNDS).for_each(|_| work());
    start.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS)
}
