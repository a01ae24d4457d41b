//! What the tests of this crate share: sample files, white space, xmllint.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod flows;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The bodies, by the name of their schema and of their sample folders.
pub const BODIES: [&str; 6] =
    ["acm-info", "interconnection-info", "location-info", "mcptt-info", "mcvideo-info", "poc-settings"];

pub fn crate_path(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(below)
}

/// Material shared beside the tree, where there is some.
pub fn shared(below: &str) -> Option<PathBuf> {
    let root = std::env::var_os("MCX_SHARED").map_or_else(|| crate_path("../../shared"), PathBuf::from);
    let path = root.join(below);
    if path.exists() {
        Some(path)
    } else {
        eprintln!("skipped: {} is not there (set MCX_SHARED)", path.display());
        None
    }
}

/// Name and content of every XML file in a folder, in order.
pub fn samples(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{} is empty", folder.display());
    found
}

/// The document without white space between its tags: what a person adds to read it.
pub fn compact(document: &[u8]) -> String {
    let text = std::str::from_utf8(document).unwrap();
    let mut pieces = text.trim().split('>');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |mut out, piece| {
        out.push('>');
        out.push_str(if piece.trim_start().starts_with('<') { piece.trim_start() } else { piece });
        out
    })
}

/// Which of the documents are valid; none when there is no xmllint. Each is a name and its bytes.
pub fn valid_by_xmllint(schema: &Path, documents: &[(String, Vec<u8>)]) -> Option<Vec<bool>> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("xmllint");
    command.args(["--nonet", "--noout", "--schema"]).arg(schema).current_dir(folder.path());
    command.env("XML_CATALOG_FILES", schema.with_file_name("catalog.xml"));
    for (number, (_, bytes)) in documents.iter().enumerate() {
        let file = format!("{number}.xml");
        std::fs::write(folder.path().join(&file), bytes).unwrap();
        command.arg(file);
    }
    match command.output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let valid: Vec<bool> = (0..documents.len())
                .map(|number| said.lines().any(|line| line == format!("{number}.xml validates")))
                .collect();
            assert!(
                said.contains("validates") || said.contains("fails to validate"),
                "xmllint did not judge: {said}"
            );
            Some(valid)
        }
        Err(error) => {
            eprintln!("skipped: xmllint cannot be run: {error}");
            None
        }
    }
}
