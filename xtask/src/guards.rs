//! Each guard of `tests/guards.toml` is disabled in turn, and its test must notice.
//!
//! First every test passes with all guards in place, for nothing is built between two of them; then each guard is
//! disabled, one file after another, so that what was put back and what is disabled next are built at once.
//!
//! The working tree is never touched: the patches are made in a copy under `target/guards`, which has a build folder
//! of its own, so that an interrupted run leaves nothing behind that matters.

mod copy;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;
use serde::Deserialize;

use crate::shell::{Done, root};

/// What `cargo xtask guards` takes.
#[derive(Args)]
pub struct Options {
    /// Only guards whose names contain this.
    only: Option<String>,
}

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Guards {
    #[serde(rename = "guard")]
    guards: Vec<Guard>,
}

/// A check that the system would be worse without.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Guard {
    /// What it guards.
    name: String,
    /// Where it stands, from the root.
    file: PathBuf,
    /// The text that is the guard; occurs once in the file.
    find: String,
    /// The text that disables it; must compile.
    replace: String,
    /// The arguments of `cargo test` that run its test.
    test: String,
}

/// Tries every guard; each one that nobody would miss is an error.
pub fn run(options: &Options) -> Done {
    let guards = read()?;
    let tree = copy::refresh(&root(), &root().join("target/guards/tree"))?;
    let chosen = |guard: &&Guard| options.only.as_ref().is_none_or(|only| guard.name.contains(only.as_str()));
    let mut guards: Vec<&Guard> = guards.guards.iter().filter(chosen).collect();
    guards.sort_by_key(|guard| &guard.file);
    let mut unguarded = Vec::new();
    guards.retain(|guard| heard(guard, guard.stands(&tree), &mut unguarded));
    for guard in guards {
        if heard(guard, guard.is_missed(&tree), &mut unguarded) {
            println!("guarded    {}", guard.name);
        }
    }
    if unguarded.is_empty() { Ok(()) } else { Err(format!("unguarded: {}", unguarded.join(", "))) }
}

fn read() -> Done<Guards> {
    let file = root().join("tests/guards.toml");
    let text = fs::read_to_string(&file).map_err(|why| format!("{}: {why}", file.display()))?;
    toml::from_str(&text).map_err(|why| format!("{}: {why}", file.display()))
}

/// Whether `found` is good; prints and keeps what is not.
fn heard<'a>(guard: &'a Guard, found: Done, unguarded: &mut Vec<&'a str>) -> bool {
    let Err(why) = found else { return true };
    println!("UNGUARDED  {}: {why}", guard.name);
    unguarded.push(&guard.name);
    false
}

impl Guard {
    /// With the guard in place its test passes, and there is one place to disable.
    fn stands(&self, tree: &Path) -> Done {
        self.patch(&self.read(tree)?)?;
        match self.test(tree, false)? {
            Outcome::Passed => Ok(()),
            Outcome::Failed => Err("its test fails although the guard stands".to_owned()),
            Outcome::Nothing => Err(format!("`cargo test {}` runs no test", self.test)),
        }
    }

    /// Without it the code compiles and the test fails.
    fn is_missed(&self, tree: &Path) -> Done {
        let whole = self.read(tree)?;
        self.write(tree, &self.patch(&whole)?)?;
        let outcome = self.test(tree, true);
        self.write(tree, &whole)?;
        match outcome? {
            Outcome::Failed => Ok(()),
            Outcome::Passed => Err("its test passes without it".to_owned()),
            Outcome::Nothing => Err(format!("`cargo test {}` runs no test without it", self.test)),
        }
    }

    fn read(&self, tree: &Path) -> Done<String> {
        fs::read_to_string(tree.join(&self.file)).map_err(|why| format!("{}: {why}", self.file.display()))
    }

    fn write(&self, tree: &Path, text: &str) -> Done {
        fs::write(tree.join(&self.file), text).map_err(|why| format!("{}: {why}", self.file.display()))
    }

    fn patch(&self, whole: &str) -> Done<String> {
        match whole.matches(&self.find).count() {
            1 => Ok(whole.replacen(&self.find, &self.replace, 1)),
            times => Err(format!("its text occurs {times} times in {}, not once", self.file.display())),
        }
    }

