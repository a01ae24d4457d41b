//! What the clauses in scope demand, against what the last test run saw.

mod readme;
mod rows;
mod table;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::shell::{Done, root};

use rows::{Clauses, Kind, Row};

/// A step that a test recorded: clause and number.
type Step = (String, u64);

/// What the last run proved.
#[derive(Default)]
struct Seen {
    /// Tests that passed, as [`crate::report::Report::passed`] has them.
    passed: BTreeSet<String>,
    /// The steps that each test recorded, by its path within its binary.
    steps: BTreeMap<String, BTreeSet<Step>>,
}

/// A row's standing.
#[derive(PartialEq, Eq, Debug)]
enum Standing {
    /// Every named test passed and, for a step, one of them recorded it.
    Covered,
    /// Why not.
    Open(String),
}

/// What `cargo xtask ledger` takes.
#[derive(Default, clap::Args)]
pub struct Options {
    /// Writes the tables into README.md and tests/CONFORMANCE.md.
    #[arg(long)]
    write: bool,
}

/// Prints the conformance table; an open row is an error, and so is a README that says something else.
pub fn run(options: &Options) -> Done {
    let clauses = Clauses::read(&root().join("tests/clauses.toml"))?;
    let seen = Seen::read(&folder())?;
    let standings: Vec<(&Row, Standing)> = clauses.rows.iter().map(|row| (row, seen.standing(row))).collect();
    let whole = table::render(&clauses, &standings);
    print!("{whole}");
    readme::keep(&table::short(&clauses, &standings), &whole, options.write)?;
    let unlisted = seen.unlisted(&clauses);
    let open = standings.iter().filter(|(_, standing)| *standing != Standing::Covered).count();
    match (open, unlisted.is_empty()) {
        (0, true) => Ok(()),
        (0, false) => Err(format!(
            "tests recorded steps that tests/clauses.toml does not list: {}",
            unlisted.join(", ")
        )),
        _ => Err(format!("{open} of {} rows of tests/clauses.toml are open", standings.len())),
    }
}

/// What earlier runs saw proves nothing about the next one.
pub fn clear() -> Done {
    match fs::remove_dir_all(folder()) {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{}: {why}", folder().display()))
        }
        _ => Ok(()),
    }
}

/// Keeps the names of the tests that passed beside the steps that they wrote.
pub fn keep(passed: &BTreeSet<String>) -> Done {
    let names: String = passed.iter().map(|name| format!("{name}\n")).collect();
    fs::create_dir_all(folder())
        .and_then(|()| fs::write(folder().join("passed.txt"), names))
        .map_err(|why| format!("{}: {why}", folder().display()))
}

/// Tests write `<test>.jsonl` here, one object with `clause` and `number` for each step.
fn folder() -> PathBuf {
    root().join("target/ledger")
}

impl Seen {
    fn read(folder: &Path) -> Done<Self> {
        let mut seen = Self::default();
        let passed = folder.join("passed.txt");
        let names = fs::read_to_string(&passed)
            .map_err(|why| format!("{}: {why}; run `cargo xtask test` first", passed.display()))?;
        seen.passed = names.lines().map(str::to_owned).collect();
        let files = fs::read_dir(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
        for file in files.flatten().map(|entry| entry.path()) {
            if file.extension().is_some_and(|extension| extension == "jsonl") {
                let text = fs::read_to_string(&file).map_err(|why| format!("{}: {why}", file.display()))?;
                seen.take(&file, &text)?;
            }
        }
        Ok(seen)
    }

    fn take(&mut self, file: &Path, text: &str) -> Done {
        let test = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for (index, line) in text.lines().enumerate() {
            let place = || format!("{}:{}", file.display(), index + 1);
            let step: serde_json::Value =
                serde_json::from_str(line).map_err(|why| format!("{}: {why}", place()))?;
            let (Some(clause), Some(number)) = (step["clause"].as_str(), step["number"].as_u64()) else {
                return Err(format!("{}: a step has a clause and a number", place()));
            };
            self.steps.entry(test.clone()).or_default().insert((clause.to_owned(), number));
        }
        Ok(())
    }

    fn standing(&self, row: &Row) -> Standing {
        if row.tests.is_empty() {
            return Standing::Open("no test".to_owned());
        }
        for test in &row.tests {
            let stands_for: Vec<&str> =
                self.passed.iter().map(String::as_str).filter(|path| is_named(path, test)).collect();
            match stands_for.len() {
                1 => {}
                0 => return Standing::Open(format!("`{test}` did not pass")),
                _ => {
                    let all = stands_for.join("`, `");
                    return Standing::Open(format!("`{test}` stands for several tests, name one: `{all}`"));
                }
            }
        }
        match row.step() {
            Some(step) if !row.tests.iter().any(|test| self.recorded(test, &step)) => {
                Standing::Open("its tests did not record the step".to_owned())
            }
            _ => Standing::Covered,
        }
    }

    fn recorded(&self, test: &str, step: &Step) -> bool {
        self.steps.iter().any(|(path, steps)| is_named(path, test) && steps.contains(step))
    }

    /// Steps that were taken although no row knows them.
    fn unlisted(&self, clauses: &Clauses) -> Vec<String> {
        let listed: BTreeSet<Step> =
            clauses.rows.iter().filter(|row| row.kind == Kind::Step).filter_map(Row::step).collect();
        let taken: BTreeSet<&Step> = self.steps.values().flatten().collect();
        taken
            .into_iter()
            .filter(|step| !listed.contains(step))
            .map(|(clause, number)| format!("{clause} step {number}"))
            .collect()
    }
}

/// Whether a row's name of a test, which is the end of its path, is that of the test with this path.
fn is_named(path: &str, name: &str) -> bool {
    path.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with("::"))
}

#[cfg(test)]
mod tests;
