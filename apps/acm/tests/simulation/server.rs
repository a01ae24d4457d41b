//! An ACM server over its restarts, and who holds which alias of its system.

use std::sync::Arc;

use acm::{AcmServer, Config, Metrics};
use audit::Chain;
use store::Store;
use wire::{Recorder, World, web::NoWeb};

use super::{
    beside::{Beside, Path},
    disk::{Death, Disk, Kept},
    life::{Life, Mortal},
    log,
    net::{Line, Net, Running},
    world::{ALIASES, Aliases, holders},
};
use crate::systems::B;

struct Nobody;

impl Recorder for Nobody {
    fn record(&self, _: wire::Entry) {}

    fn is_listening(&self) -> bool {
        false
    }
}

/// One of the processes that are the ACM server of a system, over its restarts. They share what they keep, and nothing else.
#[derive(Clone)]
pub struct Server {
    pub net: Arc<Net>,
    pub system: String,
    pub config: Config,
    pub disk: Disk,
    pub beside: Beside,
    pub is_signed: bool,
    pub aliases: Aliases,
}

impl Server {
    /// One process after the other, until it is calm.
    pub async fn lives(self) {
        let server = self;
        loop {
            let chance = &server.net.chance;
            let death = match chance.below(3) {
                0 => Death::never(),
                roll => {
                    let commit = i64::try_from(1 + chance.below(25)).expect("few");
                    Death::at(commit, roll == 1)
                }
            };
            let death = if server.net.is_calm() { Death::never() } else { death };
            server.net.say(|| format!("{} starts", server.config.name));
            let life = server.start(Arc::clone(&death)).await;
            server.net.sleep(chance.seconds(60, 600)).await;
            if server.net.is_calm() && !life.is_over() {
                death.disarm();
                return;
            }
            server.net.say(|| format!("{} has ended", server.config.name));
            life.end();
            server.disk.is_left();
            server.net.running.lock().unwrap().remove(&server.config.name);
            if !server.net.is_calm() {
                server.net.sleep(chance.seconds(0, *chance.pick(&[2, 30, 400]))).await;
            }
        }
    }

    /// A process.
    async fn start(&self, death: Arc<Death>) -> Arc<Life> {
        let life = Arc::new(Life::default());
        let lab = self.net.lab.world(&self.config.name);
        let tasks = Arc::new(Mortal { tasks: lab.tasks.clone(), life: Arc::clone(&life) });
        let line = Line { net: Arc::clone(&self.net), system: self.system.clone(), life: Arc::clone(&life) };
        let path = Path { net: Arc::clone(&self.net), life: Arc::clone(&life), beside: self.beside.clone() };
        let world = World {
            wire: Arc::new(line),
            web: if self.system == B { Arc::new(path) } else { Arc::new(NoWeb) },
            tasks: tasks.clone(),
            recorder: Arc::new(Nobody),
            ..lab
        };
        let store = Kept {
            disk: self.disk.clone(),
            life: Arc::clone(&life),
            clock: world.clock.clone(),
            chance: self.net.chance.clone(),
            death,
        };
        let partners = acm::partners(&self.config, |_| Err("no file")).expect("none has one");
        let (config, name) = (self.config.clone(), self.config.name.clone());
        let key = self.is_signed.then(|| log::key(&self.system));
        let fresh = format!("{}-{:016x}", self.system, self.net.chance.below(u64::MAX));
        let store: Arc<dyn Store> = Arc::new(store);
        let kept = Arc::clone(&store);
        let opening = async move {
            let now = world.clock.wall();
            let chain = Chain::open(Arc::clone(&kept), &name, key, &fresh, now).await.expect("opens");
            AcmServer::open(config, partners, world, kept, Metrics::default(), Some(chain)).await
        };
        // One that ends while it starts has served nobody.
        if let Some(server) = life.guard(Box::pin(opening)).await {
            let server = server.unwrap_or_else(|why| panic!("{why}"));
            let system = self.system.clone();
            let running = Running { system, server: server.clone(), store, life: Arc::clone(&life), tasks };
            self.net.running.lock().unwrap().insert(self.config.name.clone(), running);
            let (net, aliases, system) = (Arc::clone(&self.net), self.aliases.clone(), self.system.clone());
            self.net.spawn(async move {
                net.sleep(net.chance.seconds(0, 20)).await;
                aliases.tell(&net.pairs, &system, &server);
            });
        }
        life
    }

    /// Aliases of its system change hands, and each process hears of it when it does.
    pub async fn moves(self) {
        let net = &self.net;
        loop {
            net.sleep(net.chance.seconds(20, 600)).await;
            let name = *net.chance.pick(&ALIASES);
            let mut holders = holders(&net.chance);
            if net.is_calm() && holders.is_empty() {
                holders.push("u1");
            }
            net.say(|| format!("{name}@{} is held by {holders:?}", self.system));
            self.aliases.set(&self.system, name, holders);
            for running in net.all_of(&self.system) {
                net.sleep(net.chance.millis(0, 4_000)).await;
                self.aliases.tell(&net.pairs, &self.system, &running.server);
            }
        }
    }
}
