//! What a login page brings back: a name, a password, and the request that it was delivered to.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use wire::Arrival;

use super::{
    authorize::{Asked, back_to},
    page::{self, Said},
};
use crate::{
    grants::AuthorizationCode,
    issue::LogIn,
    oauth::{Code, Parameters, Refused},
    redirect,
    revoked::seconds,
    state::{Idms, LogInFailed},
    users::User,
};

impl Idms {
    pub(super) async fn login(&self, request: &Request<Bytes>, arrival: &Arrival) -> Response<Bytes> {
        let headers = request.headers();
        let form = match Parameters::of_form(headers, request.body()) {
            Ok(form) => form,
            Err(refused) => return page::message(StatusCode::BAD_REQUEST, refused.why),
        };
        let carried = form.get("request").unwrap_or_default();
        // Read anew: what the application may ask for can be other than when the page was delivered.
        let asked = match self.asked(carried.as_bytes()) {
            Ok(asked) => asked,
            Err(astray) => return astray.response(),
        };
        let token = form.get("csrf").unwrap_or_default();
        if !self.is_bound(token, headers, carried, self.now()) {
            return self.login_page(&asked, headers, StatusCode::FORBIDDEN, Said::Stale);
        }
        let (name, password) = (form.get("username").unwrap_or_default(), form.get("password"));
        let password = password.unwrap_or_default().to_owned();
        match self.log_in(name, password, arrival.remote.ip()).await {
            Ok(user) => {
                self.metrics.log_in("right");
                self.logged_in(&asked, &user).await
            }
            Err(LogInFailed::Wrong) => {
                self.metrics.log_in("wrong");
                self.login_page(&asked, headers, StatusCode::FORBIDDEN, Said::Wrong)
            }
            Err(LogInFailed::Wait(seconds)) => {
                self.metrics.log_in("locked-out");
                self.login_page(&asked, headers, StatusCode::TOO_MANY_REQUESTS, Said::Wait(seconds))
            }
            Err(LogInFailed::Refused(refused)) => {
                self.metrics.log_in("failed");
                page::message(StatusCode::SERVICE_UNAVAILABLE, refused.why)
            }
        }
    }

    async fn logged_in(&self, asked: &Asked, user: &User) -> Response<Bytes> {
        let state = asked.state.as_deref();
        let scopes = asked.scopes(user);
        if scopes.is_empty() {
            let refused = Refused::new(Code::AccessDenied, "the user has none of these MC services");
            return self.back(&asked.redirect_uri, state, &refused).response();
        }
        let log_in = LogIn {
            sid: self.world.ids.token(),
            client: asked.client.id.clone(),
            user: user.name.clone(),
            scopes,
            at: seconds(self.now()),
        };
        let code = AuthorizationCode {
            log_in,
            redirect_uri: asked.redirect_uri.clone(),
            challenge: asked.challenge.clone(),
            nonce: asked.nonce.clone(),
            used: false,
        };
        match self.new_code(&code).await {
            Ok(code) => {
                let mut parameters = vec![("code", code.as_str())];
                parameters.extend(state.map(|state| ("state", state)));
                parameters.push(("iss", &self.config.issuer)); // RFC 9207
                back_to(&redirect::with(&asked.redirect_uri, &parameters))
            }
            Err(refused) => self.back(&asked.redirect_uri, state, &refused).response(),
        }
    }
}
