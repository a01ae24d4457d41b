//! A server of documents, over SIP and over HTTP.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use kit::{
    Cx, Entity, PartnerTable, Peer, Profile, Trust,
    documents::{Documents, Plain, Settings},
    events::{Lifetimes, Notifier, Setup},
    testing::{End, Lab, WebEnd, arrival, hop},
    xcap_diff::{Replica, XcapDiffPackage, drive},
};
use store::{Clock, Disk, Redb, Store};
use wire::web::WebService;
use xcap::{Root, Target};
use xml_schemas::ids::Psi;

use super::{MCS, Site};

/// One of this name and service identity, below this root, on the way from the MC service server.
pub(super) fn server(lab: &Lab, name: &str, psi: &str, root: &str) -> Arc<Site> {
    let clock = lab.world("store").clock;
    let store: Arc<dyn Store> =
        Arc::new(Redb::open_in_memory(Disk::new(), Clock::new(move || clock.wall())).unwrap());
    let root = Root::new(root).unwrap();
    let settings = Settings::new(root, "gms/");
    let documents = Arc::new(Documents::new(Arc::clone(&store), settings, Arc::new(Plain)));
    let may_read = Arc::new(|_: &Peer, _: &Target| Ok(()));
    let package = XcapDiffPackage::new(Arc::clone(&documents), Arc::clone(&store), may_read);
    let (psi, hours) = (Psi::new(psi).unwrap(), |hours: u64| Duration::from_secs(3600 * hours));
    let setup = Setup {
        world: lab.world(name),
        store: Arc::clone(&store),
        own: psi.clone(),
        hops: Arc::new(|peer| peer.server().map(|name| hop(name))),
        partners: Arc::new(Arc::default),
        lifetimes: Lifetimes { default: hours(1), longest: hours(24), shortest: Duration::from_secs(60) },
        limit: 100,
        octets: 1 << 20,
        replica: "one".into(),
    };
    let notifier = Notifier::new(package, setup);
    let replica = Replica { prefix: "gms/".into(), name: "one".into() };
    let driven = drive(notifier.clone(), store, lab.world(name), replica);
    lab.world(name).tasks.spawn(Box::pin(driven));
    let profile = Profile {
        trust: Trust { servers: vec![MCS.into()], ..Trust::default() },
        ..Profile::new(name, "groups", psi)
    };
    let cx = Cx::new(profile, (), PartnerTable::default(), lab.world(name));
    let entity = Arc::new(Entity::new(cx).notifies(&notifier));
    let end = End::Service { service: entity, arrival: arrival("inner", MCS), asserted: None };
    lab.connect(MCS, name, end);
    let site = Arc::new(Site { documents, missing: Mutex::default(), asked: Mutex::default() });
    let service: Arc<dyn WebService> = site.clone();
    lab.connect_web(MCS, name, WebEnd::Service { service, arrival: arrival("servers", MCS), asserted: None });
    lab.run();
    site
}
