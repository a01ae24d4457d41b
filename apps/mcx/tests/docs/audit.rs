//! `docs/AUDIT.md`: which acts stand in the audit log, and which the sources enter.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::table::{in_backticks, rows, same};

const FILE: &str = "AUDIT.md";

/// The parts of mcx whose acts have their names.
const PARTS: [&str; 6] = ["acm.", "alias.", "groups.", "configuration.", "migration.", "identity."];

/// Tables and keys of the configuration, which have such names too.
const CONFIGURATION: [&str; 6] = ["listen", "service", "user", "http", "keys", "partner"];

/// The acts that a file enters by their whole names.
fn acts(text: &str) -> impl Iterator<Item = String> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let is_name = |word: &&str| {
        PARTS.iter().any(|part| word.starts_with(part))
            && word.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '.' | '-'))
            && !CONFIGURATION.contains(&word.rsplit('.').next().unwrap_or_default())
    };
    text.split('"').skip(1).step_by(2).filter(is_name).map(str::to_owned)
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// What a row says: names that follow one of the same beginning are without it.
fn named(cell: &str) -> Vec<String> {
    let mut begins = String::new();
    let whole = |word: String| {
        if PARTS.iter().any(|part| word.starts_with(part)) {
            begins = word.rsplit_once('.').map(|(begins, _)| begins.to_owned()).unwrap_or_default();
            return word;
        }
        format!("{begins}.{word}")
    };
    in_backticks(cell).into_iter().map(whole).collect()
}

#[test]
fn every_act_that_is_entered_is_in_the_reference() {
    let known: BTreeSet<String> = rows(FILE).iter().flat_map(|row| named(&row.cells[0])).collect();
    let mut files = Vec::new();
    let apps = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for part in ["acm", "aliases", "groups", "configuration", "service", "identity", "kit"] {
        sources(&apps.join(part).join("src"), &mut files);
    }
    let texts = files.iter().map(|file| fs::read_to_string(file).expect("is read"));
    let entered: BTreeSet<String> = texts.flat_map(|text| acts(&text).collect::<Vec<_>>()).collect();
    assert!(entered.len() > 30, "{entered:?}");
    let missing: Vec<String> = entered.difference(&known).cloned().collect();
    same(FILE, &missing, &[], &[]);
}
