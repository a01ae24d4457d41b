//! Logs: one JSON object on a line, to standard error.

use std::env::{self, VarError};

use kit::config::did_you_mean;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::Failure;

/// What says which level counts where.
const VARIABLE: &str = "MCX_LOG";

/// The levels, from the quietest.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Starts logging at the level that `MCX_LOG` names (`info`, `driver=debug`, …), else at `usual`. Later calls do nothing.
///
/// # Errors
/// `MCX_LOG` says what is no level: a log would be silent or louder than was meant.
#[allow(clippy::disallowed_methods, reason = "where the level of the log is said")]
pub fn start(usual: &str) -> Result<(), Failure> {
    let said = match env::var(VARIABLE) {
        Ok(said) => said,
        Err(VarError::NotPresent) => String::new(),
        Err(why) => return Err(Failure::start(VARIABLE, why)),
    };
    let filter = filter(&said, usual).map_err(|why| Failure::start(VARIABLE, why))?;
    let lines = fmt::layer().json().flatten_event(true).with_current_span(false).with_writer(std::io::stderr);
    // A second start, as in tests, finds the first one's subscriber in place.
    let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
    Ok(())
}

/// Levels for all and by part. A word alone would be taken for a part, all of which is shown, and nothing of the others.
fn filter(said: &str, usual: &str) -> Result<EnvFilter, String> {
    let parts: Vec<&str> = said.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return Ok(EnvFilter::new(usual));
    }
    for part in &parts {
        level(part.rsplit_once('=').map_or(*part, |(_, level)| level), part)?;
    }
    EnvFilter::try_new(parts.join(",")).map_err(|why| why.to_string())
}

fn level(word: &str, part: &str) -> Result<(), String> {
    if LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word)) {
        return Ok(());
    }
    let hint = did_you_mean(&word.to_ascii_lowercase(), LEVELS);
    let of = if word == part { String::new() } else { format!(" in \"{part}\"") };
    Err(format!("\"{word}\"{of} is no level ({}){hint}", LEVELS.join(", ")))
}

#[cfg(test)]
mod tests;
