//! RFC 3261 10.3 step 3: who registers? Digest with SHA-256 before MD5 (RFC 8760), `qop=auth`, every nonce count once.

use kit::digest::{Algorithm, Exchange, Ha1};
use sip::{Authorization, Message, Name, Response, Uri};
use wire::Arrival;

use crate::{
    Shared, SipCore,
    config::{Config, Edge, User, Users},
    lock_out::Guesser,
    refusal,
    source::Source,
};

/// What is known when somebody asks to register.
pub(crate) struct Asking<'c> {
    pub(crate) core: &'c SipCore,
    pub(crate) users: &'c Users,
    pub(crate) edge: Option<&'c Edge>,
}

impl<'c> Asking<'c> {
    /// The user whose password this request proves.
    ///
    /// # Errors
    /// The response that refuses it: 401 with fresh challenges, marked stale where only the nonce was too old or used, 400 where the
    /// credentials cannot be read, or how long to wait after too many wrong ones.
    pub(crate) fn user(&self, request: &Message, arrival: &Arrival) -> Result<&'c User, Response> {
        let Shared { config, nonces, world, .. } = &*self.core.0;
        let (now, source) = (world.clock.wall(), Source::of(request, arrival, self.edge));
        let place = source.to_string();
        let challenge =
            |is_stale| challenge(config, &nonces.issue(now, &place, &world.ids.token()), is_stale);
        let Some(credentials) = Credentials::find(request, &config.realm).map_err(refusal::bad_request)?
        else {
            return Err(challenge(false));
        };
        let guesser = self.guesser(&credentials, arrival, source);
        self.may_be_looked_at(&guesser)?;
        // Before the response is looked at: with an old nonce nobody learns whether it was right.
        let Some(nonce) = nonces.current(credentials.nonce, &place, now) else {
            self.shown("stale");
            return Err(challenge(true));
        };
        let Some(user) = self.proved(&credentials) else {
            self.was_wrong(&guesser);
            return Err(challenge(false));
        };
        if !is_for(request, arrival, credentials.exchange.uri) {
            return Err(refusal::bad_request("Authorization: is for another URI"));
        }
        if !nonces.spend(&user.username, &nonce, credentials.count, now) {
            self.shown("stale");
            return Err(challenge(true));
        }
        self.core.0.attempts.right(&guesser);
        self.shown("right");
        Ok(user)
    }

    /// Who is registered over this flow is counted by the flow alone: nobody else can shut him out, or be shut out by him.
    fn guesser(&self, credentials: &Credentials<'_>, arrival: &Arrival, source: Source) -> Guesser {
        let core = self.core;
        let is_registered = |user: &User| {
            let known = core.registry().senders(arrival, core.now());
            known.iter().any(|address| user.identities.contains(address))
        };
        let is_own_flow = self.users.named(credentials.username).is_some_and(is_registered);
        Guesser::of(credentials.username, if is_own_flow { Source::flow(arrival) } else { source })
    }

    fn may_be_looked_at(&self, guesser: &Guesser) -> Result<(), Response> {
        let wait = self.core.0.attempts.wait(guesser, self.core.world().clock.now());
        wait.map_or(Ok(()), |wait| {
            self.shown("locked-out");
            Err(refusal::locked_out(&self.core.config().name, self.edge.is_some(), wait))
        })
    }

    fn proved(&self, credentials: &Credentials<'_>) -> Option<&'c User> {
        let user = self.users.named(credentials.username);
        let secret =
            |user: &'c User| user.secrets.iter().find(|ha1| ha1.algorithm() == credentials.algorithm);
        let ha1 = user.and_then(secret);
        // An unknown user costs as much time as a wrong password.
        let nobody = Ha1::of(credentials.algorithm, "", "", "");
        let is_proved = ha1.unwrap_or(&nobody).proves(&credentials.exchange, credentials.response);
        user.filter(|_| ha1.is_some() && is_proved)
    }

    fn was_wrong(&self, guesser: &Guesser) {
        self.shown("wrong");
        let (entity, source) = (&*self.core.config().name, guesser.source());
        // How many of them there can be is what the lock-out bears.
        tracing::info!(target: "mcx::refused", %entity, %source, "no user has these credentials: another name, password, or realm of the hash");
        if let Some(wait) = self.core.0.attempts.wrong(guesser, self.core.world().clock.now()) {
            tracing::warn!(%source, ?wait, "no credentials from there are looked at after too many wrong ones");
        }
    }

    fn shown(&self, outcome: &'static str) {
        self.core.0.metrics.shown(&self.core.config().name, outcome);
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
