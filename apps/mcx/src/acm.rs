//! `mcx acm`: an ACM client at the command line. TS 23.280 10.17

mod arguments;
mod became;
mod print;
mod watch;

use std::sync::Arc;

use clients::{
    AcmClient,
    acm::{Answer, Ask, Unheard},
};
use wire::Silent;
use xml_schemas::{
    acm::{Addressee, PendingItem, Request, State},
    ids::RequestId,
};

pub use arguments::Arguments;
use arguments::{Command, Common, Decide, Format};
use became::{PATIENCE, SOON, Whose};

use crate::{Failure, System, block_on, logging, serve, terminal::Terminal};

/// Logs the user on, does what is asked, prints what comes of it, and logs him off again.
///
/// # Errors
/// The user is none, the SIP core or the ACM server refuses, or there is no such request; why is told.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    // What waits is told to each terminal of the user's in turn, until it comes to the one that has asked.
    logging::start("warn,mcx::dropped=error")?;
    let common = &arguments.common;
    let terminal = Terminal::found(common.config.as_deref(), common.endpoints.as_deref(), common.user()?)?;
    let command = Prepared::of(&arguments.command, &terminal)?;
    block_on(terminal.config.process.threads(), async {
        let env = serve::world(None, Arc::new(Silent));
        let terminal = terminal.alone_as(&env.ids.token());
        let system = System::start(&terminal.config, &env).await?;
        let Some((client, acm)) = system.clients().next().and_then(|client| Some((client, client.acm()?)))
        else {
            return Err(Failure::Procedure("the terminal names no acm-server".to_owned()));
        };
        // What nobody would read waits at the server.
        let told = common.watch.then(|| acm.told());
        system.log_on().await?;
        // Whoever reads the first line may end it at once.
        let signals = common.watch.then(serve::Signals::new).transpose()?;
        let executed = command.execute(acm, common);
        let done = match (told, signals) {
            (Some(told), Some(mut signals)) => {
                let done = tokio::select! {
                    done = executed => done,
                    () = signals.stop() => Err(Failure::Procedure("told to stop before an answer came".to_owned())),
                };
                match done {
                    Ok(shown) => {
                        watch::until_stopped(acm, told, shown, common.format, signals).await;
                        Ok(())
                    }
                    Err(why) => {
                        watch::rest(told, common.format);
                        Err(why)
                    }
                }
            }
            _ => executed.await.map(drop),
        };
        if let Err(why) = client.log_off_alone().await {
            tracing::warn!(%why, "the registration is left to expire");
        }
        done
    })
}

/// What was typed, with every identity read.
enum Prepared {
    Ask(Ask),
    Pending,
    Answer(RequestId, Answer),
    Withdraw(RequestId),
    Status { all: bool },
}

impl Prepared {
    fn of(command: &Command, terminal: &Terminal) -> Result<Self, Failure> {
        Ok(match command {
            Command::Ask(ask) => Self::Ask(ask.read(&terminal.names)?),
            Command::Pending => Self::Pending,
            Command::Decide(Decide::Approve { request, alias, except }) => {
                let mut answer = Answer::yes();
                answer.alias = arguments::alias(alias.as_deref())?;
                answer.except = arguments::exceptions(except, &terminal.names)?;
                Self::Answer(arguments::request_id(request)?, answer)
            }
            Command::Decide(Decide::Refuse { request, alias, because }) => {
                let mut answer = Answer::no(because.clone());
                answer.alias = arguments::alias(alias.as_deref())?;
                Self::Answer(arguments::request_id(request)?, answer)
            }
            Command::Withdraw { request } => Self::Withdraw(arguments::request_id(request)?),
            Command::Status { all } => Self::Status { all: *all },
        })
    }

    /// What of the user's it has shown to wait, if it shows that.
    async fn execute(self, acm: &AcmClient, common: &Common) -> Result<Option<Vec<PendingItem>>, Failure> {
        match self {
            Self::Ask(ask) => {
                let target = ask.target.clone();
                let request_id = match acm.ask(ask).await {
                    Ok(request_id) => request_id,
                    Err(Unheard::Refused(stop)) => return Err(not_asked(&stop, &target, acm)),
                    Err(Unheard::Unconfirmed { request, cause }) => {
                        became::known(acm, request, cause).await?
                    }
                };
                print::asked(&request_id, common.format);
            }
            Self::Pending => {
                let pending = acm.pending().await.map_err(refused)?;
                print::pending(&pending, common.format);
                return Ok(Some(pending.items));
            }
            Self::Answer(request_id, answer) => {
                let request = waiting(acm, &request_id).await?;
                answered(acm, &request, answer, common.format).await?;
            }
            Self::Withdraw(request_id) => withdraw(acm, &request_id, common.format).await?,
            Self::Status { all } => status(acm, all, common.format).await?,
        }
        Ok(None)
    }
}

