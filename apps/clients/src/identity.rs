//! The identity management client (TS 23.280 7.4.2.2.1): has its user log in at an identity management server, and gets the tokens
//! that every other server takes. TS 33.180 annex B, TS 24.482, OpenID Connect Core, RFC 6749, RFC 7636
//!
//! At home it is the authorization code with PKCE, and refresh tokens after that. For a user who migrates it is both halves of
//! TS 33.180 B.7: [`IdentityClient::exchange`] at the primary MC system, [`IdentityClient::assert`] at the partner.
//!
//! Endpoints are where the server's discovery document says, so that it may be anybody's.

mod answers;
mod attempt;
mod form;

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use kit::private::Private;
use parking_lot::Mutex;
use wire::{Entry, Hop, Kind, WireError, World};
use xml_schemas::body::mcptt_info::AccessToken;

pub use answers::Issued;
pub use attempt::Attempt;

use answers::{Provider, token};
use form::Form;

/// RFC 8693 clause 2.1
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// RFC 7523 clause 2.1
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// RFC 8693 clause 3
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// What a client asks for where nothing else is said: who the user is, and every MC service of his that servers take tokens for.
pub const SCOPE: &str = "openid 3gpp:mc:ptt_service 3gpp:mc:ptt_group_management_service \
                         3gpp:mc:ptt_config_management_service 3gpp:mc:ptt_key_management_service 3gpp:mc:video_service \
                         3gpp:mc:video_group_management_service 3gpp:mc:video_config_management_service";

/// What a token that is signed without a log-in is for: every MC service, and every server that looks at scopes (TS 33.180 B.4.2.2).
pub const EVERYTHING: [&str; 5] = [
    "3gpp:mc:ptt_service",
    "3gpp:mc:ptt_group_management_service",
    "3gpp:mc:ptt_config_management_service",
    "3gpp:mc:video_service",
    "3gpp:mc:data_service",
];

/// Which server, and as which application.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whose terminal it is, as ladders call it.
    pub name: Arc<str>,
    /// The issuer identifier: an https URI.
    pub issuer: String,
    /// The hop to the server.
    pub server: Hop,
    /// The application's `client_id`.
    pub client_id: String,
    /// Where the application has browsers sent back.
    pub redirect_uri: String,
    /// The scopes that are asked for.
    pub scope: String,
}

/// Why there is no token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotIssued {
    /// The server cannot be reached, or does not answer.
    Unreachable(WireError),
    /// The server's answer is of no use: what is wrong with it.
    Malformed(&'static str),
    /// The login page lets nobody in; its words.
    NotLoggedIn(String),
    /// The server refuses: its code (RFC 6749 4.1.2.1 and 5.2), and its words.
    Refused {
        /// `invalid_grant`, say.
        code: String,
        /// Why, for people.
        why: String,
    },
}

impl fmt::Display for NotIssued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "the identity management server: {why}"),
            Self::Malformed(why) => write!(f, "the identity management server: {why}"),
            Self::NotLoggedIn(said) => write!(f, "not logged in: {said}"),
            Self::Refused { code, why } => {
                write!(f, "the identity management server refuses: {why} ({code})")
            }
        }
    }
}

impl std::error::Error for NotIssued {}

/// An identity management client. A clone is the same client.
#[derive(Clone)]
pub struct IdentityClient(Arc<Shared>);

struct Shared {
    settings: Settings,
    world: World,
    /// What the discovery document says, once it has been read.
    provider: Mutex<Option<Provider>>,
}

impl IdentityClient {
    /// A client of this server, in this world.
    #[must_use]
    pub fn new(settings: Settings, world: World) -> Self {
        Self(Arc::new(Shared { settings, world, provider: Mutex::default() }))
    }

    /// Its settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Begins a log-in: what a browser is sent to, and what its return is held against.
    ///
    /// # Errors
    /// [`NotIssued`] where the discovery document cannot be had.
    pub async fn begin(&self) -> Result<Attempt, NotIssued> {
        let provider = self.provider().await?;
        Ok(Attempt::new(&provider.authorization, &self.0.settings, &*self.0.world.ids))
    }

    /// Logs in with name and password: fetches the login page and fills it in, as the user would in a browser.
    ///
    /// # Errors
    /// [`NotIssued`]; its words where the page lets nobody in.
    pub async fn log_in(&self, name: &str, password: &Private<String>) -> Result<Issued, NotIssued> {
        let attempt = self.begin().await?;
        let page = self.fetch(Request::get(attempt.uri()), Bytes::new()).await?;
        if let Some(back) = location(&page) {
            return self.finish(&attempt, back).await;
        }
        let cookies = form::cookies(page.headers());
        let form =
            Form::read(page.body()).ok_or(NotIssued::Malformed("there is no form on its login page"))?;
        let at = form.target(attempt.uri()).ok_or(NotIssued::Malformed("its login page leads elsewhere"))?;
        let mut request = Request::post(at).header(header::CONTENT_TYPE, form::MEDIA_TYPE);
        if let Some(cookies) = cookies {
            request = request.header(header::COOKIE, cookies);
        }
        let answer = self.fetch(request, form.filled(name, password)).await?;
        match location(&answer) {
            Some(back) => self.finish(&attempt, back).await,
            None => Err(NotIssued::NotLoggedIn(form::said(answer.body(), answer.status()))),
        }
    }

