//! What libtest prints, read as it comes: passed, failed and skipped tests. The output of tests that passed is kept
//! back, except that they skipped something.

use std::collections::{BTreeMap, BTreeSet};

/// Collects over one or several runs.
#[derive(Default)]
pub struct Report {
    /// Binary and path, as in `steps::config::tests::one`: a binary is called by its file, where two are called alike with a number
    /// behind it.
    pub passed: BTreeSet<String>,
    /// Ignored tests, and what tests themselves said that they skipped (`skipped: …`), each with its name.
    pub skipped: BTreeSet<String>,
    /// Those, as in [`Report::passed`], that skipped something.
    hollow: BTreeSet<String>,
    /// Every binary that has run, and which of those of its name it was.
    binaries: BTreeMap<String, usize>,
    binary: String,
    in_successes: bool,
    /// Whose output this is.
    speaker: String,
}

impl Report {
    /// Takes one line of output; says whether it is worth showing.
    pub fn line(&mut self, line: &str) -> bool {
        let text = line.trim();
        if let Some(name) = binary(text) {
            let number = self.binaries.entry(name.to_owned()).and_modify(|number| *number += 1).or_insert(1);
            self.binary = if *number == 1 { name.to_owned() } else { format!("{name}-{number}") };
        }
        if let Some(path) = text.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----")) {
            path.clone_into(&mut self.speaker);
        }
        if let Some(what) = text.strip_prefix("skipped:") {
            self.skipped.insert(format!("{}: {}", name(&self.speaker), what.trim()));
            self.hollow.insert(self.place(&self.speaker));
        }
        if text == "successes:" {
            self.in_successes = true;
        } else if text == "failures:" || text.starts_with("test result:") {
            self.in_successes = false;
        }
        if !self.in_successes {
            self.outcome(text);
        }
        !self.in_successes && !text.is_empty() && !text.ends_with("... ok")
    }

    fn place(&self, path: &str) -> String {
        format!("{}::{path}", self.binary)
    }

    /// The tests that passed and did all that they are there for.
    pub fn proved(&self) -> BTreeSet<String> {
        &self.passed - &self.hollow
    }

    /// `test module::name ... ok`
    fn outcome(&mut self, text: &str) {
        let Some((path, outcome)) = text.strip_prefix("test ").and_then(|rest| rest.split_once(" ... "))
        else {
            return;
        };
        let path = path.strip_suffix(" - should panic").unwrap_or(path);
        if outcome == "ok" {
            self.passed.insert(self.place(path));
        } else if outcome.starts_with("ignored") {
            self.skipped.insert(format!("{path}: {outcome}"));
        }
    }
}

/// The name of the binary that cargo says it runs now: `Running tests/one.rs (target/debug/deps/one-0123456789abcdef)`.
fn binary(text: &str) -> Option<&str> {
    let file = text.strip_prefix("Running ")?.strip_suffix(')')?.rsplit_once('(')?.1;
    let name = file.rsplit('/').next()?;
    name.rsplit_once('-').map(|(name, _)| name)
}

/// A test's name without its modules.
fn name(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::Report;

    const OUTPUT: &str = "\
     Running unittests src/lib.rs (target/debug/deps/kit-0123456789abcdef)

running 4 tests
test config::tests::one ... ok
test two ... FAILED
test three ... ignored, needs a network
test four - should panic ... ok

successes:

---- config::tests::one stdout ----
noise
skipped: the corpus is not here


successes:
    config::tests::one

failures:

---- two stdout ----
a reason

test result: FAILED. 2 passed; 1 failed; 1 ignored
";

    #[test]
    fn skipped_tests_are_told_and_the_noise_of_passed_ones_is_not() {
        let mut report = Report::default();
        let shown: Vec<&str> = OUTPUT.lines().filter(|line| report.line(line)).collect();
        assert_eq!(
            report.passed.iter().map(String::as_str).collect::<Vec<_>>(),
            ["kit::config::tests::one", "kit::four"]
        );
        assert_eq!(
            report.skipped.iter().map(String::as_str).collect::<Vec<_>>(),
            ["one: the corpus is not here", "three: ignored, needs a network"]
        );
        assert_eq!(
            report.proved().into_iter().collect::<Vec<_>>(),
            ["kit::four"],
            "what was skipped proves nothing"
        );
        assert!(shown.contains(&"a reason") && shown.contains(&"test two ... FAILED"), "{shown:?}");
        assert!(!shown.contains(&"noise"), "{shown:?}");
    }

    #[test]
    fn tests_of_one_name_in_two_binaries_are_two() {
        let mut report = Report::default();
        for (binary, skips) in [("a/deps/c6-0a", false), ("a/deps/steps-0b", true), ("b/deps/c6-0c", false)] {
            report.line(&format!("     Running tests/c6.rs ({binary})"));
            report.line("test refuses ... ok");
            report.line("successes:");
            report.line("---- refuses stdout ----");
            if skips {
                report.line("skipped: not here");
            }
            report.line("test result: ok. 1 passed");
        }
        assert_eq!(report.proved().into_iter().collect::<Vec<_>>(), ["c6-2::refuses", "c6::refuses"]);
    }
}
