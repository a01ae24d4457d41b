//! Users with two terminals, each a client of its own: what their SIP core knows of them, on which of them an alias is active, and what
//! is for whom.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use kit::aliases::client_name;
use sip::{AcceptContact, Message};
use xml_schemas::acm::{Addressee, Request};

use super::{
    chance::Chance,
    net::{Net, on_the_wire},
    terminal::Terminal,
    world::{ALIASES, SYSTEMS, Simulation},
};
use crate::systems::{Own, alias, third_party_by, user};

/// The first of them falls silent as it becomes calm, and stays so for a while.
pub const DESK: &str = "desk";
const FIELD: &str = "field";

/// A share of these have two.
const USERS: [&str; 2] = ["u1", "u2"];

/// So long nobody asks what waits unless he is notified, and those of the first kind are silent.
const QUIET: Duration = Duration::from_secs(2_000);

/// When it is looked whether something is kept back, and so much later again.
const LOOK: Duration = Duration::from_secs(1_800);
const AGAIN: Duration = Duration::from_secs(150);

/// What a server has heard so long ago it has kept, and sends by.
const HEARD: Duration = Duration::from_secs(60);

/// On which clients of a user an alias is active, for as long as he holds it.
type Active = BTreeMap<(String, String), Vec<&'static str>>;

#[derive(Default)]
pub struct Pairs {
    users: BTreeSet<(String, String)>,
    active: Active,
    cores: Mutex<BTreeMap<String, Core>>,
    is_quiet: AtomicBool,
}

/// What the SIP core knows of one user.
#[derive(Default)]
struct Core {
    bound: BTreeSet<&'static str>,
    /// What has still to be told to the server: of each the last that it has said, or that nobody is there.
    pending: Vec<Notice>,
    /// One is told after the other.
    is_busy: bool,
    said: u64,
    /// Of which the server knows, since when.
    heard: BTreeMap<&'static str, SystemTime>,
}

#[derive(Clone)]
struct Notice {
    number: u64,
    client: &'static str,
    /// Whether it says which client it is.
    is_named: bool,
    is_log_off: bool,
    message: Message,
}

impl Core {
    fn keep(&mut self, notice: Notice) {
        self.pending.retain(|it| !(it.is_log_off || notice.is_log_off || it.client == notice.client));
        self.pending.push(notice);
    }

    fn is_told(&mut self, notice: &Notice, now: SystemTime) {
        self.pending.retain(|it| it.number != notice.number);
        if notice.is_named && !notice.is_log_off {
            self.heard.entry(notice.client).or_insert(now);
        }
    }
}

impl Pairs {
    /// In every other run some users have two.
    pub fn of(seed: u64) -> Self {
        let chance = Chance::of(!seed);
        let (mut users, mut active) = (BTreeSet::new(), Active::new());
        for system in SYSTEMS.iter().filter(|_| seed.is_multiple_of(2)) {
            for name in USERS.iter().filter(|_| chance.percent(60)) {
                let id = user(name, system).to_string();
                for role in ALIASES {
                    let clients = match chance.below(3) {
                        0 => vec![DESK],
                        1 => vec![FIELD],
                        _ => vec![FIELD, DESK],
                    };
                    active.insert((alias(role, system).to_string(), id.clone()), clients);
                }
                users.insert(((*system).to_owned(), (*name).to_owned()));
            }
        }
        Self { users, active, ..Self::default() }
    }

    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// The terminals of a user, by their clients; of one who has one alone, that has no name.
    pub fn clients(&self, system: &str, name: &str) -> Vec<Option<&'static str>> {
        let is_one = !self.users.contains(&(system.to_owned(), name.to_owned()));
        if is_one { vec![None] } else { vec![Some(DESK), Some(FIELD)] }
    }

    /// By which names an alias is active on clients of a user.
    pub fn active(&self, role: &str, system: &str, name: &str) -> Vec<Option<String>> {
        let key = (alias(role, system).to_string(), user(name, system).to_string());
        let named = |client: &&str| Some(client_name(&client_id(name, client)));
        self.active.get(&key).map_or_else(|| vec![None], |clients| clients.iter().map(named).collect())
    }

    /// Whether nobody asks of himself.
    pub fn is_quiet(&self) -> bool {
        self.is_quiet.load(Ordering::SeqCst)
    }

    fn core<T>(&self, impu: &str, act: impl FnOnce(&mut Core) -> T) -> T {
        act(self.cores.lock().unwrap().entry(impu.to_owned()).or_default())
    }

    /// A request that is for an alias has come to one of a user's clients: what is wrong with that.
    pub fn wrong(&self, to: &Terminal, message: &Message, now: SystemTime) -> Option<String> {
        let (client, parts) = (to.client?, kit::carriage::parts(message).ok()?);
        let request = Request::read(&parts).ok()?;
        let Addressee::Alias(alias) = &request.heading().target else { return None };
        // What others ask a rule may give to another person.
        if request.heading().initiator.id.user() != "u1" {
            return None;
        }
        let active = self.active.get(&(alias.to_string(), to.id.to_string()))?;
        let is_known = |heard: &SystemTime| now.duration_since(*heard).unwrap_or_default() > HEARD;
        let heard = |client: &&str| self.core(&to.impu, |core| core.heard.get(client).is_some_and(is_known));
        let is_wrong = !active.contains(&client) && active.iter().all(heard);
        let id = &request.heading().request_id;
        is_wrong.then(|| format!("{id} was sent to {}, where {} is not active", to.key(), alias.as_str()))
    }
}

