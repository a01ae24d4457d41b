//! A terminal that stays: what comes is printed as it comes.

use std::pin::pin;

use clients::{AcmClient, acm::Told};
use futures::{
    StreamExt as _,
    channel::mpsc,
    future::{Either, select},
};

use super::{arguments::Format, print, refused};
use crate::{Failure, serve};

/// Prints until SIGTERM or SIGINT.
pub(super) async fn until_stopped(
    acm: &AcmClient,
    mut told: mpsc::Receiver<Told>,
    format: Format,
) -> Result<(), Failure> {
    let mut signals = serve::Signals::new()?;
    loop {
        let next = match select(pin!(told.next()), pin!(signals.stop())).await {
            Either::Left((next, _)) => next,
            Either::Right(_) => return Ok(()),
        };
        match next {
            // Whatever waits comes with the answer, in order.
            Some(Told::Waiting) => print::pending(&acm.pending().await.map_err(refused)?, format),
            Some(Told::Request(request)) => print::request(&request, format),
            Some(Told::Response(response)) => print::response(&response, format),
            Some(Told::Indication(indication)) => {
                print::stands(&indication.request_id, indication.progress.state(), format);
            }
            Some(Told::Withdrawal(withdrawal)) => {
                print::stands(&withdrawal.request_id, withdrawal.state, format);
            }
            None => return Ok(()),
        }
    }
}
