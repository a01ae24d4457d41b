//! Whoever asks the lab's servers of documents over HTTP: an administrator's client, a group management client, an MC service server.

use std::{fs, sync::Arc};

use bytes::Bytes;
use driver::{Env, Http, HttpConfig, TlsProfile};
use http::{HeaderValue, Method, Request, Response, header};
use kit::refusal::FLOW_FIELD;
use wire::{Entry, Hop, Kind, Streams, TlsPeer, Transport};

use super::{
    idms,
    pki::files,
    plan::{Plan, SystemPlan, User},
};
use crate::Failure;

/// The media type of user profiles (TS 24.484 8.3.2.4).
const PROFILE_TYPE: &str = "application/vnd.3gpp.mcptt-user-profile+xml";

/// Its trust profile.
const PROFILE: &str = "client";

/// The lab's group: defined in the first system, with members in both.
#[must_use]
pub fn group_id(plan: &Plan) -> String {
    format!("sip:fire@{}", plan.systems[0].domain)
}

/// Its document. The second system takes no priority above 5.
#[must_use]
pub fn document(plan: &Plan) -> String {
    let of = |system: &SystemPlan, user: &User| {
        format!("      <entry uri=\"{}\"/>\n", user.mc_service_id(system.domain))
    };
    let members: String = plan
        .systems
        .iter()
        .flat_map(|system| system.users.iter().map(move |user| of(system, user)))
        .collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<group xmlns="urn:oma:xml:poc:list-service" xmlns:mcpttgi="urn:3gpp:ns:mcpttGroupInfo:1.0">
  <list-service uri="{id}">
    <display-name>Fire brigades</display-name>
    <list>
{members}    </list>
    <mcpttgi:on-network-group-priority>7</mcpttgi:on-network-group-priority>
  </list-service>
</group>
"#,
        id = group_id(plan)
    )
}

/// Where it is below an XCAP root.
#[must_use]
pub fn path(plan: &Plan) -> String {
    format!("/org.openmobilealliance.groups/global/byGroupID/{}", group_id(plan))
}

/// A user profile that names the lab's group (TS 24.484 8.3).
#[must_use]
pub fn profile(plan: &Plan, user: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<mcptt-user-profile xmlns="urn:3gpp:mcptt:user-profile:1.0" XUI-URI="{user}" user-profile-index="1">
  <OnNetwork index="1">
    <MCPTTGroupInfo>
      <entry index="1"><uri-entry>{group}</uri-entry></entry>
    </MCPTTGroupInfo>
  </OnNetwork>
</mcptt-user-profile>
"#,
        group = group_id(plan)
    )
}

/// The same profile, with the own group management server as the one to ask (TS 23.280 10.2.7.1).
#[must_use]
pub fn naming(system: &SystemPlan, profile: &str) -> String {
    let list =
        |name: &str, uri: &str| format!("<{name}><entry><uri-entry>{uri}</uri-entry></entry></{name}>");
    let info = [
        list("GMS-Serv-Id", &system.groups_psi()),
        list("IDMS-token-endpoint", &format!("{}/token", system.issuer())),
        list("KMS-URI", &format!("sip:kms@{}", system.domain)),
    ];
    let info = format!("</uri-entry><anyExt><GroupServerInfo>{}</GroupServerInfo></anyExt>", info.concat());
    profile.replacen("</uri-entry>", &info, 1)
}

/// Where it is below the root of the configuration management server.
#[must_use]
pub fn profile_path(user: &str) -> String {
    format!("/org.3gpp.mcptt.user-profile/users/{user}/mcptt-user-profile-1.xml")
}

/// Somebody who asks.
pub struct Asker {
    name: Arc<str>,
    root: String,
    http: Http,
    hop: Hop,
    token: Option<String>,
    media_type: &'static str,
    env: Env,
}

impl Asker {
    /// The client of a system's administrator, which has an access token and no certificate.
    ///
    /// # Errors
    /// The lab's files cannot be read.
    pub fn administrator(system: &SystemPlan, env: &Env) -> Result<Self, Failure> {
        Self::user(system, &system.administrator(), env)
    }

