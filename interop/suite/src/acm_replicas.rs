//! One ACM server that is two processes on one database: system `primary` of the lab, taken apart.
//!
//! Its gateway, SIP core and the rest are in a process that keeps its own file; the gateway knows replica `two`, and the SIP core replica
//! `one`. A test that speaks as the SIP core does asks either. System `partner` is as the lab has it.

use std::net::SocketAddr;

use crate::{
    Lab, Peer,
    endpoints::User,
    peer::Message,
    pieces::{Cut, Pieces, led_to, tables},
    replicas::BOTH,
    stunnel::{self, Tunnel},
};

/// The lab, and its replicas.
pub struct AcmReplicas {
    /// System `partner` and the rest of `primary`.
    pub lab: Lab,
    /// Both.
    pub pieces: Pieces,
    /// To either, as the SIP core comes.
    tunnels: [Tunnel; 2],
}

impl AcmReplicas {
    /// Starts everything but terminals. `store` is the URL of a database with our tables.
    ///
    /// # Panics
    /// It does not come up.
    #[must_use]
    pub fn start(store: &str) -> Self {
        let mut lab = Lab::served();
        let [one, mut two] = BOTH.map(|name| {
            let mut cut = Cut::of(&lab, "primary", name, &["acm"]);
            cut.store(store);
            // A partner that was away is found again within a second.
            cut.replace("\n[acm]\n", "\n[acm]\nretry-after = \"100ms\"\nretry-at-most-after = \"1s\"\n");
            cut
        });
        let usual = lab.system("primary").listener("acm", "inner");
        let at = [usual, two.moved("acm", "inner")];
        let pieces = Pieces::of([one, two]);
        lab =
            lab.edit_servers("primary", |_, text| led_to(&tables(&text, |head| head != "acm"), usual, at[1]));
        for system in ["primary", "partner"] {
            lab.serve(system, "servers");
        }
        let tunnels = at.map(|at| as_the_core(&lab, at));
        let mut all = Self { lab, pieces, tunnels };
        BOTH.into_iter().for_each(|name| all.pieces.serve(name));
        all.lab.started();
        all
    }

    /// This user asks the replica to tell a user of the partner's of a group, as the SIP core lets it pass; whether the replica has
    /// accepted the request of this name. One that does not run has not.
    #[must_use]
    pub fn asks(&self, replica: &str, (user, target): (&User<'_>, &str), group: &str, request: &str) -> bool {
        let tunnel = &self.tunnels[usize::from(replica != BOTH[0])];
        let mut peer = Peer::tcp(tunnel.address);
        let local = peer.local().to_string();
        let (psi, impu) = (format!("sip:acm_psi@{}", self.lab.system("primary").domain()), user.impu());
        let body = body(request, (user.mc_service_id(), target), group);
        peer.say(format!(
            "MESSAGE {psi} SIP/2.0\r\nVia: SIP/2.0/TLS {local};rport;branch=z9hG4bK-{replica}-{request}\r\n\
             Max-Forwards: 70\r\nFrom: <{impu}>;tag={request}\r\nTo: <{psi}>\r\nCall-ID: {replica}-{request}\r\n\
             CSeq: 1 MESSAGE\r\nP-Asserted-Identity: <{impu}>\r\n\
             P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.mcptt\r\n\
             Content-Type: application/x.mcx.acm-info+xml\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        matches!(peer.hear(crate::process::DEADLINE), crate::peer::Heard::Message(Message(text)) if text.starts_with("SIP/2.0 200 "))
    }
}

/// A way to a server that shows it the certificate of its own SIP core.
fn as_the_core(lab: &Lab, at: SocketAddr) -> Tunnel {
    let system = lab.system("primary");
    let core = lab.dir().join("primary/tls/sip-core");
    let [certificate, key] = ["pem", "key"].map(|kind| core.with_extension(kind).display().to_string());
    stunnel::towards_as(at.ip(), at, (system.authority(), system.name("acm")), (&certificate, &key))
}

fn body(request: &str, (initiator, target): (&str, &str), group: &str) -> String {
    let party = |name: &str, id: &str| {
        format!("<{name}><mcs-id type=\"Normal\"><mcsURI>{id}</mcsURI></mcs-id></{name}>")
    };
    format!(
        "<acm-info xmlns=\"urn:x-mcx:ns:acm-info:1.0\"><acm-Params><req-type type=\"Normal\"><mcsString>\
         acm-group-information-provision-request</mcsString></req-type><request-id>{request}</request-id>{}{}\
         <group-id-list><entry><uri-entry type=\"Normal\"><mcsURI>{group}</mcsURI></uri-entry></entry></group-id-list>\
         </acm-Params></acm-info>",
        party("initiating-party", initiator),
        party("target-party", target)
    )
}