    fn test(&self, tree: &Path, disabled: bool) -> Done<Outcome> {
        let arguments: Vec<&str> = self.test.split_whitespace().collect();
        let built = cargo_test(tree).args(before_filter(&arguments)).arg("--no-run").output();
        let built = built.map_err(|why| format!("cargo test: {why}"))?;
        if !built.status.success() {
            let state = if disabled { "disabled" } else { "in place" };
            let errors = String::from_utf8_lossy(&built.stderr).into_owned();
            return Err(format!("does not compile with the guard {state}:\n{errors}"));
        }
        let ran = cargo_test(tree).args(&arguments).output().map_err(|why| format!("cargo test: {why}"))?;
        Ok(outcome(ran.status.success(), &String::from_utf8_lossy(&ran.stdout)))
    }
}

#[derive(PartialEq, Eq, Debug)]
enum Outcome {
    Passed,
    Failed,
    Nothing,
}

fn outcome(success: bool, stdout: &str) -> Outcome {
    let ran =
        stdout.lines().filter_map(|line| line.strip_prefix("running ")).any(|rest| !rest.starts_with("0 "));
    match (success, ran) {
        (_, false) => Outcome::Nothing,
        (true, true) => Outcome::Passed,
        (false, true) => Outcome::Failed,
    }
}

/// The arguments that choose what is built; those after `--` choose tests.
fn before_filter<'a>(arguments: &'a [&'a str]) -> &'a [&'a str] {
    let end = arguments.iter().position(|argument| *argument == "--").unwrap_or(arguments.len());
    arguments.get(..end).unwrap_or(arguments)
}

fn cargo_test(tree: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg("test").current_dir(tree).env("CARGO_TARGET_DIR", root().join("target/guards/build"));
    let shared = root().join("../shared");
    if std::env::var_os("MCX_SHARED").is_none() && shared.is_dir() {
        command.env("MCX_SHARED", shared);
    }
    command
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::{Guard, Outcome, before_filter, outcome, read};
    use crate::shell::root;

    fn guard(find: &str) -> Guard {
        Guard {
            name: "the agreement is asked".to_owned(),
            file: "a.rs".into(),
            find: find.to_owned(),
            replace: "if false".to_owned(),
            test: String::new(),
        }
    }

    #[test]
    fn a_guard_is_one_place() {
        assert_eq!(guard("if x").patch("if x {}").as_deref(), Ok("if false {}"));
        assert!(guard("if x").patch("if x {} if x {}").is_err());
        assert!(guard("if y").patch("if x {}").is_err());
    }

    #[test]
    fn every_guard_of_the_file_is_where_the_file_says() {
        let guards = read().unwrap().guards;
        let moved = guards.iter().filter_map(|guard| {
            let found = guard.read(&root()).and_then(|whole| guard.patch(&whole));
            found.err().map(|why| format!("{}: {why}", guard.name))
        });
        assert_eq!(moved.collect::<Vec<_>>(), Vec::<String>::new());
    }

    #[test]
    fn every_guard_of_the_file_names_a_test_that_is_there() {
        let mut sources = String::new();
        for folder in ["apps", "certs", "interop", "stack", "tests", "xml-schemas", "xtask"] {
            read_sources(&root().join(folder), &mut sources);
        }
        let is_target = |guard: &Guard| guard.test.split_whitespace().rev().nth(1) == Some("--test");
        let is_there = |guard: &&Guard| {
            let name = guard.test.split_whitespace().next_back().and_then(|path| path.rsplit("::").next());
            is_target(guard) || name.is_some_and(|name| sources.contains(name))
        };
        let guards = read().unwrap().guards;
        let lost = guards.iter().filter(|guard| !is_there(guard)).map(|guard| &guard.test);
        assert_eq!(lost.collect::<Vec<_>>(), Vec::<&String>::new());
    }

    fn read_sources(folder: &Path, into: &mut String) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                read_sources(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                into.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }

    #[test]
    fn a_test_that_did_not_run_proves_nothing() {
        assert_eq!(outcome(true, "running 0 tests\n\ntest result: ok"), Outcome::Nothing);
        assert_eq!(outcome(true, "running 0 tests\nrunning 1 test\n"), Outcome::Passed);
        assert_eq!(outcome(false, "running 1 test\n"), Outcome::Failed);
        assert_eq!(outcome(false, ""), Outcome::Nothing);
    }

    #[test]
    fn what_is_built_is_chosen_before_the_dashes() {
        assert_eq!(before_filter(&["-p", "x", "--", "--exact", "t"]), ["-p", "x"]);
        assert_eq!(before_filter(&["-p", "x", "t"]), ["-p", "x", "t"]);
    }
}
