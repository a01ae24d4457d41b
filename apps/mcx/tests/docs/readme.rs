//! `README.md`: each line that begins with `mcx` is one that the program takes.

use std::{fs, path::Path};

use clap::{CommandFactory as _, Parser as _};
use mcx::cli::Arguments;

/// What stands for "and so on" in a line.
const AND_SO_ON: &str = "…";

/// What the README sets once for a section.
const LAB: &str = "$LAB";

#[test]
fn every_line_of_the_readme_is_one_that_the_program_takes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let text = fs::read_to_string(&file).expect("README.md is there");
    let lines: Vec<Vec<&str>> = fenced(&text).filter_map(words).collect();
    assert!(lines.len() > 20, "the README has its jobs");
    for words in lines {
        if let Err(why) = Arguments::try_parse_from(&words) {
            panic!("{}: {why}", words.join(" "));
        }
    }
}

#[test]
fn no_two_arguments_of_a_command_are_one() {
    Arguments::command().debug_assert();
    let line = "mcx acm update-profile --as alice --to bob --user sip:dave-abroad@partner.example --uri https://x.example/y";
    let parsed =
        Arguments::try_parse_from(line.split_whitespace()).expect("who acts and whose profile it is are two");
    let shown = format!("{parsed:?}");
    assert!(
        shown.contains("Some(\"alice\")") && shown.contains("\"sip:dave-abroad@partner.example\""),
        "{shown}"
    );
}

/// The lines between fences.
fn fenced(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n```").skip(1).step_by(2).flat_map(str::lines)
}

/// The words of a line of the program's, without what a shell takes away.
fn words(line: &str) -> Option<Vec<&str>> {
    let line = line.split(" #").next().unwrap_or(line).split(" > ").next().unwrap_or(line);
    let is_ours = line.split_whitespace().next() == Some("mcx");
    let word = |word| match word {
        AND_SO_ON => "sip:somebody@primary.example",
        LAB => "--endpoints=D/endpoints.json",
        word => word,
    };
    is_ours.then(|| line.split_whitespace().map(word).collect())
}
