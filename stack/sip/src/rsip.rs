//! Messages to and from the types of the rsip crate, for applications that are written to them (feature `rsip`).
//!
//! No octet from the network reaches rsip's parser: what it is given has been parsed here and printed anew with canonical
//! names, without folds and with one value a line, since it cannot read the other spellings. It still cannot read everything
//! (IPv6 hosts, other schemes than `sip:` and `sips:`, unknown methods, header fields that are not UTF-8): such a message is an error.

use bytes::BytesMut;

use ::rsip::{SipMessage, message::HasHeaders};

use crate::{Limits, Malformed, Message, Name, lex::all_token, print};

impl TryFrom<&Message> for SipMessage {
    type Error = ::rsip::Error;

    fn try_from(message: &Message) -> Result<Self, Self::Error> {
        let mut out = BytesMut::with_capacity(message.bytes().len() + 256);
        out.extend_from_slice(message.bytes().get(..message.head().start.end()).unwrap_or_default());
        for header in message.headers() {
            match header.name {
                Name::Other => print::line(&mut out, header.raw_name, header.value),
                Name::ContentLength => {}
                name if name.is_list() => {
                    let mut rest = Some(header.value);
                    while let Some(values) = rest {
                        let (value, left) = crate::message::split_value(values);
                        print::line(&mut out, name.canonical().as_bytes(), crate::lex::trim(value));
                        rest = left;
                    }
                }
                name => print::line(&mut out, name.canonical().as_bytes(), header.value),
            }
        }
        print::content_length(&mut out, message.body().len());
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(message.body());
        Self::try_from(&out[..])
    }
}

impl TryFrom<&SipMessage> for Message {
    type Error = Malformed;

    /// Prints and parses: what rsip lets an application write is held to the same rules as what a peer sends. Header fields whose
    /// names are no tokens are left out, and a CR, LF or NUL in a value becomes a space.
    fn try_from(message: &SipMessage) -> Result<Self, Malformed> {
        let start = match message {
            SipMessage::Request(request) => format!("{} {} {}", request.method, request.uri, request.version),
            SipMessage::Response(response) => {
                // rsip's own reason phrases have lost their spaces.
                let code = response.status_code.code();
                format!("{} {code} {}", response.version, crate::reason_phrase(code))
            }
        };
        let mut out = BytesMut::new();
        print::clean(&mut out, start.as_bytes());
        out.extend_from_slice(b"\r\n");
        for header in message.headers().iter() {
            let line = header.to_string();
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            let ours = Name::from_bytes(name.as_bytes()) == Name::ContentLength;
            if !ours && all_token(name.as_bytes()) {
                print::line(&mut out, name.as_bytes(), value.trim().as_bytes());
            }
        }
        print::content_length(&mut out, message.body().len());
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(message.body());
        Self::parse(out.freeze(), &Limits::default())
    }
}
