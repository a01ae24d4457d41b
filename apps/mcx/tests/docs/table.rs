//! Tables of a reference: headings that name sections, rows that begin with a name.

use std::{fs, path::PathBuf};

/// One row under its heading.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// What the heading names in backticks.
    pub under: Vec<String>,
    /// The cells, without blanks around them.
    pub cells: Vec<String>,
}

/// Every row of a file in `docs/` whose first cell is in backticks.
pub fn rows(file: &str) -> Vec<Row> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let (mut under, mut rows) = (Vec::new(), Vec::new());
    for line in text.lines() {
        if line.starts_with('#') {
            under = in_backticks(line);
        } else if line.starts_with("| `") {
            let cells = line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
            rows.push(Row { under: under.clone(), cells });
        }
    }
    assert!(!rows.is_empty(), "docs/{file} has no table");
    rows
}

/// What stands between pairs of backticks.
pub fn in_backticks(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Fails with everything that differs, so that all of it can be put right at once.
pub fn same(file: &str, missing: &[String], obsolete: &[String], wrong: &[String]) {
    let list = |what: &str, of: &[String]| match of {
        [] => String::new(),
        of => format!("\n{what}:\n{}\n", of.join("\n")),
    };
    let told = [
        list("the code has these, the reference not (add the rows, with their meaning)", missing),
        list("the reference has these, the code not (take the rows out)", obsolete),
        list("the reference says otherwise than the code", wrong),
    ];
    assert!(told.iter().all(String::is_empty), "docs/{file}{}", told.concat());
}
