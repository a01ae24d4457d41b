//! Who asks a server, and what it answers.

use std::time::Duration;

use bytes::Bytes;
use groups::GroupId;
use http::{Method, Request, Response, header};
use kit::testing::arrival;

use super::{A, World, path};

/// Who sends a request.
#[derive(Clone, Copy, Debug)]
pub enum From<'f> {
    /// A client with an access token of this user.
    User(&'f str),
    /// An own server with this name.
    Server(&'f str),
    /// The own gateway, which asserts this identity.
    Gateway(&'f str),
    /// Somebody without certificate and token.
    Nobody,
}

impl World {
    fn arrival(&self, from: From<'_>) -> wire::Arrival {
        let (listener, proves) = match from {
            From::User(_) | From::Nobody => ("clients", None),
            From::Server(name) | From::Gateway(name) => ("servers", Some(name)),
        };
        let mut arrival = arrival(listener, proves.unwrap_or("nobody"));
        if let From::Gateway(_) = from {
            arrival.certificate = None;
        }
        if proves.is_none() {
            arrival.certificate = None;
        }
        arrival
    }

    pub fn request(
        &self,
        method: Method,
        path: &str,
        from: From<'_>,
        body: impl Into<Bytes>,
    ) -> Request<Bytes> {
        let mut request = Request::builder().method(&method).uri(path);
        if method == Method::PUT {
            request = request.header(header::CONTENT_TYPE, groups::group::MEDIA_TYPE);
        }
        if let From::User(user) = from {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.idms.token(user)));
        }
        if let From::Gateway(asserted) = from {
            request = request.header("x-3gpp-asserted-identity", format!("\"{asserted}\""));
        }
        request.body(body.into()).expect("valid")
    }

    /// Sends a request to the server of a system; everything runs that can without time passing.
    pub fn send(&self, domain: &str, from: From<'_>, request: Request<Bytes>) -> Response<Bytes> {
        self.try_send(domain, from, request).expect("answered without waiting")
    }

    /// As [`World::send`]; none where no answer comes.
    pub fn try_send(&self, domain: &str, from: From<'_>, request: Request<Bytes>) -> Option<Response<Bytes>> {
        let arrival = match from {
            From::Gateway(_) => arrival("servers", &format!("mcgw.{domain}")),
            other => self.arrival(other),
        };
        self.lab.fetch(&self.servers[domain].site, request, arrival)
    }

    /// As [`World::send`], for what waits: the response is received later.
    pub fn send_later(
        &self,
        domain: &str,
        from: From<'_>,
        request: Request<Bytes>,
    ) -> futures::channel::oneshot::Receiver<Response<Bytes>> {
        let arrival = match from {
            From::Gateway(_) => arrival("servers", &format!("mcgw.{domain}")),
            other => self.arrival(other),
        };
        let answered = self.lab.fetch_later(&self.servers[domain].site, request, arrival);
        self.lab.run();
        answered
    }

    pub fn put(&self, domain: &str, from: From<'_>, id: &str, body: &str) -> Response<Bytes> {
        self.send(domain, from, self.request(Method::PUT, &path(id), from, body.to_owned()))
    }

    pub fn get(&self, domain: &str, from: From<'_>, id: &str) -> Response<Bytes> {
        self.send(domain, from, self.request(Method::GET, &path(id), from, ""))
    }

    pub fn delete(&self, domain: &str, from: From<'_>, id: &str) -> Response<Bytes> {
        self.send(domain, from, self.request(Method::DELETE, &path(id), from, ""))
    }

    /// Administrator's own resource below `/mcx/groups/`.
    pub fn admin(&self, domain: &str, method: Method, path: &str) -> (u16, serde_json::Value) {
        let admin = format!("sip:admin@{domain}");
        let from = From::User(&admin);
        let response =
            self.send(domain, from, self.request(method, &format!("/mcx/groups/{path}"), from, ""));
        let body = serde_json::from_slice(response.body()).unwrap_or_default();
        (response.status().as_u16(), body)
    }

    /// An access token of this user.
    pub fn token(&self, user: &str) -> String {
        self.idms.token(user)
    }

    /// As [`World::token`], with these scopes.
    pub fn token_for(&self, user: &str, scope: &str) -> String {
        self.idms.token_for(user, scope)
    }

    /// The administrator of A puts a group there.
    pub fn define(&self, id: &str, body: &str) -> Response<Bytes> {
        let response = self.put(A, From::User("sip:admin@a.example"), id, body);
        assert!(response.status().is_success(), "{response:?}");
        response
    }

    /// What clients of a system see of a group.
    pub fn seen(&self, domain: &str, id: &str) -> Option<String> {
        let group = GroupId::new(id).expect("valid");
        let found = futures::executor::block_on(self.gms(domain).document(&group)).expect("readable");
        found.map(|document| document.text().to_owned())
    }

    /// What the primary provided, as the partner keeps it.
    pub fn offered(&self, domain: &str, id: &str) -> Option<String> {
        let group = GroupId::new(id).expect("valid");
        let found = futures::executor::block_on(self.gms(domain).offer(&group)).expect("readable");
        found.map(|(document, _)| document.text().to_owned())
    }

    /// The only share in the status of A.
    pub fn share(&self) -> serde_json::Value {
        let (_, status) = self.admin(A, Method::GET, "status");
        status["shares"][0].clone()
    }

    pub fn wait(&self, seconds: u64) {
        self.lab.advance(Duration::from_secs(seconds));
    }

    /// The steps of this clause that were taken, with who took them.
    pub fn steps(&self, clause: &str) -> Vec<(String, u8)> {
        let steps = self.lab.ladder().steps().into_iter();
        steps.filter(|(_, of, _)| *of == clause).map(|(who, _, number)| (who, number)).collect()
    }

    /// How many requests of this method A sent to B.
    pub fn sent(&self, method: &Method) -> usize {
        self.lab.fetched("mcgw.a.example").iter().filter(|request| request.method() == method).count()
    }
}
