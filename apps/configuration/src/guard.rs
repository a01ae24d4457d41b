//! Who may touch which document, and what a change of a profile promises.

use std::sync::Arc;

use kit::{
    Cause, Live, Peer,
    audit::Log,
    documents::{Change, Custom},
    xcap_diff::MayRead,
};
use store::Batch;
use xcap::{Act, Denied, Target, Tree, Usage};

use crate::{FUNCTION, config::Rules, keys, profile};

/// The application usage of the UE initial configuration, which anybody reads (TS 24.484 clause 4.2.2.1).
const UE_INIT: &str = "org.3gpp.mcptt.ue-init-config";

/// The rules as they are now, shared by the server, its documents and its subscriptions.
pub(crate) type Book = Live<Rules>;

/// What the server adds to its documents.
pub(crate) struct Guard {
    pub(crate) book: Book,
    pub(crate) log: Log,
    /// As whom the log knows the server itself.
    pub(crate) own: String,
}

impl Custom for Guard {
    /// Administrators do everything; the rest is the usage's own rule, by which users read what is theirs. Own servers, who
    /// read everything, are let in before this is asked.
    fn may(&self, principal: Option<&str>, _: &Usage, _: &Target, _: Act) -> Option<Result<(), Denied>> {
        principal.filter(|user| self.book.now().is_administrator(user)).map(|_| Ok(()))
    }

    /// 10.2.7.1: a profile whose group entries do not name the server to ask is marked, in one commit with the change. So is the
    /// change itself, in the audit log.
    fn accompany(&self, batch: Batch, change: &Change<'_>) -> Batch {
        let batch = self.log.enter(batch, &self.log.changed(FUNCTION, &self.own, change));
        let (Some(text), true) = (change.after, change.target.auid == profile::AUID) else { return batch };
        let rules = self.book.now();
        match rules.group_server.as_ref().filter(|server| profile::naming(text, server).is_some()) {
            Some(server) => batch.put(keys::to_name(change.target), server.rule()),
            None => batch,
        }
    }
}

/// Whether a target is one document, and no folder of them.
fn is_document(target: &Target) -> bool {
    !target.document.is_empty() && !target.document.ends_with('/')
}

/// Who may subscribe to a document: own servers to every one, a user to what he may read over HTTP too.
pub(crate) fn may_read(book: &Book) -> MayRead {
    let book = book.clone();
    Arc::new(move |peer: &Peer, target: &Target| {
        if peer.server().is_some() {
            return Ok(());
        }
        let rules = book.now();
        let user = peer.user().and_then(|impu| rules.users.get(impu)).ok_or(Cause::RequesterUnknown)?;
        let is_allowed = match &target.tree {
            Tree::Global => true,
            // One that he knows the name of; which devices there are is told to nobody.
            Tree::User(_) if target.auid == UE_INIT => is_document(target),
            Tree::User(xui) => xcap::canonical(xui) == xcap::canonical(user.as_str()),
        };
        if is_allowed || rules.is_administrator(user.as_str()) { Ok(()) } else { Err(Cause::NotPermitted) }
    })
}
