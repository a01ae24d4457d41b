//! PUBLISH of settings, as the SIP core lets it pass.
#![allow(dead_code, reason = "each test file uses what it needs")]
#![allow(clippy::expect_used, reason = "a test that cannot build its own messages has to fail loudly")]

use kit::{Cause, testing::arrival};
use sip::{Method, Name, Request};

use crate::servers::{CORE, World};

const INFO: &str = "application/vnd.3gpp.mcptt-info+xml";
const SETTINGS: &str = "application/poc-settings+xml";

/// What a client publishes.
#[derive(Clone, Default)]
pub struct Publish {
    impu: Option<String>,
    by: Option<String>,
    expires: Option<u32>,
    tag: Option<String>,
    token: Option<String>,
    client: Option<String>,
    user: Option<String>,
    any_ext: String,
    settings: Option<(String, u8)>,
}

/// What it is answered.
pub struct Answer {
    pub status: u16,
    pub cause: Option<Cause>,
    pub warning: String,
    pub tag: String,
    pub expires: Option<u32>,
}

/// This client, under this profile.
pub fn settings(client: &str, profile: u8) -> Publish {
    let settings = Some((client.to_owned(), profile));
    Publish { client: Some(client.to_owned()), settings, expires: Some(3_600), ..Publish::default() }
}

/// No body: what was published goes on, or ends.
pub fn with(tag: &str) -> Publish {
    Publish { tag: Some(tag.to_owned()), ..Publish::default() }
}

impl Publish {
    /// A token, and nothing else.
    pub fn bare(token: &str) -> Self {
        Self::default().token(token)
    }

    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    pub fn client(mut self, client: &str) -> Self {
        self.client = Some(client.to_owned());
        self
    }

    pub fn of(mut self, user: &str) -> Self {
        self.user = Some(user.to_owned());
        self
    }

    pub fn from(mut self, impu: &str) -> Self {
        self.impu = Some(impu.to_owned());
        self
    }

    pub fn by(mut self, certificate: &str) -> Self {
        self.by = Some(certificate.to_owned());
        self
    }

    pub fn expires(mut self, seconds: u32) -> Self {
        self.expires = Some(seconds);
        self
    }

    pub fn modifies(mut self, tag: &str) -> Self {
        self.tag = Some(tag.to_owned());
        self
    }

    /// The elements of a migrating user.
    pub fn migrates(mut self, partner: Option<&str>, primary: &str, profile: Option<u8>) -> Self {
        let uri =
            |name: &str, id: &str| format!("<{name} type=\"Normal\"><mcpttURI>{id}</mcpttURI></{name}>");
        let partner = partner.map(|id| uri("partner-mcptt-id", id)).unwrap_or_default();
        let profile = profile.map(|index| {
            format!("<selected-user-profile-index><user-profile-index>{index}</user-profile-index></selected-user-profile-index>")
        });
        self.any_ext =
            format!("{partner}{}{}", profile.unwrap_or_default(), uri("primary-mcptt-id", primary));
        self
    }

    fn info(&self) -> Option<String> {
        let string = |name: &str, value: &Option<String>| {
            let text = |value: &String| {
                format!("<{name} type=\"Normal\"><mcpttString>{value}</mcpttString></{name}>")
            };
            value.as_ref().map(text).unwrap_or_default()
        };
        let user = self.user.as_ref().map(|id| {
            format!("<mcptt-request-uri type=\"Normal\"><mcpttURI>{id}</mcpttURI></mcptt-request-uri>")
        });
        let (token, client) =
            (string("mcptt-access-token", &self.token), string("mcptt-client-id", &self.client));
        let ext = if self.any_ext.is_empty() {
            String::new()
        } else {
            format!("<anyExt>{}</anyExt>", self.any_ext)
        };
        let all = format!("{token}{}{client}{ext}", user.unwrap_or_default());
        let document = "<mcpttinfo xmlns=\"urn:3gpp:ns:mcpttInfo:1.0\"><mcptt-Params>";
        (!all.is_empty()).then(|| format!("{document}{all}</mcptt-Params></mcpttinfo>"))
    }

    fn request(&self) -> Request {
        let impu = self.impu.as_deref().unwrap_or("sip:bob.imsi@b.example");
        let mut request = Request::new(Method::Publish, "sip:mcptt_psi@b.example")
            .header(Name::From, format!("<{impu}>;tag=1"))
            .header(Name::To, "<sip:mcptt_psi@b.example>")
            .header(Name::CallId, "p")
            .header(Name::CSeq, "1 PUBLISH")
            .header(Name::PAssertedIdentity, format!("<{impu}>"))
            .header(Name::Event, "poc-settings");
        if let Some(seconds) = self.expires {
            request = request.header(Name::Expires, seconds.to_string());
        }
        if let Some(tag) = &self.tag {
            request = request.header(Name::SipIfMatch, tag);
        }
        let settings = self.settings.as_ref().map(|(client, profile)| {
            format!(
                "<poc-settings xmlns=\"urn:oma:params:xml:ns:poc:poc-settings\" xmlns:m=\"urn:3gpp:mcsSettings:1.0\">\
                 <entity id=\"{client}\"><m:selected-user-profile-index><m:user-profile-index>{profile}</m:user-profile-index>\
                 </m:selected-user-profile-index></entity></poc-settings>"
            )
        });
        match (self.info(), settings) {
            (None, None) => request,
            (Some(info), None) => request.body(INFO, info),
            (info, Some(settings)) => {
                let mut parts = sip::MultipartBuilder::new("b");
                if let Some(info) = info {
                    parts = parts.part(INFO, None, info.into_bytes());
                }
                let (content_type, body) = parts.part(SETTINGS, None, settings.into_bytes()).build();
                request.body(&content_type, body)
            }
        }
    }

    pub fn send(&self, world: &World) -> Answer {
        let from = arrival("inner", self.by.as_deref().unwrap_or(CORE));
        let answer = world.lab.deliver(&*world.server.service(), &self.request(), from).expect("is answered");
        let text = |name| String::from_utf8_lossy(answer.header(name).unwrap_or_default()).into_owned();
        let status = answer.status().expect("a response");
        Answer {
            status,
            cause: (status >= 300).then(|| Cause::from_response(&answer)),
            warning: text(Name::Warning),
            tag: text(Name::SipEtag),
            expires: text(Name::Expires).parse().ok(),
        }
    }
}
