//! What topology hiding made of a request that leaves (TS 24.379 6.8.2 step 3), in a line.

use bytes::BytesMut;
use sip::{Limits, Message, Name};
use wire::Vias;

use crate::{chain::Passage, metrics::Direction};

/// Where the agreement with the partner does not hide.
const NOTHING: &str = "topology: not hidden";

/// These change at every border, whatever the agreement says: routes have served their purpose, and the gateway vouches.
const ALWAYS: [Name; 6] = [
    Name::Via,
    Name::Route,
    Name::MaxForwards,
    Name::PAssertedIdentity,
    Name::PPreferredIdentity,
    Name::PPreferredService,
];

/// The header fields that are sealed or made anew, and those that stay inside.
pub(crate) fn fields(passage: &Passage<'_>) -> String {
    if passage.vias == Vias::Add {
        return NOTHING.to_owned();
    }
    let mut octets = BytesMut::new();
    passage.edits.apply(passage.request, &mut octets);
    let Ok(leaving) = Message::parse(octets.freeze(), &Limits::default()) else { return String::new() };
    let (mut anew, mut inside) = (vec!["Via".to_owned()], Vec::new());
    for header in passage.request.headers().filter(|header| !ALWAYS.contains(&header.name)) {
        let name = String::from_utf8_lossy(header.raw_name).into_owned();
        let mut values =
            leaving.headers().filter(|other| other.raw_name.eq_ignore_ascii_case(header.raw_name)).peekable();
        let list = if values.peek().is_none() { &mut inside } else { &mut anew };
        if !values.any(|other| other.value == header.value) && !list.contains(&name) {
            list.push(name);
        }
    }
    let anew = format!("topology: hidden, made anew {}", anew.join(", "));
    if inside.is_empty() { anew } else { format!("{anew}; kept inside {}", inside.join(", ")) }
}

/// Of a request over HTTP. It is made anew at every border; what differs is whether anything in it may name what is inside.
pub(crate) fn names(direction: Direction, hides: bool) -> &'static str {
    match (direction, hides) {
        (Direction::Inbound, _) => "",
        (Direction::Outbound, false) => NOTHING,
        (Direction::Outbound, true) => "topology: hidden, nothing that leaves names what is inside",
    }
}
