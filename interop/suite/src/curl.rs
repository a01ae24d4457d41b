//! curl as the XCAP client of a server of documents (RFC 4825), with the access token of a user.

use std::net::SocketAddr;

use crate::{
    Lab,
    tools::{self, CURL},
};

/// Status, entity tag and body.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// With its quotation marks.
    pub etag: String,
    /// What came with it.
    pub body: String,
}

/// Somebody with an access token.
pub struct Client {
    at: SocketAddr,
    host: String,
    authority: String,
    token: String,
}

impl Client {
    /// The administrator of a system's groups.
    #[must_use]
    pub fn administrator(lab: &Lab, system: &str) -> Self {
        Self::of(lab, system, lab.system(system).administrator())
    }

    /// A user of a system, before its group management server.
    #[must_use]
    pub fn of(lab: &Lab, system: &str, user: &str) -> Self {
        let host = lab.system(system).xcap_root().trim_start_matches("https://").to_owned();
        Self::before(lab, system, "groups", (user, host))
    }

    /// The administrator of a system's user profiles.
    #[must_use]
    pub fn configurator(lab: &Lab, system: &str) -> Self {
        let of = lab.system(system);
        Self::before(lab, system, "configuration", (of.administrator(), format!("cms.{}", of.domain())))
    }

    fn before(lab: &Lab, system: &str, entity: &str, (user, host): (&str, String)) -> Self {
        let mut token = tools::mcx();
        token.args(["lab", "token", "--as", user, "--dir"]).arg(lab.dir());
        let output = tools::succeed(&mut token);
        let system = lab.system(system);
        Self {
            at: system.listener(entity, "clients"),
            host,
            authority: system.authority().to_owned(),
            token: String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        }
    }

    /// The same with this for a token.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self }
    }

    /// One request; `more` are options of curl.
    ///
    /// # Panics
    /// Nobody answers.
    pub fn ask(&self, method: &str, below: &str, more: &[&str]) -> Answer {
        let (host, port) = (&self.host, self.at.port());
        let mut curl = CURL.command();
        curl.args([
            "--silent",
            "--show-error",
            "--max-time",
            "20",
            "--path-as-is",
            "--cacert",
            &self.authority,
        ]);
        curl.args(["--resolve", &format!("{host}:{port}:{}", self.at.ip())]);
        curl.args(["--header", &format!("Authorization: Bearer {}", self.token), "--request", method]);
        curl.args(["--write-out", "\n%{http_code} %header{etag}"]).args(more);
        let output = tools::succeed(curl.arg(format!("https://{host}:{port}/{below}")));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (body, last) = text.rsplit_once('\n').expect("what --write-out adds");
        let (status, etag) = last.split_once(' ').unwrap_or((last, ""));
        Answer { status: status.parse().expect("a status"), etag: etag.to_owned(), body: body.to_owned() }
    }

    /// Puts a document, or a file where the body begins with `@`.
    pub fn put(&self, below: &str, media_type: &str, body: &str, more: &[&str]) -> Answer {
        let field = format!("Content-Type: {media_type}");
        let options = [&["--header", &field, "--data-binary", body], more].concat();
        self.ask("PUT", below, &options)
    }
}
