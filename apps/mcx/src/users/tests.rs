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
    assert!(!after.locked && after.password != alice.password && after.sip == alice.sip, "it is the same");
}

#[test]
fn a_hash_of_the_old_password_that_stays_is_not_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let add =
        "add alice --mc-service-id sip:alice@a.example --impu sip:alice.imsi@a.example --realm a.example";
    does(folder.path(), add).unwrap();
    does(folder.path(), "add bob --mc-service-id sip:bob@a.example").unwrap();
    let named: Named = format!("redb:{}", folder.path().join("users.redb").display()).parse().unwrap();
    let mut early = kept(folder.path()).remove(0);
    "early".clone_into(&mut early.name);
    early.ids = Ids::same(McServiceId::new("sip:early@a.example").unwrap());
    if let Some(sip) = &mut early.sip {
        sip.realm = None;
    }
    runtime().unwrap().block_on(async {
        let users = Users::new(named.open(None).unwrap());
        users.add(&early).await.unwrap();
        for (name, core) in
            [("alice", said::Core::Changed), ("early", said::Core::Kept), ("bob", said::Core::Unknown)]
        {
            let (sip, said) = again(&users, name, "another").await.unwrap();
            assert_eq!((sip.is_some(), said), (core == said::Core::Changed, core), "{name}");
        }
    });
}

/// What a command line does, with this password.
fn does_with(folder: &Path, password: &str, line: &str) -> Result<(), String> {
    let file = folder.join("other");
    fs::write(&file, password).unwrap();
    let store = format!("redb:{}", folder.join("users.redb").display());
    let words = ["users"].into_iter().chain(line.split(' '));
    let file = file.display().to_string();
    let words = words.chain(["--store", &store, "--password-file", &file]);
    run(&Line::try_parse_from(words).unwrap().arguments).map_err(|why| why.to_string())
}

#[test]
fn another_password_is_another_at_the_sip_core_too_and_a_file_that_has_the_old_one_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let file = lab(folder.path());
    let add = "add frank --mc-service-id sip:frank@primary.example --impu sip:frank.imsi@primary.example --realm primary.example --md5";
    does(folder.path(), add).unwrap();
    let whole =
        fs::read_to_string(&file).unwrap() + &tables::lacking(&file, &kept(folder.path())).unwrap().tables;
    fs::write(&file, whole).unwrap();
    assert!(tables::lacking(&file, &kept(folder.path())).unwrap().left_out.is_empty());
    does_with(folder.path(), "another", "password frank").unwrap();
    let sip = kept(folder.path()).remove(0).sip.unwrap();
    let ha1 = |algorithm| kit::digest::Ha1::of(algorithm, "frank", "primary.example", "another");
    assert_eq!(sip.ha1_sha_256, ha1(kit::digest::Algorithm::Sha256).reveal());
    assert_eq!(sip.ha1_md5.as_deref(), Some(ha1(kit::digest::Algorithm::Md5).reveal()));
    let told = tables::lacking(&file, &kept(folder.path())).unwrap();
    let [(frank, why)] = &told.left_out[..] else { panic!("{:?}", told.left_out) };
    assert!(frank == "frank" && why.contains("ha1-sha-256") && told.tables.is_empty(), "{why}");
}

/// The servers' file of a lab.
fn lab(folder: &Path) -> PathBuf {
    let (at, ids) = (folder.join("lab"), SystemIds::shared());
    let plan = crate::lab::plan::Plan::in_memory(&at, crate::cli::Topology::On, &*ids);
    crate::lab::files::write(&plan).unwrap();
    plan.systems[0].servers_file()
}

#[test]
fn whoever_could_never_work_is_not_added() {
    let folder = tempfile::tempdir().unwrap();
    let file = lab(folder.path());
    let add = |name: &str, options: &str| {
        does(folder.path(), &format!("add {name} {options} --for {}", file.display()))
    };
    let sip =
        |id: &str, impu: &str, realm: &str| format!("--mc-service-id {id} --impu {impu} --realm {realm}");
    let (own, impu, realm) = ("sip:gina@primary.example", "sip:gina.imsi@primary.example", "primary.example");
    for (name, options, why) in [
        ("gina", sip("sip:gina@partner.example", impu, realm), "in no domain of [identity]"),
        ("gina", sip(own, impu, "primry.example"), "primry.example"),
        ("gina", sip(own, "sip:alice.imsi@primary.example", realm), "[[sip-core.users]]"),
        ("gina", sip("sip:alice@primary.example", impu, realm), "an [[identity.user]]"),
        ("alice", sip(own, impu, realm), "has this name"),
    ] {
        let told = add(name, &options).expect_err(&options);
        assert!(told.contains(why), "{told}");
    }
    assert!(kept(folder.path()).is_empty());
    add("gina", &sip(own, impu, realm)).unwrap();
    let other = does(folder.path(), &format!("add ginny {}", sip("sip:g@primary.example", impu, realm)));
    assert!(other.unwrap_err().contains("gina registers by the same"), "also where no file is named");
}

