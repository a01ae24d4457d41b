//! `cargo xtask test`: the command of the README.

use std::io::{self, BufRead as _, BufReader};

use clap::Args;

use crate::{
    fuzz, ledger,
    report::Report,
    setup,
    shell::{self, Done, cargo, output, show},
};

/// The package of the interop suite; its tests need others' software and run after the rest.
const INTEROP: &str = "mcx-interop";

/// What only applications that are written to rsip's types turn on, so that nothing else in the workspace builds it.
const RSIP: &[&str] = &["test", "--package", "mcx-sip", "--features", "rsip", "--test", "rsip"];

/// What `cargo xtask test` takes.
#[derive(Args)]
pub struct Options {
    /// Leaves out what needs others' software. Says so, at the end too.
    #[arg(long)]
    without_interop: bool,
}

/// Everything, in the order in which a failure is cheapest.
pub fn run(options: &Options) -> Done {
    if !options.without_interop {
        setup::interop()?;
    }
    ledger::clear()?;
    let mut report = Report::default();
    let interop = has_interop()?;
    let mut all = vec!["test", "--workspace", "--no-fail-fast"];
    if interop {
        all.extend(["--exclude", INTEROP]);
    }
    let mut outcome = tests(&all, &mut report).and_then(|()| tests(RSIP, &mut report));
    let fuzzed = fuzz::is_possible();
    if fuzzed {
        outcome = outcome.and_then(|()| fuzz::run(&fuzz::Options::default()));
    }
    if interop && !options.without_interop && outcome.is_ok() {
        // The suite runs the program. Built by its first test, that would seem to take as long.
        outcome = shell::run(&mut cargo(&["build", "--quiet", "--package", "mcx"]))
            .and_then(|()| tests(&["test", "--package", INTEROP], &mut report));
    }
    // Whoever does without others' software does without what they would have proved, and is told so below.
    ledger::keep(&if options.without_interop { report.passed.clone() } else { report.proved() })?;
    for what in &report.skipped {
        eprintln!("xtask: SKIPPED {what}");
    }
    if !fuzzed {
        eprintln!("xtask: SKIPPED the fuzz targets: they need a C++ compiler (package g++)");
    }
    if options.without_interop {
        eprintln!("xtask: SKIPPED the whole interop suite, as --without-interop asked");
    }
    outcome?;
    ledger::run(&ledger::Options::default())
}

fn tests(arguments: &[&str], report: &mut Report) -> Done {
    let mut command = cargo(arguments);
    // Left in the environment, it would have every test of the suite pass without others' software.
    command.args(["--", "--show-output"]).env_remove("MCX_WITHOUT_INTEROP");
    let shown = show(&command);
    eprintln!("xtask: {shown}");
    let failed = |why: io::Error| format!("{shown}: {why}");
    // One pipe for both: cargo says to standard error whose tests come next on standard output.
    let (said, write) = io::pipe().map_err(failed)?;
    command.stdout(write.try_clone().map_err(failed)?).stderr(write);
    let mut child = command.spawn().map_err(failed)?;
    // Our ends of the pipe, or it would never end.
    drop(command);
    for line in BufReader::new(said).lines() {
        let line = line.map_err(failed)?;
        if report.line(&line) {
            println!("{line}");
        }
    }
    let status = child.wait().map_err(failed)?;
    if status.success() { Ok(()) } else { Err(format!("{shown}: {status}")) }
}

fn has_interop() -> Done<bool> {
    let metadata = output(&mut cargo(&["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value =
        serde_json::from_str(&metadata).map_err(|why| format!("cargo metadata: {why}"))?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    Ok(packages.into_iter().any(|package| package["name"] == INTEROP))
}
