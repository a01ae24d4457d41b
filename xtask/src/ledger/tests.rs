use std::path::Path;

use super::{Clauses, Seen, Standing, table};

const CLAUSES: &str = r#"
[[clause]]
number = "10.9.3.10.2"
title = "location on demand"
source = "TS 23.280"

[[row]]
clause = "10.9.3.10.2"
kind = "step"
id = "3"
text = "the request goes out"
tests = ["step_3_goes_out"]

[[row]]
clause = "10.9.3.10.2"
kind = "branch"
id = "a silent partner"
tests = ["a_silent_partner"]
"#;

fn seen(passed: &[&str], steps: &str) -> Seen {
    let mut seen = Seen { passed: passed.iter().map(|&name| name.to_owned()).collect(), ..Seen::default() };
    seen.take(Path::new("step_3_goes_out.jsonl"), steps).expect("is well formed");
    seen
}

fn covered(seen: &Seen) -> Vec<bool> {
    let clauses = Clauses::parse(CLAUSES).expect("is well formed");
    clauses.rows.iter().map(|row| seen.standing(row) == Standing::Covered).collect()
}

#[test]
fn a_step_counts_when_its_test_passed_and_recorded_it() {
    let step = "{\"clause\":\"10.9.3.10.2\",\"number\":3}\n";
    assert_eq!(covered(&seen(&["step_3_goes_out", "a_silent_partner"], step)), [true, true]);
    assert_eq!(covered(&seen(&["step_3_goes_out"], step)), [true, false]);
    assert_eq!(covered(&seen(&["a_silent_partner"], step)), [false, true]);
    assert_eq!(covered(&seen(&["step_3_goes_out"], "")), [false, false]);
}

#[test]
fn a_name_that_several_tests_have_proves_nothing_until_the_row_says_which() {
    let step = "{\"clause\":\"10.9.3.10.2\",\"number\":3}\n";
    let two =
        seen(&["one::steps::a_silent_partner", "other::a_silent_partner", "one::step_3_goes_out"], step);
    assert_eq!(covered(&two), [true, false]);
    let clauses = |name: &str| {
        Clauses::parse(&CLAUSES.replace("[\"a_silent_partner\"]", &format!("[\"{name}\"]")))
            .expect("well formed")
    };
    let stands = |name: &str| two.standing(&clauses(name).rows[1]);
    assert_eq!(stands("steps::a_silent_partner"), Standing::Covered);
    assert_eq!(stands("other::a_silent_partner"), Standing::Covered);
    assert!(matches!(stands("silent_partner"), Standing::Open(_)), "a name is a whole one");
    let Standing::Open(why) = stands("a_silent_partner") else { panic!("is ambiguous") };
    assert!(why.contains("`one::steps::a_silent_partner`, `other::a_silent_partner`"), "{why}");
}

#[test]
fn a_step_that_no_row_knows_is_told() {
    let clauses = Clauses::parse(CLAUSES).expect("is well formed");
    let seen = seen(&[], "{\"clause\":\"10.9.3.10.2\",\"number\":9}\n");
    assert_eq!(seen.unlisted(&clauses), ["10.9.3.10.2 step 9"]);
}

#[test]
fn rows_of_unknown_clauses_and_steps_without_number_are_refused() {
    assert!(Clauses::parse(&CLAUSES.replace("number = \"10.9.3.10.2\"", "number = \"10\"")).is_err());
    assert!(Clauses::parse(&CLAUSES.replace("id = \"3\"", "id = \"three\"")).is_err());
}

#[test]
fn the_table_says_why_a_row_is_open() {
    let clauses = Clauses::parse(CLAUSES).expect("is well formed");
    let seen = seen(&["a_silent_partner"], "");
    let standings: Vec<_> = clauses.rows.iter().map(|row| (row, seen.standing(row))).collect();
    let table = table::render(&clauses, &standings);
    assert!(table.contains("location on demand: 1 of 2\n"), "{table}");
    assert!(
        table.contains("| step | 3. the request goes out | **open**: `step_3_goes_out` did not pass |"),
        "{table}"
    );
}

#[test]
fn the_readme_has_a_line_for_each_step() {
    let clauses = Clauses::parse(CLAUSES).expect("is well formed");
    let seen = seen(&[], "");
    let standings: Vec<_> = clauses.rows.iter().map(|row| (row, seen.standing(row))).collect();
    let table = table::short(&clauses, &standings);
    assert!(table.contains("\n| 10.9.3.10.2 | 3. the request goes out | **open**"), "{table}");
    assert!(!table.contains("silent"), "what is not a step stands in the long table only: {table}");
}
