//! A functional alias controlling server, its SIP core, its users, and an own server that follows it.

#![allow(dead_code, clippy::unwrap_used, reason = "a test")]

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use aliases::{
    AliasServer, Config,
    config::{Alias, User},
};
use audit::{Chain, Entry, entries};
use futures::executor::block_on;
use kit::{
    Cause, Cx, Entity, Impu, OwnServer, PartnerTable, Profile, Trust,
    aliases::{LIFETIME, Source, View, follow},
    events::Watcher,
    publication::Lifetimes,
    testing::{End, Lab, arrival, hop, hop_config},
};
use sip::{Message, Method, Name, Request};
use store::{Clock, Disk, Redb, Store};
use xml_schemas::{
    body::{
        Body as _, Presence,
        presence::{AliasStatus, Standing, Tuple},
    },
    ids::{FunctionalAlias, McServiceId, Psi},
    mime,
};

pub const FA: &str = "fa1.a";
pub const ACM: &str = "acm1.a";
pub const CORE: &str = "core.a";
const PSI: &str = "sip:alias_psi@a.example";
/// TS 24.379 9A.2.1.2: for as long as there are numbers.
pub const FOR_GOOD: &str = "4294967295";

pub fn alias(name: &str) -> FunctionalAlias {
    FunctionalAlias::new(&format!("sip:{name}@a.example")).unwrap()
}

pub fn user(name: &str) -> McServiceId {
    McServiceId::new(&format!("sip:{name}@a.example")).unwrap()
}

fn impu(name: &str) -> String {
    format!("sip:{name}.imsi@a.example")
}

pub fn config() -> Config {
    let users = ["alice", "bob", "carol", "mallory"];
    let holders = || ["alice", "bob", "carol"].into_iter().map(user).collect();
    let rules = |name, limit, take_over| Alias { id: alias(name), users: holders(), limit, take_over };
    Config {
        name: FA.into(),
        psi: Psi::new(PSI).unwrap(),
        listen: Vec::new(),
        core: hop_config(CORE),
        servers: vec![OwnServer {
            identity: ACM.into(),
            psi: Psi::new("sip:acm_psi@a.example").unwrap(),
            hop: hop(ACM),
        }],
        users: users.map(|name| User { id: user(name), impu: Impu::new(&impu(name)).unwrap() }).into(),
        aliases: vec![rules("lead", 1, true), rules("crew", 2, false), rules("desk", 1, false)],
        lifetimes: Lifetimes {
            default: Duration::from_secs(600),
            longest: Duration::from_secs(600),
            shortest: Duration::from_secs(60),
        },
        subscriptions: 100,
        subscription_octets: 1 << 20,
        ends_with_log_off: true,
        replica: "one".into(),
    }
}

pub struct World {
    pub lab: Lab,
    pub store: Arc<dyn Store>,
    pub server: AliasServer,
    pub view: View,
}

/// What a PUBLISH lists; an alias with `!` is to be taken over.
fn presence(name: &str, client: &str, aliases: &[&str]) -> Vec<u8> {
    let status = |named: &&str| AliasStatus {
        takes_over: named.ends_with('!'),
        ..AliasStatus::of(alias(named.trim_end_matches('!')))
    };
    let aliases = aliases.iter().map(status).collect();
    let tuples = vec![Tuple { id: client.into(), aliases, ..Tuple::default() }];
    Presence { entity: user(name).as_str().into(), tuples, ..Presence::default() }.write()
}

impl World {
    pub fn new() -> Self {
        Self::over(Arc::new(Redb::open_in_memory(Disk::new(), Clock::still(UNIX_EPOCH)).unwrap()))
    }

    pub fn over(store: Arc<dyn Store>) -> Self {
        let lab = Lab::new();
        let server = open(&lab, &store, config());
        let world = Self { lab, store, server, view: View::default() };
        world.connect();
        let watcher = Watcher::new(world.lab.world(ACM), Psi::new("sip:acm_psi@a.example").unwrap());
        let mut profile = Profile::new(ACM, "acm", Psi::new("sip:acm_psi@a.example").unwrap());
        profile.trust = Trust { servers: vec![FA.into()], ..Trust::default() };
        let acm = Entity::new(Cx::new(profile, (), PartnerTable::default(), world.lab.world(ACM)))
            .watches(&watcher);
        let service = Arc::new(acm);
        world.lab.connect(FA, ACM, End::Service { service, arrival: arrival("inner", FA), asserted: None });
        let server = OwnServer { identity: FA.into(), psi: Psi::new(PSI).unwrap(), hop: hop(FA) };
        follow(&watcher, &world.lab.world(ACM), Source { server, lifetime: LIFETIME }, world.view.clone());
        world.lab.run();
        world
    }

    fn connect(&self) {
        let service = self.server.service();
        self.lab.connect(ACM, FA, End::Service { service, arrival: arrival("inner", ACM), asserted: None });
        self.lab.connect(FA, CORE, End::Response(sip::Response::new(200)));
    }