    /// Ends a log-in by the URI at which the browser came back: its code for tokens (RFC 6749 4.1.3, RFC 7636 4.5).
    ///
    /// # Errors
    /// [`NotIssued`]; also where this is not the return of that log-in.
    pub async fn finish(&self, attempt: &Attempt, back: &str) -> Result<Issued, NotIssued> {
        let code = attempt.code(back, &self.0.settings)?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", &self.0.settings.redirect_uri),
            ("code_verifier", attempt.verifier()),
        ];
        let issued = self.issued("log-in", &form).await?;
        if issued.nonce.as_deref().is_some_and(|nonce| nonce != attempt.nonce()) {
            return Err(NotIssued::Malformed("its ID token is of another log-in"));
        }
        Ok(issued)
    }

    /// New tokens for old (RFC 6749 6). The refresh token is used up.
    ///
    /// # Errors
    /// [`NotIssued`].
    pub async fn refresh(&self, refresh_token: &Private<String>) -> Result<Issued, NotIssued> {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.reveal().as_str())];
        self.issued("refresh", &form).await
    }

    /// At the primary MC system: a security token for the identity management server of a partner (TS 33.180 B.7.2, RFC 8693).
    ///
    /// # Errors
    /// [`NotIssued`].
    pub async fn exchange(&self, access: &AccessToken, resource: &str) -> Result<Private<String>, NotIssued> {
        let form = [
            ("grant_type", EXCHANGE),
            ("subject_token", access.as_str()),
            ("subject_token_type", JWT),
            ("requested_token_type", JWT),
            ("resource", resource),
        ];
        let answer = self.token("token exchange", &form).await?;
        token(&answer, "access_token").map(Private::new)
    }

    /// At the partner: tokens for a security token of the primary MC system's (TS 33.180 B.7.4, RFC 7523). They name the partner MC
    /// service ID that the user has here.
    ///
    /// # Errors
    /// [`NotIssued`].
    pub async fn assert(&self, security_token: &Private<String>) -> Result<Issued, NotIssued> {
        let form = [
            ("grant_type", JWT_BEARER),
            ("assertion", security_token.reveal().as_str()),
            ("scope", self.0.settings.scope.as_str()),
        ];
        self.issued("assertion", &form).await
    }

    /// Has a token revoked, and with a refresh token whatever its log-in has given (RFC 7009).
    ///
    /// # Errors
    /// [`NotIssued`].
    pub async fn revoke(&self, token: &Private<String>) -> Result<(), NotIssued> {
        let at = self.provider().await?.revocation;
        let at = at.ok_or(NotIssued::Malformed("it revokes nothing"))?;
        self.post("revocation", &at, &[("token", token.reveal().as_str())]).await.map(drop)
    }

    async fn issued(&self, what: &str, form: &[(&str, &str)]) -> Result<Issued, NotIssued> {
        let answer = self.token(what, form).await?;
        Issued::read(&answer, &self.0.settings, self.0.world.clock.wall())
    }

    async fn token(&self, what: &str, form: &[(&str, &str)]) -> Result<serde_json::Value, NotIssued> {
        let at = self.provider().await?.token;
        self.post(what, &at, form).await
    }

    /// A public client says who it is with every request (RFC 6749 3.2.1).
    async fn post(
        &self,
        what: &str,
        at: &str,
        form: &[(&str, &str)],
    ) -> Result<serde_json::Value, NotIssued> {
        let client = ("client_id", self.0.settings.client_id.as_str());
        let form = form.iter().copied().chain([client]);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.record(what);
        let request = Request::post(at).header(header::CONTENT_TYPE, form::MEDIA_TYPE);
        let answer = self.fetch(request, body.into()).await?;
        let json = serde_json::from_slice(answer.body());
        match (answer.status(), json) {
            (StatusCode::OK, Ok(json)) => Ok(json),
            (StatusCode::OK, Err(_)) => Err(NotIssued::Malformed("its answer cannot be read")),
            (status, json) => Err(answers::refused(status, json.ok().as_ref())),
        }
    }

    async fn provider(&self) -> Result<Provider, NotIssued> {
        if let Some(known) = self.0.provider.lock().clone() {
            return Ok(known);
        }
        let at = format!("{}/.well-known/openid-configuration", self.0.settings.issuer);
        let answer = self.fetch(Request::get(at), Bytes::new()).await?;
        let provider = Provider::read(&answer, &self.0.settings.issuer)?;
        *self.0.provider.lock() = Some(provider.clone());
        Ok(provider)
    }

    async fn fetch(
        &self,
        request: http::request::Builder,
        body: Bytes,
    ) -> Result<Response<Bytes>, NotIssued> {
        let accept = HeaderValue::from_static("application/json, text/html;q=0.5");
        let request = request.header(header::ACCEPT, accept).body(body);
        let request = request.map_err(|_| NotIssued::Malformed("it names an endpoint that is no URI"))?;
        let sent = self.0.world.web.fetch(request, self.0.settings.server.clone()).await;
        sent.map_err(NotIssued::Unreachable)
    }

    fn record(&self, what: &str) {
        self.0.world.recorder.record(Entry {
            flow: String::new(),
            entity: Arc::clone(&self.0.settings.name),
            kind: Kind::Sent {
                to: Arc::clone(&self.0.settings.server.name),
                what: format!("POST {what}"),
                detail: String::new(),
            },
        });
    }
}

/// Where an answer sends its browser.
fn location(answer: &Response<Bytes>) -> Option<&str> {
    answer.headers().get(header::LOCATION).and_then(|at| at.to_str().ok())
}