    /// The same before the configuration management server of the system.
    ///
    /// # Errors
    /// The lab's files cannot be read.
    pub fn configurator(system: &SystemPlan, env: &Env) -> Result<Self, Failure> {
        let user = system.administrator();
        let token = idms::token(system, &user, env.clock.wall())?;
        let host = system.configuration_host();
        let hop = hop(&system.inner("cms1"), system.at.configuration_clients, &host);
        let asker = Self::new(system, &user, (None, hop), env)?;
        Ok(Self { token: Some(token), root: format!("https://{host}"), media_type: PROFILE_TYPE, ..asker })
    }

    /// The client of a user of a system.
    ///
    /// # Errors
    /// The lab's files cannot be read.
    pub fn user(system: &SystemPlan, user: &str, env: &Env) -> Result<Self, Failure> {
        let token = idms::token(system, user, env.clock.wall())?;
        let hop = hop(&system.inner("gms1"), system.at.groups_clients, &system.xcap_host());
        Self::new(system, user, (None, hop), env).map(|asker| Self { token: Some(token), ..asker })
    }

    /// The MC service server of a system, as its certificate proves it.
    ///
    /// # Errors
    /// The lab's files cannot be read.
    pub fn service(system: &SystemPlan, env: &Env) -> Result<Self, Failure> {
        let server = system.inner("gms1");
        let hop = hop(&server, system.at.groups_http, &server);
        Self::new(system, &system.inner("mcs1"), (Some(files::SERVICE), hop), env)
    }

    fn new(
        system: &SystemPlan,
        name: &str,
        (shows, hop): (Option<&str>, Hop),
        env: &Env,
    ) -> Result<Self, Failure> {
        let read = |file: &str| {
            let file = system.folder.join(file);
            fs::read_to_string(&file).map_err(|why| Failure::file(&file, why))
        };
        let shown = |ending: &str| shows.map(|file| read(&format!("{file}.{ending}"))).transpose();
        let profile = TlsProfile {
            name: PROFILE.into(),
            certificate: shown("pem")?,
            key: shown("key")?,
            anchors: vec![read(files::AUTHORITY)?],
            crls: Vec::new(),
        };
        let config = HttpConfig { tls: vec![profile], ..HttpConfig::new(name) };
        let http = Http::new(config, env).map_err(|why| Failure::start(name, why))?;
        let (name, root, env) = (name.into(), system.xcap_root(), env.clone());
        Ok(Self { name, root, http, hop, token: None, media_type: ::groups::group::MEDIA_TYPE, env })
    }

    /// Sends a request about the document at this path, and awaits its response.
    ///
    /// # Errors
    /// Nobody answers.
    pub async fn send(&self, method: Method, path: &str, body: Bytes) -> Result<Response<Bytes>, Failure> {
        let document = path.rsplit('/').next().unwrap_or_default();
        let kind = if self.media_type == PROFILE_TYPE { "user profile" } else { "group" };
        let what = format!("{method} {kind}");
        let request = self.request(method, path, body).map_err(|why| Failure::Procedure(why.to_string()))?;
        let flow = request.headers().get(FLOW_FIELD).and_then(|flow| flow.to_str().ok()).unwrap_or_default();
        self.env.recorder.record(Entry {
            flow: flow.to_owned(),
            entity: self.name.clone(),
            kind: Kind::Sent { to: self.hop.name.clone(), what, detail: document.to_owned() },
        });
        let sent = self.http.web().fetch(request, self.hop.clone()).await;
        sent.map_err(|why| Failure::Procedure(format!("{}: {why}", self.hop.name)))
    }

    fn request(&self, method: Method, path: &str, body: Bytes) -> Result<Request<Bytes>, http::Error> {
        let flow = self.env.ids.uuid();
        let mut request = Request::builder().uri(format!("{}{path}", self.root)).header(FLOW_FIELD, flow);
        if method == Method::PUT {
            request = request.header(header::CONTENT_TYPE, self.media_type);
        }
        if let Some(token) = &self.token {
            let mut value = HeaderValue::try_from(format!("Bearer {token}"))?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        request.method(method).body(body)
    }
}

fn hop(name: &str, address: std::net::SocketAddr, proves: &str) -> Hop {
    let tls = TlsPeer { profile: PROFILE.into(), domain: proves.into(), anchor: None };
    Hop {
        name: name.into(),
        transport: Transport::Tls,
        address,
        tls: Some(tls),
        connection: None,
        streams: Streams::default(),
    }
}
