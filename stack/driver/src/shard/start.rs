//! Binding, and starting the shards.

use std::{
    net::SocketAddr,
    rc::Rc,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize},
        mpsc::sync_channel,
    },
    thread,
};

use ahash::RandomState;
use rustls::KeyLog;
use tokio::{
    runtime,
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        watch,
    },
};
use wire::{Inline, Service, Transport};

use super::{
    alias::Aliases,
    common::{Common, Shared},
    door::Door,
    egress::{Named, Names},
    inbox::Letter,
    listen::Accepting,
    run::{Shard, Sockets},
    udp::Port,
    unanswered::Unanswered,
};
use crate::{
    Bound, Env, ListenerConfig, NodeConfig, Shards, StartError,
    net::Share,
    tls::{FileKeyLog, Profiles, TlsError},
};

pub(crate) fn start(
    config: NodeConfig,
    inline: Arc<dyn Inline>,
    service: Arc<dyn Service>,
    env: Env,
) -> Result<Arc<Shared>, StartError> {
    let threads = match config.shards {
        Shards::Local => None,
        Shards::Threads(count) => Some(count.max(1)),
    };
    let (inboxes, letters): (Vec<_>, Vec<_>) = (0..threads.unwrap_or(1)).map(|_| unbounded_channel()).unzip();
    let common = Arc::new(common(config, (inline, service), env, inboxes)?);
    let addresses = start_shards(&common, threads.is_some(), letters)?;
    let bound = common.config.listeners.iter().zip(&addresses).map(|(listener, address)| Bound {
        name: listener.name.clone(),
        transport: listener.transport,
        address: *address,
    });
    let bound = bound.collect();
    Ok(Arc::new(Shared::new(common, bound)))
}

/// What all shards of the node know.
fn common(
    config: NodeConfig,
    (inline, service): (Arc<dyn Inline>, Arc<dyn Service>),
    env: Env,
    inboxes: Vec<UnboundedSender<Letter>>,
) -> Result<Common, StartError> {
    let secret = secret(&env);
    let [a, b, c, d] = secret;
    Ok(Common {
        profiles: profiles(&config, &env)?,
        metrics: env.metrics.node(&config.name),
        pending: inboxes.iter().map(|_| AtomicUsize::new(0)).collect(),
        client_sent_by: format!("{}.invalid", env.ids.token()).into(),
        secret,
        hasher: RandomState::with_seeds(a, b, c, d),
        unanswered: Unanswered::new(&config.limits),
        aliases: Aliases::default(),
        doors: doors(&config, &inboxes, &env),
        draining: AtomicBool::new(false),
        quiesced: OnceLock::new(),
        stopped: watch::Sender::new(false),
        running: watch::Sender::new(inboxes.len()),
        inboxes,
        turns: Arc::default(),
        outstanding: Arc::default(),
        config,
        inline,
        service,
        env,
    })
}

/// Where the listeners are bound. The first shard's ports are everybody's.
fn start_shards(
    common: &Arc<Common>,
    on_threads: bool,
    letters: Vec<UnboundedReceiver<Letter>>,
) -> Result<Vec<SocketAddr>, StartError> {
    let mut addresses: Vec<SocketAddr> =
        common.config.listeners.iter().map(|listener| listener.address).collect();
    for (index, letters) in (0_u16..).zip(letters) {
        let started = if on_threads {
            start_thread(common, index, addresses.clone(), letters)
        } else {
            start_here(common, &addresses, letters)
        };
        // What runs already ends when one fails.
        addresses = started.inspect_err(|_| {
            common.stopped.send_replace(true);
        })?;
    }
    Ok(addresses)
}

fn doors(config: &NodeConfig, inboxes: &[UnboundedSender<Letter>], env: &Env) -> Vec<Arc<Door>> {
    let door = |listener: &ListenerConfig| {
        let door = Arc::new(Door::new(listener.admission, inboxes.to_vec()));
        if listener.transport != Transport::Udp {
            env.room.join(&door, listener.admission.connections);
        }
        door
    };
    config.listeners.iter().map(door).collect()
}

