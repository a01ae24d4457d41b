//! How many files and connections the process may have open (getrlimit(2)).

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// What POSIX promises, where the system does not say.
const LEAST: usize = 20;

/// Takes what the system allows at most; the usual 1,024 is for programs that use select(2). Where it is refused, what
/// there is stays.
pub fn raise() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
    {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

/// How many there may be.
#[must_use]
pub fn limit() -> usize {
    let soft =
        getrlimit(Resource::RLIMIT_NOFILE).map(|(soft, _)| usize::try_from(soft).unwrap_or(usize::MAX));
    soft.unwrap_or(LEAST)
}
