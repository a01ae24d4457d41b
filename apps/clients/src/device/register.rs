//! REGISTER: RFC 3261 10.2, with the MC client's body (TS 24.379 7.2.1).

use std::time::Duration;

use kit::carriage;
use sip::{Contact, Expires, Message, Method, Name, Request};
use xml_schemas::{body::McpttInfo, flow::Part};

use super::{Device, RegisterError, Registered};
use crate::challenge::{self, Challenge};

/// A REGISTER is sent again with credentials once, and once more where the nonce of those was stale.
const ATTEMPTS: usize = 3;

impl Device {
    /// Registers, or refreshes the registration.
    ///
    /// # Errors
    /// [`RegisterError`]; the terminal is then as registered as it was before.
    pub async fn register(&self) -> Result<Registered, RegisterError> {
        self.0.session.lock().is_wanted = true;
        self.exchange(self.0.settings.expires, true).await
    }

    /// Gives the registration back: the user logs off.
    ///
    /// # Errors
    /// [`RegisterError`]; the registration then ends when it expires, since it is no longer kept up.
    pub async fn deregister(&self) -> Result<(), RegisterError> {
        self.0.session.lock().is_wanted = false;
        self.exchange(Duration::ZERO, true).await.map(|_| ())
    }

    /// Gives the registration of this terminal back, and does not say that the client leaves (TS 24.379 7.2.1): another terminal of the
    /// user's may be the same one, and what that has asked for goes on.
    ///
    /// # Errors
    /// As [`Device::deregister`].
    pub async fn deregister_alone(&self) -> Result<(), RegisterError> {
        self.0.session.lock().is_wanted = false;
        self.exchange(Duration::ZERO, false).await.map(|_| ())
    }

    async fn exchange(&self, expires: Duration, names_client: bool) -> Result<Registered, RegisterError> {
        let mut is_answered = false;
        for _ in 0..ATTEMPTS {
            let request = self.compose(expires, names_client)?;
            request.check().map_err(|fault| RegisterError::Settings(fault.rule))?;
            let sent = self.0.world.wire.request(request, self.core()).await;
            let answer = sent.map_err(RegisterError::Unreachable)?;
            self.0.session.lock().connection = answer.arrival.connection;
            let response = answer.response;
            match response.status().unwrap_or_default() {
                200..=299 => return Ok(self.granted(&response, expires)),
                401 => {
                    let challenge = Challenge::of(&response, &self.0.settings.account);
                    let challenge = challenge
                        .ok_or_else(|| RegisterError::Unanswerable(challenge::offered(&response)))?;
                    if is_answered && !is_stale(&response) {
                        self.0.session.lock().challenge = None;
                        return Err(RegisterError::Unauthorised);
                    }
                    // The first 401 may be about a nonce of an earlier registration.
                    is_answered = true;
                    self.0.session.lock().challenge = Some(challenge);
                }
                status => {
                    let reason = String::from_utf8_lossy(response.reason()).into_owned();
                    return Err(RegisterError::Refused { status, reason });
                }
            }
        }
        Err(RegisterError::Unauthorised)
    }

    fn compose(&self, expires: Duration, names_client: bool) -> Result<Request, RegisterError> {
        let settings = &self.0.settings;
        let account = &settings.account;
        let registrar = format!("sip:{}", account.impu.domain());
        let impu = account.impu.as_str();
        let mut session = self.0.session.lock();
        session.cseq += 1;
        let instance =
            settings.instance.as_ref().map(|urn| format!(";+sip.instance=\"<{urn}>\"")).unwrap_or_default();
        let mut request = Request::new(Method::Register, registrar.clone())
            .header(Name::From, format!("<{impu}>;tag={}", self.0.world.ids.token()))
            .header(Name::To, format!("<{impu}>"))
            .header(Name::CallId, &session.call_id)
            .header(Name::CSeq, format!("{} REGISTER", session.cseq))
            .header(Name::Contact, format!("<{}>;{}{instance}", settings.contact, carriage::FEATURES))
            .header(Name::Expires, expires.as_secs().to_string())
            .header(Name::Supported, "path");
        if let Some(challenge) = &mut session.challenge {
            let who = (account.username.as_str(), account.password.reveal().as_str());
            let cnonce = self.0.world.ids.token();
            request =
                request.header(Name::Authorization, challenge.answer(who, ("REGISTER", &registrar), &cnonce));
        }
        drop(session);
        if names_client { self.with_service_body(request) } else { Ok(request) }
    }

    /// TS 24.379 7.2.1: the access token and the client ID, for the MC service server, in an `mcptt-info` body.
    fn with_service_body(&self, request: Request) -> Result<Request, RegisterError> {
        let account = &self.0.settings.account;
        if account.access_token.is_none() && account.client_id.is_none() {
            return Ok(request);
        }
        let info = McpttInfo {
            access_token: account.access_token.clone().map(Into::into),
            client_id: account.client_id.clone().map(Into::into),
            ..McpttInfo::default()
        };
        let protection = self.0.settings.protection.as_deref();
        let bodies = carriage::bodies_for(&[Part::of(&info)], &*self.0.world.ids, protection);
        let (content_type, body) =
            bodies.map_err(|_| RegisterError::Settings("its body cannot be protected"))?;
        Ok(request.body(&content_type, body))
    }

    fn granted(&self, response: &Message, asked: Duration) -> Registered {
        let contacts: Vec<Contact<'_>> = response.all().filter_map(Result::ok).collect();
        let own = contacts.iter().find(|contact| contact.uri == self.0.settings.contact.as_bytes());
        let expires = own.and_then(Contact::expires);
        let expires = expires.or_else(|| response.typed::<Expires>().ok().flatten().map(|expires| expires.0));
        Registered {
            expires: expires.map_or(asked, |seconds| Duration::from_secs(seconds.into())),
            contacts: contacts.len(),
        }
    }
}

fn is_stale(response: &Message) -> bool {
    let stale = |challenge: sip::WwwAuthenticate<'_>| {
        challenge.get("stale").is_some_and(|stale| stale.eq_ignore_ascii_case(b"true"))
    };
    response.all().filter_map(Result::ok).any(stale)
}
