//! Whole transactions through a border: what the driver adds is done here as it does it.
#![allow(dead_code, missing_docs)]

use bytes::BytesMut;
use sip::{Edits, Message, Name, Response};
use wire::{Arrival, Decision, Forward, Inline as _, Vias};

use super::{Border, parse};

/// A request that has passed a border and awaits its answer.
pub struct Waiting {
    asked: Message,
    arrival: Arrival,
    vias: Vias,
}

impl Border {
    /// The request as it goes on, or the refusal.
    pub fn pass(&self, request: &Message, arrival: &Arrival) -> Result<(Message, Waiting), Response> {
        match self.gateway.request(request, arrival) {
            Decision::Forward(forward) => {
                let Forward { mut edits, vias, .. } = *forward;
                if vias == Vias::Replace {
                    edits.remove(Name::Via);
                }
                edits.prepend(Name::Via, b"SIP/2.0/TLS gateway.invalid:5061;branch=z9hG4bKg1");
                Ok((
                    applied(&edits, request),
                    Waiting { asked: request.clone(), arrival: arrival.clone(), vias },
                ))
            }
            Decision::Respond(response) => Err(response),
            other => panic!("{other:?}"),
        }
    }

    /// The answer as it goes back.
    pub fn back(&self, response: &Message, waiting: &Waiting) -> Message {
        let mut edits = Edits::new();
        match waiting.vias {
            Vias::Add => proxy::respond::pop_via(&mut edits),
            Vias::Replace => proxy::respond::restore(&waiting.asked, None, response, &mut edits).unwrap(),
        }
        self.gateway.response(response, &waiting.asked, &waiting.arrival, &mut edits);
        applied(&edits, response)
    }
}

fn applied(edits: &Edits, message: &Message) -> Message {
    let mut out = BytesMut::new();
    edits.apply(message, &mut out);
    parse(out.freeze())
}
