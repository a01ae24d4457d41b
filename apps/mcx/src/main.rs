//! The one binary.

use std::process::ExitCode;

use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    mcx::descriptors::raise();
    mcx::cli::run(mcx::cli::Arguments::parse())
}
