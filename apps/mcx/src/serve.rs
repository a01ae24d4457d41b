//! `mcx serve`: the entities of one file, until told to stop.

mod discreet;

use std::{
    io::{self, Read as _},
    path::Path,
    pin::pin,
    sync::Arc,
    thread,
    time::Duration,
};

use driver::{Env, Kernel, Metrics, Room, SeededIds, SystemClock, SystemIds};
use futures::future::{Fuse, FusedFuture as _, FutureExt as _};
use tokio::{
    runtime::Handle,
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
};
use wire::{Ids, Recorder, Silent};

use self::discreet::discreet;
use crate::{
    Failure, ask,
    assemble::{Prepared, System},
    block_on,
    cli::Serve,
    config::SystemConfig,
    descriptors,
    endpoints::Endpoints,
    logging,
};

/// Between attempts to log users on.
const RETRY: Duration = Duration::from_secs(1);

/// Runs until SIGTERM or SIGINT, then drains. SIGHUP reads certificates and partners again.
///
/// # Errors
/// What stands in the way of starting. A reload that fails is logged, and changes nothing.
pub fn run(options: &Serve) -> Result<(), Failure> {
    let file = &*options.config;
    let config = SystemConfig::open(file)?;
    logging::start("info")?;
    warn(&config);
    block_on(config.process.threads(), serve(options, config))
}

async fn serve(options: &Serve, config: SystemConfig) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    if options.while_input {
        signals.input = Some(input_ends()?);
        ask::nobody();
    }
    let env = world(config.process.seed, Arc::new(Silent));
    let system = System::start(&config, &env).await?;
    for endpoint in system.endpoints() {
        let (listener, transport) = (&endpoint.bound.name, endpoint.bound.transport.via_name());
        tracing::info!(entity = endpoint.entity, %listener, transport, address = %endpoint.bound.address, "listening");
    }
    if let Some(address) = system.admin() {
        tracing::info!(%address, "operators ask here");
    }
    warn_of_room(&env.room);
    if config.process.lab
        && let Err(why) = Endpoints::note(&options.config, std::process::id())
    {
        tracing::warn!(%why, "endpoints.json does not say who runs here");
    }
    // Told to stop while users are being logged on, it drains as at any other time.
    let mut logging_on = pin!(log_on(&system, &env).fuse());
    let mut reading = pin!(Fuse::terminated());
    loop {
        tokio::select! {
            () = &mut logging_on, if !logging_on.is_terminated() => {}
            read = &mut reading, if !reading.is_terminated() => {
                if let Some(config) = reload(&system, read) {
                    system.look_at_users(&config).await;
                }
            }
            told = signals.next() => match told {
                Told::Reload => {
                    if !reading.is_terminated() {
                        tracing::warn!("files that were being read have not come; begun anew");
                    }
                    reading.set(read_again(&options.config).fuse());
                }
                Told::Stop => break,
            },
        }
    }
    tracing::info!("draining");
    tokio::select! {
        () = system.drain(config.process.drain) => {}
        () = signals.stop() => tracing::warn!("told twice to stop: what is unfinished is dropped"),
    }
    Ok(())
}

/// A configuration, and what is made of its files.
type Read = (SystemConfig, Result<Prepared, Failure>);

/// Reads the configuration, and every file that it names, on a thread of its own: however long they take to come, whoever is served waits
/// for none of them. A thread whose reading was begun anew is heard no more.
fn read_again(file: &Path) -> impl Future<Output = Result<Read, Failure>> + use<> {
    let (file, (tell, told)) = (file.to_owned(), oneshot::channel());
    let reader = thread::Builder::new().name("reading".to_owned());
    // Who was told to stop meanwhile does not listen any more.
    let begun = reader.spawn(move || drop(tell.send(read(&file))));
    async move {
        begun?;
        told.await
            .unwrap_or_else(|_| Err(Failure::Procedure("reading ended by a fault of its own".to_owned())))
    }
}

fn read(file: &Path) -> Result<Read, Failure> {
    let config = SystemConfig::open(file)?;
    let prepared = Prepared::of(&config);
    Ok((config, prepared))
}

