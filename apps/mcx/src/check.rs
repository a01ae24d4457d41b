//! `mcx check`: the configuration as `serve` would read it, and nothing started.

use std::path::Path;

use crate::{Failure, config::SystemConfig};

/// Prints what the file would run.
///
/// # Errors
/// Every mistake, one on a line, each with file, line, column and, for a wrong name, the nearest right one.
pub fn run(file: &Path) -> Result<(), Failure> {
    let config = SystemConfig::open(file)?;
    println!("{}: {}", file.display(), config.summary());
    Ok(())
}
