//! What neighbours of the border send.

use sip::Message;

use super::{REPORT, REQUEST, REQUEST_ID, parse};

/// What stands among the characters of an identity, and makes two texts of one.
pub const AMONG: [&str; 3] = ["<x/>", "<q:x xmlns:q='urn:q'/>", "<x xmlns=''>y</x>"];

/// A location request, or a report of it, as the sending server writes it.
#[derive(Clone)]
pub struct Draft {
    pub method: &'static str,
    pub uri: String,
    pub from: String,
    pub to: String,
    pub call_id: String,
    pub headers: Vec<String>,
    pub calling: Option<String>,
    pub companion: String,
    pub extra_parts: String,
}

fn identity(element: &str, uri: &str) -> String {
    format!("<{element} type=\"Normal\"><mcsURI>{uri}</mcsURI></{element}>")
}

pub fn companion(kind: &str, flow: &str, system: &str, requester: &str, targets: &[&str]) -> String {
    let targets: String =
        targets.iter().map(|t| format!("<target>{}</target>", identity("mcs-id", t))).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
         <interconnection-info xmlns=\"urn:x-mcx:ns:interconnection-info:1.0\">\n  <icx-Params>\n    \
         <{kind} type=\"Normal\"><mcsString>{flow}</mcsString></{kind}>\n    <request-id>{REQUEST_ID}</request-id>\n    \
         {}\n    {}\n    <target-list>{targets}</target-list>\n  </icx-Params>\n</interconnection-info>\r\n",
        identity("requesting-mc-system-id", system),
        identity("requesting-mcs-id", requester),
    )
}

/// Sample 06: alice's location management server asks where bob and carol are.
pub fn request() -> Draft {
    Draft {
        method: "MESSAGE",
        uri: "sip:lms_psi@partner.example".into(),
        from: "<sip:lms_psi@primary.example>;tag=f1.lms1.core.primary.example".into(),
        to: "<sip:lms_psi@partner.example>".into(),
        call_id: "loc1@lms1.core.primary.example".into(),
        headers: [
            "Via: SIP/2.0/TLS lms1.core.primary.example:5061;branch=z9hG4bKl1",
            "Route: <sip:mcgw-int.primary.example:5061;transport=tls;lr>",
            "Contact: <sip:lms1.core.primary.example:5061;transport=tls>",
            "User-Agent: mcx-lms/0.1 (lms1.core.primary.example)",
            "P-Asserted-Identity: <sip:lms1_psi@core.primary.example>",
            "P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.mcptt",
            "Accept-Contact: *;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mcptt\";require;explicit",
        ]
        .map(str::to_owned)
        .to_vec(),
        calling: None,
        companion: companion(
            "req-type",
            REQUEST,
            "sip:primary.example",
            "sip:alice@primary.example",
            &["sip:bob@partner.example", "sip:carol@partner.example"],
        ),
        extra_parts: String::new(),
    }
}

/// Sample 07, as the partner asks us: bob's server asks where alice is.
pub fn partners_request() -> Draft {
    Draft {
        uri: "sip:lms_psi@primary.example".into(),
        from: "<sip:lms_psi@partner.example>;tag=gwf1".into(),
        to: "<sip:lms_psi@primary.example>".into(),
        call_id: "gw-77b1@mcgw.partner.example".into(),
        headers: vec![
            "Via: SIP/2.0/TLS mcgw.partner.example:5061;branch=z9hG4bKg1".into(),
            "P-Asserted-Identity: <sip:mcgw@partner.example>".into(),
        ],
        companion: companion(
            "req-type",
            REQUEST,
            "sip:partner.example",
            "sip:bob@partner.example",
            &["sip:alice@primary.example"],
        ),
        ..request()
    }
}

/// Sample 08: the partner reports on bob and carol to alice.
pub fn partners_report() -> Draft {
    Draft {
        companion: companion(
            "resp-type",
            REPORT,
            "sip:primary.example",
            "sip:alice@primary.example",
            &["sip:bob@partner.example", "sip:carol@partner.example"],
        ),
        ..partners_request()
    }
}

impl Draft {
    pub fn header(mut self, line: &str) -> Self {
        self.headers.push(line.to_owned());
        self
    }

    pub fn text(&self) -> String {
        let calling = self.calling.as_deref().map(|uri| {
            format!(
                "<mcptt-calling-user-id type=\"Normal\"><mcpttURI>{uri}</mcpttURI></mcptt-calling-user-id>"
            )
        });
        let part = |media: &str, body: &str| format!("--mcs-1\r\nContent-Type: {media}\r\n\r\n{body}\r\n");
        let body = [
            part(
                "application/vnd.3gpp.mcptt-info+xml",
                &format!(
                    "<mcpttinfo xmlns=\"urn:3gpp:ns:mcpttInfo:1.0\"><mcptt-Params>{}</mcptt-Params></mcpttinfo>",
                    calling.unwrap_or_default()
                ),
            ),
            part(
                "application/vnd.3gpp.mcptt-location-info+xml",
                &format!(
                    "<location-info xmlns=\"urn:3gpp:ns:mcpttLocationInfo:1.0\"><Request RequestId=\"{REQUEST_ID}\" \
                     refresh=\"true\"/></location-info>"
                ),
            ),
            part("application/x.mcx.interconnection-info+xml", &self.companion),
            self.extra_parts.clone(),
            "--mcs-1--\r\n".to_owned(),
        ]
        .concat();
        let headers: String = self.headers.iter().map(|line| format!("{line}\r\n")).collect();
        format!(
            "{method} {} SIP/2.0\r\n{headers}Max-Forwards: 68\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\n\
             CSeq: 1 {method}\r\nContent-Type: multipart/mixed;boundary=\"mcs-1\"\r\nContent-Length: {}\r\n\r\n{body}",
            self.uri,
            self.from,
            self.to,
            self.call_id,
            body.len(),
            method = self.method,
        )
    }

    pub fn message(&self) -> Message {
        parse(self.text())
    }
}

/// A request of that method without a body.
pub fn bare(method: &str, uri: &str) -> Message {
    bare_with(method, uri, "")
}

/// The same with a header field, its line ended, or none.
pub fn bare_with(method: &str, uri: &str, field: &str) -> Message {
    parse(format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/TLS h.example;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
         From: <sip:lms_psi@primary.example>;tag=1\r\nTo: <{uri}>\r\nCall-ID: 1@h\r\nCSeq: 1 {method}\r\n\
         {field}Content-Length: 0\r\n\r\n"
    ))
}