#[test]
fn a_key_that_no_log_of_the_store_is_signed_with_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let key = |name: &str| {
        let file = folder.path().join(name);
        fs::write(&file, certs::signing_key().unwrap()).unwrap();
        file
    };
    let (own, other) = (key("own.pem"), key("other.pem"));
    let add = format!("add alice --mcptt-id sip:alice@a.example --audit-key {}", own.display());
    does(folder.path(), &add).unwrap();
    let named: Named = format!("redb:{}", folder.path().join("users.redb").display()).parse().unwrap();
    let store = named.open(None).unwrap();
    let says = |file: &Path| {
        let key = signing_key(file).unwrap().public();
        let warning = signed::warning(&store, &key, SystemClock::shared().wall());
        runtime().unwrap().block_on(warning).unwrap()
    };
    assert_eq!(says(&own), None);
    assert!(says(&other).is_some_and(|told| told.contains("mcx-users")));
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
fn who_cannot_be_imported_is_named_with_his_line() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let sip = |name: &str| format!("--impu sip:{name}.imsi@primary.example --realm primary.example");
    for name in ["frank", "gina", "hans"] {
        let id = format!("--mc-service-id sip:{name}@primary.example");
        does(one.path(), &format!("add {name} {id} {}", sip(name))).unwrap();
    }
    let lines: Vec<String> =
        kept(one.path()).iter().map(|user| serde_json::to_string(user).unwrap()).collect();
    let (file, config) = (two.path().join("users.json"), lab(two.path()));
    let import = |lines: &[String], more: &str| {
        fs::write(&file, lines.join("\n")).unwrap();
        does(two.path(), &format!("import {}{more}", file.display()))
    };
    let renamed = |line: &str, id: &str, sip: &str| {
        let line = line.replace("\"name\":\"gina\"", "\"name\":\"ginny\"");
        let line = line.replace("sip:gina@", &format!("sip:{id}@"));
        line.replace("sip:gina.imsi@", &format!("sip:{sip}.imsi@")).replace("\"gina\"", "\"ginny\"")
    };
    let (frank, gina) = (lines[0].clone(), lines[1].as_str());
    let rows = [
        (
            renamed(gina, "frank", "ginny"),
            "",
            "ginny: another user has the MC service ID sip:frank@primary.example",
        ),
        (renamed(gina, "ginny", "frank"), "", "ginny: frank registers by the same --impu or name"),
        (renamed(gina, "ginny@x", "ginny"), "", "line 3"),
    ];
    for (line, more, why) in rows {
        let told = import(&[frank.clone(), String::new(), line], more).unwrap_err();
        assert!(told.contains("line 3: ") && told.contains(why), "{told}");
    }
    let foreign = renamed(gina, "ginny", "ginny").replace("sip:ginny@primary", "sip:ginny@partner");
    let told = import(&[foreign], &format!(" --for {}", config.display())).unwrap_err();
    assert!(told.contains("line 1: ginny: sip:ginny@partner.example lies in no domain"), "{told}");
    let pretty: String = frank.replacen(',', ",\n", 1);
    let told = import(&[pretty], "").unwrap_err();
    assert!(told.contains("line 1: ") && told.contains("each user is a JSON object on one line"), "{told}");
    assert_eq!(kept(two.path()).len(), 1, "who stood before is added");
    import(&lines, "").unwrap();
    assert_eq!(kept(two.path()).len(), 3);
}

#[test]
fn whoever_is_imported_without_a_time_has_no_tokens_of_somebody_of_his_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["alice", "bob"] {
        does(folder.path(), &format!("add {name} --mc-service-id sip:{name}@a.example")).unwrap();
    }
    let before = kept(folder.path());
    let lines = before.iter().map(|user| {
        let from = if user.name == "alice" { 0 } else { 77 };
        serde_json::to_string(&identity::users::User { valid_from: from, ..user.clone() }).unwrap()
    });
    let file = folder.path().join("users.jsonl");
    fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
    ["alice", "bob"].iter().for_each(|name| does(folder.path(), &format!("remove {name}")).unwrap());
    does(folder.path(), &format!("import {}", file.display())).unwrap();
    let [alice, bob] = &kept(folder.path())[..] else { panic!("two users") };
    assert!(alice.valid_from >= before[0].valid_from, "she is another one");
    assert_eq!(bob.valid_from, 77, "a backup says it");
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

