//! The project's own commands: `cargo xtask test`, `fuzz`, `ledger`, `guards`, `setup`, `bench`.

#![allow(clippy::disallowed_methods, reason = "these commands read the environment and measure time")]

mod bench;
mod fuzz;
mod guards;
mod ledger;
mod report;
mod setup;
mod shell;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What the project does with itself.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything: unit and clause tests, interop against others' software, the ledger.
    Test(test::Options),
    /// Runs the fuzz targets of the parser: over the same inputs every time, or for a while.
    Fuzz(fuzz::Options),
    /// Compares tests/clauses.toml with what the last `cargo xtask test` saw, and prints the conformance table.
    Ledger(ledger::Options),
    /// Disables each guard of tests/guards.toml in turn, in a copy of the tree, and expects its test to fail.
    Guards(guards::Options),
    /// Measures the gateway beside another proxy, or a location from client to client.
    Bench(bench::Options),
    /// Installs what the interop suite needs, or says what is missing.
    Setup(setup::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Test(options) => test::run(&options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Ledger(options) => ledger::run(&options),
        Command::Guards(options) => guards::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Setup(options) => setup::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
