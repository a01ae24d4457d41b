//! `mcx login`: a user logs in at the identity management server of an MC system, and his tokens are kept for the commands that act
//! as him.

mod browser;
mod documents;
pub(crate) mod kept;
mod refused;
mod server;

use std::{
    fs,
    io::{self, IsTerminal as _},
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
};

use clap::Args;
use clients::identity::NotIssued;
use kit::private::Private;
use wire::Silent;
use xml_schemas::body::mcptt_info::AccessToken;

pub(crate) use documents::{Documents, connected, profile};
pub(crate) use kept::{Book, Tokens};
use refused::Asked;
pub(crate) use server::{Named, Server, https, of_system};

use crate::{Failure, endpoints::Endpoints, logging, runtime, serve};

/// `mcx login`
#[derive(Args, Debug)]
pub struct Login {
    /// Who logs in, by name, such as `alice`, or in a lab by MC service ID.
    #[arg(long = "as", value_name = "USER")]
    user: String,
    /// In a lab: the domain of the MC system; the user's own where nothing is said.
    #[arg(long, value_name = "DOMAIN", conflicts_with = "issuer")]
    system: Option<String>,
    /// What `mcx lab up` wrote; `endpoints.json` where nothing else is said.
    #[arg(long, value_name = "FILE", conflicts_with = "issuer")]
    endpoints: Option<PathBuf>,
    /// Where tokens are kept, its owner's alone; `tokens.json` beside `endpoints.json` where nothing else is said.
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// In place of a lab: the identity management server, such as `https://idms.a.example`.
    #[arg(long, value_name = "URI", requires = "ca", requires = "tokens")]
    issuer: Option<String>,
    /// With --issuer: where the server is, in place of what its name resolves to.
    #[arg(long, value_name = "ADDRESS", requires = "issuer")]
    at: Option<SocketAddr>,
    /// With --issuer: PEM certificates of who issued the server's certificate.
    #[arg(long, value_name = "FILE", requires = "issuer")]
    ca: Option<PathBuf>,
    /// With --issuer: the client ID of this application there.
    #[arg(long, value_name = "ID", requires = "issuer", default_value = "mcx-ue")]
    client_id: String,
    /// A file with the password in its first line; without it a lab's user has that of `endpoints.json`, anybody else is asked for it
    /// on standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "browser")]
    password_file: Option<PathBuf>,
    /// Prints the URL of the login page, and waits for the browser to come back.
    #[arg(long)]
    browser: bool,
    /// Ends the log-in instead: whatever it gave is revoked.
    #[arg(long, conflicts_with_all = ["browser", "password_file"])]
    end: bool,
}

/// Logs in or out, and says as whom.
///
/// # Errors
/// The server cannot be reached or lets nobody in, or the tokens cannot be kept.
pub fn run(options: &Login) -> Result<(), Failure> {
    logging::start("warn")?;
    let (named, known) = options.named()?;
    let mut book = Book::open(&options.book())?;
    runtime()?.block_on(async {
        let env = serve::world(None, Arc::new(Silent));
        if options.end {
            return end(&Server::connect(&named, &env)?, &mut book, &options.user).await;
        }
        let issued = if options.browser {
            browser::log_in(&named, &env).await?
        } else {
            let password = options.password(known)?;
            let server = Server::connect(&named, &env)?;
            let issued = server.client().log_in(&named.user, &password).await;
            issued.map_err(server.failed())?
        };
        let tokens = Tokens::of(&named, &issued);
        let who = tokens.id.clone().unwrap_or_else(|| named.user.clone());
        book.put(tokens)?;
        println!("{who} is logged in at {}", named.issuer);
        Ok(())
    })
}

/// Revokes what the log-in gave: by the refresh token everything, else the access token.
async fn end(server: &Server, book: &mut Book, user: &str) -> Result<(), Failure> {
    let issuer = server.issuer().to_owned();
    let tokens = book.get(&issuer, user).cloned();
    let tokens = tokens.ok_or_else(|| Failure::Procedure(format!("{user} is not logged in at {issuer}")))?;
    let token = tokens.refresh_token.unwrap_or(tokens.access_token);
    let revoked = server.client().revoke(&Private::new(token)).await;
    revoked.map_err(server.failed())?;
    book.remove(&issuer, user)?;
    println!("{user} is logged out at {issuer}");
    Ok(())
}

