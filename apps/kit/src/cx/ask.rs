//! Asking, and awaiting the answer that comes as a message of its own.

use std::{pin::pin, time::Duration};

use futures::future::{self, Either};
use xml_schemas::flow::Question;

use super::{Cx, To};
use crate::{pending::Key, permit::Permitted, refusal::Cause, stop::Done};

impl<S> Cx<S> {
    /// Sends a flow and awaits the answer that is correlated by (who was asked, `request-id`), within the profile's
    /// deadline for the whole exchange.
    ///
    /// # Errors
    /// As [`Cx::tell`]; [`Cause::TimedOut`] at the deadline; [`Cause::Overloaded`] where too many questions are open.
    pub async fn ask<F: Question>(&self, to: To<'_>, flow: &Permitted<F>) -> Done<F::Answer> {
        self.ask_within(self.profile().deadline, to, flow).await
    }

    /// As [`Cx::ask`], within a deadline of its own.
    ///
    /// # Errors
    /// As [`Cx::ask`].
    pub async fn ask_within<F: Question>(
        &self,
        deadline: Duration,
        to: To<'_>,
        flow: &Permitted<F>,
    ) -> Done<F::Answer> {
        let key = Key { peer: self.expected(to), request_id: flow.flow().request_id().clone() };
        // Open before sending: the answer may overtake the acceptance of the question.
        let mut awaited = self.pending().open(key, self.origin())?;
        let _open = self.counters().open();
        let exchange = async {
            let answer = pin!(async { awaited.answer().await.ok_or_else(|| Cause::Unspecified.into()) });
            // Whoever answers has accepted, even if the 200 that says so is lost on the way.
            match future::select(answer, pin!(self.tell(to, flow))).await {
                Either::Left((answer, _)) => answer,
                Either::Right((told, answer)) => {
                    told?;
                    answer.await
                }
            }
        };
        match future::select(pin!(exchange), self.world().clock.sleep(deadline)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(((), _)) => Err(Cause::TimedOut.into()),
        }
    }
}
