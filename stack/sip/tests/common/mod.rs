//! What several test binaries share: the corpora, and messages of usual size.
#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::expect_used, clippy::panic, reason = "a corpus with a gap is a failed test")]

#[path = "../torture/read.rs"]
mod written;

use std::{
    fs,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use sip::{Limits, Malformed, Message};

/// One row of a corpus's `expected.tsv`.
pub struct Case {
    pub name: String,
    pub valid: bool,
    pub request: bool,
    pub udp: Vec<String>,
    pub tcp: Vec<String>,
    /// Of a message of our own: which clause has its class.
    pub clause: String,
    pub octets: Bytes,
}

/// The torture messages of our own, of every class of RFC 4475 and RFC 5118.
pub fn own() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture");
    let case = |own: written::Own| case(own.name, &own.columns, own.octets);
    written::own(&folder).into_iter().map(case).collect()
}

fn case(name: String, columns: &[String], octets: Vec<u8>) -> Case {
    let outcomes = |column: &str| column.split('|').map(str::to_owned).collect();
    let [validity, kind, udp, tcp, clause, ..] = columns else { panic!("{name}: {columns:?}") };
    Case {
        name,
        valid: validity == "valid",
        request: kind == "req",
        udp: outcomes(udp),
        tcp: outcomes(tcp),
        clause: clause.clone(),
        octets: octets.into(),
    }
}

/// The messages of `rfc4475` or `rfc5118`; none, with the reason said, where the corpora are not at hand.
pub fn corpus(name: &str) -> Vec<Case> {
    let folder = shared().join("corpora").join(name);
    let Ok(table) = fs::read_to_string(folder.join("expected.tsv")) else {
        eprintln!(
            "skipped: no corpus in {}; set MCX_SHARED to the folder that holds `corpora`",
            folder.display()
        );
        return Vec::new();
    };
    let rows = table.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    rows.map(|row| {
        let (name, columns) = row.split_once('\t').expect("a name and its columns");
        let octets = fs::read(folder.join(format!("{name}.dat"))).expect("each row has its message");
        case(name.to_owned(), &columns.split('\t').map(str::to_owned).collect::<Vec<_>>(), octets)
    })
    .collect()
}

/// One message of a corpus.
pub fn message(corpus_name: &str, name: &str) -> Option<Bytes> {
    corpus(corpus_name).into_iter().find(|case| case.name == name).map(|case| case.octets)
}

#[allow(clippy::disallowed_methods, reason = "tests are told by the environment where the corpora are")]
fn shared() -> PathBuf {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    std::env::var("MCX_SHARED").map_or_else(|_| beside(), PathBuf::from)
}

/// Parses and checks, as an element does before it acts.
pub fn read(octets: &Bytes) -> Result<Message, Malformed> {
    let message = Message::parse(octets.clone(), &Limits::DATAGRAM)?;
    message.check()?;
    Ok(message)
}

/// An INVITE of some 700 octets.
pub const INVITE: &str = "INVITE sip:bob@partner.example SIP/2.0\r\n\
    Via: SIP/2.0/TLS pcscf.primary.example:5061;branch=z9hG4bK74bf9a3c\r\n\
    Via: SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bKnashds8;rport=5060;received=192.0.2.4\r\n\
    Max-Forwards: 69\r\n\
    Route: <sip:mcgw.primary.example;lr>\r\n\
    Record-Route: <sip:pcscf.primary.example;lr>\r\n\
    To: Bob <sip:bob@partner.example>\r\n\
    From: Alice <sip:alice@primary.example>;tag=1928301774\r\n\
    Call-ID: a84b4c76e66710@ue1.primary.example\r\n\
    CSeq: 314159 INVITE\r\n\
    Contact: <sip:alice@192.0.2.4:5060;transport=udp>\r\n\
    P-Asserted-Identity: <sip:alice@primary.example>\r\n\
    Content-Type: application/sdp\r\n\
    Content-Length: 129\r\n\
    \r\n\
    v=0\r\n\
    o=alice 53655765 2353687637 IN IP4 192.0.2.4\r\n\
    s=-\r\n\
    c=IN IP4 192.0.2.4\r\n\
    t=0 0\r\n\
    m=audio 3456 RTP/AVP 0\r\n\
    a=rtpmap:0 PCMU/8000\r\n";

/// A MESSAGE of some 2.5 kB with two parts.
pub fn multipart_message() -> Bytes {
    let report = "<location-info xmlns=\"urn:3gpp:ns:mcpttLocationInfo:1.0\"><Report ReportType=\"NonEmergency\"/></location-info>";
    let (content_type, body) = sip::MultipartBuilder::new("mcs-boundary-1")
        .part("application/vnd.3gpp.mcptt-info+xml", Some("part1@primary.example"), report.repeat(8))
        .part("application/vnd.3gpp.mcptt-location-info+xml", Some("part2@primary.example"), report.repeat(8))
        .build();
    let request = sip::Request::new(sip::Method::Message, "sip:lms_psi@partner.example")
        .header(sip::Name::Route, "<sip:mcgw.primary.example;lr>, <sip:mcgw.partner.example;lr>")
        .header(sip::Name::From, "<sip:lms_psi@primary.example>;tag=gwf2")
        .header(sip::Name::To, "<sip:lms_psi@partner.example>")
        .header(sip::Name::CallId, "88c2f00d3a@lms1.core.primary.example")
        .header(sip::Name::CSeq, "1 MESSAGE")
        .header(sip::Name::PAssertedIdentity, "<sip:lms_psi@primary.example>")
        .header(sip::Name::PAssertedService, "urn:urn-7:3gpp-service.ims.icsi.mcptt")
        .header(
            sip::Name::AcceptContact,
            "*;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mcptt\";require;explicit",
        )
        .body(&content_type, body);
    let mut out = bytes::BytesMut::new();
    request.print(b"SIP/2.0/TLS lms1.core.primary.example:5061;branch=z9hG4bKg2", &mut out);
    out.freeze()
}
