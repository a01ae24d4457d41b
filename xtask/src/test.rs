//! `cargo xtask test`: the command of the README.

use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
};

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
    ledger::keep(&report.passed)?;
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
    command.args(["--", "--show-output"]).stdout(Stdio::piped());
    let shown = show(&command);
    eprintln!("xtask: {shown}");
    let mut child = command.spawn().map_err(|why| format!("{shown}: {why}"))?;
    for line in child.stdout.take().into_iter().flat_map(|stdout| BufReader::new(stdout).lines()) {
        let line = line.map_err(|why| format!("{shown}: {why}"))?;
        if report.line(&line) {
            println!("{line}");
        }
    }
    let status = child.wait().map_err(|why| format!("{shown}: {why}"))?;
    if status.success() { Ok(()) } else { Err(format!("{shown}: {status}")) }
}

fn has_interop() -> Done<bool> {
    let metadata = output(&mut cargo(&["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value =
        serde_json::from_str(&metadata).map_err(|why| format!("cargo metadata: {why}"))?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    Ok(packages.into_iter().any(|package| package["name"] == INTEROP))
}
