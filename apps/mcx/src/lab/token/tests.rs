use std::{
    fs,
    time::{Duration, UNIX_EPOCH},
};

use driver::{SystemClock, SystemIds};
use kit::tokens::{IssuerConfig, Tokens};

use crate::{
    cli::Topology,
    groups,
    lab::{endpoints, files, pki, plan::Plan},
};

#[test]
fn ts33180_b_1_2_2_a_token_of_the_lab_counts_by_the_key_set_of_its_own_system() {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan::in_memory(folder.path(), Topology::On, &*SystemIds::shared());
    files::write(&plan).unwrap();
    let file = folder.path().join("endpoints.json");
    endpoints::of(&plan, None, &[]).unwrap().write(&file).unwrap();
    let token = groups::lab_token(&file, "bob").unwrap();
    let now = SystemClock::shared().wall();
    let verified = plan.systems.each_ref().map(|system| {
        let jwks = fs::read(system.folder.join(pki::files::JWKS)).unwrap();
        let issuer = IssuerConfig::of_set(system.tester(), vec!["mcx".into()], jwks);
        Tokens::configured(&[issuer]).unwrap().verify(&token, now)
    });
    let [at_the_other, at_his_own] = verified;
    let bearer = at_his_own.unwrap();
    assert_eq!(bearer.users.first().map(|user| user.as_str()), Some("sip:bob@partner.example"));
    assert!(bearer.expires > now && bearer.expires < UNIX_EPOCH + Duration::from_secs(1 << 40));
    assert!(at_the_other.is_err(), "another system's users are not verified here");
    assert!(groups::lab_token(&file, "mallory").is_err());
}
