//! At the primary: an access token for a security token that a partner's identity management server takes.
//! TS 33.180 annexes B.7.2 and B.8, RFC 8693

use serde_json::{Value, json};
use xml_schemas::ids::McServiceId;

use crate::{
    config::{Client, Partner},
    issue::ACCESS,
    oauth::{Code, Parameters, Refused, fault},
    revoked::{self, seconds},
    state::Idms,
    users::User,
};

const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// What a security token calls itself.
const KIND: &str = "JWT";

const REFUSED: Refused = Refused { code: Code::InvalidGrant, why: "the subject token does not count" };

impl Idms {
    pub(super) async fn by_exchange(&self, client: &Client, asked: &Parameters) -> Result<Value, Refused> {
        let wrong = |why| Refused::new(Code::InvalidRequest, why);
        let token = asked.required("subject_token", "the subject token is missing")?;
        let kind = asked.required("subject_token_type", "the type of the subject token is missing")?;
        if kind != JWT && kind != ACCESS_TOKEN {
            return Err(wrong("the subject token has to be an access token of this server"));
        }
        if asked.get("requested_token_type").is_some_and(|kind| kind != JWT) {
            return Err(wrong("only a JWT is issued for another system"));
        }
        if asked.get("actor_token").is_some() {
            return Err(wrong("nobody acts for a user who migrates"));
        }
        let resource = asked.get("resource").or_else(|| asked.get("audience"));
        let partner = self.visited(resource.ok_or(wrong("the resource is missing"))?)?;
        let (claims, user) = self.subject(token, client).await?;
        let primary = named(&claims, &user).ok_or(REFUSED)?;
        if !partner.may_be_visited_by(primary) {
            return Err(Refused::new(Code::InvalidTarget, "the user may not migrate to that system"));
        }
        let now = self.now();
        let lasts = self.config.lifetimes.security;
        let claims = json!({
            "iss": self.config.issuer,
            "sub": primary.as_str(),
            "aud": partner.name,
            "iat": seconds(now),
            "exp": seconds(now + lasts),
            "jti": self.world.ids.uuid(),
        });
        Ok(json!({
            "access_token": self.sign(KIND, &claims, now)?,
            "issued_token_type": JWT,
            "token_type": "N_A",
            "expires_in": lasts.as_secs(),
        }))
    }

    fn visited(&self, resource: &str) -> Result<&Partner, Refused> {
        let named = |partner: &&Partner| partner.resources.iter().any(|known| known == resource);
        let unknown = Refused::new(Code::InvalidTarget, "the system is not known");
        self.config.partners.iter().find(named).ok_or(unknown)
    }

    /// Whose token this is: one of this server's, given to this client, that counts.
    async fn subject(&self, token: &str, client: &Client) -> Result<(Value, std::sync::Arc<User>), Refused> {
        let signing = self.signing();
        let claims = signing.keys()?.own().claims(token, &[ACCESS], self.now()).await.map_err(|_| REFUSED)?;
        let claim = |name: &str| claims.get(name).and_then(Value::as_str);
        if claim("client_id") != Some(&client.id) || claim("primary_id").is_some() {
            return Err(REFUSED);
        }
        let gone = revoked::is(&*self.store, &claims).await;
        if gone.map_err(|why| fault("what is revoked cannot be read", &why))? {
            return Err(REFUSED);
        }
        let sid = claim("sid").ok_or(REFUSED)?;
        let (log_in, _) =
            self.kept::<crate::issue::LogIn>(&crate::keys::log_in(sid)).await?.ok_or(REFUSED)?;
        let user = self.user(&log_in.user).await?.filter(|user| !user.locked).ok_or(REFUSED)?;
        Ok((claims, user))
    }
}

/// The MC service ID by which the token and the user's record know him.
fn named<'u>(claims: &Value, user: &'u User) -> Option<&'u McServiceId> {
    let names = ["mcptt_id", "mcvideo_id", "mcdata_id"];
    let claimed = names.iter().filter_map(|name| claims.get(*name)?.as_str());
    let mut known = claimed.filter_map(|id| user.ids.all().find(|known| known.as_str() == id));
    known.next()
}
