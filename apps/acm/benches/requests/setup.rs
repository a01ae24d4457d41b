//! A server of `b.example`, and what is sent to it.

use std::sync::Arc;

use acm::{
    AcmServer, Config, Metrics,
    config::{AllowRule, AuditKeys, Limits, PartnerConfig, User},
};
use bytes::BytesMut;
use futures::executor::block_on;
use kit::{
    Impu,
    testing::{Lab, hop_config},
};
use sip::{Edits, Message, Name};
use store::{Clock, Redb, Store};
use xml_schemas::{
    acm::{Actor, Addressee, GroupInformationProvisionRequest as Provision, Heading, ProvidedGroup},
    flow::Carriage,
    ids::{GroupId, McServiceId, Psi, RequestId},
};

pub(crate) const CORE: &str = "sip-core.core.b.example";
pub(crate) const GATEWAY: &str = "mcgw.b.example";

pub(crate) fn user(number: usize) -> McServiceId {
    McServiceId::new(&format!("sip:user{number:06}@b.example")).expect("valid")
}

/// What [`config`] lifts, by its keys: how much may be open is no matter of how fast it is taken.
pub(crate) const LIFTED: &str = "open-per-partner, open-per-initiator, letters-per-partner";

pub(crate) fn config(users: usize) -> Config {
    let psi = |system: &str| Psi::new(&format!("sip:acm_psi@{system}")).expect("valid");
    let own = |number: usize| User {
        id: user(number),
        impu: Impu::new(&format!("sip:user{number:06}.imsi@b.example")).expect("valid"),
        handles: true,
    };
    let partner = PartnerConfig {
        name: "a.example".into(),
        domains: vec!["a.example".into()],
        psi: psi("a.example"),
        merge: false,
        protection: None,
        direct: None,
        handle: Vec::new(),
        audit: AuditKeys::default(),
    };
    let allow = AllowRule {
        name: "all".into(),
        user: "*".into(),
        flows: Vec::new(),
        partners: Vec::new(),
        allow: true,
    };
    Config {
        core: Some(hop_config(CORE)),
        gateway: Some(hop_config(GATEWAY)),
        partners: vec![partner],
        users: (0..users).map(own).collect(),
        limits: Limits {
            per_partner: usize::MAX,
            per_initiator: usize::MAX,
            letters: usize::MAX,
            ..Limits::default()
        },
        allow: vec![allow],
        ..Config::new("acm1", psi("b.example"))
    }
}

pub(crate) fn request(id: &str, target: McServiceId) -> Provision {
    let initiator = Actor::user(McServiceId::new("sip:admin1@a.example").expect("valid"));
    let group = GroupId::new("sip:flood-ops@a.example").expect("valid");
    Provision {
        heading: Heading::new(RequestId::new(id).expect("valid"), initiator, Addressee::User(target)),
        groups: vec![ProvidedGroup { id: group, name: None }],
    }
}

pub(crate) fn message<F: Carriage>(lab: &Lab, flow: &F, identity: &str) -> Message {
    let own = Psi::new("sip:acm_psi@a.example").expect("valid");
    let ids = lab.world("peer").ids;
    let uri = "sip:acm_psi@b.example";
    let envelope = kit::carriage::Envelope { uri, own: &own, asserts: true, ids: &*ids };
    let request = kit::carriage::compose(&envelope, &flow.split()).expect("valid");
    let mut out = BytesMut::new();
    request.print(b"SIP/2.0/TLS x;branch=z9hG4bK1", &mut out);
    let message = Message::parse(out.freeze(), &sip::Limits::STREAM).expect("valid");
    let mut edits = Edits::new();
    edits.set(Name::PAssertedIdentity, format!("<{identity}>").as_bytes());
    let mut out = BytesMut::new();
    edits.apply(&message, &mut out);
    Message::parse(out.freeze(), &sip::Limits::STREAM).expect("valid")
}

pub(crate) fn open(lab: &Lab, config: &Config, store: &Arc<dyn Store>) -> AcmServer {
    let partners = acm::partners(config, |_| Err("no file")).expect("no files");
    let opened = AcmServer::open(
        config.clone(),
        partners,
        lab.world("acm1"),
        Arc::clone(store),
        Metrics::default(),
        None,
    );
    block_on(opened).expect("opens")
}

pub(crate) fn on_disk(lab: &Lab, folder: &std::path::Path) -> Arc<dyn Store> {
    let clock = lab.world("store").clock;
    Arc::new(Redb::open(&folder.join("acm.redb"), Clock::new(move || clock.wall())).expect("opens"))
}
