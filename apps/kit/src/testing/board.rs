//! A switchboard in place of sockets: each request is printed, parsed again by the other end, and so is its response.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::BytesMut;
use wire::{Answer, Arrival, BoxFuture, Hop, Service, Tasks as _, Wire, WireError};

use super::tasks::Queue;

/// What is found at the far end of a hop.
#[derive(Clone)]
pub enum End {
    /// An entity, which sees its requests arrive so.
    Service {
        /// The entity.
        service: Arc<dyn Service>,
        /// How requests arrive at it.
        arrival: Arrival,
        /// What a trusted element on the way asserts in place of what the sender wrote.
        asserted: Option<String>,
    },
    /// Whatever comes is answered with this.
    Response(sip::Response),
    /// Whatever comes fails with this.
    Fails(WireError),
    /// Whatever comes is never answered.
    Silent,
}

/// Who is connected to whom, and what went over each hop.
#[derive(Default)]
pub(super) struct Board {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ends: HashMap<(String, String), End>,
    sent: Vec<(String, sip::Message)>,
}

impl Board {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn connect(&self, from: &str, hop: &str, end: End) {
        self.state().ends.insert((from.to_owned(), hop.to_owned()), end);
    }

    pub(super) fn sent(&self, hop: &str) -> Vec<sip::Message> {
        self.state().sent.iter().filter(|(by, _)| by == hop).map(|(_, message)| message.clone()).collect()
    }
}

/// The wire of one entity.
pub(super) struct Wired {
    pub(super) from: String,
    pub(super) board: Arc<Board>,
    pub(super) tasks: Arc<Queue>,
}

impl Wire for Wired {
    fn request(&self, request: sip::Request, hop: Hop) -> BoxFuture<'static, Result<Answer, WireError>> {
        let (board, tasks, from) = (self.board.clone(), self.tasks.clone(), self.from.clone());
        Box::pin(async move {
            let end = {
                let mut state = board.state();
                state.sent.push((hop.name.to_string(), on_the_wire(&request, None)));
                state.ends.get(&(from, hop.name.to_string())).cloned()
            };
            match end {
                None => Err(WireError::Unreachable(format!("nothing is connected to {}", hop.name))),
                Some(End::Fails(error)) => Err(error),
                Some(End::Silent) => std::future::pending().await,
                Some(End::Response(response)) => {
                    Ok(back(answer(&response, &on_the_wire(&request, None)), &hop))
                }
                Some(End::Service { service, arrival, asserted }) => {
                    let message = on_the_wire(&request, asserted.as_deref());
                    let reply = service.serve(message.clone(), arrival).await;
                    if let Some(after) = reply.after {
                        tasks.spawn(after);
                    }
                    Ok(back(answer(&reply.response, &message), &hop))
                }
            }
        })
    }
}

/// The response as it comes back by this hop.
fn back(response: sip::Message, hop: &Hop) -> Answer {
    Answer { response, arrival: super::arrival(&hop.name, &hop.name) }
}

/// The request as the other end parses it, with what a trusted element asserts in place of what the sender wrote.
pub(super) fn on_the_wire(request: &sip::Request, asserted: Option<&str>) -> sip::Message {
    let mut out = BytesMut::new();
    request.print(b"SIP/2.0/TLS test.invalid;branch=z9hG4bKtest", &mut out);
    let message =
        sip::Message::parse(out.freeze(), &sip::Limits::STREAM).expect("a draft prints a valid request");
    let Some(asserted) = asserted else { return message };
    let mut edits = sip::Edits::new();
    edits.set(sip::Name::PAssertedIdentity, format!("<{asserted}>").as_bytes());
    let mut out = BytesMut::new();
    edits.apply(&message, &mut out);
    sip::Message::parse(out.freeze(), &sip::Limits::STREAM).expect("an edited request is valid")
}

/// The response as the sender of the request parses it.
pub(super) fn answer(response: &sip::Response, request: &sip::Message) -> sip::Message {
    let mut out = BytesMut::new();
    response.print(request, "test", &mut out);
    sip::Message::parse(out.freeze(), &sip::Limits::STREAM).expect("a draft prints a valid response")
}
