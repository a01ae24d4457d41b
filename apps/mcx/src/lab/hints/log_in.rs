//! Logging in: the command line, a browser, and curl in a browser's place.

use std::fmt::Write as _;

use clients::identity::SCOPE;

use super::{pasted, program};
use crate::endpoints::{Endpoints, SystemEndpoints};

/// The verifier of RFC 7636 appendix B, and its challenge: whoever tries things out needs no secret.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// How a user logs in, sees how he stands, and goes to work in the other system.
pub(super) fn lines(
    out: &mut String,
    endpoints: &Endpoints,
    (first, second): (&SystemEndpoints, &SystemEndpoints),
) {
    let Some(dir) = endpoints.key_log.parent() else { return };
    let (mcx, file) = (pasted(&program()), pasted(&dir.join("endpoints.json")));
    let Some(visitor) = second.visitors.first() else { return };
    let Some(user) = first.users.iter().find(|user| user.name == visitor.name) else { return };
    let (name, profile) = (&user.name, visitor.profile);
    let _ = writeln!(
        out,
        "# {name} logs in; migrates to {there}; what both MC service servers know of him\n\
         {mcx} login --as {name} --endpoints {file}\n\
         {mcx} migrate --as {name} --to {there} --profile {profile} --endpoints {file}\n\
         {mcx} service status --as {name} --endpoints {file}\n",
        there = second.domain,
    );
    let _ = writeln!(
        out,
        "# the same log-in in a browser, which has to be told to trust {}: name {name}, password {}; it waits for you:\n\
         # {mcx} login --browser --as {name} --endpoints {file}\n",
        pasted(&first.tls.ca),
        user.password,
    );
    if let Some(lines) = curl(first, name, &user.password) {
        let _ = writeln!(
            out,
            "# and with curl: the login page, its return with a code, and the code for tokens\n{lines}"
        );
    }
}

/// The page's hidden fields go back as they came, and so does its cookie.
fn curl(system: &SystemEndpoints, name: &str, password: &str) -> Option<String> {
    let (ip, port) = system.listener("identity", "clients")?.address.rsplit_once(':')?;
    let issuer = &system.identity.issuer;
    let host = issuer.strip_prefix("https://")?;
    let (client, redirect) = (&system.identity.client_id, &system.identity.redirect_uri);
    let ca = pasted(&system.tls.ca);
    let query = [
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", redirect),
        ("scope", SCOPE),
        ("state", "1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    Some(format!(
        r#"idms() {{ curl -sS --cacert {ca} --resolve {host}:{port}:{ip} "$@"; }}
PAGE=$(idms -c - '{issuer}:{port}/authorize?{query}')
field() {{ printf '%s' "$PAGE" | sed -n "s/.*name=\"$1\" value=\"\([^\"]*\)\".*/\1/p" | sed 's/&amp;/\&/g'; }}
COOKIE=$(printf '%s' "$PAGE" | awk '$6 == "__Host-mcx-login" {{ print $7 }}')
CODE=$(idms -o /dev/null -w '%{{redirect_url}}' -b "__Host-mcx-login=$COOKIE" --data-urlencode "request=$(field request)" --data-urlencode "csrf=$(field csrf)" -d username={name} --data-urlencode 'password={password}' {issuer}:{port}/login | sed 's/.*code=\([^&]*\).*/\1/')
idms -d grant_type=authorization_code -d client_id={client} --data-urlencode redirect_uri={redirect} -d code_verifier={VERIFIER} -d code="$CODE" {issuer}:{port}/token
"#
    ))
}
