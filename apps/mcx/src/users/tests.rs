use clap::Parser;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    arguments: Arguments,
}

/// What a command line does, with this password.
fn does(folder: &Path, line: &str) -> Result<(), String> {
    let (store, password) = (folder.join("users.redb"), folder.join("password"));
    fs::write(&password, "open sesame\nsecond line\n").unwrap();
    // As `mcx serve` makes it.
    drop(store::Redb::open(&store, store::Clock::still(std::time::UNIX_EPOCH)).unwrap());
    let (store, password) = (format!("redb:{}", store.display()), password.display().to_string());
    let words = line.split(' ').chain(["--store", &store, "--password-file", &password]);
    let line = Line::try_parse_from(["users"].into_iter().chain(words)).map_err(|why| why.to_string())?;
    run(&line.arguments).map_err(|why| why.to_string())
}

fn kept(folder: &Path) -> Vec<User> {
    let named: Named = format!("redb:{}", folder.join("users.redb").display()).parse().unwrap();
    runtime().unwrap().block_on(Users::new(named.open(None).unwrap()).all()).unwrap()
}

#[test]
fn a_user_is_added_locked_and_unlocked() {
    let folder = tempfile::tempdir().unwrap();
    let add = "add alice --mc-service-id sip:alice@a.example --mcvideo-id sip:alice.v@a.example --impu sip:alice.imsi@a.example --realm a.example";
    does(folder.path(), add).unwrap();
    let alice = kept(folder.path()).remove(0);
    assert_eq!(
        alice.ids.all().map(McServiceId::as_str).collect::<Vec<_>>(),
        ["sip:alice@a.example", "sip:alice.v@a.example"]
    );
    assert!(password::check(&alice.password).is_ok() && !alice.locked);
    let ha1 = kit::digest::Ha1::of(kit::digest::Algorithm::Sha256, "alice", "a.example", "open sesame");
    assert_eq!(alice.sip.as_ref().map(|sip| sip.ha1_sha_256.as_str()), Some(ha1.reveal()));
    let twice = does(folder.path(), add).unwrap_err();
    assert!(twice.contains("there is a user of this name"), "{twice}");
    does(folder.path(), "lock alice").unwrap();
    assert!(kept(folder.path()).remove(0).locked);
    assert!(does(folder.path(), "lock mallory").is_err());
    does(folder.path(), "unlock alice").unwrap();
    does(folder.path(), "password alice").unwrap();
    let after = kept(folder.path()).remove(0);
    assert!(!after.locked && after.password != alice.password && after.sip == alice.sip);
}

#[test]
fn what_is_listed_can_be_imported() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    does(one.path(), "add alice --mcptt-id sip:alice@a.example").unwrap();
    does(one.path(), "add bob --mc-service-id sip:bob@a.example").unwrap();
    let users = kept(one.path());
    let lines: Vec<String> = users.iter().map(|user| serde_json::to_string(user).unwrap()).collect();
    let file = two.path().join("users.json");
    fs::write(&file, lines.join("\n")).unwrap();
    for _ in 0..2 {
        does(two.path(), &format!("import {}", file.display())).unwrap();
    }
    assert!(kept(two.path()) == users);
    fs::write(&file, "{\"name\":\"x\"}").unwrap();
    let told = does(two.path(), &format!("import {}", file.display())).unwrap_err();
    assert!(told.contains("line 1"), "{told}");
}

#[test]
fn a_user_without_identity_or_with_half_of_what_sip_needs_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(does(folder.path(), "add alice").unwrap_err().contains("needs an MC service ID"));
    assert!(does(folder.path(), "add alice --mcptt-id sip:alice@a.example --realm a.example").is_err());
    assert!(does(folder.path(), "add alice --mcptt-id tel:123").is_err());
}

#[test]
fn what_is_done_is_signed_where_there_is_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.pem");
    fs::write(&file, certs::signing_key().unwrap()).unwrap();
    let add = format!("add alice --mcptt-id sip:alice@a.example --audit-key {}", file.display());
    does(folder.path(), &add).unwrap();
    let named: Named = format!("redb:{}", folder.path().join("users.redb").display()).parse().unwrap();
    let store = named.open(None).unwrap();
    let names = runtime().unwrap().block_on(audit::chains(&*store)).unwrap();
    let report = runtime().unwrap().block_on(audit::verify(&*store, &names[0], &[], &[])).unwrap();
    assert!(report.is_signed && report.is_sound() && report.entries >= 1, "{report:?}");
}
