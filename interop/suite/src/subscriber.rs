//! An MC service server that subscribes to documents (RFC 6665, RFC 5875), octet by octet.

use std::{
    io::{Read as _, Write as _},
    net::{IpAddr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use crate::{
    Peer,
    peer::{self, Message},
    process::until,
    stunnel::Tunnel,
};

/// Where NOTIFYs come: each is answered 200 and kept.
pub struct Ear {
    /// For the configuration of whoever is to send them.
    pub address: SocketAddr,
    heard: Arc<Mutex<Vec<Message>>>,
}

impl Ear {
    /// Listens at a free port.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn open(host: IpAddr) -> Self {
        let listener = TcpListener::bind((host, 0)).expect("a free port");
        let (address, heard) = (listener.local_addr().expect("a bound socket"), Arc::default());
        let hears: Arc<Mutex<Vec<Message>>> = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let hears = Arc::clone(&hears);
                thread::spawn(move || listen(stream, &hears));
            }
        });
        Self { address, heard }
    }

    /// The NOTIFYs of a dialog so far.
    ///
    /// # Panics
    /// A listener has.
    #[must_use]
    pub fn heard(&self, call_id: &str) -> Vec<Message> {
        let heard = self.heard.lock().expect("nobody panics with it");
        heard.iter().filter(|message| message.header("Call-ID") == Some(call_id)).cloned().collect()
    }

    /// Waits for a NOTIFY of a dialog whose body has this in it, after the first so many.
    ///
    /// # Panics
    /// There is none in time.
    pub fn hears(&self, call_id: &str, after: usize, needle: &str) {
        until(&format!("{call_id} is told of {needle}"), || {
            self.heard(call_id).iter().skip(after).any(|notify| notify.0.contains(needle))
        });
    }
}

fn listen(mut stream: TcpStream, heard: &Mutex<Vec<Message>>) {
    let (mut pending, mut buffer) = (Vec::new(), vec![0; 65_536]);
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        pending.extend_from_slice(&buffer[..read]);
        while let Some(request) = peer::whole(&mut pending) {
            let ok = answer(&request);
            heard.lock().expect("nobody panics with it").push(request);
            if stream.write_all(ok.as_bytes()).is_err() {
                return;
            }
        }
    }
}

fn answer(request: &Message) -> String {
    let head = request.0.split("\r\n\r\n").next().unwrap_or_default();
    let kept = ["via", "from", "to", "call-id", "cseq"];
    let fields = head.lines().skip(1).filter(|line| {
        line.split_once(':').is_some_and(|(name, _)| kept.contains(&&*name.trim().to_ascii_lowercase()))
    });
    let fields: String = fields.map(|line| format!("{line}\r\n")).collect();
    format!("SIP/2.0 200 OK\r\n{fields}Content-Length: 0\r\n\r\n")
}

/// One subscription, which may turn to any replica.
pub struct Subscription {
    /// Its Call-ID, by which NOTIFYs are its own.
    pub call_id: String,
    domain: String,
    selector: String,
    to: Mutex<String>,
    sequence: AtomicU32,
}

impl Subscription {
    /// Subscribes to a document by a tunnel to a group management server.
    ///
    /// # Panics
    /// It is refused.
    #[must_use]
    pub fn begin(tunnel: &Tunnel, domain: &str, selector: &str, call_id: &str) -> Self {
        let this = Self {
            call_id: call_id.to_owned(),
            domain: domain.to_owned(),
            selector: selector.to_owned(),
            to: Mutex::new(format!("<sip:gms_psi@{domain}>")),
            sequence: AtomicU32::new(0),
        };
        let answer = this.refresh(tunnel);
        assert_eq!(answer.status(), 200, "{}", answer.0);
        *this.to.lock().expect("ours alone") = answer.header("To").expect("a response has it").to_owned();
        this
    }

    /// Refreshes it there, wherever it was before.
    ///
    /// # Panics
    /// No answer comes.
    pub fn refresh(&self, tunnel: &Tunnel) -> Message {
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed) + 1;
        let (domain, call_id) = (&self.domain, &self.call_id);
        let body = if sequence == 1 { list(&self.selector) } else { String::new() };
        let content = if body.is_empty() { "" } else { "Content-Type: application/resource-lists+xml\r\n" };
        let to = self.to.lock().expect("ours alone").clone();
        let mut peer = Peer::tcp(tunnel.address);
        let local = peer.local();
        peer.say(format!(
            "SUBSCRIBE sip:gms_psi@{domain} SIP/2.0\r\nVia: SIP/2.0/TLS {local};rport;branch=z9hG4bK-{call_id}-{sequence}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:tester_psi@{domain}>;tag=ours-{call_id}\r\nTo: {to}\r\nCall-ID: {call_id}\r\n\
             CSeq: {sequence} SUBSCRIBE\r\nContact: <sip:tester_psi@{domain}>\r\nEvent: xcap-diff;diff-processing=no-patching\r\n\
             Accept: application/xcap-diff+xml\r\nExpires: 600\r\n{content}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        peer.message()
    }
}

fn list(selector: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\">\
         <list><entry uri=\"{selector}\"/></list></resource-lists>"
    )
}
