//! What lies between: gateways between the systems, SIP cores between servers and terminals; and what becomes of what passes them.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use acm::AcmServer;
use bytes::BytesMut;
use futures::{FutureExt as _, future};
use kit::{
    Cause,
    testing::{Lab, arrival, asserted},
};
use sip::Message;
use store::Store;
use wire::{Answer, Arrival, BoxFuture, Clock, Hop, Tasks, Wire, WireError};

use super::{
    chance::Chance,
    life::Life,
    pairs::{self, Pairs},
    terminal::Terminal,
};
use crate::systems::core;

/// A client transaction's patience (RFC 3261 17.1.2.2, timer F).
const PATIENCE: Duration = Duration::from_secs(32);

/// How rough it is: shares in percent, and how long a message takes at most.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    pub lost: u64,
    pub unanswered: u64,
    pub doubled: u64,
    pub refused: u64,
    pub slowest: u64,
}

/// A server's process.
#[derive(Clone)]
pub struct Running {
    pub system: String,
    pub server: AcmServer,
    /// What it keeps.
    pub store: Arc<dyn Store>,
    pub life: Arc<Life>,
    pub tasks: Arc<dyn Tasks>,
}

/// What becomes of one message.
enum Fate {
    Passes,
    /// And once more, so much later.
    Twice(Duration),
    Lost,
    Unreachable,
    AnswerLost,
    /// A gateway refuses it for good.
    Refused,
}

/// Everything between the servers and around them.
pub struct Net {
    pub lab: Lab,
    clock: Arc<dyn Clock>,
    tasks: Arc<dyn Tasks>,
    pub chance: Chance,
    pub weather: Weather,
    pub is_loud: bool,
    /// Whether all that is asked of `b.example` is about one user.
    pub is_crowded: bool,
    is_calm: AtomicBool,
    /// Between which systems nothing passes; and whether whoever sends is told.
    pub cuts: Mutex<BTreeMap<(String, String), bool>>,
    /// By their names.
    pub running: Mutex<BTreeMap<String, Running>>,
    /// By what tells each from all others: of one user, one after the other.
    pub terminals: BTreeMap<String, Arc<Terminal>>,
    /// Users with two.
    pub pairs: Pairs,
    /// What was seen to be wrong on the way.
    pub wrong: Mutex<Vec<String>>,
    /// The life of everybody who is no server.
    pub actors: Arc<Life>,
}

