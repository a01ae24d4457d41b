//! What libtest prints, read as it comes: passed, failed and skipped tests. The output of tests that passed is kept
//! back, except that they skipped something.

use std::collections::BTreeSet;

/// Collects over one or several runs.
#[derive(Default)]
pub struct Report {
    /// Names without their modules.
    pub passed: BTreeSet<String>,
    /// Ignored tests, and what tests themselves said that they skipped (`skipped: …`).
    pub skipped: BTreeSet<String>,
    in_successes: bool,
}

impl Report {
    /// Takes one line of output; says whether it is worth showing.
    pub fn line(&mut self, line: &str) -> bool {
        let text = line.trim();
        if let Some(what) = text.strip_prefix("skipped:") {
            self.skipped.insert(what.trim().to_owned());
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

    /// `test module::name ... ok`
    fn outcome(&mut self, text: &str) {
        let Some((path, outcome)) = text.strip_prefix("test ").and_then(|rest| rest.split_once(" ... "))
        else {
            return;
        };
        let path = path.strip_suffix(" - should panic").unwrap_or(path);
        let name = path.rsplit("::").next().unwrap_or(path);
        if outcome == "ok" {
            self.passed.insert(name.to_owned());
        } else if outcome.starts_with("ignored") {
            self.skipped.insert(format!("{path}: {outcome}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Report;

    const OUTPUT: &str = "\
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
        assert_eq!(report.passed.iter().map(String::as_str).collect::<Vec<_>>(), ["four", "one"]);
        assert_eq!(
            report.skipped.iter().map(String::as_str).collect::<Vec<_>>(),
            ["the corpus is not here", "three: ignored, needs a network"]
        );
        assert!(shown.contains(&"a reason") && shown.contains(&"test two ... FAILED"), "{shown:?}");
        assert!(!shown.contains(&"noise"), "{shown:?}");
    }
}
