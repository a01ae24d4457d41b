//! `interop/sipp/README.md`: a whole line for each scenario, with every key that it wants.

use std::{collections::BTreeSet, fs, path::Path};

#[test]
fn each_scenario_of_sipp_has_a_line_with_all_its_keys_and_each_line_its_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../interop/sipp");
    let readme = fs::read_to_string(folder.join("README.md")).expect("README.md is there");
    let lines: Vec<Vec<&str>> = readme
        .lines()
        .filter(|line| line.starts_with("sipp "))
        .map(|line| line.split(' ').collect())
        .collect();
    let after = |line: &[&str], option: &str| -> Vec<String> {
        let places = line.windows(2).filter(|pair| pair[0] == option);
        places.map(|pair| pair[1].to_owned()).collect()
    };
    let mut played = BTreeSet::new();
    for line in &lines {
        for name in after(line, "-sf").into_iter().chain(after(line, "-oocsf")) {
            let text = fs::read_to_string(folder.join(&name)).expect("the line's scenario is there");
            let given = after(line, "-key");
            for key in keys(&text) {
                assert!(given.contains(&key), "{name} wants {key}: {}", line.join(" "));
            }
            played.insert(name);
        }
    }
    for entry in fs::read_dir(&folder).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(!name.ends_with(".xml") || played.contains(&name), "no line plays {name}");
    }
}

/// What the head of a scenario says that it wants.
fn keys(text: &str) -> Vec<String> {
    let Some((_, rest)) = text.split_once("Keys: ") else { return Vec::new() };
    let list = rest.split(['.', '-']).next().unwrap_or_default();
    list.split(',').map(|key| key.trim().to_owned()).collect()
}