impl Net {
    pub fn new(
        lab: Lab,
        chance: Chance,
        weather: Weather,
        (is_loud, is_crowded): (bool, bool),
        pairs: Pairs,
        terminals: impl Iterator<Item = Arc<Terminal>>,
    ) -> Self {
        let world = lab.world("net");
        Self {
            lab,
            clock: world.clock,
            tasks: world.tasks,
            chance,
            weather,
            is_loud,
            is_crowded,
            is_calm: AtomicBool::new(false),
            cuts: Mutex::default(),
            running: Mutex::default(),
            terminals: terminals.map(|terminal| (terminal.key(), terminal)).collect(),
            pairs,
            wrong: Mutex::default(),
            actors: Arc::default(),
        }
    }

    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub fn sleep(&self, long: Duration) -> BoxFuture<'static, ()> {
        self.clock().sleep(long)
    }

    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let guarded = self.actors.guard(work.boxed()).map(drop).boxed();
        self.tasks.spawn(guarded);
    }

    pub fn is_calm(&self) -> bool {
        self.is_calm.load(Ordering::SeqCst)
    }

    /// From now on everything works.
    pub fn calm(&self) {
        self.is_calm.store(true, Ordering::SeqCst);
        self.cuts.lock().unwrap().clear();
    }

    pub fn say(&self, what: impl FnOnce() -> String) {
        if self.is_loud {
            let since = self.clock().wall().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            eprintln!("{:>10.3} {}", since.as_secs_f64() - 1_772_445_600.0, what());
        }
    }

    /// The processes of a system's server that run.
    pub fn all_of(&self, system: &str) -> Vec<Running> {
        let running = self.running.lock().unwrap();
        running.values().filter(|running| running.system == system).cloned().collect()
    }

    /// One of them: any serves.
    pub fn any_of(&self, system: &str) -> Option<Running> {
        let all = self.all_of(system);
        if all.len() > 1 { Some(self.chance.pick(&all).clone()) } else { all.into_iter().next() }
    }

    fn fate(&self) -> Fate {
        if self.is_calm() {
            return Fate::Passes;
        }
        let Weather { lost, unanswered, doubled, refused, .. } = self.weather;
        let roll = self.chance.below(100);
        match roll {
            _ if roll < lost && self.chance.one_in(2) => Fate::Unreachable,
            _ if roll < lost => Fate::Lost,
            _ if roll < lost + unanswered => Fate::AnswerLost,
            _ if roll < lost + unanswered + doubled => {
                let most = *self.chance.pick(&[1_000, 60_000, 1_200_000]);
                Fate::Twice(self.chance.millis(0, most))
            }
            _ if roll < lost + unanswered + doubled + refused => Fate::Refused,
            _ => Fate::Passes,
        }
    }

    async fn on_the_way(&self) {
        let most = if self.is_calm() { 20 } else { self.weather.slowest };
        self.sleep(self.chance.millis(0, most)).await;
    }

    /// From a server to that of another system.
    async fn between(self: Arc<Self>, from: String, message: Message) -> Result<Message, WireError> {
        let to = target(&message);
        let cut = self.cuts.lock().unwrap().get(&(from.clone(), to.clone())).copied();
        let fate = match cut {
            Some(true) => Fate::Unreachable,
            Some(false) => Fate::Lost,
            None => self.fate(),
        };
        let message = asserted(&message, &format!("sip:{from}"));
        let came = arrival("inner", &format!("mcgw.{to}"));
        self.carry(to, message, came, fate).await
    }

    /// From a terminal, or the core that speaks for it, to its server. `may_repeat`: whether it may come twice.
    pub async fn to_server(
        self: Arc<Self>,
        system: String,
        message: Message,
        may_repeat: bool,
    ) -> Result<Message, WireError> {
        let fate = match self.fate() {
            Fate::Twice(_) if !may_repeat => Fate::Passes,
            Fate::Refused => Fate::Passes,
            fate => fate,
        };
        let came = arrival("inner", &core(&system));
        self.carry(system, message, came, fate).await
    }

    async fn carry(
        self: Arc<Self>,
        to: String,
        message: Message,
        came: Arrival,
        fate: Fate,
    ) -> Result<Message, WireError> {
        self.on_the_way().await;
        match fate {
            Fate::Unreachable => return Err(WireError::Unreachable("as the weather has it".into())),
            Fate::Refused => return Ok(answer(&Cause::NotPermitted.response("gateway"), &message)),
            Fate::Lost => {
                self.sleep(PATIENCE).await;
                return Err(WireError::Timeout);
            }
            Fate::AnswerLost => {
                let _ = self.deliver(&to, &message, came).await;
                self.sleep(PATIENCE).await;
                return Err(WireError::Timeout);
            }
            Fate::Twice(later) => {
                let (net, to, message, came) = (Arc::clone(&self), to.clone(), message.clone(), came.clone());
                self.spawn(async move {
                    net.sleep(later).await;
                    net.say(|| format!("again to {to}"));
                    let _ = net.deliver(&to, &message, came).await;
                });
            }
            Fate::Passes => {}
        }
        let answered = self.deliver(&to, &message, came).await;
        self.on_the_way().await;
        answered
    }

    async fn deliver(&self, to: &str, message: &Message, came: Arrival) -> Result<Message, WireError> {
        let gone = || WireError::Unreachable("nobody listens there".into());
        let running = self.any_of(to).ok_or_else(gone)?;
        let serving = running.server.service().serve(message.clone(), came);
        let reply = running.life.guard(serving).await.ok_or_else(gone)?;
        if let Some(after) = reply.after {
            running.tasks.spawn(after);
        }
        Ok(answer(&reply.response, message))
    }

    /// From a server to a terminal of its system.
    async fn to_terminal(self: Arc<Self>, message: Message) -> Result<Message, WireError> {
        let uri = String::from_utf8_lossy(message.request_uri()).into_owned();
        let impu = uri.split(';').next().unwrap_or_default();
        let his = |terminal: &&Arc<Terminal>| terminal.impu == impu;
        let mut all: Vec<Arc<Terminal>> = self.terminals.values().filter(his).cloned().collect();
        all.first().expect("a user of the simulation").is_being_sent(&message);
        let fate = self.fate();
        self.on_the_way().await;
        if matches!(fate, Fate::Lost | Fate::Unreachable) {
            self.sleep(PATIENCE).await;
            return Err(WireError::Timeout);
        }
        if all.len() > 1 && self.chance.one_in(2) {
            all.reverse();
        }
        let wanted = pairs::wanted(&message);
        all.retain(|it| {
            it.is_on() && wanted.as_ref().is_none_or(|wanted| it.instance().as_ref() == Some(wanted))
        });
        let Some(terminal) = all.iter().find(|it| it.speaks() && it.takes(&message)) else {
            if all.iter().any(|terminal| !terminal.speaks()) {
                self.sleep(PATIENCE).await;
                return Err(WireError::Timeout);
            }
            return Ok(answer(&sip::Response::new(480), &message));
        };
        self.wrong.lock().unwrap().extend(self.pairs.wrong(terminal, &message, self.clock().wall()));
        Terminal::receives(&self, terminal, &message);
        self.on_the_way().await;
        if matches!(fate, Fate::AnswerLost) {
            self.sleep(PATIENCE).await;
            return Err(WireError::Timeout);
        }
        Ok(answer(&sip::Response::new(200), &message))
    }
}

