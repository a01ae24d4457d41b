//! Work beside the caller, on a runtime, with panics caught and counted.

use std::{any::Any, future::Future, panic::AssertUnwindSafe, sync::Arc};

use futures::FutureExt as _;
use tokio::runtime::Handle;
use wire::{BoxFuture, Tasks};

use crate::Metrics;

/// [`wire::Tasks`] over one runtime.
#[derive(Clone)]
pub struct RuntimeTasks {
    runtime: Handle,
    metrics: Metrics,
}

impl RuntimeTasks {
    /// Tasks that run there and whose panics are counted there.
    #[must_use]
    pub fn new(runtime: Handle, metrics: Metrics) -> Self {
        Self { runtime, metrics }
    }

    /// As what [`wire::World`] holds.
    #[must_use]
    pub fn shared(runtime: Handle, metrics: Metrics) -> Arc<dyn Tasks> {
        Arc::new(Self::new(runtime, metrics))
    }
}

impl Tasks for RuntimeTasks {
    fn spawn(&self, work: BoxFuture<'static, ()>) {
        let metrics = self.metrics.clone();
        self.runtime.spawn(async move {
            if let Err(what) = caught(work).await {
                metrics.count_panic();
                tracing::error!(panic = %what, "a task panicked");
            }
        });
    }
}

/// The future's value, or what it said when it panicked. What it had borrowed is not used again, so that no broken
/// invariant is seen.
pub(crate) async fn caught<T>(work: impl Future<Output = T>) -> Result<T, String> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|panic| describe(&*panic))
}

pub(crate) fn describe(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no text".to_owned())
}
