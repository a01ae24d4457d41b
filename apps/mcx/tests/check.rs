//! `mcx check`: every mistake at once, with its place and the nearest right name.

#![allow(clippy::expect_used, reason = "a test")]

use std::{fs, path::Path, process::Command};

use driver::SystemIds;
use mcx::{
    SystemConfig,
    cli::Topology,
    lab::{files, plan::Plan},
};

fn lab(topology: Topology) -> (tempfile::TempDir, Plan) {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = Plan::in_memory(folder.path(), topology, &*SystemIds::shared());
    files::write(&plan).expect("the lab's files");
    (folder, plan)
}

fn check(file: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcx"));
    let output =
        command.args(["check".as_ref(), "--config".as_ref(), file.as_os_str()]).output().expect("mcx runs");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_labs_own_files_are_right_in_every_topology() {
    for topology in [Topology::On, Topology::Off, Topology::Direct] {
        let (_folder, plan) = lab(topology);
        for system in &plan.systems {
            for file in [system.servers_file(), system.clients_file()] {
                assert_eq!(check(&file), (Some(0), String::new()), "{}", file.display());
            }
        }
    }
}

#[test]
fn direct_mode_has_no_gateway() {
    let (_folder, plan) = lab(Topology::Direct);
    let config = SystemConfig::open(&plan.systems[0].servers_file()).expect("is right");
    assert!(config.gateway.is_none() && config.locations.is_some());
}

#[test]
fn unknown_keys_and_broken_references_are_told_at_once_with_line_column_and_the_nearest_right_one() {
    let (_folder, plan) = lab(Topology::On);
    let file = plan.systems[0].servers_file();
    let right = fs::read_to_string(&file).expect("was written");
    let wrong = right
        .replacen("hiding-secrets", "hidden-secrets", 1)
        .replacen("tls = \"service\"", "tls = \"servise\"", 1)
        .replacen("[locations]", "[location]", 1);
    fs::write(&file, &wrong).expect("can be written");
    let (code, told) = check(&file);
    assert_eq!(code, Some(1));
    let place = |text: &str| {
        let at = wrong.find(text).expect("is in the file");
        let line_start = wrong[..at].rfind('\n').map_or(0, |newline| newline + 1);
        (wrong[..at].matches('\n').count() + 1, at - line_start + 1)
    };
    let name = file.display();
    let (line, column) = place("hidden-secrets");
    let key = format!(
        "{name}:{line}:{column}: unknown key \"hidden-secrets\" in [gateway]; did you mean \"hiding-secrets\"?"
    );
    assert!(told.contains(&key), "{told}");
    let (line, column) = place("\"servise\"");
    let reference = format!(
        "{name}:{line}:{column}: \"tls\" names an unknown TLS profile \"servise\"; did you mean \"service\"?"
    );
    assert!(told.contains(&reference), "{told}");
    assert!(told.contains("unknown key \"location\"; did you mean \"locations\"?"), "{told}");
}

#[test]
fn a_file_that_names_no_entity_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mcx.toml");
    fs::write(&file, "[admin]\nlisten = \"127.0.0.1:0\"\n").expect("can be written");
    let (code, told) = check(&file);
    assert_eq!(code, Some(1));
    assert!(told.contains("mcx.toml:1:1: names no entity"), "{told}");
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let (code, told) = check(Path::new("/nonexistent/mcx.toml"));
    assert_eq!(code, Some(1));
    assert!(told.starts_with("/nonexistent/mcx.toml:1:1: cannot be read"), "{told}");
}