/// What comes of something, when so much time has passed as it takes.
pub fn done<T: Send + 'static>(net: &Net, work: impl Future<Output = T> + Send + 'static) -> T {
    let found = Arc::new(Mutex::new(None));
    let read = Arc::clone(&found);
    net.spawn(async move {
        let came = work.await;
        *read.lock().unwrap() = Some(came);
    });
    loop {
        if let Some(came) = found.lock().unwrap().take() {
            return came;
        }
        net.lab.advance(Duration::from_millis(50));
    }
}

/// The wire of one process.
pub struct Line {
    pub net: Arc<Net>,
    pub system: String,
    pub life: Arc<Life>,
}

impl Wire for Line {
    fn request(&self, request: sip::Request, hop: Hop) -> BoxFuture<'static, Result<Answer, WireError>> {
        let (net, system, life) = (Arc::clone(&self.net), self.system.clone(), Arc::clone(&self.life));
        async move {
            if life.is_over() {
                return future::pending().await;
            }
            let message = on_the_wire(&request);
            let response = if *hop.name == *core(&system) {
                net.to_terminal(message).await
            } else {
                net.between(system, message).await
            };
            response.map(|response| Answer { response, arrival: arrival(&hop.name, &hop.name) })
        }
        .boxed()
    }
}

fn target(message: &Message) -> String {
    String::from_utf8_lossy(message.request_uri()).split('@').nth(1).expect("a domain").to_owned()
}

pub fn on_the_wire(request: &sip::Request) -> Message {
    let mut out = BytesMut::new();
    request.print(b"SIP/2.0/TLS test.invalid;branch=z9hG4bKtest", &mut out);
    Message::parse(out.freeze(), &sip::Limits::STREAM).expect("a draft prints a valid request")
}

fn answer(response: &sip::Response, request: &Message) -> Message {
    let mut out = BytesMut::new();
    response.print(request, "test", &mut out);
    Message::parse(out.freeze(), &sip::Limits::STREAM).expect("a draft prints a valid response")
}
