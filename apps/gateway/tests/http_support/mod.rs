//! The border of `primary.example` over HTTP, and what is at both of its sides.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::panic)]

use std::{
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use gateway::{Agreement, HttpParts, Operations, Partner, Proxy, Root, Server, Servers};
use http::{Method, Request, Response};
use wire::{
    Arrival, BoxFuture, Hop, WireError,
    web::{Web, WebService as _},
};

use crate::common::{Border, Notes, border, from_lms, from_partner, hop, partner};

pub const GROUPS: &str = "org.openmobilealliance.groups";
pub const GROUP_XML: &str = "application/vnd.oma.poc.groups+xml";
/// What the partner asks for here.
pub const OURS: &str = "https://xcap.primary.example/xcap/org.openmobilealliance.groups/global/byGroupID/sip:fire@primary.example";
/// What our servers ask the partner for.
pub const THEIRS: &str =
    "https://xcap.partner.example/org.openmobilealliance.groups/global/byGroupID/sip:fire@partner.example";

/// Whoever is asked in the end: keeps what it is asked, and answers what it is told to.
pub struct Far {
    pub asked: Mutex<Vec<(Request<Bytes>, Hop)>>,
    answer: Mutex<Option<Result<Response<Bytes>, WireError>>>,
}

impl Web for Far {
    fn fetch(
        &self,
        request: Request<Bytes>,
        hop: Hop,
    ) -> BoxFuture<'static, Result<Response<Bytes>, WireError>> {
        self.asked.lock().unwrap().push((request, hop));
        let answer = self.answer.lock().unwrap().take();
        Box::pin(std::future::ready(answer.unwrap_or_else(|| Ok(Response::new(Bytes::new())))))
    }
}

/// What the far side answers, status, fields and body, and what of it passes.
pub type Case =
    (u16, &'static [(&'static str, &'static str)], &'static str, u16, &'static [&'static str], &'static str);

pub struct World {
    pub proxy: Proxy,
    pub far: Arc<Far>,
    pub notes: Arc<Notes>,
}

pub fn agreement() -> Agreement {
    let operations = ["GET", "PUT", "DELETE"].map(|method| format!("{method} {GROUPS}"));
    Agreement {
        root: Root::new("https://xcap.partner.example").unwrap(),
        hop: Some(hop("mcgw.partner.example", "198.51.100.1:443")),
        inbound: Operations::new(&operations).unwrap(),
        outbound: Operations::new(&operations).unwrap(),
        media: [GROUP_XML, "application/xcap-el+xml"].map(Into::into).to_vec(),
        body: 4096,
    }
}

/// Groups of `sip:fire…` are at gms1, all others at gms2.
pub fn servers() -> Servers {
    let server = |host: &str, groups: &[&str]| Server {
        auids: vec![GROUPS.into()],
        groups: groups.iter().map(|group| (*group).into()).collect(),
        root: Root::new(&format!("https://{host}/inner")).unwrap(),
        hop: hop(host, "10.0.0.7:8443"),
    };
    let gms1 = server("gms1.core.primary.example", &["sip:fire*@primary.example"]);
    let gms2 = server("gms2.core.primary.example", &[]);
    Servers::new(Root::new("https://xcap.primary.example/xcap").unwrap(), vec![gms2, gms1])
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// With the partner changed.
    pub fn with(change: impl FnOnce(&mut Partner)) -> Self {
        let mut other = partner("partner");
        other.http = Some(Arc::new(agreement()));
        change(&mut other);
        let Border { gateway, notes, .. } = border("primary", vec![other]);
        let far = Arc::new(Far { asked: Mutex::default(), answer: Mutex::default() });
        let parts = HttpParts {
            gateway: Arc::new(gateway),
            web: far.clone(),
            inner: vec!["inner".into()],
            servers: servers(),
        };
        Self { proxy: Proxy::new(parts), far, notes }
    }

    /// With the agreement changed.
    pub fn agreed(change: impl FnOnce(&mut Agreement)) -> Self {
        let mut agreed = agreement();
        change(&mut agreed);
        Self::with(|partner| partner.http = Some(Arc::new(agreed)))
    }

    pub fn answers(&self, answer: Result<Response<Bytes>, WireError>) -> &Self {
        *self.far.answer.lock().unwrap() = Some(answer);
        self
    }

    pub fn serve(&self, request: Request<Bytes>, arrival: Arrival) -> Response<Bytes> {
        let mut serving = pin!(self.proxy.serve(request, arrival));
        match serving.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(response) => response,
            Poll::Pending => panic!("nobody is waited for here"),
        }
    }

    pub fn partner_asks(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.serve(request, from_partner())
    }

    pub fn gms_asks(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.serve(request, from_lms())
    }

    /// What was asked at the far side, if anything.
    pub fn asked(&self) -> Option<(Request<Bytes>, Hop)> {
        self.far.asked.lock().unwrap().pop()
    }
}

pub fn asks(method: Method, uri: &str) -> Request<Bytes> {
    Request::builder().method(method).uri(uri).body(Bytes::new()).unwrap()
}

pub fn get(uri: &str) -> Request<Bytes> {
    asks(Method::GET, uri)
}

pub fn put(uri: &str, body: &'static str) -> Request<Bytes> {
    let request = Request::put(uri).header("content-type", GROUP_XML);
    request.body(Bytes::from_static(body.as_bytes())).unwrap()
}

pub fn with(mut request: Request<Bytes>, name: &'static str, value: &str) -> Request<Bytes> {
    request.headers_mut().append(name, value.parse().unwrap());
    request
}

pub fn answer(status: u16, fields: &[(&'static str, &str)], body: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(body.as_bytes()));
    *response.status_mut() = status.try_into().unwrap();
    for (name, value) in fields {
        response.headers_mut().append(*name, value.parse().unwrap());
    }
    response
}

/// The status and the cause of a refusal.
pub fn refused(response: &Response<Bytes>) -> (u16, &str) {
    let cause = response.headers().get("x-mcx-cause").map_or("", |cause| cause.to_str().unwrap());
    (response.status().as_u16(), cause)
}

/// Every octet of a message but its framing.
pub fn octets(fields: &http::HeaderMap, rest: &[&[u8]]) -> Vec<u8> {
    let mut all = rest.concat();
    for (name, value) in fields {
        all.extend_from_slice(name.as_str().as_bytes());
        all.extend_from_slice(value.as_bytes());
        all.push(b'\n');
    }
    all
}
