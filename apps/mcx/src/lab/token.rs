//! `mcx lab token`: what curl shows in place of a log-in.

use std::path::Path;

use crate::{Failure, cli::Token, groups};

/// Prints an access token, an hour long, signed with the key that the lab wrote.
///
/// # Errors
/// There is no lab in the folder, or no such user in it.
pub fn token(options: &Token) -> Result<(), Failure> {
    let folder = options.dir.as_deref().unwrap_or(Path::new("."));
    println!("{}", groups::lab_token(&folder.join("endpoints.json"), &options.user)?);
    Ok(())
}

#[cfg(test)]
mod tests;
