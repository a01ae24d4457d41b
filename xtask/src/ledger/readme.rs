//! The tables where readers see them, held to what the tests saw.

use std::{fs, path::Path};

use crate::shell::{Done, root};

const BEGIN: &str = "<!-- ledger:begin -->\n";
const END: &str = "<!-- ledger:end -->";

/// Writes both tables, or compares them with what is there.
pub fn keep(summary: &str, whole: &str, write: bool) -> Done {
    let (readme, conformance) = (root().join("README.md"), root().join("tests/CONFORMANCE.md"));
    let head = "# Conformance\n\nMade by `cargo xtask ledger --write` from `clauses.toml` and the last test run.\n\n";
    settle(&readme, &placed(&read(&readme)?, summary)?, write)?;
    settle(&conformance, &format!("{head}{}\n", whole.trim_end()), write)
}

fn settle(file: &Path, wanted: &str, write: bool) -> Done {
    if fs::read_to_string(file).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    if write {
        return fs::write(file, wanted).map_err(|why| format!("{}: {why}", file.display()));
    }
    Err(format!("{} is not what the tests saw: cargo xtask ledger --write", file.display()))
}

/// The text with the table between its marks.
fn placed(text: &str, table: &str) -> Done<String> {
    let (before, rest) = text.split_once(BEGIN).ok_or("README.md has no ledger:begin mark")?;
    let (_, after) = rest.split_once(END).ok_or("README.md has no ledger:end mark")?;
    Ok(format!("{before}{BEGIN}{table}{END}{after}"))
}

fn read(file: &Path) -> Done<String> {
    fs::read_to_string(file).map_err(|why| format!("{}: {why}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::placed;

    #[test]
    fn the_table_stands_between_its_marks_and_nothing_else_changes() {
        let text = "a\n<!-- ledger:begin -->\nold\n<!-- ledger:end -->\nb\n";
        let wanted = "a\n<!-- ledger:begin -->\nnew\n<!-- ledger:end -->\nb\n";
        assert_eq!(placed(text, "new\n").as_deref(), Ok(wanted));
        assert!(placed("no marks", "new\n").is_err());
    }
}
