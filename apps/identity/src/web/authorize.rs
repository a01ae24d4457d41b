//! The authorization endpoint: RFC 6749 clause 4.1.1, RFC 7636 clause 4.3, OpenID Connect Core clause 3.1.2, TS 33.180 annex B.4.2

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};

use super::page::{self, Said};
use crate::{
    config::Client,
    oauth::{Code, Parameters, Refused},
    redirect, scopes,
    state::Idms,
    users::{Ids, User},
};

/// The parameters that a login page carries on.
const CARRIED: [&str; 8] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
];

/// What an application asks for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) client: Client,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) challenge: String,
    scope: String,
    /// The request, written anew, for the login page to bring back.
    pub(super) carried: String,
}

/// Why a request leads to no login page.
pub(super) enum Astray {
    /// Nobody knows whither the user could be sent back: he is told here (RFC 6749 clause 4.1.2.1).
    Here(&'static str),
    /// The application is told, by the user's browser.
    Back(String),
}

impl Idms {
    pub(super) fn authorize(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let query = request.uri().query().unwrap_or_default();
        match self.asked(query.as_bytes()) {
            Ok(asked) => self.login_page(&asked, request.headers(), StatusCode::OK, Said::Nothing),
            Err(astray) => astray.response(),
        }
    }

    /// Reads a request. What is wrong with its application or its redirect URI stays here; everything else is told to the application.
    pub(super) fn asked(&self, query: &[u8]) -> Result<Asked, Astray> {
        let read = Parameters::read(query).map_err(|refused| Astray::Here(refused.why))?;
        let client = self.client(&read).map_err(|refused| Astray::Here(refused.why))?;
        let redirect_uri = read.get("redirect_uri").ok_or(Astray::Here("the redirect URI is missing"))?;
        if !redirect::is_registered(redirect_uri, &client.redirect_uris) {
            return Err(Astray::Here("the redirect URI is not the application's"));
        }
        let redirect_uri = redirect_uri.to_owned();
        let state = read.get("state").map(str::to_owned);
        let back = |refused: Refused| self.back(&redirect_uri, state.as_deref(), &refused);
        let challenge = examined(&read).map_err(back)?;
        let scope = read.get("scope").unwrap_or_default().to_owned();
        // What MC services the user has is looked at once he has logged in.
        if scopes::granted(&scope, &client.scopes, &Ids::of_anybody()).is_empty() {
            return Err(back(Refused::new(Code::InvalidScope, "none of the scopes is known here")));
        }
        let nonce = read.get("nonce").map(str::to_owned);
        let carried = read.written(&CARRIED);
        Ok(Asked { client, state: state.clone(), redirect_uri, nonce, challenge, scope, carried })
    }

    pub(super) fn back(&self, redirect_uri: &str, state: Option<&str>, refused: &Refused) -> Astray {
        let mut parameters = vec![("error", refused.code.name()), ("error_description", refused.why)];
        parameters.extend(state.map(|state| ("state", state)));
        parameters.push(("iss", &self.config.issuer));
        Astray::Back(redirect::with(redirect_uri, &parameters))
    }
}

/// Everything but application and redirect URI; the challenge.
fn examined(read: &Parameters) -> Result<String, Refused> {
    let refused = |code, why| Err(Refused::new(code, why));
    if read.get("request").is_some() {
        return refused(Code::RequestNotSupported, "request objects are not read");
    }
    if read.get("request_uri").is_some() {
        return refused(Code::RequestUriNotSupported, "request objects are not fetched");
    }
    match read.get("response_type") {
        Some("code") => {}
        Some(_) => return refused(Code::UnsupportedResponseType, "only a code is returned"),
        None => return refused(Code::InvalidRequest, "the response type is missing"),
    }
    if read.get("response_mode").is_some_and(|mode| mode != "query") {
        return refused(Code::InvalidRequest, "only the response mode \"query\" is spoken");
    }
    if read.get("prompt").is_some_and(|prompt| prompt.split(' ').any(|each| each == "none")) {
        return refused(Code::LoginRequired, "every log-in asks for the password");
    }
    let method = read.get("code_challenge_method");
    let challenge = read.get("code_challenge").filter(|_| method == Some("S256"));
    // SHA-256 in base64url without padding has 43 characters.
    let is_hash = |text: &&str| {
        text.len() == 43
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    match challenge.filter(is_hash) {
        Some(challenge) => Ok(challenge.to_owned()),
        None => refused(Code::InvalidRequest, "a code challenge by S256 is needed (RFC 7636)"),
    }
}

impl Asked {
    /// What is granted to this user.
    pub(super) fn scopes(&self, user: &User) -> Vec<String> {
        scopes::granted(&self.scope, &self.client.scopes, &user.ids)
    }
}

impl Astray {
    pub(super) fn response(self) -> Response<Bytes> {
        match self {
            Self::Here(why) => page::message(StatusCode::BAD_REQUEST, why),
            Self::Back(uri) => back_to(&uri),
        }
    }
}

/// Sends a browser to a URI that has been found to be the application's. 303: whatever was sent here is not sent on.
pub(super) fn back_to(uri: &str) -> Response<Bytes> {
    let Ok(location) = HeaderValue::from_str(uri) else {
        return page::message(StatusCode::BAD_REQUEST, "the redirect URI cannot be written");
    };
    let mut response = page::message(StatusCode::SEE_OTHER, "You are sent back to the application.");
    response.headers_mut().insert(header::LOCATION, location);
    response
}
