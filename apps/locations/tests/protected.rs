//! TS 33.180 9.3, TS 24.379 6.6: what two location management servers say to each other is signed, and encrypted.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use kit::{
    Cause,
    carriage::{Key, KeyId, Protection, Sending},
    testing::arrival,
};
use locations::{
    Config,
    config::{PartnerConfig, Tell},
};
use two_servers::{World, anyone, codes, open};
use xml_schemas::ids::Psi;

fn agreed(id: u32, secret: u8) -> Option<Protection> {
    let key = Key::new(KeyId::new(id), &[secret; 16], "").expect("a key");
    Some(Protection::new(Sending::SignAndEncrypt, true, key, []))
}

fn with(mut config: Config, partner: &str, protection: Option<Protection>) -> Config {
    config.partners = vec![PartnerConfig {
        name: partner.to_owned(),
        domains: vec![partner.to_owned()],
        psi: Psi::new(&format!("sip:lms_psi@{partner}")).expect("valid"),
        merge: false,
        protection,
        direct: None,
    }];
    config
}

fn world(a: Option<Protection>, b: Option<Protection>) -> World {
    let (in_a, in_b) = (open(&["alice@a.example"]), open(&["bob@b.example"]));
    World::of(with(in_a, "b.example", a), with(in_b, "a.example", b))
}

fn answer(a: Option<Protection>, b: Option<Protection>) -> Vec<Option<u16>> {
    let world = world(a, b);
    world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example"]));
    codes(&world.report("alice@a.example"))
}

#[test]
fn ts33180_9_3_servers_that_share_a_key_understand_each_other() {
    assert_eq!(answer(agreed(1, 1), agreed(1, 1)), [None]);
    assert_eq!(answer(None, None), [None]);
}

#[test]
fn ts33180_9_3_each_way_in_which_they_do_not_has_its_cause() {
    assert_eq!(answer(None, agreed(1, 1)), [Some(Cause::Unprotected.code())]);
    assert_eq!(answer(agreed(2, 1), agreed(1, 1)), [Some(Cause::UnknownKey.code())]);
    assert_eq!(answer(agreed(1, 2), agreed(1, 1)), [Some(Cause::ProtectionInvalid.code())]);
}

/// TS 24.379 6.6.3.4: nothing of a request is heeded before its signature holds.
#[test]
fn ts24379_6_6_3_4_what_is_not_signed_reaches_nobody() {
    let mut b = open(&["bob@b.example"]);
    b.tell = vec![anyone(Tell::Allow)];
    let world = World::of(open(&["alice@a.example"]), with(b, "a.example", agreed(1, 1)));
    let request = world.request("alice@a.example", &["bob@b.example"]);
    let gateway = arrival("inner", "mcgw.b.example");
    let answer = world.deliver("b.example", &request, gateway, "sip:mcgw@a.example").expect("answered");
    assert_eq!((answer.status(), Cause::from_response(&answer)), (Some(403), Cause::Unprotected));
    assert!(world.client_of("bob@b.example").asked.lock().expect("lock").is_empty());
}
