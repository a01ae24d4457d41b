//! Why a command ended with 1.

use std::{
    io,
    path::{Path, PathBuf},
};

use kit::config::Errors;

/// What went wrong, in words for whoever typed the command.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration: every mistake with its place.
    #[error("{}", first(.0))]
    Config(#[from] Errors),
    /// A file that the configuration names.
    #[error("{}: {why}", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// An entity could not be started.
    #[error("{0}: {1}")]
    Start(String, String),
    /// The lab's authorities and certificates.
    #[error("certificates: {0}")]
    Certificates(#[from] certs::Error),
    /// What the lab writes, or its ports.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A procedure did not end as it has to.
    #[error("{0}")]
    Procedure(String),
}

/// So many mistakes are told: a file that is no TOML at all has one in each line.
const TOLD: usize = 20;

/// The first of them, one on a line, and how many more there are.
pub(crate) fn first(errors: &Errors) -> String {
    let mut lines: Vec<String> = errors.iter().take(TOLD).map(ToString::to_string).collect();
    if let more @ 1.. = errors.iter().count().saturating_sub(TOLD) {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}

impl Failure {
    /// A file cannot be used, and why.
    pub(crate) fn file(file: &Path, why: impl ToString) -> Self {
        Self::File { file: file.to_path_buf(), why: why.to_string() }
    }

    /// An entity could not be started, and why.
    pub(crate) fn start(entity: &str, why: impl ToString) -> Self {
        Self::Start(entity.to_owned(), why.to_string())
    }
}