/// A no is the end of it. A yes is carried out by the servers: what is told is what came of that.
async fn answered(acm: &AcmClient, request: &Request, answer: Answer, format: Format) -> Result<(), Failure> {
    let is_no = answer.refused.is_some();
    let (said, lost) = heard(acm.answer(request, answer).await)?;
    let request_id = &request.heading().request_id;
    let handled = (request_id, Whose::Handled);
    if let (Some(response), true) = (&said, is_no) {
        print::response(response, format);
        return Ok(());
    }
    if let Some(response) = &said {
        print::approved(response, format);
    }
    let item = became::awaited(acm, handled, |state| !became::is_end(state)).await;
    if let (Some(cause), false) = (lost, item.as_ref().is_some_and(|item| became::is_decided(item.state))) {
        return Err(became::unconfirmed(request_id, cause));
    }
    let said = if is_no {
        Ok(format!("{}  {}", request_id.as_str(), item.as_ref().map(print::end_of).unwrap_or_default()))
    } else {
        became::approved(request_id, item.as_ref())
    };
    let state = item.as_ref().map_or(State::InProcess, |item| item.state);
    print::outcome(request_id, (state, item.as_ref()), said.as_deref().ok(), format);
    said.map(drop)
}

/// Takes a request back, and tells what came of that.
async fn withdraw(acm: &AcmClient, request_id: &RequestId, format: Format) -> Result<(), Failure> {
    let own = (request_id, Whose::Own);
    let before = became::of(acm, own, SOON).await;
    let (_, lost) = heard(acm.withdraw(request_id.clone()).await)?;
    // Where nobody has said that it is taken up, nothing short of an end says so.
    let is_open = |state| state == State::Unconfirmed || lost.is_some() && !became::is_end(state);
    let after = became::awaited(acm, own, is_open).await;
    if let (Some(cause), false) = (lost, after.as_ref().is_some_and(|item| became::is_end(item.state))) {
        return Err(became::unconfirmed(request_id, cause));
    }
    let said = became::withdrawn(request_id, before.as_ref(), after.as_ref());
    let state = after.as_ref().map_or(State::Unconfirmed, |item| item.state);
    print::outcome(request_id, (state, after.as_ref()), said.as_deref().ok(), format);
    said.map(drop)
}

/// What the server has taken, or why nobody has said whether it has.
fn heard<T>(told: Result<T, Unheard>) -> Result<(Option<T>, Option<kit::Cause>), Failure> {
    match told {
        Ok(taken) => Ok((Some(taken), None)),
        Err(Unheard::Refused(stop)) => Err(refused(stop)),
        Err(Unheard::Unconfirmed { cause, .. }) => Ok((None, Some(cause))),
    }
}

/// The newest, or all of them, as they come.
async fn status(acm: &AcmClient, all: bool, format: Format) -> Result<(), Failure> {
    let mut part = acm.status(None).await.map_err(refused)?;
    while let Some(from) = part.next.clone().filter(|_| all) {
        print::standing(&part, acm.user(), format);
        part = acm.status(Some(from)).await.map_err(refused)?;
    }
    print::status(&part, acm.user(), format);
    Ok(())
}

/// The request of this name among those that wait for the user.
async fn waiting(acm: &AcmClient, request_id: &RequestId) -> Result<Request, Failure> {
    let pending = acm.pending().await.map_err(refused)?;
    let found = pending.items.into_iter().find_map(|item| match item {
        PendingItem::Request(request) if request.heading().request_id == *request_id => Some(request),
        _ => None,
    });
    if let Some(request) = found {
        return Ok(request);
    }
    let (id, user) = (request_id.as_str(), acm.user());
    let known = became::of(acm, (request_id, Whose::Handled), PATIENCE).await;
    Err(Failure::Procedure(match known {
        // It was for whoever held its functional alias, and that is no more he.
        Some(item) if item.state == State::Stored => {
            format!("{id} waits no more for {} but for whoever has its functional alias", user.as_str())
        }
        Some(item) => format!("{id} waits no more: {}", print::end_of(&item)),
        None => format!("no request {id} waits for {}; `mcx acm pending` lists what does", user.as_str()),
    }))
}

/// A server knows only partners' users as targets. That one of its own is none is no matter of the interconnection.
fn not_asked(stop: &kit::Stop, target: &Addressee, acm: &AcmClient) -> Failure {
    let (target, user) = (target.as_str(), acm.user());
    if stop.cause() == kit::Cause::UnknownPartner && target.ends_with(&format!("@{}", user.domain())) {
        return Failure::Procedure(format!(
            "refused: {target} is of {} too; administrative requests are for users of other MC systems",
            user.domain()
        ));
    }
    said(stop.cause())
}

fn refused(stop: kit::Stop) -> Failure {
    said(stop.cause())
}

fn said(cause: kit::Cause) -> Failure {
    let what = if became::is_silence(cause) { "no answer" } else { "refused" };
    Failure::Procedure(format!("{what}: {} (cause {})", cause.text(), cause.code()))
}
