//! The steps that a test saw, for `cargo xtask ledger` to compare with `clauses.toml`.

use std::{fmt::Write as _, fs, path::Path, thread};

/// Writes `target/ledger/<path of the test>.jsonl`, one object for each step.
pub(crate) fn write(steps: &[(&'static str, u8)]) {
    // libtest names a test's thread after the test; whoever is no test has nothing to prove.
    let Some(test) = thread::current().name().filter(|name| *name != "main").map(str::to_owned) else {
        return;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/ledger");
    let mut lines = String::new();
    for (clause, number) in steps {
        let _ = writeln!(lines, "{{\"clause\":\"{clause}\",\"number\":{number}}}");
    }
    fs::create_dir_all(&folder).expect("a folder for the ledger");
    fs::write(folder.join(format!("{test}.jsonl")), lines).expect("the ledger can be written");
}
