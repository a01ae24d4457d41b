//! The same octets read by another parser, sipx-sip: where both accept, both must have read the same message.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use bytes::Bytes;
use common::{Case, INVITE, corpus, multipart_message, own};
use sip::{Limits, Message, Via};
use sipx_sip::{HeaderName, Message as Other};

/// What must be equal.
#[derive(PartialEq, Debug)]
struct Reading {
    start: Vec<Vec<u8>>,
    headers: Vec<Vec<u8>>,
    vias: Vec<(String, Option<Vec<u8>>)>,
    body: Vec<u8>,
}

/// Folds and blanks say the same however they are written.
fn squeeze(value: &[u8]) -> Vec<u8> {
    let words = value.split(|byte| b" \t\r\n".contains(byte)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(&b' ')
}

fn ours(octets: &Bytes) -> Result<Reading, String> {
    let message =
        Message::parse(octets.clone(), &Limits::DATAGRAM).map_err(|malformed| malformed.to_string())?;
    let start = match message.status() {
        Some(status) => vec![status.to_string().into_bytes(), message.reason().to_vec()],
        None => vec![message.method().as_bytes().to_vec(), message.request_uri().to_vec()],
    };
    let vias = message
        .all::<Via<'_>>()
        .map(|via| via.map(|via| (host(via.host()), via.branch().map(<[u8]>::to_vec))));
    Ok(Reading {
        start,
        headers: message.headers().map(|header| squeeze(header.value)).collect(),
        vias: vias.collect::<Result<_, _>>().unwrap_or_default(),
        body: message.body().to_vec(),
    })
}

fn theirs(octets: &Bytes) -> Result<Reading, String> {
    let limits = sipx_sip::Limits {
        max_header_bytes: 64 * 1024,
        max_folding_lines: 256,
        ..sipx_sip::Limits::datagram()
    };
    let message = sipx_sip::parse_datagram(octets.clone(), &limits).map_err(|fault| format!("{fault:?}"))?;
    let (start, headers, body) = match &message {
        Other::Request(request) => {
            let start = vec![request.method.as_bytes().to_vec(), request.uri.to_bytes().to_vec()];
            (start, &request.headers, request.body())
        }
        Other::Response(response) => {
            let start = vec![response.status.code().to_string().into_bytes(), response.reason.to_vec()];
            (start, &response.headers, response.body())
        }
    };
    let mut vias = Vec::new();
    for line in headers.get_all(&HeaderName::Via) {
        match sipx_sip::headers::Via::parse_list(&line.value()) {
            Ok(list) => vias.extend(list),
            Err(_) => {
                vias.clear();
                break;
            }
        }
    }
    Ok(Reading {
        start,
        headers: headers.iter().map(|header| squeeze(&header.value())).collect(),
        vias: vias
            .iter()
            .map(|via| (host(via.host.to_string().as_bytes()), via.branch().map(<[u8]>::to_vec)))
            .collect(),
        body: body.to_vec(),
    })
}

/// An address says the same however it is written.
fn host(written: &[u8]) -> String {
    let text = String::from_utf8_lossy(written).trim_matches(['[', ']']).to_ascii_lowercase();
    text.parse::<std::net::IpAddr>().map_or(text, |address| address.to_string())
}

/// Those of our own, which are there on every machine, and those of the RFCs where they are at hand.
fn torture() -> Vec<Case> {
    own().into_iter().chain(corpus("rfc4475")).chain(corpus("rfc5118")).collect()
}

fn seeds() -> Vec<Bytes> {
    let torture = torture().into_iter().map(|case| case.octets);
    torture.chain([Bytes::from_static(INVITE.as_bytes()), multipart_message()]).collect()
}

/// Both read it alike, or at least one refuses it.
fn agree(octets: &Bytes) -> Option<(Option<String>, Option<String>)> {
    match (ours(octets), theirs(octets)) {
        (Ok(ours), Ok(theirs)) => {
            let vias_unread = ours.vias.is_empty() || theirs.vias.is_empty();
            assert_eq!(
                (&ours.start, &ours.headers, &ours.body),
                (&theirs.start, &theirs.headers, &theirs.body)
            );
            assert!(vias_unread || ours.vias == theirs.vias, "{:?} {:?}", ours.vias, theirs.vias);
            None
        }
        (ours, theirs) => {
            Some((ours.err(), theirs.err())).filter(|(ours, theirs)| ours.is_some() != theirs.is_some())
        }
    }
}

#[test]
fn valid_torture_messages_are_read_alike() {
    let valid: Vec<Case> = torture().into_iter().filter(|case| case.valid).collect();
    assert!(valid.len() > 30, "so many are there on every machine: {}", valid.len());
    for case in &valid {
        assert_eq!(agree(&case.octets), None, "{}", case.name);
    }
}

/// A small generator (xorshift), so that a run can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides.max(1) as u64).unwrap_or(0)
    }
}

fn mutate(seed: &Bytes, dice: &mut Dice) -> Bytes {
    const OCTETS: &[u8] = b"\r\n\0 \t:;,\"<>@/\\=0159aZ\xc3(";
    let mut octets = seed.to_vec();
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(octets.len());
        let octet = OCTETS[dice.roll(OCTETS.len())];
        match dice.roll(3) {
            0 => octets[at] = octet,
            1 => octets.insert(at, octet),
            _ => drop(octets.remove(at)),
        }
    }
    octets.into()
}

#[test]
fn mutated_messages_are_read_alike_or_refused() {
    let seeds = seeds();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut laxer = std::collections::BTreeMap::<String, usize>::new();
    for round in 0..20_000 {
        let octets = mutate(&seeds[round % seeds.len()], &mut dice);
        if let Some((None, Some(fault))) = agree(&octets)
            && common::read(&octets).is_ok()
        {
            *laxer.entry(fault).or_default() += 1;
        }
    }
    // RFC 3261's `toplabel` begins with a letter, and an IPv4 address has octets below 256; names in use do not all.
    laxer.remove("StartLine(Uri(Host))");
    assert!(laxer.is_empty(), "accepted here and refused there: {laxer:#?}");
}
