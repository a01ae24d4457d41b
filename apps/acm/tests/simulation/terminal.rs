//! A user's terminal, and the user behind it: he comes and goes, and forgets; he is asked, and decides late.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use kit::{Cause, testing::asserted};
use sip::{Message, Method, Name};
use xml_schemas::{
    acm::{
        Actor, ClientId, PendingDataNotification, PendingDataRequest, PendingDataResponse, PendingItem,
        Request, Response, StatusItem, StatusResponse,
    },
    flow::{Carriage, Part},
    ids::{McServiceId, Psi, RequestId},
};

use super::{
    decide,
    net::{Net, on_the_wire},
    pairs::{self, DESK},
};
use crate::systems::{core, request_id, user};

/// A user and his terminal.
pub struct Terminal {
    pub system: String,
    pub name: String,
    pub impu: String,
    pub id: McServiceId,
    /// Which of two it is, where he has two.
    pub client: Option<&'static str>,
    memory: Mutex<Memory>,
}

/// What both know.
#[derive(Default)]
pub struct Memory {
    is_on: bool,
    /// It is there, and neither hears nor says anything.
    pub is_silent: bool,
    queries: u64,
    /// Its questions to its server.
    pub questions: BTreeSet<String>,
    answered: BTreeSet<String>,
    /// What he has been given to decide.
    pub given: BTreeMap<String, Request>,
    /// Which of his answers his server accepted, and whether it was a yes.
    pub accepted: BTreeMap<String, bool>,
    /// Which of them it called answered already, and whether it was a yes.
    pub denied: BTreeMap<String, bool>,
    /// What he was told of requests, each time anew.
    pub told: BTreeMap<String, Vec<Response>>,
    /// Requests in the order in which his server first sent them.
    pub order: Vec<String>,
    /// What he has asked, and whether his server accepted that.
    pub asked: BTreeMap<String, Option<Result<(), Option<Cause>>>>,
    /// What his server says of his requests.
    pub states: Vec<StatusItem>,
}

impl Terminal {
    pub fn new(system: &str, name: &str, client: Option<&'static str>) -> Self {
        Self {
            system: system.to_owned(),
            name: name.to_owned(),
            impu: format!("sip:{name}.imsi@{system}"),
            id: user(name, system),
            client,
            memory: Mutex::default(),
        }
    }