    /// The process ends, and another begins over the same store.
    pub fn restart(self, config: Config) -> Self {
        let server = open(&self.lab, &self.store, config);
        let world = Self { server, ..self };
        world.connect();
        world.lab.run();
        world
    }

    pub fn request(&self, name: &str, method: Method<'static>, expires: &str) -> Request {
        let id = self.lab.world("x").ids.token();
        Request::new(method, PSI)
            .header(Name::From, format!("<{}>;tag={id}", impu(name)))
            .header(Name::To, format!("<{PSI}>"))
            .header(Name::CallId, id)
            .header(Name::CSeq, format!("1 {}", String::from_utf8_lossy(method.as_bytes())))
            .header(Name::PAssertedIdentity, format!("<{}>", impu(name)))
            .header(Name::Event, "presence")
            .header(Name::Expires, expires)
    }

    pub fn give(&self, request: &Request) -> Message {
        self.lab.deliver(&*self.server.service(), request, arrival("inner", CORE)).unwrap()
    }

    pub fn publish(&self, name: &str, client: &str, aliases: &[&str], expires: &str) -> Message {
        self.try_publish(name, client, aliases, expires).unwrap()
    }

    /// None where no answer comes.
    pub fn try_publish(&self, name: &str, client: &str, aliases: &[&str], expires: &str) -> Option<Message> {
        let request = self.request(name, Method::Publish, expires);
        let request = request.body(mime::PIDF, presence(name, client, aliases));
        self.lab.deliver(&*self.server.service(), &request, arrival("inner", CORE))
    }

    pub fn activate(&self, name: &str, aliases: &[&str]) -> Result<String, Cause> {
        let answer = self.publish(name, "c1", aliases, FOR_GOOD);
        match answer.status() {
            Some(200) => Ok(text(&answer, Name::SipEtag)),
            _ => Err(Cause::from_response(&answer)),
        }
    }

    pub fn deactivate(&self, name: &str, aliases: &[&str]) -> Option<u16> {
        self.publish(name, "c1", aliases, "0").status()
    }

    /// What the server says, and then what whoever follows it knows.
    pub fn holders(&self, name: &str) -> Vec<String> {
        let here: Vec<String> =
            self.server.holders(&alias(name)).iter().map(|held| held.user.user().to_owned()).collect();
        let there = self.view.holders(&alias(name));
        let there: Vec<String> = there.iter().map(|held| held.user.user().to_owned()).collect();
        assert_eq!(here, there, "whoever follows knows the same");
        here
    }

    pub fn subscribe(&self, name: &str) -> Message {
        let request = self.request(name, Method::Subscribe, "3600");
        let contact = format!("<{}>", impu(name));
        self.give(&request.header(Name::Contact, contact).header(Name::Accept, mime::PIDF))
    }

    /// The last NOTIFY that went to a user: how each alias stands.
    pub fn told(&self) -> Vec<(String, Option<Standing>)> {
        let notify =
            self.lab.sent(CORE).into_iter().rfind(|message| message.method() == Method::Notify).unwrap();
        let presence = Presence::read(notify.body()).unwrap();
        let all = presence.tuples.iter().flat_map(|tuple| &tuple.aliases);
        let mut told: Vec<_> = all.map(|status| (status.alias.user().to_owned(), status.status)).collect();
        told.sort_by(|one, other| one.0.cmp(&other.0));
        told
    }

    pub fn register(&self, name: &str, expires: &str) -> Option<u16> {
        let id = self.lab.world("x").ids.token();
        let request = Request::new(Method::Register, PSI)
            .header(Name::From, format!("<sip:core.a.example>;tag={id}"))
            .header(Name::To, format!("<{}>", impu(name)))
            .header(Name::CallId, id)
            .header(Name::CSeq, "1 REGISTER")
            .header(Name::Contact, "<sip:core.a.example>")
            .header(Name::Expires, expires);
        self.give(&request).status()
    }

    /// What stands in the log, in order.
    pub fn entries(&self) -> Vec<Entry> {
        let chain = block_on(chain(&self.store));
        block_on(chain.seal(UNIX_EPOCH)).unwrap();
        let found = block_on(entries(&*self.store, FA, 0, 10_000)).unwrap();
        found.into_iter().map(|sealed| sealed.entry.unwrap()).collect()
    }

    /// Acts in the log, in order.
    pub fn acts(&self) -> Vec<String> {
        let acts = self.entries().into_iter();
        acts.map(|entry| format!("{} {}", entry.act, entry.on.join(" "))).collect()
    }
}

async fn chain(store: &Arc<dyn Store>) -> Chain {
    Chain::open(Arc::clone(store), FA, None, "fresh", UNIX_EPOCH).await.unwrap()
}

fn open(lab: &Lab, store: &Arc<dyn Store>, config: Config) -> AliasServer {
    block_on(async {
        let chain = chain(store).await;
        AliasServer::open(config, lab.world(FA), Arc::clone(store), Some(chain)).await.unwrap()
    })
}

pub fn text(message: &Message, name: Name) -> String {
    String::from_utf8_lossy(message.header(name).unwrap_or_default()).into_owned()
}
