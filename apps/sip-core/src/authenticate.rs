//! RFC 3261 10.3 step 3: who registers? Digest with SHA-256 before MD5 (RFC 8760), `qop=auth`, every nonce count once.

use std::time::SystemTime;

use kit::digest::{Algorithm, Exchange, Ha1};
use sip::{Authorization, Message, Name, Response, Uri};
use wire::Arrival;

use crate::{
    config::{Config, User, Users},
    nonce::Nonces,
    refusal,
};

/// What is known when somebody asks to register.
pub(crate) struct Asking<'c> {
    pub(crate) config: &'c Config,
    pub(crate) users: &'c Users,
    pub(crate) nonces: &'c Nonces,
}

impl<'c> Asking<'c> {
    /// The user whose password this request proves.
    ///
    /// # Errors
    /// The response that refuses it: 401 with fresh challenges, marked stale where only the nonce was too old or used, or
    /// 400 where the credentials cannot be read.
    pub(crate) fn user(
        &self,
        request: &Message,
        arrival: &Arrival,
        now: SystemTime,
        token: &str,
    ) -> Result<&'c User, Response> {
        let Self { config, users, nonces } = *self;
        let challenge = |is_stale| challenge(config, &nonces.issue(now, token), is_stale);
        let Some(credentials) = Credentials::find(request, &config.realm).map_err(refusal::bad_request)?
        else {
            return Err(challenge(false));
        };
        let user = users.named(credentials.username);
        let secret =
            |user: &'c User| user.secrets.iter().find(|ha1| ha1.algorithm() == credentials.algorithm);
        let ha1 = user.and_then(secret);
        // An unknown user costs as much time as a wrong password.
        let nobody = Ha1::of(credentials.algorithm, "", "", "");
        let is_proved = ha1.unwrap_or(&nobody).proves(&credentials.exchange, credentials.response);
        let (Some(user), Some(_), true) = (user, ha1, is_proved) else { return Err(challenge(false)) };
        if !is_for(request, arrival, credentials.exchange.uri) {
            return Err(refusal::bad_request("Authorization: is for another URI"));
        }
        let nonce = credentials.nonce;
        if !nonces.is_current(nonce, now) || !nonces.spend(&user.username, nonce, credentials.count, now) {
            return Err(challenge(true));
        }
        Ok(user)
    }
}

/// RFC 8760 2.4: one challenge for each algorithm, the preferred one topmost.
fn challenge(config: &Config, nonce: &str, is_stale: bool) -> Response {
    let stale = if is_stale { ", stale=true" } else { "" };
    let realm = sip::quote(&config.realm);
    let challenge = |algorithm: &Algorithm| {
        format!(
            "Digest realm={realm}, nonce=\"{nonce}\", algorithm={}, qop=\"auth\"{stale}",
            algorithm.name()
        )
    };
    let algorithms = config.registration.algorithms.iter();
    algorithms
        .fold(Response::new(401), |response, one| response.header(Name::WwwAuthenticate, challenge(one)))
}

/// RFC 7616 3.4.6: the digest's URI names what the Request-URI names. A client that knows us by address only writes that
/// address.
fn is_for(request: &Message, arrival: &Arrival, digest_uri: &[u8]) -> bool {
    let (Ok(theirs), Ok(ours)) = (Uri::parse(digest_uri), Uri::parse(request.request_uri())) else {
        return digest_uri == request.request_uri();
    };
    let local = arrival.local.ip().to_string();
    theirs.is_in_domain(ours.host()) || theirs.host() == local.as_bytes()
}

/// The parameters of an Authorization header field that matter.
struct Credentials<'m> {
    username: &'m str,
    algorithm: Algorithm,
    nonce: &'m str,
    count: u32,
    response: &'m [u8],
    exchange: Exchange<'m>,
}

impl<'m> Credentials<'m> {
    /// The first digest credentials for our realm; credentials for other realms and schemes are somebody else's.
    fn find(request: &'m Message, realm: &str) -> Result<Option<Self>, &'static str> {
        for header in request.all::<Authorization<'_>>() {
            let header = header.map_err(|_| "Authorization: cannot be read")?;
            if header.is_digest() && header.get("realm") == Some(realm.as_bytes()) {
                return Self::read(request, &header).map(Some);
            }
        }
        Ok(None)
    }

    fn read(request: &'m Message, header: &Authorization<'m>) -> Result<Self, &'static str> {
        let text = |name| header.get(name).and_then(|value| std::str::from_utf8(value).ok());
        let algorithm = Algorithm::from_name(header.get("algorithm").unwrap_or(b"MD5"));
        let algorithm = algorithm.ok_or("Authorization: has an algorithm that was not offered")?;
        if !header.get("qop").is_some_and(|qop| qop.eq_ignore_ascii_case(b"auth")) {
            return Err("Authorization: lacks qop=auth");
        }
        let count = text("nc")
            .filter(|count| count.len() == 8)
            .ok_or("Authorization: lacks an nc of eight digits")?;
        let nonce = text("nonce").ok_or("Authorization: lacks nonce")?;
        Ok(Self {
            username: text("username").ok_or("Authorization: lacks username")?,
            algorithm,
            nonce,
            count: u32::from_str_radix(count, 16)
                .map_err(|_| "Authorization: has an nc that is no number")?,
            response: header.get("response").ok_or("Authorization: lacks response")?,
            exchange: Exchange {
                method: request.method().as_bytes(),
                uri: header.get("uri").ok_or("Authorization: lacks uri")?,
                nonce: nonce.as_bytes(),
                count: count.as_bytes(),
                cnonce: header
                    .get("cnonce")
                    .filter(|c| !c.is_empty())
                    .ok_or("Authorization: lacks cnonce")?,
            },
        })
    }
}
