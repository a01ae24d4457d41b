use driver::Shards;
use kit::config::Document;

use super::{ADMIN, Kept, Process, Threads};

fn read(text: &str) -> Result<Process, String> {
    let read = Document::parse("mcx.toml", text).read(|root| Some(Process::read(root)));
    read.map_err(|errors| errors.to_string())
}

#[test]
fn every_process_has_an_admin_listener_on_this_host_where_nothing_is_said() {
    for text in ["", "[process]\nshards = 2\n", "[admin]\n"] {
        let admin = read(text).expect("is right").admin;
        assert_eq!(admin, Some(ADMIN), "{text}");
        assert!(admin.is_some_and(|address| address.ip().is_loopback()));
    }
    let told = read("[admin]\nlisten = \"127.0.0.1:9090\"\n").expect("is right").admin;
    assert_eq!(told.map(|address| address.port()), Some(9090));
}

#[test]
fn entities_share_one_thread_or_have_their_own() {
    let shards =
        |keys: &str| read(&format!("[process]\n{keys}")).map(|process| (process.shards, process.threads()));
    assert_eq!(shards(""), Ok((Shards::Threads(1), Threads::Own)));
    assert_eq!(shards("threads = \"own\"\nshards = 3\n"), Ok((Shards::Threads(3), Threads::Own)));
    assert_eq!(shards("threads = \"shared\"\n"), Ok((Shards::Local, Threads::Shared)));
    let errors = shards("threads = \"shared\"\nshards = 2\n").expect_err("no shards on one thread");
    assert!(errors.starts_with("mcx.toml:3:1: "), "{errors}");
    assert!(shards("threads = \"sharde\"\n").expect_err("no such way").contains("shared"));
}

#[test]
fn only_a_lab_gives_its_secrets_away() {
    for secret in ["key-log = \"keys.log\"\n", "seed = 7\n"] {
        let errors = read(&format!("[process]\n{secret}")).expect_err("no lab");
        assert!(errors.starts_with("mcx.toml:2:1: ") && errors.contains("\"lab = true\""), "{errors}");
        assert!(read(&format!("[process]\nlab = false\n{secret}")).is_err());
        assert!(read(&format!("[process]\nlab = true\n{secret}")).is_ok());
    }
}

#[test]
fn a_store_is_a_file_or_a_database_whose_password_is_not_shown() {
    let store = |keys: &str| read(&format!("[process]\n{keys}")).map(|process| process.store);
    assert!(matches!(store("store = \"a/b\"\n"), Ok(Some(Kept::File(file))) if file.ends_with("a/b")));
    let url = "store = \"postgres://mcx:secret@one,two/calls\"\n";
    let database = store(url).expect("is right").expect("a store");
    assert_eq!(format!("{database:?}"), "Database(Address(one:5432,two:5432/calls))");

    for (wrong, why) in [
        ("store = 7\n", "a path or a URL"),
        ("store = \"postgres://one:port/calls\"\n", "cannot be read"),
        ("store = \"postgres://one/calls?sslmode=require\"\n", "needs the certificate authority"),
        ("store = \"file\"\nstore-ca = \"ca.pem\"\n", "\"store\" is a file"),
    ] {
        let errors = store(wrong).expect_err(wrong);
        assert!(errors.contains(why), "{errors}");
    }
}