/// As the lab's servers' file is, with a user more in the store.
#[test]
fn what_a_configuration_lacks_of_a_user_makes_it_one_that_knows_him() {
    let folder = tempfile::tempdir().unwrap();
    let lab = folder.path().join("lab");
    let plan = crate::lab::plan::Plan::in_memory(&lab, crate::cli::Topology::On, &*SystemIds::shared());
    crate::lab::files::write(&plan).unwrap();
    let file = plan.systems[0].servers_file();
    let add = "add frank --mc-service-id sip:frank@primary.example --impu sip:frank.imsi@primary.example --realm primary.example";
    does(folder.path(), add).unwrap();
    does(folder.path(), "add gina --mc-service-id sip:gina@primary.example").unwrap();
    let users = kept(folder.path());
    let lacking = tables::lacking(&file, &users).unwrap();
    assert_eq!(lacking.without_sip, ["gina"], "she is told of");
    assert!(lacking.left_out.is_empty());
    let lacking = lacking.tables;
    for table in
        ["sip-core.users", "locations.user", "service.user", "groups.user", "aliases.user", "acm.user"]
    {
        assert_eq!(lacking.matches(&format!("[[{table}]]\n")).count(), 1, "{table}: {lacking}");
    }
    assert!(!lacking.contains("gina"), "who does not register is known to no SIP core: {lacking}");
    let whole = fs::read_to_string(&file).unwrap() + &lacking;
    fs::write(&file, &whole).unwrap();
    let config = crate::SystemConfig::open(&file).unwrap();
    assert!(config.sip_core.is_some_and(|(_, core)| core.users.named("frank").is_some()));
    assert_eq!(tables::lacking(&file, &users).unwrap().tables, "", "nothing is said twice");
}

/// RFC 3261 10.3 step 1, RFC 7616 3.4.2: of the domain, and in the realm, of the SIP core.
#[test]
fn whom_a_configuration_would_not_take_or_could_not_register_is_left_out_and_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let plan = crate::lab::plan::Plan::in_memory(
        &folder.path().join("lab"),
        crate::cli::Topology::On,
        &*SystemIds::shared(),
    );
    crate::lab::files::write(&plan).unwrap();
    let file = plan.systems[0].servers_file();
    let add = |name: &str, domain: &str, realm: &str| {
        let ids = format!("--mc-service-id sip:{name}@{domain} --impu sip:{name}.imsi@{domain}");
        does(folder.path(), &format!("add {name} {ids} --realm {realm}")).unwrap();
    };
    add("far", "elsewhere.example", "primary.example");
    add("frank", "primary.example", "primary.example");
    add("kim", "primary.example", "pimary.example");
    let told = tables::lacking(&file, &kept(folder.path())).unwrap();
    assert!(
        told.tables.contains("sip:frank@") && !told.tables.contains("far@") && !told.tables.contains("kim")
    );
    let [(kim, of_kim), (far, of_far)] = &told.left_out[..] else { panic!("{:?}", told.left_out) };
    assert!(
        kim == "kim" && of_kim.contains("pimary.example") && of_kim.contains(" primary.example"),
        "{of_kim}"
    );
    assert!(far == "far" && of_far.contains("no SIP address of primary.example"), "{of_far}");
    fs::write(&file, fs::read_to_string(&file).unwrap() + &told.tables).unwrap();
    crate::SystemConfig::open(&file).unwrap();
    assert!(does(folder.path(), &format!("list --for {}", file.display())).is_err(), "the exit tells of it");
    // A mistake that the file has by itself is nobody's.
    fs::write(&file, fs::read_to_string(&file).unwrap() + "\n[aliasses]\n").unwrap();
    add("fay", "primary.example", "primary.example");
    let told = tables::lacking(&file, &kept(folder.path())).unwrap();
    assert!(told.tables.contains("sip:fay@") && told.left_out.len() == 2, "{:?}", told.left_out);
}

#[test]
fn who_is_removed_leaves_his_name_and_his_identities_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let add = "add alice --mc-service-id sip:alice@a.example";
    does(folder.path(), add).unwrap();
    let other = does(folder.path(), "add ally --mc-service-id sip:alice@a.example").unwrap_err();
    assert!(other.contains("another user has the MC service ID sip:alice@a.example"), "{other}");
    does(folder.path(), "remove alice").unwrap();
    assert!(kept(folder.path()).is_empty());
    let twice = does(folder.path(), "remove alice").unwrap_err();
    assert!(twice.contains("there is no user of this name"), "{twice}");
    does(folder.path(), add).unwrap();
    assert!(kept(folder.path())[0].valid_from > 0, "no token counts that he had who is gone");
}

#[test]
fn whoever_misspells_a_user_of_the_store_is_told_whom_he_may_mean() {
    let folder = tempfile::tempdir().unwrap();
    does(folder.path(), "add frank --mc-service-id sip:frank@a.example").unwrap();
    for word in ["lock", "unlock", "password", "remove"] {
        let told = does(folder.path(), &format!("{word} fank")).unwrap_err();
        assert_eq!(told, "fank: there is no user of this name; did you mean \"frank\"?", "{word}");
    }
}
