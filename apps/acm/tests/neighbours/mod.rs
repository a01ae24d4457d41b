//! The servers beside an ACM server, as far as it asks them: who has been admitted, who is expected, and user profiles.
#![allow(dead_code, reason = "each test file uses what it needs")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

use acm::{
    Config,
    config::{Neighbours, WebServer},
};
use bytes::Bytes;
use futures::future;
use http::{Method, Request, Response, header};
use kit::{
    Said, Turn, Word,
    testing::{WebEnd, arrival, hop_config},
    web::overtaken,
};
use wire::{Arrival, BoxFuture, web::WebService};

use crate::systems::{B, World};

pub const IDMS: &str = "idms.b.example";
pub const HOME: &str = "idms.a.example";
pub const MCS: &str = "mcs1.core.b.example";
pub const CMS: &str = "cms.b.example";

/// Whose profile others get a copy of.
pub const TEMPLATE: &str = "sip:visitor@b.example";

#[derive(Default)]
pub struct Held {
    /// Who has been given an ID, and whether he gets tokens.
    pub admitted: HashMap<String, bool>,
    pub expected: HashMap<String, bool>,
    /// Documents by path, with the number in their entity tags.
    pub documents: HashMap<String, (u32, String)>,
    /// IDs here of users who have migrated.
    pub here: HashSet<String>,
    /// How often something was taken back.
    pub undone: usize,
    /// Users of the own system.
    pub own: HashSet<String>,
    /// Every request, in order.
    pub asked: Vec<(Method, String)>,
    /// Such requests of which the path ends so are refused with this status.
    pub refuses: Option<(Method, String, u16)>,
    /// So many changes of documents whose paths end so are made, and answered as if they were not.
    pub loses: Option<(String, usize)>,
    /// Before the next change of this document somebody else writes this, once.
    pub overtaken: Option<(String, String)>,
    /// The next such request is held up on its way, and whoever sent it hears nothing.
    pub stalls: Option<(Method, String)>,
    stalled: Vec<Request<Bytes>>,
    /// What was heard at each path.
    said: HashMap<String, Said>,
    /// Whether what comes late changes what came before.
    pub takes_late: bool,
    /// What the configuration management server itself writes at the end of a profile that has it not.
    pub writes: Option<String>,
    /// What is answered to whoever asks what is made of a profile, whatever that is.
    pub page: Option<String>,
    /// Requests whose paths end so are answered with this status, so often.
    pub fails: Option<(String, u16, usize)>,
}

#[derive(Clone, Default)]
pub struct Fake(Arc<Mutex<Held>>);

/// What the operator of `a.example` says of his own identity management server.
pub fn asks_at_home(system: &str, config: &mut Config) {
    configured(system, config);
    if system != B {
        let home = WebServer { root: format!("https://{HOME}"), hop: hop_config(HOME) };
        config.neighbours = Neighbours { identity: Some(home), ..Neighbours::default() };
    }
}

/// What the operator of `b.example` says of them.
pub fn configured(system: &str, config: &mut Config) {
    if system == B {
        let server = |name: &str| Some(WebServer { root: format!("https://{name}"), hop: hop_config(name) });
        config.neighbours = Neighbours {
            identity: server(IDMS),
            service: server(MCS),
            profiles: server(CMS),
            template: Some(TEMPLATE.parse().unwrap()),
            ..Neighbours::default()
        };
    }
}

/// The ID that a user is given.
pub fn given(primary: &str) -> String {
    let name = primary.trim_start_matches("sip:").split('@').next().unwrap();
    format!("sip:v-{name}@b.example")
}

/// Where the first profile of a user is.
pub fn profile_of(id: &str) -> String {
    format!("/org.3gpp.mcptt.user-profile/users/{id}/mcptt-user-profile-1.xml")
}

/// A profile of a user who is called so.
pub fn profile(id: &str, name: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<mcptt-user-profile xmlns=\"urn:3gpp:mcptt:user-profile:1.0\" \
         XUI-URI=\"{id}\" user-profile-index=\"1\"><Name>{name}</Name><Status>true</Status></mcptt-user-profile>"
    )
}

impl Fake {
    /// Beside the ACM server of `b.example`.
    pub fn beside(world: &World) -> Self {
        let fake = Self::default();
        fake.join(world);
        fake.held(|held| held.documents.insert(profile_of(TEMPLATE), (1, profile(TEMPLATE, "Visitor"))));
        fake
    }

    /// The same, beside another process.
    pub fn join(&self, world: &World) {
        self.beside_process(world, "acm1.core.b.example");
    }

    /// The same, for the ACM server's process of this name.
    pub fn beside_process(&self, world: &World, process: &str) {
        for name in [IDMS, MCS, CMS, HOME] {
            let end = WebEnd::Service {
                service: Arc::new(self.clone()),
                arrival: arrival("inner", process),
                asserted: None,
            };
            world.lab.connect_web(process, name, end);
        }
    }

