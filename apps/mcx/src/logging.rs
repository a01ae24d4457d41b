//! Logs: one JSON object on a line, to standard error.

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Starts logging at the level that `MCX_LOG` names (`info`, `driver=debug`, …), else at `usual`. Later calls do nothing.
pub fn start(usual: &str) {
    let filter = EnvFilter::try_from_env("MCX_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let lines = fmt::layer().json().flatten_event(true).with_current_span(false).with_writer(std::io::stderr);
    // A second start, as in tests, finds the first one's subscriber in place.
    let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
}
