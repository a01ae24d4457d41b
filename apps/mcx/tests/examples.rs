//! The examples beside the code: what an operator copies is what the program takes.

#![allow(clippy::expect_used, clippy::panic, reason = "a test")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
};

use certs::{Authority, Leaf};
use clap::Parser as _;
use mcx::cli::Arguments;
use support::mcx;

fn tree(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)
}

fn text(file: &str) -> String {
    fs::read_to_string(tree(file)).unwrap_or_else(|why| panic!("{file}: {why}"))
}

/// A copy of the example, with what its README says has to be there.
fn installed() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let tls = folder.path().join("tls");
    fs::create_dir(&tls).expect("the folder is ours");
    let (north, south) = (Authority::new("north").expect("made"), Authority::new("south").expect("made"));
    for (name, authority) in [("north-ca.pem", &north), ("south-ca.pem", &south)] {
        fs::write(tls.join(name), authority.pem()).expect("written");
    }
    let readme = text("examples/north.example/README.md");
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(".pem` | `"));
    let mut issued = 0;
    for (stem, rest) in rows {
        let name = rest.split('`').next().expect("a name");
        north.issue(&Leaf::new(name).dns_name(name)).expect("issued").write(&tls, stem).expect("written");
        issued += 1;
    }
    assert_eq!(issued, 6, "the table of the README");
    fs::write(tls.join("hiding.secret"), "0123456789abcdef".repeat(4)).expect("written");
    let key = tls.join("audit.key");
    fs::write(&key, certs::signing_key().expect("made")).expect("written");
    for secret in [&key, &tls.join("hiding.secret")] {
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(secret, private).expect("is ours");
    }
    let state = folder.path().to_str().expect("UTF-8");
    for name in ["gateway.toml", "servers.toml"] {
        let file = text(&format!("examples/north.example/{name}")).replace("/var/lib/mcx", state);
        fs::write(folder.path().join(name), file).expect("written");
    }
    folder
}