    pub fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap()
    }

    /// What tells it from all others.
    pub fn key(&self) -> String {
        self.client.map_or_else(|| self.impu.clone(), |client| format!("{}#{client}", self.impu))
    }

    /// What its contact states.
    pub fn instance(&self) -> Option<String> {
        self.client.map(|client| pairs::instance(&self.name, client))
    }

    pub fn is_on(&self) -> bool {
        self.memory().is_on
    }

    /// Whether it can say something.
    pub fn speaks(&self) -> bool {
        let memory = self.memory();
        memory.is_on && !memory.is_silent
    }

    /// Of two terminals, whichever has not asked a question refuses its answer.
    pub fn takes(&self, message: &Message) -> bool {
        let Ok(parts) = kit::carriage::parts(message) else { return false };
        let pending = PendingDataResponse::join(&parts).map(|pending| pending.request_id);
        let answered = pending.or_else(|_| StatusResponse::join(&parts).map(|status| status.request_id));
        let has_asked = |id: RequestId| self.memory().questions.contains(id.as_str());
        self.client.is_none() || answered.map_or(true, has_asked)
    }

    pub fn actor(&self) -> Actor {
        Actor::user(self.id.clone())
    }

    fn leaves(&self, forgets: bool) {
        let mut memory = self.memory();
        memory.is_on = false;
        if forgets {
            // Another terminal knows nothing of what this one has not answered.
            let Memory { given, accepted, .. } = &mut *memory;
            given.retain(|id, _| accepted.contains_key(id));
        }
    }

    /// His server begins to send him something.
    pub fn is_being_sent(&self, message: &Message) {
        let Ok(parts) = kit::carriage::parts(message) else { return };
        if let Ok(request) = Request::read(&parts) {
            self.sent(&request);
        } else if let Ok(pending) = PendingDataResponse::join(&parts) {
            for item in &pending.items {
                if let PendingItem::Request(request) = item {
                    self.sent(request);
                }
            }
        }
    }

    fn sent(&self, request: &Request) {
        let id = request.heading().request_id.to_string();
        let mut memory = self.memory();
        if !memory.order.contains(&id) {
            memory.order.push(id);
        }
    }

    /// A message arrives.
    pub fn receives(net: &Arc<Net>, this: &Arc<Self>, message: &Message) {
        let parts = kit::carriage::parts(message).expect("a body");
        if let Ok(request) = Request::read(&parts) {
            Self::is_given(net, this, request);
        } else if let Ok(response) = Response::read(&parts) {
            this.is_told(net, response);
        } else if PendingDataNotification::join(&parts).is_ok() {
            net.spawn(query(Arc::clone(net), Arc::clone(this)));
        } else if let Ok(pending) = PendingDataResponse::join(&parts) {
            this.memory().answered.insert(pending.request_id.to_string());
            let is_all = pending.is_all;
            for item in pending.items {
                match item {
                    PendingItem::Request(request) => Self::is_given(net, this, request),
                    PendingItem::Response(response) => this.is_told(net, response),
                }
            }
            if !is_all {
                net.spawn(query(Arc::clone(net), Arc::clone(this)));
            }
        } else if let Ok(status) = StatusResponse::join(&parts) {
            this.memory().states = status.items;
        }
    }

    fn is_given(net: &Arc<Net>, this: &Arc<Self>, request: Request) {
        let id = request.heading().request_id.to_string();
        let is_new = this.memory().given.insert(id.clone(), request.clone()).is_none();
        if is_new {
            net.say(|| format!("{} is given {id}", this.key()));
            net.spawn(decide::decide(Arc::clone(net), Arc::clone(this), request));
        }
    }

    fn is_told(&self, net: &Net, response: Response) {
        let id = response.heading().request_id.to_string();
        net.say(|| format!("{} is told of {id}: {:?}", self.impu, response.outcome()));
        self.memory().told.entry(id).or_default().push(response);
    }

    /// A message to his server: its status, and why where it was refused; none where no answer came.
    pub async fn says(&self, net: &Arc<Net>, parts: Vec<Part<'static>>) -> Option<(u16, Option<Cause>)> {
        let own = Psi::new("sip:client@peer.example").expect("valid");
        let (uri, ids) = (format!("sip:acm_psi@{}", self.system), net.lab.world("client").ids);
        let envelope = kit::carriage::Envelope { uri: &uri, own: &own, asserts: true, ids: &*ids };
        let request = kit::carriage::compose(&envelope, &parts).expect("composed");
        let message = asserted(&on_the_wire(&request), &self.impu);
        let answer = Arc::clone(net).to_server(self.system.clone(), message, true).await.ok()?;
        let status = answer.status()?;
        Some((status, (status >= 300).then(|| Cause::from_response(&answer))))
    }

    /// The core tells of his registration until it is heard.
    async fn registers(&self, net: &Arc<Net>, expires: u32, is_first: bool) {
        if let Some(client) = self.client {
            // It may name itself but once, and ask for less time than the other.
            let (is_brief, lasts) =
                if client == DESK { (true, expires.min(1_300)) } else { (false, expires) };
            pairs::registers(net, self, client, (lasts, is_first || !is_brief));
            return;
        }
        let core = core(&self.system);
        let request = sip::Request::new(Method::Register, format!("sip:acm_psi@{}", self.system))
            .header(Name::From, format!("<sip:{core}>;tag=1"))
            .header(Name::To, format!("<{}>", self.impu))
            .header(Name::CallId, "c")
            .header(Name::CSeq, "1 REGISTER")
            .header(Name::Contact, format!("<sip:{core}>"))
            .header(Name::Expires, expires.to_string());
        let message = on_the_wire(&request);
        loop {
            let answer = Arc::clone(net).to_server(self.system.clone(), message.clone(), false).await;
            if answer.is_ok_and(|answer| answer.status() == Some(200)) {
                return;
            }
            net.sleep(net.chance.seconds(1, 10)).await;
        }
    }
}

/// He comes and goes, until it is calm.
pub async fn lives(net: Arc<Net>, this: Arc<Terminal>) {
    let mut has_crashed = false;
    loop {
        if !net.is_calm() {
            net.sleep(net.chance.seconds(0, 400)).await;
        }
        while this.memory().is_silent {
            net.sleep(Duration::from_secs(20)).await;
        }
        this.memory().is_on = true;
        net.say(|| format!("{} logs on", this.key()));
        this.registers(&net, 3_600, true).await;
        if has_crashed {
            net.spawn(query(Arc::clone(&net), Arc::clone(&this)));
        }
        while net.is_calm() || !net.chance.one_in(3) {
            net.sleep(net.chance.seconds(120, 900)).await;
            if this.memory().is_silent {
                continue;
            }
            this.registers(&net, 3_600, false).await;
            if this.client.is_some() && net.pairs.is_quiet() {
                continue;
            }
            // What he was given for a role that he was not yet known to hold he finds so.
            if net.is_calm() || net.chance.one_in(4) {
                net.spawn(query(Arc::clone(&net), Arc::clone(&this)));
            }
        }
        this.leaves(net.chance.one_in(2));
        has_crashed = net.chance.one_in(4) || this.memory().is_silent;
        net.say(|| format!("{} {}", this.key(), if has_crashed { "crashes" } else { "logs off" }));
        if !has_crashed {
            this.registers(&net, 0, false).await;
        }
    }
}

/// He asks what waits for him, until he is told or gone.
pub async fn query(net: Arc<Net>, this: Arc<Terminal>) {
    let number = {
        let mut memory = this.memory();
        memory.queries += 1;
        memory.queries
    };
    let id = format!("q-{}-{number}", this.key().trim_start_matches("sip:").replace(['@', '#'], "-"));
    this.memory().questions.insert(id.clone());
    let client = this.client.and_then(|client| ClientId::new(&pairs::client_id(&this.name, client)));
    let request = PendingDataRequest { client, ..PendingDataRequest::new(request_id(&id), this.id.clone()) };
    while this.speaks() && !this.memory().answered.contains(&id) {
        let _ = this.says(&net, request.split()).await;
        net.sleep(net.chance.seconds(5, 40)).await;
    }
}
