//! The few requests that tests write by hand.

/// An OPTIONS for `host` itself, from `local`; `id` makes its transaction and Call-ID its own.
#[must_use]
pub fn options(host: &str, transport: &str, local: &str, id: &str) -> String {
    request("OPTIONS", &format!("sip:{host}"), transport, local, id) + "Content-Length: 0\r\n\r\n"
}

/// The head of a request without Content-Length and the empty line.
#[must_use]
pub fn request(method: &str, uri: &str, transport: &str, local: &str, id: &str) -> String {
    format!(
        "{method} {uri} SIP/2.0\r\n\
         Via: SIP/2.0/{transport} {local};rport;branch=z9hG4bK-{id}\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:interop@{local}>;tag={id}\r\n\
         To: <{uri}>\r\n\
         Call-ID: {id}\r\n\
         CSeq: 1 {method}\r\n"
    )
}
