//! What a configuration management server knows. All of it is in the store; what is held here can be lost.

use std::sync::{Arc, Mutex, PoisonError};

use futures::channel::mpsc;
use kit::{
    audit::Log,
    documents::Documents,
    events::Notifier,
    tokens::{Standing, Tokens},
    xcap_diff::XcapDiffPackage,
};
use store::Store;
use wire::World;

use crate::{
    config::{Config, Rules},
    guard::Book,
};

/// The state of a configuration management server.
pub struct Cms {
    config: Config,
    log: Log,
    book: Book,
    store: Arc<dyn Store>,
    documents: Arc<Documents>,
    tokens: Standing,
    notifier: Notifier<XcapDiffPackage>,
    wake: mpsc::UnboundedSender<()>,
    woken: Mutex<Option<mpsc::UnboundedReceiver<()>>>,
}

impl Cms {
    pub(crate) fn new(
        (config, log): (Config, Log),
        book: Book,
        store: Arc<dyn Store>,
        documents: Arc<Documents>,
        tokens: Standing,
        notifier: Notifier<XcapDiffPackage>,
    ) -> Self {
        let (wake, woken) = mpsc::unbounded();
        let woken = Mutex::new(Some(woken));
        Self { config, log, book, store, documents, tokens, notifier, wake, woken }
    }

    /// What the operator said when the server started; what may have changed since is in [`Cms::rules`].
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Users, administrators and the server of partners' groups as they are now.
    #[must_use]
    pub fn rules(&self) -> Arc<Rules> {
        self.book.now()
    }

    /// Where every change of a document stands.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    pub(crate) fn replace(&self, rules: Rules, tokens: Tokens, world: &World) {
        self.book.replace(rules);
        self.tokens.replace(tokens, world);
        // Nobody listens while the server has not been started.
        let _ = self.wake.unbounded_send(());
    }

    /// Where everything is kept.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The documents.
    #[must_use]
    pub fn documents(&self) -> &Arc<Documents> {
        &self.documents
    }

    /// Whose access tokens count now.
    #[must_use]
    pub fn tokens(&self) -> Arc<Tokens> {
        self.tokens.now()
    }

    /// Who is told of changes.
    #[must_use]
    pub fn notifier(&self) -> &Notifier<XcapDiffPackage> {
        &self.notifier
    }

    /// What wakes the worker when the rules are others; once.
    pub(crate) fn take_woken(&self) -> Option<mpsc::UnboundedReceiver<()>> {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