fn check(file: &Path) -> (Option<i32>, String) {
    let output = mcx(&["check", "--config", file.to_str().expect("UTF-8")]);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_system_on_two_machines_is_right_as_it_stands() {
    let folder = installed();
    for name in ["gateway.toml", "servers.toml"] {
        assert_eq!(check(&folder.path().join(name)), (Some(0), String::new()), "{name}");
    }
}

/// What the README asks whether it is well with are lines that the program takes, and the terminal one that it can be.
#[test]
fn a_new_user_s_terminal_is_right_as_it_stands() {
    let folder = installed();
    let file = folder.path().join("terminal.toml");
    fs::write(&file, text("examples/north.example/terminal.toml")).expect("written");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(&file, private).expect("is ours");
    assert_eq!(check(&file), (Some(0), String::new()));
    let readme = text("examples/north.example/README.md");
    let lines: Vec<&str> = readme.lines().filter(|line| line.starts_with("mcx ")).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for line in lines {
        if let Err(why) = Arguments::try_parse_from(line.split_whitespace()) {
            panic!("{line}: {why}");
        }
    }
    // Of the same system as its servers.
    let read = |name: &str| mcx::SystemConfig::open(&folder.path().join(name)).expect("is right");
    let (terminal, servers) = (read("terminal.toml"), read("servers.toml"));
    let core = &terminal.clients[0].device.core;
    let (listen, _) = servers.sip_core.expect("is there");
    assert!(listen.iter().any(|each| each.address == core.address && each.transport == core.transport));
    assert_eq!(Some(&terminal.clients[0].location.server), servers.locations.map(|each| each.psi).as_ref());
    let http = servers.identity.expect("is there").http;
    assert!(http.iter().any(|each| readme.contains(&format!("--at {} ", each.listen.address))));
}

#[test]
fn a_user_is_added_as_the_handbook_says() {
    let folder = installed();
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    drop(
        store::Redb::open(Path::new(&path("servers.redb")), store::Clock::still(std::time::UNIX_EPOCH))
            .expect("made"),
    );
    fs::write(path("P"), "open sesame\n").expect("written");
    let handbook = text("docs/OPERATIONS.md");
    let lines: Vec<&str> = handbook.lines().filter(|line| line.starts_with("mcx users ")).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for line in lines {
        let (line, into) = line.split_once(" >> ").unwrap_or((line, ""));
        let here = |word: &str| match word {
            "P" => path("P"),
            word => word.replace("/var/lib/mcx/", &path("")).replace("/etc/mcx/", &path("")),
        };
        let words: Vec<String> = line.split_whitespace().skip(1).map(here).collect();
        let output = mcx(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        if !into.is_empty() {
            let file = here(into);
            let printed = String::from_utf8(output.stdout).expect("UTF-8");
            assert!(
                printed.contains("[[sip-core.users]]") && printed.contains("[[locations.user]]"),
                "{printed}"
            );
            fs::write(&file, fs::read_to_string(&file).expect("is there") + &printed).expect("written");
        }
    }
    let file = folder.path().join("servers.toml");
    assert_eq!(check(&file), (Some(0), String::new()));
    let config = mcx::SystemConfig::open(&file).expect("is right");
    assert!(config.sip_core.is_some_and(|(_, core)| core.users.named("frank").is_some()));
}

/// The two blocks are run as they stand, with our own folders in place of the machine's: what has been put into the store after the
/// backup is gone again. While a server has the store, as it would between the blocks, nothing is restored and nothing checked.
#[test]
fn a_store_is_backed_up_and_restored_as_the_handbook_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = |word: &str| {
        let path = ["/var/lib/mcx/", "/var/backups/mcx/"].iter().find(|path| word.contains(**path));
        path.map_or_else(
            || word.to_owned(),
            |path| word.replace(path, &format!("{}/", folder.path().display())),
        )
    };
    let servers = folder.path().join("servers.redb");
    let open = || store::Redb::open(&servers, store::Clock::still(std::time::UNIX_EPOCH)).expect("opened");
    let put = |key: &'static str| {
        let store = open();
        let commit = store::Store::commit(&store, store::Batch::new().put(key, "value"));
        futures::executor::block_on(commit).expect("committed");
    };
    let handbook = text("docs/OPERATIONS.md");
    let (_, section) = handbook.split_once("\n## Back up and restore\n").expect("the section");
    let (section, _) = section.split_once("\n## ").expect("the next section");
    let blocks: Vec<Vec<&str>> = section
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split("```").next().expect("one").lines().collect())
        .collect();
    let [backup, restore] = &blocks[..] else { panic!("{blocks:?}") };
    let line = |line: &str| {
        let words = line.strip_prefix("sudo -u mcx mcx ").unwrap_or_else(|| panic!("{line}"));
        let words: Vec<String> = words.split_whitespace().map(here).collect();
        mcx(&words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let run = |block: &[&str]| {
        // The server has the store until it is stopped, and again once it is started.
        let [stop, commands @ .., start] = block else { panic!("{block:?}") };
        assert!(stop.starts_with("systemctl stop ") && start.starts_with("systemctl start "), "{block:?}");
        for command in commands {
            let held = open();
            let refused = line(command);
            let why = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert!(!refused.status.success() && why.contains("a process has it"), "{command}: {why}");
            drop(held);
            let output = line(command);
            assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        }
        commands.len()
    };
    put("before");
    assert_eq!(run(backup), 1);
    put("after");
    assert_eq!(run(restore), 2);
    let has = |key: &str| {
        let store = open();
        let record = futures::executor::block_on(store::Store::get(&store, key.as_bytes()));
        record.expect("read").is_some()
    };
    assert!(has("before") && !has("after"));
    // On a new machine there is no store to replace.
    fs::remove_file(&servers).expect("was there");
    let restored = line(restore[1]);
    assert!(restored.status.success() && has("before"), "{}", String::from_utf8_lossy(&restored.stderr));
}

#[test]
fn every_command_of_the_handbook_and_of_the_unit_is_one_that_the_program_takes() {
    let (handbook, unit) = (text("docs/OPERATIONS.md"), text("contrib/systemd/mcx@.service"));
    let of_unit = unit.lines().filter_map(|line| line.split_once('=')?.1.strip_prefix("/usr/local/bin/"));
    let of_handbook = handbook.lines().map(|line| line.split(" #").next().unwrap_or(line));
    let of_handbook = of_handbook.map(|line| line.split(" >> ").next().unwrap_or(line));
    let of_handbook = of_handbook.map(|line| line.strip_prefix("sudo -u mcx ").unwrap_or(line));
    let lines: Vec<&str> = of_handbook.chain(of_unit).filter(|line| line.starts_with("mcx ")).collect();
    assert!(lines.len() > 7, "{lines:?}");
    for line in lines {
        if let Err(why) = Arguments::try_parse_from(line.split_whitespace()) {
            panic!("{line}: {why}");
        }
    }
}
