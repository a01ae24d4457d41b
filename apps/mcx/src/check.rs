//! `mcx check`: the configuration as `serve` would read it, and nothing started.

use std::path::Path;

use crate::{Failure, System, config::SystemConfig, failure};

/// Prints what the file would run, and what of it may not be meant.
///
/// # Errors
/// Every mistake, one on a line, each with file, line, column and, for a wrong name, the nearest right one; and whatever else
/// would keep `serve` from starting, but for addresses and a store that are in use.
pub fn run(file: &Path) -> Result<(), Failure> {
    let config = SystemConfig::open(file)?;
    if !config.warnings.is_empty() {
        eprintln!("{}", failure::first(&config.warnings));
    }
    for name in System::check(&config)? {
        eprintln!(
            "{}: warning: [[identity.user]] \"{name}\" stands before the user of this name in the store, who cannot log in",
            file.display()
        );
    }
    println!("{}: {}", file.display(), config.summary());
    Ok(())
}
