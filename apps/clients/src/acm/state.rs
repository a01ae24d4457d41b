//! What an ACM client knows.

use futures::channel::mpsc;
use kit::{Cause, Impu, Peer};
use parking_lot::Mutex;
use xml_schemas::{
    acm::{ClientId, ProcessIndication, Request, Response, WithdrawalResponse},
    ids::McServiceId,
};

/// How much may wait for whoever listens; what comes then is not kept here, and the server is told so.
const WAITING: usize = 1024;

/// What comes to a client unasked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Told {
    /// Something waits for the user: [`super::AcmClient::pending`] says what (TS 23.280 10.17.3.1).
    Waiting,
    /// The user is to decide a request.
    Request(Request),
    /// The response to a request of the user's.
    Response(Response),
    /// How far a request of the user's is.
    Indication(ProcessIndication),
    /// What came of a withdrawal.
    Withdrawal(WithdrawalResponse),
}

/// An ACM client's own state.
#[derive(Debug)]
pub struct State {
    /// Its user.
    pub user: McServiceId,
    /// Its server's public service identity, as the SIP core asserts it.
    pub server: Impu,
    /// Which of its user's clients it is, where it has a name.
    pub client: Option<ClientId>,
    listener: Mutex<Option<mpsc::Sender<Told>>>,
}

impl State {
    pub(super) fn new(user: McServiceId, server: Impu, client: Option<ClientId>) -> Self {
        Self { user, server, client, listener: Mutex::default() }
    }

    pub(super) fn listen(&self) -> mpsc::Receiver<Told> {
        let (tell, told) = mpsc::channel(WAITING);
        *self.listener.lock() = Some(tell);
        told
    }

    /// Hands it to whoever listens. What nobody has heard is not accepted, so that the server keeps it for later.
    ///
    /// # Errors
    /// [`Cause::LoggedOff`] where nobody listens, [`Cause::Overloaded`] where he does not keep up.
    pub(super) fn hand(&self, told: Told) -> Result<(), Cause> {
        let mut listener = self.listener.lock();
        let heard = listener.as_mut().ok_or(Cause::LoggedOff)?.try_send(told);
        heard.map_err(|error| if error.is_full() { Cause::Overloaded } else { Cause::LoggedOff })
    }

    /// Nobody but the own server speaks to a client.
    ///
    /// # Errors
    /// [`Cause::NotPermitted`] for anybody else.
    pub(super) fn expect_server(&self, peer: &Peer) -> Result<(), Cause> {
        if peer.user() == Some(&self.server) { Ok(()) } else { Err(Cause::NotPermitted) }
    }
}