    pub fn held<T>(&self, look: impl FnOnce(&mut Held) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    /// What was held up comes now: how it is answered.
    pub fn arrives(&self) -> Vec<u16> {
        self.held(|held| {
            let stalled = std::mem::take(&mut held.stalled);
            stalled.iter().map(|request| held.answer(request).status().as_u16()).collect()
        })
    }

    pub fn count(&self, method: &Method, end: &str) -> usize {
        self.held(|held| held.asked.iter().filter(|(by, path)| by == method && path.ends_with(end)).count())
    }
}

impl WebService for Fake {
    fn serve(&self, request: Request<Bytes>, _: Arrival) -> BoxFuture<'static, Response<Bytes>> {
        let is_it = |(method, end): &mut (Method, String)| {
            method == request.method() && request.uri().path().ends_with(end.as_str())
        };
        let response = self.held(|held| match held.stalls.take_if(is_it) {
            Some(_) => {
                held.stalled.push(request.clone());
                None
            }
            None => Some(held.answer(&request)),
        });
        Box::pin(async move {
            match response {
                Some(response) => response,
                None => future::pending().await,
            }
        })
    }
}

impl Held {
    fn answer(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        let path = xcap::decode(request.uri().path()).unwrap();
        self.asked.push((request.method().clone(), path.clone()));
        self.undone += usize::from(request.uri().query() == Some("undo"));
        if let Some((end, code, times)) = &mut self.fails
            && *times > 0
            && path.ends_with(end.as_str())
        {
            *times -= 1;
            return status(*code);
        }
        if let Some((method, end, code)) = &self.refuses
            && method == request.method()
            && path.ends_with(end.as_str())
        {
            return status(*code);
        }
        if let Some(id) = path.strip_prefix("/mcx/identity/visitors/") {
            return self.identity(request, &path, id);
        }
        if let Some(id) = path.strip_prefix("/mcx/identity/users/") {
            return status(if self.own.contains(id) { 204 } else { 404 });
        }
        if let Some(id) = path.strip_prefix("/mcx/service/expected/") {
            return match *request.method() {
                Method::GET => status(if self.here.contains(id) { 204 } else { 404 }),
                _ => match self.hear(request, &path) {
                    Ok(is_expected) => {
                        self.expected.insert(id.to_owned(), is_expected);
                        status(204)
                    }
                    Err(last) => overtaken(last),
                },
            };
        }
        if path == "/mcx/configuration/as-kept" {
            let text = String::from_utf8(request.body().to_vec()).unwrap();
            return body(self.page.clone().unwrap_or_else(|| self.as_kept(text)));
        }
        self.document(request, path)
    }

    fn as_kept(&self, text: String) -> String {
        const END: &str = "</mcptt-user-profile>";
        match &self.writes {
            Some(own) if !text.contains(own.as_str()) => text.replace(END, &format!("{own}{END}")),
            _ => text,
        }
    }

    /// Whether the user of this path may come after what is said of him: as servers hear it.
    fn hear(&mut self, request: &Request<Bytes>, path: &str) -> Result<bool, Turn> {
        let word = match (request.method(), request.uri().query()) {
            (&Method::PUT, _) => Word::Yes,
            (_, Some("undo")) => Word::TakenBack,
            _ => Word::No,
        };
        let turn = Turn::of(request.headers()).unwrap();
        let before = self.said.get(path).copied().unwrap_or_else(|| Said::kept(None));
        let said = match before.then(word, turn) {
            // As one that knows of no turns.
            Err(_) if self.takes_late => before.then(word, None)?,
            said => said?,
        };
        self.said.insert(path.to_owned(), said);
        Ok(said.is_yes() == Some(true))
    }

    fn identity(&mut self, request: &Request<Bytes>, path: &str, id: &str) -> Response<Bytes> {
        if *request.method() == Method::GET {
            return match self.admitted.keys().find(|primary| given(primary) == id) {
                Some(primary) => body(format!("{{\"primary\":\"{primary}\"}}")),
                None => status(404),
            };
        }
        match self.hear(request, path) {
            Ok(is_admitted) => {
                self.admitted.insert(id.to_owned(), is_admitted);
                body(format!("{{\"id\":\"{}\"}}", given(id)))
            }
            Err(last) => overtaken(last),
        }
    }

    fn document(&mut self, request: &Request<Bytes>, path: String) -> Response<Bytes> {
        if *request.method() == Method::PUT
            && let Some((_, text)) = self.overtaken.take_if(|(of, _)| *of == path)
        {
            let number = self.documents.get(&path).map_or(1, |(number, _)| number + 1);
            self.documents.insert(path.clone(), (number, text));
        }
        let kept = self.documents.get(&path).map(|(number, _)| format!("\"{number}\""));
        let field = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        if *request.method() == Method::PUT {
            let is_other = field(header::IF_MATCH).is_some_and(|tag| Some(tag) != kept.as_deref());
            if is_other || (field(header::IF_NONE_MATCH) == Some("*") && kept.is_some()) {
                return status(412);
            }
            let number = self.documents.get(&path).map_or(1, |(number, _)| number + 1);
            let text = self.as_kept(String::from_utf8(request.body().to_vec()).unwrap());
            let loses = self.loses.as_mut().filter(|(end, times)| *times > 0 && path.ends_with(end.as_str()));
            let is_lost = loses.map(|(_, times)| *times -= 1).is_some();
            self.documents.insert(path, (number, text));
            if is_lost {
                return status(503);
            }
            return tagged(status(200), number);
        }
        match self.documents.get(&path) {
            Some((number, text)) => tagged(body(text.clone()), *number),
            None => status(404),
        }
    }
}

fn status(code: u16) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = code.try_into().unwrap();
    response
}

fn body(text: String) -> Response<Bytes> {
    Response::new(text.into())
}

fn tagged(mut response: Response<Bytes>, number: u32) -> Response<Bytes> {
    response.headers_mut().insert(header::ETAG, format!("\"{number}\"").parse().unwrap());
    response
}
