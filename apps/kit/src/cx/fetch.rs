//! Asking another server over HTTP, and waiting for what it answers.

use std::{pin::pin, time::Duration};

use bytes::Bytes;
use futures::future::{self, Either};
use http::{Request, Response};
use wire::Hop;

use super::Cx;
use crate::refusal::Cause;

impl<S> Cx<S> {
    /// One exchange, within this time. A ladder shows it as `what` to the hop's name, with the detail.
    ///
    /// # Errors
    /// [`Cause::TimedOut`] where no answer comes in time; else as the way there says.
    pub async fn fetch(
        &self,
        request: Request<Bytes>,
        hop: &Hop,
        within: Duration,
        (what, detail): (String, String),
    ) -> Result<Response<Bytes>, Cause> {
        self.tracer().sent(self.flow_id(), &hop.name, || what, || detail);
        let world = self.world();
        let exchange = pin!(world.web.fetch(request, hop.clone()));
        match future::select(exchange, world.clock.sleep(within)).await {
            Either::Left((Ok(response), _)) => Ok(response),
            Either::Left((Err(error), _)) => {
                self.unanswered(self.flow_id(), &error);
                Err(Cause::from(&error))
            }
            Either::Right(((), _)) => Err(Cause::TimedOut),
        }
    }
}
