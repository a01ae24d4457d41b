//! The one binary.

use std::{
    panic,
    process::{self, ExitCode},
};

use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a shell shows of a program that SIGPIPE ended.
const NOBODY_READS: i32 = 128 + 13;

fn main() -> ExitCode {
    end_quietly_where_nobody_reads();
    mcx::descriptors::raise();
    mcx::cli::run(mcx::cli::Arguments::parse())
}

/// `mcx … | head` is no fault of the program: it ends as others do, without a word. The standard library knows no other place to
/// notice it than the panic of `println!`.
fn end_quietly_where_nobody_reads() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        let said = panicked.payload_as_str().unwrap_or_default();
        if said.starts_with("failed printing to std") && said.contains("Broken pipe") {
            process::exit(NOBODY_READS);
        }
        usual(panicked);
    }));
}
