//! A user's terminal, and the user behind it: he comes and goes, and forgets; he is asked, and decides late.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

use kit::{Cause, testing::asserted};
use sip::{Message, Method, Name};
use xml_schemas::{
    acm::{
        Actor, PendingDataNotification, PendingDataRequest, PendingDataResponse, PendingItem, Request,
        Response, StatusItem, StatusResponse,
    },
    flow::{Carriage, Part},
    ids::{McServiceId, Psi},
};

use super::{
    decide,
    net::{Net, on_the_wire},
};
use crate::systems::{core, request_id, user};

/// A user and his terminal.
pub struct Terminal {
    pub system: String,
    pub name: String,
    pub impu: String,
    pub id: McServiceId,
    memory: Mutex<Memory>,
}

/// What both know.
#[derive(Default)]
pub struct Memory {
    is_on: bool,
    queries: u64,
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
    pub fn new(system: &str, name: &str) -> Self {
        Self {
            system: system.to_owned(),
            name: name.to_owned(),
            impu: format!("sip:{name}.imsi@{system}"),
            id: user(name, system),
            memory: Mutex::default(),
        }
    }

    pub fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap()
    }

    pub fn is_on(&self) -> bool {
        self.memory().is_on
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
            net.say(|| format!("{} is given {id}", this.impu));
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
    async fn registers(&self, net: &Arc<Net>, expires: u32) {
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
        this.memory().is_on = true;
        net.say(|| format!("{} logs on", this.impu));
        this.registers(&net, 3_600).await;
        if has_crashed {
            net.spawn(query(Arc::clone(&net), Arc::clone(&this)));
        }
        while net.is_calm() || !net.chance.one_in(3) {
            net.sleep(net.chance.seconds(120, 900)).await;
            this.registers(&net, 3_600).await;
            // What he was given for a role that he was not yet known to hold he finds so.
            if net.is_calm() || net.chance.one_in(4) {
                net.spawn(query(Arc::clone(&net), Arc::clone(&this)));
            }
        }
        this.leaves(net.chance.one_in(2));
        has_crashed = net.chance.one_in(4);
        net.say(|| format!("{} {}", this.impu, if has_crashed { "crashes" } else { "logs off" }));
        if !has_crashed {
            this.registers(&net, 0).await;
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
    let id = format!("q-{}-{number}", this.impu.trim_start_matches("sip:").replace('@', "-"));
    let request = PendingDataRequest::new(request_id(&id), this.id.clone());
    while this.is_on() && !this.memory().answered.contains(&id) {
        let _ = this.says(&net, request.split()).await;
        net.sleep(net.chance.seconds(5, 40)).await;
    }
}