/// The MC client ID of one of a user's clients.
pub fn client_id(name: &str, client: &str) -> String {
    format!("urn:uuid:{name}-{client}")
}

/// What its contact states.
pub fn instance(name: &str, client: &str) -> String {
    format!("<urn:x:{name}-{client}>")
}

/// Which instance a message is for alone (RFC 3841).
pub fn wanted(message: &Message) -> Option<String> {
    let wishes: Vec<AcceptContact<'_>> = message.all().map(|wish| wish.expect("valid")).collect();
    let instance = wishes.iter().find_map(|wish| wish.params.get("+sip.instance"))?;
    Some(String::from_utf8_lossy(instance).into_owned())
}

/// The core keeps one of a user's registrations, and tells of it until it is heard, or has another of the same client to tell of.
pub fn registers(net: &Arc<Net>, this: &Terminal, client: &'static str, (lasts, is_named): (u32, bool)) {
    let (id, instance) = (client_id(&this.name, client), instance(&this.name, client));
    let own = Own { client: is_named.then_some(id.as_str()), instance: Some(&instance), lasts };
    let was_busy = net.pairs.core(&this.impu, |core| {
        if lasts > 0 {
            core.bound.insert(client)
        } else {
            core.bound.remove(client)
        };
        let is_log_off = core.bound.is_empty();
        if is_log_off {
            core.heard.clear();
        }
        let expires = if is_log_off { 0 } else { 3_600 };
        let message = on_the_wire(&third_party_by(&this.system, &this.name, expires, own));
        core.said += 1;
        core.keep(Notice { number: core.said, client, is_named, is_log_off, message });
        std::mem::replace(&mut core.is_busy, true)
    });
    if !was_busy {
        net.spawn(tells(Arc::clone(net), this.system.clone(), this.impu.clone()));
    }
}

async fn tells(net: Arc<Net>, system: String, impu: String) {
    let next = |core: &mut Core| {
        core.is_busy = !core.pending.is_empty();
        core.pending.first().cloned()
    };
    while let Some(notice) = net.pairs.core(&impu, next) {
        let answer = Arc::clone(&net).to_server(system.clone(), notice.message.clone(), false).await;
        if answer.is_ok_and(|answer| answer.status() == Some(200)) {
            let now = net.clock().wall();
            net.pairs.core(&impu, |core| core.is_told(&notice, now));
        } else {
            net.sleep(net.chance.seconds(1, 10)).await;
        }
    }
}

/// Now and then it hears and says nothing, until it is calm.
pub async fn falls_silent(net: Arc<Net>, this: Arc<Terminal>) {
    loop {
        net.sleep(net.chance.seconds(60, 600)).await;
        for is_silent in [true, false] {
            if net.is_calm() {
                return;
            }
            net.say(|| format!("{} is silent: {is_silent}", this.key()));
            this.memory().is_silent = is_silent;
            net.sleep(net.chance.seconds(20, 500)).await;
        }
    }
}

impl Simulation {
    /// As it becomes calm, of each two terminals one is silent: the other has all the same what is for it, and what is for its user.
    pub fn quiet_hour(&self) -> Vec<String> {
        self.net.pairs.is_quiet.store(true, Ordering::SeqCst);
        for terminal in self.net.terminals.values() {
            terminal.memory().is_silent = terminal.client == Some(DESK);
        }
        self.net.lab.advance(LOOK);
        let waited = self.untold();
        self.net.lab.advance(AGAIN);
        let wrong = self.untold().intersection(&waited).map(|it| format!("{it} is kept back")).collect();
        self.net.lab.advance(QUIET - LOOK - AGAIN);
        self.net.pairs.is_quiet.store(false, Ordering::SeqCst);
        for terminal in self.net.terminals.values() {
            terminal.memory().is_silent = false;
        }
        wrong
    }

    /// What users with two terminals have not been told, and is not for those that are silent.
    fn untold(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (system, name) in &self.net.pairs.users {
            let content = self.disks[system].content();
            let desk = client_name(&client_id(name, DESK));
            let prefix = format!("acm/wait/{}/n/", user(name, system));
            for (key, record) in content.records.iter().filter(|(key, _)| key.starts_with(prefix.as_bytes()))
            {
                let of = |value: &[u8]| serde_json::from_slice::<serde_json::Value>(value).expect("a record");
                let case = of(&record.value)["case"].as_str().expect("a case").to_owned();
                let case = content.records.get(format!("acm/case/{case}").as_bytes());
                let client = case.map(|case| of(&case.value)["cl"].clone());
                if client.is_some_and(|client| client.as_str() != Some(desk.as_str())) {
                    found.insert(String::from_utf8_lossy(key).into_owned());
                }
            }
        }
        found
    }
}
