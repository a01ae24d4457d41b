//! `mcx serve`: the entities of one file, until told to stop.

use std::{path::Path, pin::pin, sync::Arc, time::Duration};

use driver::{Env, Kernel, Metrics, SeededIds, SystemClock, SystemIds};
use futures::future::{FusedFuture as _, FutureExt as _};
use tokio::{
    runtime::Handle,
    signal::unix::{Signal, SignalKind, signal},
};
use wire::{Ids, Recorder, Silent};

use crate::{Failure, assemble::System, config::SystemConfig, logging, runtime};

/// Between attempts to log users on.
const RETRY: Duration = Duration::from_secs(1);

/// Runs until SIGTERM or SIGINT, then drains. SIGHUP reads certificates and partners again.
///
/// # Errors
/// What stands in the way of starting. A reload that fails is logged, and changes nothing.
pub fn run(file: &Path) -> Result<(), Failure> {
    let config = SystemConfig::open(file)?;
    logging::start("info");
    runtime()?.block_on(serve(file, config))
}

async fn serve(file: &Path, config: SystemConfig) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let env = world(config.process.seed, Arc::new(Silent));
    let system = System::start(&config, &env).await?;
    for endpoint in system.endpoints() {
        let (listener, transport) = (&endpoint.bound.name, endpoint.bound.transport.via_name());
        tracing::info!(entity = endpoint.entity, %listener, transport, address = %endpoint.bound.address, "listening");
    }
    if let Some(address) = system.admin() {
        tracing::info!(%address, "operators ask here");
    }
    // Told to stop while users are being logged on, it drains as at any other time.
    let mut logging_on = pin!(log_on(&system, &env).fuse());
    loop {
        tokio::select! {
            () = &mut logging_on, if !logging_on.is_terminated() => {}
            told = signals.next() => match told {
                Told::Reload => reload(&system, file),
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

fn reload(system: &System, file: &Path) {
    match SystemConfig::open(file).and_then(|config| system.reload(&config)) {
        Ok(()) => tracing::info!("certificates and partners read again"),
        Err(why) => tracing::error!(%why, "nothing was read again"),
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
    }
}

/// What the operator tells the process.
pub(crate) struct Signals {
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
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    pub(crate) async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.terminate.recv() => Told::Stop,
            _ = self.interrupt.recv() => Told::Stop,
            _ = self.hang_up.recv() => Told::Reload,
        }
    }

    pub(crate) async fn stop(&mut self) {
        while self.next().await != Told::Stop {}
    }
}