impl Login {
    /// The server, and of a lab's user the password.
    fn named(&self) -> Result<(Named, Option<Private<String>>), Failure> {
        if let (Some(issuer), Some(ca)) = (&self.issuer, &self.ca) {
            return Ok((Named::said(issuer, ca, self.at, &self.client_id, &self.user)?, None));
        }
        let file = crate::endpoints::file(self.endpoints.as_deref())?;
        let endpoints = Endpoints::open(&file)?;
        let (own, user) = endpoints.known_user(&self.user)?;
        let system = match &self.system {
            Some(domain) => endpoints.system(domain)?,
            None => own,
        };
        Ok((of_system(system, &user.name)?, Some(Private::new(user.password.clone()))))
    }

    fn book(&self) -> PathBuf {
        kept::file(self.tokens.as_deref(), self.endpoints.as_deref())
    }

    fn password(&self, known: Option<Private<String>>) -> Result<Private<String>, Failure> {
        let text = match (&self.password_file, known) {
            (Some(file), _) => fs::read_to_string(file).map_err(|why| Failure::file(file, why))?,
            (None, Some(known)) => return Ok(known),
            (None, None) => {
                if io::stdin().is_terminal() {
                    eprint!("password of {}: ", self.user);
                }
                let mut line = String::new();
                io::stdin().read_line(&mut line)?;
                line
            }
        };
        Ok(Private::new(text.lines().next().unwrap_or_default().to_owned()))
    }
}

/// The access token of who has logged in at this server, fresh.
///
/// # Errors
/// He has not, or the server gives no new one: he has to log in again.
pub(crate) async fn access(server: &Server, book: &mut Book, user: &str) -> Result<Tokens, Failure> {
    let issuer = server.issuer().to_owned();
    let again = |why: String| Failure::Procedure(format!("{why}: log in with `mcx login --as {user}` first"));
    let known = book.get(&issuer, user).cloned();
    let known = known.ok_or_else(|| again(format!("{user} is not logged in at {issuer}")))?;
    if known.lasts(server.now()) {
        return Ok(known);
    }
    let Some(refresh) = known.refresh_token.clone() else {
        return Err(again(format!("the access token of {user} at {issuer} has ended")));
    };
    let issued =
        server.client().refresh(&Private::new(refresh)).await.map_err(|why| again(server.said(&why)))?;
    let tokens = known.renewed(&issued);
    book.put(tokens.clone())?;
    Ok(tokens)
}

/// A user who has logged in at home gets the tokens of a partner MC system, and with them his MC service ID there: TS 33.180 B.7.
///
/// # Errors
/// As [`access`]; either of the two servers refuses.
pub(crate) async fn travel(
    book: &mut Book,
    [home, there]: [&crate::endpoints::SystemEndpoints; 2],
    user: &str,
    env: &driver::Env,
) -> Result<Tokens, Failure> {
    let server = Server::connect(&of_system(home, user)?, env)?;
    let own = access(&server, book, user).await?;
    let token = AccessToken::new(own.access_token);
    let said = |server: &Server, by: Asked<'_>, why: NotIssued| {
        refused::told(&by, &why).map_or_else(|| server.failed()(why), Failure::Procedure)
    };
    let security = server.client().exchange(&token, &there.identity.issuer).await;
    let security = security.map_err(|why| said(&server, Asked::Home(&home.domain), why))?;
    let named = of_system(there, user)?;
    let partner = Server::connect(&named, env)?;
    let issued = partner.client().assert(&security).await;
    let issued = issued.map_err(|why| said(&partner, Asked::Partner(&there.domain), why))?;
    let tokens = Tokens::of(&named, &issued);
    book.put(tokens.clone())?;
    Ok(tokens)
}
