//! A user migrates where an OpenID provider that is not ours (npm's oidc-provider) stands in place of either identity management server:
//! of the partner system's, whose tokens admit him there, and of his own, which vouches for him. TS 23.280 10.6.3.3, TS 33.180 B.7
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{fs, net::TcpListener};

use certs::{Authority, Leaf};
use interop::{
    Lab, Running, System,
    tools::{self, CURL, NODE, succeed, workspace},
};
use serde_json::{Value, json};
use tempfile::TempDir;

const DAVE: &str = "sip:dave@primary.example";
const ABROAD: &str = "sip:dave-abroad@partner.example";
const PARTNER: &str = "https://idms.partner.example";

/// Somebody else's provider, and the files that say who it is.
struct Provider {
    port: u16,
    folder: TempDir,
    _running: Running,
}

impl Provider {
    /// Of tokens that say this of their users.
    fn start(claims: &Value) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let authority = Authority::new("interop").expect("an authority");
        let leaf = Leaf::new("localhost").dns_name("localhost");
        authority.issue(&leaf).expect("a certificate").write(folder.path(), "server").expect("files");
        authority.write(folder.path(), "ca").expect("a file");
        let bound = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = bound.expect("a free port").port();
        let mut node = NODE.command();
        node.arg(workspace().join("interop/oidc/provider.mjs")).arg(port.to_string());
        node.arg(folder.path().join("server.pem")).arg(folder.path().join("server.key"));
        let mut running = Running::start(node.args([PARTNER, &claims.to_string()]));
        running.line("provider: ready");
        Self { port, folder, _running: running }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    fn authority(&self) -> String {
        self.folder.path().join("ca.pem").display().to_string()
    }

    /// The keys of an issuer, or of a partner, in TOML, that is this provider.
    fn keys(&self, tls: &str) -> String {
        let (url, port) = (self.url(), self.port);
        format!(
            "jwks-uri = \"{url}/jwks\"\n\
             server = {{ name = \"localhost\", address = \"127.0.0.1:{port}\", transport = \"tls\", tls = \"{tls}\" }}\n"
        )
    }

    /// A TLS profile that trusts it, with a certificate of an entity.
    fn profile(&self, entity: &str) -> String {
        let authority = self.authority();
        format!(
            "\n[tls.theirs]\ncertificate = \"tls/{entity}.pem\"\nkey = \"tls/{entity}.key\"\nauthorities = [\"{authority}\"]\n"
        )
    }

    /// What it gives its client for this.
    fn gives(&self, fields: &[&str]) -> String {
        let user = format!("{}:secret", PARTNER.replace(':', "%3A").replace('/', "%2F"));
        let fields = [&["--user", &user], fields].concat();
        token(&self.authority(), &format!("{}/token", self.url()), &fields)
    }
}

/// The token of an answer to a form.
fn token(authority: &str, url: &str, options: &[&str]) -> String {
    let mut curl = CURL.command();
    curl.args(["--silent", "--show-error", "--max-time", "20", "--cacert", authority]).args(options);
    let output = succeed(curl.arg(url));
    let answer: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|why| panic!("{why}: {}", tools::text(&output)));
    answer["access_token"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
}

fn have() -> bool {
    if !tools::have(&[NODE, CURL]) {
        return false;
    }
    assert!(workspace().join("interop/oidc/node_modules").is_dir(), "install: cargo xtask setup");
    true
}

/// He shows this token in the partner system.
fn migrates(lab: &Lab, token: &str) {
    let visitor = lab.system("partner").visitor();
    fs::write(visitor.access_token(), token).expect("the folder is ours");
    let mut migrate = tools::mcx();
    migrate.args(["migrate", "--to", "partner.example", "--profile", "3", "--as", visitor.user().username()]);
    migrate.args(["--primary", DAVE, "--config"]).arg(lab.dir().join("partner/clients.toml"));
    let told = tools::text(&succeed(&mut migrate));
    assert!(told.contains("igrated"), "{told}");
    lab.nothing_panicked();
}

/// The configuration without tables that begin with this line, comments before it included.
fn without(text: &str, table: &str) -> String {
    let is_other = |block: &&str| block.lines().find(|line| line.starts_with('[')) != Some(table);
    text.split("\n\n").filter(is_other).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn c10_6_3_3_a_provider_of_others_in_place_of_the_partners_identity_server() {
    if !have() {
        return;
    }
    let provider = Provider::start(&json!({ "mcptt_id": ABROAD, "primary_id": DAVE }));
    let edit = |_: &System<'_>, text: String| {
        let text = without(&text, "[[service.issuer]]");
        let (name, keys) = (provider.url(), provider.keys("theirs"));
        let issuer = format!("\n[[service.issuer]]\nname = \"{name}\"\naudience = [\"mcx\"]\n{keys}");
        format!("{text}\n{}{issuer}", provider.profile("service"))
    };
    let lab = Lab::served().edit_servers("partner", edit).start();
    let form = ["--data", "grant_type=client_credentials", "--data-urlencode", "scope=3gpp:mc:ptt_service"];
    migrates(&lab, &provider.gives(&form));
}

#[test]
fn c10_6_3_3_a_provider_of_others_in_place_of_the_primarys_identity_server() {
    if !have() {
        return;
    }
    let provider = Provider::start(&json!({ "mcptt_id": DAVE }));
    let edit = |_: &System<'_>, text: String| {
        let (before, after) = text.split_once("[[identity.partner]]\n").expect("it has a partner");
        let (_, after) = after.split_once("domains = ").expect("and its domains");
        let (name, keys) = (provider.url(), provider.keys("theirs"));
        let partner = format!("[[identity.partner]]\nname = \"{name}\"\n{keys}domains = ");
        format!("{before}{partner}{after}\n{}", provider.profile("idms"))
    };
    let lab = Lab::served().edit_servers("partner", edit).start();
    let exchange = "grant_type=urn:ietf:params:oauth:grant-type:token-exchange";
    let resource = format!("resource={PARTNER}");
    let vouched = provider.gives(&["--data-urlencode", exchange, "--data-urlencode", &resource]);
    // TS 33.180 B.7.4: what his own system says of him, for a token of the partner's.
    let partner = lab.system("partner");
    let at = partner.listener("identity", "clients");
    let host = PARTNER.trim_start_matches("https://");
    let resolve = format!("{host}:{}:{}", at.port(), at.ip());
    let assertion = format!("assertion={vouched}");
    let bearer = "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer";
    let mut options = vec!["--resolve", &resolve];
    for field in [bearer, &assertion, "client_id=mcx-ue", "scope=3gpp:mc:ptt_service"] {
        options.extend(["--data-urlencode", field]);
    }
    let url = format!("https://{host}:{}/token", at.port());
    migrates(&lab, &token(partner.authority(), &url, &options));
}