fn profiles(config: &NodeConfig, env: &Env) -> Result<Profiles, StartError> {
    let log = config.lab_key_log.as_deref().map(FileKeyLog::open).transpose();
    let log = log.map_err(|error| StartError::Tls(TlsError(format!("key log: {error}"))))?;
    let log = log.map(|log| Arc::new(log) as Arc<dyn KeyLog>);
    let profiles = Profiles::new(&config.tls, env.clock.clone(), log).map_err(StartError::Tls)?;
    env.metrics.certificates().are(&config.name, &config.tls, &env.clock);
    for listener in config.listeners.iter().filter(|listener| listener.transport == Transport::Tls) {
        let profile = listener.tls.as_ref().and_then(|name| profiles.find(name));
        if profile.and_then(|profile| profile.server(listener.client_auth)).is_none() {
            let what = format!("listener {} has no TLS profile with a certificate", listener.name);
            return Err(StartError::Tls(TlsError(what)));
        }
    }
    Ok(profiles)
}

/// Once per run of a node, from where all chance comes.
fn secret(env: &Env) -> [u64; 4] {
    [0; 4].map(|_: u64| {
        let token = env.ids.token();
        token.bytes().fold(0_u64, |word, byte| word.rotate_left(5) ^ u64::from(byte))
    })
}

fn start_here(
    common: &Arc<Common>,
    addresses: &[SocketAddr],
    letters: UnboundedReceiver<Letter>,
) -> Result<Vec<SocketAddr>, StartError> {
    let (sockets, bound) = bind(common, 0, addresses)?;
    tokio::task::spawn_local(Shard::run(common.clone(), 0, sockets, letters));
    Ok(bound)
}

fn start_thread(
    common: &Arc<Common>,
    index: u16,
    addresses: Vec<SocketAddr>,
    letters: UnboundedReceiver<Letter>,
) -> Result<Vec<SocketAddr>, StartError> {
    let (report, reported) = sync_channel(1);
    let common = common.clone();
    let name = format!("{}/{index}", common.config.name);
    let run = move || {
        let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return drop(report.send(Err(StartError::Shard(error)))),
        };
        runtime.block_on(async {
            match bind(&common, index, &addresses) {
                Ok((sockets, bound)) => {
                    drop(report.send(Ok(bound)));
                    Shard::run(common.clone(), index, sockets, letters).await;
                }
                Err(error) => drop(report.send(Err(error))),
            }
        });
    };
    thread::Builder::new().name(name).spawn(run).map_err(StartError::Shard)?;
    reported.recv().unwrap_or_else(|_| Err(StartError::Shard(std::io::ErrorKind::BrokenPipe.into())))
}

/// The sockets of one shard, and where they are.
fn bind(
    common: &Common,
    index: u16,
    addresses: &[SocketAddr],
) -> Result<(Sockets, Vec<SocketAddr>), StartError> {
    let share = match (common.inboxes.len(), index) {
        (..=1, _) => Share::Alone,
        (_, 0) => Share::First,
        _ => Share::Next,
    };
    let mut bound = Vec::new();
    let (mut ports, mut listeners, mut named) = (Vec::new(), Vec::new(), Vec::new());
    for ((config, address), door) in common.config.listeners.iter().zip(addresses).zip(&common.doors) {
        let fault = |error| StartError::Listen(config.name.clone(), *address, error);
        let net = &common.env.net;
        let (local, port) = if config.transport == Transport::Udp {
            let socket = net.bind(*address, share).map_err(fault)?;
            let port = Port::new(ports.len(), config.name.clone(), config.trusted.clone(), socket);
            let (local, index) = (port.local, port.index);
            common.metrics.watch_drops(local);
            ports.push(Rc::new(port));
            (local, Some(index))
        } else {
            let listener = net.listen(*address, share).map_err(fault)?;
            let local = listener.local();
            listeners.push(Accepting { config: config.clone(), door: door.clone(), listener });
            (local, None)
        };
        bound.push(local);
        named.push(name(config, local, port));
    }
    let names = Names::new(named, common.client_sent_by.clone());
    Ok((Sockets { ports, listeners, names }, bound))
}

fn name(config: &ListenerConfig, local: SocketAddr, port: Option<usize>) -> Named {
    Named {
        transport: config.transport,
        local,
        tls: config.tls.clone().filter(|_| config.transport == Transport::Tls),
        sent_by: config.sent_by.clone().unwrap_or_else(|| local.to_string().into()),
        port,
    }
}
