//! What leaves the primary system, as a partner sees it.

use sip::Edits;
use wire::Inline as _;

use super::*;

/// What names the inside of the primary system, to somebody who leaves out whatever may split a name.
pub fn exposes(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    let splits = ["\\", "\r\n ", "\r\n\t", " ", "<![cdata[", "]]>", "<!---->", "<?x?>"];
    let text = splits.iter().fold(text, |text, split| text.replace(split, ""));
    let text = text.replace("&#x2e;", ".").replace("%2e", ".");
    ["core.primary.example", "10.0.0.", "2001:db8:c0:", "::ffff:a00:"]
        .into_iter()
        .find(|name| text.contains(name))
        .map(|_| text)
}

/// A response as it leaves, but for what the driver does about Via.
pub fn sent_back(text: String, request: &sip::Message, border: &Border) -> sip::Message {
    let mut edits = Edits::new();
    let response = parse(text);
    border.gateway.response(&response, request, &from_partner(), &mut edits);
    let mut out = bytes::BytesMut::new();
    edits.apply(&response, &mut out);
    parse(out.freeze())
}

pub fn answered(head: &str, request: &sip::Message, border: &Border) -> sip::Message {
    let text = format!(
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\n\
         Call-ID: 1\r\nCSeq: 1 MESSAGE\r\n{head}Content-Length: 0\r\n\r\n"
    );
    sent_back(text, request, border)
}