/// Hands back what was taken up; nothing where anything is wrong.
fn reload(system: &System, read: Result<Read, Failure>) -> Option<SystemConfig> {
    let read = read.and_then(|(config, prepared)| {
        warn(&config);
        let waiting = system.reload(&config, prepared?)?;
        Ok((config, waiting))
    });
    match read {
        Ok((config, waiting)) => {
            for change in waiting {
                tracing::warn!("{change} has changed; it is read at a start only");
            }
            tracing::info!("certificates, partners, users and rules read again");
            Some(config)
        }
        // Each mistake on a line of its own: it has a place of its own.
        Err(why) => {
            let why = match why {
                Failure::Config(errors) => {
                    let (warnings, errors) = errors.parted();
                    warnings.iter().for_each(|warning| tracing::warn!("{}", discreet(&warning.to_string())));
                    Failure::Config(errors)
                }
                why => why,
            };
            for line in discreet(&why.to_string()).lines() {
                tracing::error!(why = line, "the configuration stays as it was");
            }
            None
        }
    }
}

fn warn(config: &SystemConfig) {
    for warning in config.warnings.iter() {
        tracing::warn!("{}", discreet(&warning.to_string()));
    }
}

fn warn_of_room(room: &Room) {
    let (promised, budget) = (room.promised(), room.budget());
    if promised > budget {
        tracing::warn!(
            promised,
            budget,
            "listeners may take more connections (\"connections\" of each) than the limit of open files leaves them (ulimit -Hn)"
        );
    }
}

/// Until every user is logged on whose terminal runs here: their SIP core may start after us.
async fn log_on(system: &System, env: &Env) {
    while let Err(why) = system.log_on().await {
        tracing::warn!(%why, "tried again");
        env.clock.sleep(RETRY).await;
    }
}

/// The kernel's network and clock, for nodes that run on this runtime.
pub(crate) fn world(seed: Option<u64>, recorder: Arc<dyn Recorder>) -> Env {
    let ids: Arc<dyn Ids> = match seed {
        Some(seed) => Arc::new(SeededIds::new(seed)),
        None => SystemIds::shared(),
    };
    Env {
        net: Kernel::shared(),
        clock: SystemClock::shared(),
        ids,
        recorder,
        metrics: Metrics::new(),
        runtime: Handle::current(),
        room: Room::of(descriptors::limit()),
    }
}

/// Resolves when standard input has ended. On a thread of its own, which nobody waits for: a read cannot be taken back.
fn input_ends() -> io::Result<oneshot::Receiver<()>> {
    let (ended, ends) = oneshot::channel();
    thread::Builder::new().name("input".to_owned()).spawn(move || {
        let mut octets = [0; 256];
        while matches!(io::stdin().read(&mut octets), Ok(1..)) {}
        drop(ended);
    })?;
    Ok(ends)
}

/// What the operator tells the process.
pub(crate) struct Signals {
    /// Resolves when whoever started us is gone; none where that does not matter.
    input: Option<oneshot::Receiver<()>>,
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

/// One thing told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Told {
    /// SIGHUP.
    Reload,
    /// SIGTERM or SIGINT.
    Stop,
}

impl Signals {
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Self {
            input: None,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    pub(crate) async fn next(&mut self) -> Told {
        let orphaned = async {
            match &mut self.input {
                Some(ends) => drop(ends.await),
                None => std::future::pending().await,
            }
        };
        let told = tokio::select! {
            () = orphaned => None,
            _ = self.terminate.recv() => Some(Told::Stop),
            _ = self.interrupt.recv() => Some(Told::Stop),
            _ = self.hang_up.recv() => Some(Told::Reload),
        };
        told.unwrap_or_else(|| {
            // Once: it has told us all that it can.
            self.input = None;
            tracing::info!("whoever started us is gone");
            Told::Stop
        })
    }

    pub(crate) async fn stop(&mut self) {
        while self.next().await != Told::Stop {}
    }
}

#[cfg(test)]
mod tests;
