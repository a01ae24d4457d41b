//! `cargo xtask fuzz`: the targets of `fuzz/`, which are a workspace of their own, built with coverage instrumentation.

use std::{fs, path::PathBuf, process::Command};

use clap::Args;

use crate::shell::{Done, cargo, output, root, run as run_command, show, which};

/// Each is a program of that workspace, and its seeds a folder.
const TARGETS: [&str; 4] = ["message", "framer", "uri", "multipart"];

/// What `cargo xtask test` gives each target.
const INPUTS: u64 = 20_000;

/// What `cargo xtask fuzz` takes.
#[derive(Args, Default)]
pub struct Options {
    /// For so long on each target, with what earlier runs have found; else the same inputs every time, as in the tests.
    #[arg(long)]
    seconds: Option<u64>,
    /// Only this target.
    #[arg(long)]
    target: Option<String>,
}

/// Whether the engine can be built here: it is C++.
pub fn is_possible() -> bool {
    which("c++").is_some()
}

/// Every target; ends with the first that finds a fault, whose input is then in `fuzz/corpus`.
pub fn run(options: &Options) -> Done {
    let chosen = |target: &&&str| options.target.as_deref().is_none_or(|only| only == **target);
    let mut targets = TARGETS.iter().filter(chosen).peekable();
    if targets.peek().is_none() {
        return Err(format!("there are the targets {}", TARGETS.join(", ")));
    }
    let workspace = root().join("fuzz");
    let mut build = cargo(&["build", "--release", "--quiet", "--target-dir"]);
    // Cargo's flags are those of the folder that it is started in.
    run_command(build.arg(folder()).current_dir(&workspace))?;
    let built = folder().join(host()?).join("release");
    targets.try_for_each(|target| {
        one(Command::new(built.join(target)).current_dir(&workspace), target, options.seconds)
    })
}

fn one(command: &mut Command, target: &str, seconds: Option<u64>) -> Done {
    let corpus = root().join("fuzz/corpus");
    let found = if seconds.is_some() { corpus.join(target) } else { folder().join("corpus").join(target) };
    if seconds.is_none() && found.exists() {
        // What an earlier run found would be an input of this one.
        fs::remove_dir_all(&found).map_err(|why| format!("{}: {why}", found.display()))?;
    }
    for folder in [&found, &corpus] {
        fs::create_dir_all(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    }
    let bound = match seconds {
        Some(seconds) => format!("-max_total_time={seconds}"),
        None => format!("-runs={INPUTS}"),
    };
    command.args(["-seed=1", "-max_len=4096", "-timeout=5", "-rss_limit_mb=1024", "-dict=sip.dict"]);
    command.args([&bound, &format!("-artifact_prefix={}/{target}-", corpus.display())]);
    command.arg(found).arg(format!("seeds/{target}"));
    if seconds.is_some() {
        return run_command(command);
    }
    // What the engine says of its progress matters only where it has found something.
    eprintln!("xtask: {}", show(command));
    output(command).map(drop)
}

/// What this machine is to the compiler.
fn host() -> Done<String> {
    let version = output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc -vV names no host".to_owned())
}

/// Away from what other commands build, which has other flags.
fn folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("fuzz")
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::{TARGETS, root};

    #[test]
    fn every_target_has_seeds_and_is_run() {
        let programs = std::fs::read_dir(root().join("fuzz/targets")).expect("a folder").flatten();
        let mut programs: Vec<String> = programs
            .filter_map(|file| file.file_name().to_str()?.strip_suffix(".rs").map(str::to_owned))
            .collect();
        programs.sort();
        let mut known = TARGETS.map(str::to_owned).to_vec();
        known.sort();
        assert_eq!(programs, known);
        for target in TARGETS {
            let seeds = std::fs::read_dir(root().join("fuzz/seeds").join(target)).expect("a folder").count();
            assert!(seeds > 0, "{target}");
        }
    }
}
