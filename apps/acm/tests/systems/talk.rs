//! What users and partners say to a server.

use bytes::BytesMut;
use kit::{
    Cause,
    testing::{arrival, asserted},
};
use sip::{Message, Method, Name, Request};
use xml_schemas::{flow::Carriage, ids::Psi};

use super::{World, core};
use acm::AcmServer;

/// What a terminal says of itself as it registers.
#[derive(Clone, Copy, Default)]
pub struct Own<'o> {
    pub client: Option<&'o str>,
    pub instance: Option<&'o str>,
    /// For how many seconds; none to leave.
    pub lasts: u32,
}

impl World {
    /// A third-party registration: its status.
    pub fn registers(&self, system: &str, name: &str, expires: u32) -> Option<u16> {
        self.registration(system, &third_party(system, name, expires))
    }

    /// The same by one client of the user's, which names itself and the instance of its contact; or, of one of several, that it leaves.
    pub fn registers_by(&self, system: &str, name: &str, (client, instance): (&str, &str), leaves: bool) {
        let lasts = if leaves { 0 } else { 86_400 };
        self.registers_as(system, name, Own { client: Some(client), instance: Some(instance), lasts });
    }

    /// The same by one terminal of the user's, which may say of itself what it likes; others may stay for a day.
    pub fn registers_as(&self, system: &str, name: &str, own: Own<'_>) {
        assert_eq!(self.registration(system, &third_party_by(system, name, 86_400, own)), Some(200));
    }

    fn registration(&self, system: &str, request: &Request) -> Option<u16> {
        let answer =
            self.lab.deliver(&*self.systems[system].service(), request, arrival("inner", &core(system)));
        answer.and_then(|answer| answer.status())
    }
    pub fn logs_on(&self, system: &str, name: &str) {
        assert_eq!(self.registers(system, name, 86_400), Some(200));
    }

    pub fn logs_off(&self, system: &str, name: &str) {
        assert_eq!(self.registers(system, name, 0), Some(200));
    }

    /// A message of a user's client, as the SIP core lets it in: status and cause; none where it is not answered yet.
    pub fn says<F: Carriage>(&self, system: &str, name: &str, flow: &F) -> (u16, Option<Cause>) {
        self.message(system, flow, &format!("sip:{name}.imsi@{system}"), &core(system))
    }

    /// The same, to another process of the system's server.
    pub fn says_to<F: Carriage>(
        &self,
        server: &AcmServer,
        system: &str,
        name: &str,
        flow: &F,
    ) -> (u16, Option<Cause>) {
        let identity = format!("sip:{name}.imsi@{system}");
        self.message_to(server, system, flow, &identity, &core(system))
    }

    /// A message of a system's server, as the gateway of the other lets it in.
    pub fn between<F: Carriage>(&self, from: &str, to: &str, flow: &F) -> (u16, Option<Cause>) {
        self.message(to, flow, &format!("sip:{from}"), &format!("mcgw.{to}"))
    }

    fn message<F: Carriage>(&self, to: &str, flow: &F, identity: &str, by: &str) -> (u16, Option<Cause>) {
        self.message_to(&self.systems[to], to, flow, identity, by)
    }

    fn message_to<F: Carriage>(
        &self,
        server: &AcmServer,
        to: &str,
        flow: &F,
        identity: &str,
        by: &str,
    ) -> (u16, Option<Cause>) {
        let own = Psi::new("sip:acm_psi@peer.example").unwrap();
        let (uri, ids) = (format!("sip:acm_psi@{to}"), self.lab.world("peer").ids);
        let envelope = kit::carriage::Envelope { uri: &uri, own: &own, asserts: true, ids: &*ids };
        let request = kit::carriage::compose(&envelope, &flow.split()).unwrap();
        let mut out = BytesMut::new();
        request.print(b"SIP/2.0/TLS x;branch=z9hG4bK1", &mut out);
        let message = Message::parse(out.freeze(), &sip::Limits::STREAM).unwrap();
        let message = asserted(&message, identity);
        let answer = self.lab.deliver_message(&*server.service(), &message, arrival("inner", by));
        let answer = answer.expect("is answered");
        let status = answer.status().unwrap();
        (status, (status >= 300).then(|| Cause::from_response(&answer)))
    }
}

/// A third-party registration over that of one terminal.
pub fn third_party_by(system: &str, name: &str, expires: u32, own: Own<'_>) -> Request {
    let instance = own.instance.map(|it| format!(";+sip.instance=\"{it}\"")).unwrap_or_default();
    let info = own.client.map(|client| {
        format!(
            "<mcpttinfo xmlns=\"urn:3gpp:ns:mcpttInfo:1.0\"><mcptt-Params><mcptt-client-id type=\"Normal\"><mcpttString>\
             {client}</mcpttString></mcptt-client-id></mcptt-Params></mcpttinfo>"
        )
    });
    let kind = info.as_ref().map_or("", |_| "Content-Type: application/vnd.3gpp.mcptt-info+xml\r\n");
    let info = info.unwrap_or_default();
    let register = format!(
        "REGISTER sip:{system} SIP/2.0\r\nVia: SIP/2.0/TCP ue;branch=z9hG4bKr1\r\nMax-Forwards: 68\r\n\
         From: <sip:{name}.imsi@{system}>;tag=f1\r\nTo: <sip:{name}.imsi@{system}>\r\nCall-ID: r1\r\n\
         CSeq: 1 REGISTER\r\nContact: <sip:{name}@device.invalid>{instance}\r\nExpires: {}\r\n\
         {kind}Content-Length: {}\r\n\r\n{info}",
        own.lasts,
        info.len()
    );
    third_party(system, name, expires).body("message/sip", register.into_bytes())
}

fn third_party(system: &str, name: &str, expires: u32) -> Request {
    Request::new(Method::Register, format!("sip:acm_psi@{system}"))
        .header(Name::From, format!("<sip:{}>;tag=1", core(system)))
        .header(Name::To, format!("<sip:{name}.imsi@{system}>"))
        .header(Name::CallId, "c")
        .header(Name::CSeq, "1 REGISTER")
        .header(Name::Contact, format!("<sip:{}>", core(system)))
        .header(Name::Expires, expires.to_string())
}
