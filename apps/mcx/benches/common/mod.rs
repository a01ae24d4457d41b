//! Both systems in one process: the servers of each on a thread of their own.

use std::{fs, future::pending, io, sync::Arc, thread};

use driver::{Env, Kernel, Metrics, SystemClock, SystemIds};
use mcx::{Failure, System, SystemConfig};
use tokio::{runtime::Handle, sync::oneshot};
use wire::Silent;

/// Starts the servers of one system on a thread, which ends with the process.
pub async fn serve(config: SystemConfig) -> Result<(), Failure> {
    let (tell, told) = oneshot::channel();
    thread::spawn(move || {
        mcx::block_on(config.process.threads(), async {
            let started = System::start(&config, &world()).await;
            let (system, outcome) =
                started.map_or_else(|why| (None, Err(why)), |system| (Some(system), Ok(())));
            drop(tell.send(outcome));
            pending::<()>().await;
            drop(system);
            Ok(())
        })
    });
    told.await.map_err(|_| Failure::Procedure("the thread of a system ended".to_owned()))?
}

/// The kernel's network and clock, for what runs on the caller's runtime.
pub fn world() -> Env {
    Env {
        net: Kernel::shared(),
        clock: SystemClock::shared(),
        ids: SystemIds::shared(),
        recorder: Arc::new(Silent),
        metrics: Metrics::new(),
        runtime: Handle::current(),
        room: driver::Room::default(),
    }
}

/// What this process has spent so far, in user and kernel mode.
pub fn cpu_seconds() -> io::Result<f64> {
    let line = fs::read_to_string("/proc/self/stat")?;
    // After the name, which stands in parentheses: state, then the fields from number 4; utime and stime are 14 and 15.
    let fields = line.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: f64 = fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / 100.0)
}
