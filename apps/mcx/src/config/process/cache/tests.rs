use driver::SystemIds;
use kit::config::{Document, Size};

use super::{super::Process, Cache};
use crate::{
    SystemConfig,
    cli::Topology,
    lab::{files, plan::Plan},
};

fn asked(keys: &str) -> Result<Option<Size>, String> {
    let text = format!("[process]\n{keys}");
    let read = Document::parse("mcx.toml", &text).read(|root| Some(Process::read(root).store_cache));
    read.map_err(|errors| errors.to_string())
}

#[test]
fn a_store_takes_as_much_memory_as_is_said_within_bounds() {
    let file = |size: &str| asked(&format!("store = \"mcx.redb\"\nstore-cache = {size}\n"));
    assert_eq!(file("\"64MiB\""), Ok(Some(Size(64 << 20))));
    assert_eq!(file("\"2GiB\""), Ok(Some(Size(2 << 30))));
    for (wrong, why) in [
        ("\"15MiB\"", "must be between 16MiB and 256GiB, not 15MiB"),
        ("\"257GiB\"", "must be between 16MiB and 256GiB, not 257GiB"),
        ("\"64MB\"", "must be a size such as \"64MiB\" or \"1GiB\", not \"64MB\""),
        ("\"99999999999999999999GiB\"", "must be a size"),
        ("64", "must be a size"),
    ] {
        let errors = file(wrong).expect_err(wrong);
        assert!(errors.starts_with("mcx.toml:3:15: ") && errors.contains(why), "{errors}");
    }
    for place in ["", "store = \"postgres://mcx@one/calls\"\n"] {
        let errors = asked(&format!("{place}store-cache = \"64MiB\"\n")).expect_err("no file");
        assert!(errors.contains("is for a store in a file"), "{errors}");
    }
}

#[test]
fn a_server_of_documents_takes_more_where_nothing_is_said() {
    let octets = |serves| Cache::of(None, serves).octets() >> 20;
    assert_eq!((octets(true), octets(false)), (336, 288));
    assert_eq!(Cache::of(Some(Size(64 << 20)), true).octets() >> 20, 64);

    let mut config = SystemConfig::default();
    let of = |config: &SystemConfig| config.store_cache().octets() >> 20;
    assert_eq!(of(&config), 288);
    config.process.store_cache = Some(Size(1 << 30));
    assert_eq!(of(&config), 1024);
}

#[test]
fn whoever_serves_groups_or_profiles_serves_documents() {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = Plan::in_memory(folder.path(), Topology::On, &*SystemIds::shared());
    files::write(&plan).expect("the lab's files");
    let mut config = SystemConfig::open(&plan.systems[0].servers_file()).expect("is right");
    let of = |config: &SystemConfig| config.store_cache().octets() >> 20;
    assert_eq!(of(&config), 336);
    config.configuration = None;
    assert_eq!(of(&config), 336, "groups");
    config.groups = None;
    assert_eq!(of(&config), 288, "neither");
}
