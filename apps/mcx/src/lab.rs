//! Two MC systems on this machine: what a newcomer runs first.

mod down;
mod endpoints;
pub mod files;
pub mod groups;
mod hints;
pub mod idms;
mod lock;
mod marker;
mod order;
pub mod pki;
pub mod plan;
mod ports;
mod private;
pub mod profiles;
mod run;
mod running;
mod scenarios;
mod token;
mod up;
mod watch;

use std::path::Path;

use crate::{Failure, endpoints::Endpoints};

pub use down::down;
pub use run::run;
pub use token::token;
pub use up::up;

/// What to do where somebody of a lab could not be reached: nothing of it runs, or not all of it.
pub(crate) fn is_it_down(failure: &Failure) -> Option<String> {
    let file = crate::endpoints::opened().filter(|_| failure.to_string().contains("unreachable: "))?;
    let (lab, dir) = (Endpoints::open(file).ok()?, file.parent().unwrap_or(Path::new("")));
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let (running, dir) = (running::of(&lab), dir.display());
    if running.is_empty() {
        return Some(format!(
            "nothing runs of the lab of {dir}: `mcx lab up --dir {dir} --fresh` starts it anew"
        ));
    }
    let all = lab.systems.iter().flat_map(|system| &system.processes);
    let stopped = all.filter(|process| running.iter().all(|other| other.config != process.config));
    let lines: Vec<String> = stopped
        .map(|process| format!("of the lab does not run: mcx serve --config {}", process.config.display()))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
