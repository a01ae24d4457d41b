//! Who is told of changes, and of which: xcap-diff subscriptions (TS 24.481 clause 6.3.13, RFC 5875).
//!
//! MC service servers of the own system are told of everything, members of their groups, and partners of groups of ours that
//! they have: that they have changed, never what (10.2.7.2 and 10.2.7.3 have their own ways for that).

use std::{sync::Arc, time::Duration};

use kit::{
    Cause, Done, Live, PartnerTable, Peer,
    config::HopConfig,
    documents::Documents,
    events::{Lifetimes, Setup, Step},
    tokens::Standing,
    xcap_diff::{Admit, Because, MayRead, Prove, Spare, XcapDiffPackage, of_registered},
};
use store::{Batch, CommitError, Store};
use wire::World;
use xcap::Target;

use crate::{
    Config,
    config::Rules,
    copy::{How, Source},
    group::{Facts, GroupId},
    guard::Book,
    keys,
    procedures::{accept_provision, request_abroad},
    share::{Share, Why},
    state::fault,
};

/// What a subscription lasts where nothing is asked for.
const USUAL: Duration = Duration::from_secs(3600);

/// No shorter one is granted.
const SHORTEST: Duration = Duration::from_secs(60);

/// The partners as they are now, as far as subscriptions are concerned.
pub(crate) type Neighbours = Live<PartnerTable>;

pub(crate) fn package(book: &Book, documents: &Arc<Documents>, store: &Arc<dyn Store>) -> XcapDiffPackage {
    let told = Told { book: book.clone(), documents: Arc::clone(documents), store: Arc::clone(store) };
    let admit: Admit = Arc::new(move |peer, targets| {
        let told = told.clone();
        Box::pin(async move { told.admit(&peer, &targets).await })
    });
    let heard = Told { book: book.clone(), documents: Arc::clone(documents), store: Arc::clone(store) };
    let hear: Admit = Arc::new(move |peer, targets| {
        let heard = heard.clone();
        Box::pin(async move { heard.hear(&peer, &targets).await })
    });
    let package = XcapDiffPackage::new(Arc::clone(documents), Arc::clone(store), may_read(book));
    package.admitting(admit).hearing(hear)
}

/// Step 4 of 10.2.7.2 where it is switched off: what a provision stored is told to nobody. Source and copy are of one commit then;
/// a copy that the own policy made anew has a later one than its source.
pub(crate) fn provided_in_silence(store: &Arc<dyn Store>) -> Spare {
    let store = Arc::clone(store);
    Arc::new(move |target, by| {
        let store = Arc::clone(&store);
        Box::pin(async move {
            let Some(group) = GroupId::of_target(&target) else { return false };
            let Ok(Some(record)) = store.get(keys::source(&group).as_bytes()).await else { return false };
            let source = Source::read(&record.value);
            record.version >= by && source.is_some_and(|source| source.how == How::Provided)
        })
    })
}

/// Which step it is that an own MC service server is told of a group: by which procedure the copy came, where it came by one. Source
/// and copy are of one commit then.
pub(crate) fn by_procedure(store: &Arc<dyn Store>) -> Because {
    let store = Arc::clone(store);
    Arc::new(move |peer, target, made_by| {
        let store = Arc::clone(&store);
        Box::pin(async move {
            let group = GroupId::of_target(&target).filter(|_| peer.server().is_some())?;
            let record = store.get(keys::source(&group).as_bytes()).await.ok().flatten()?;
            let source = Source::read(&record.value).filter(|_| record.version == made_by)?;
            let (clause, number) = match source.how {
                How::Provided => (accept_provision::CLAUSE, 4),
                How::Requested => (request_abroad::CLAUSE, 6),
            };
            Some(Step { clause, number, flow: source.flow })
        })
    })
}

/// A token in a SUBSCRIBE is the one of the user whom the operator knows under the registered identity.
pub(crate) fn prove(book: &Book, tokens: &Standing, world: &World) -> Prove {
    let book = book.clone();
    of_registered(tokens.clone(), Arc::clone(&world.clock), move |impu| book.now().users.get(impu).cloned())
}

pub(crate) fn setup(
    config: &Config,
    neighbours: &Neighbours,
    store: &Arc<dyn Store>,
    world: &World,
) -> Setup {
    let (servers, core) = (config.servers.clone(), config.core.as_ref().map(HopConfig::hop));
    let (known, kept) = (neighbours.clone(), neighbours.clone());
    let hops = move |peer: &Peer| match (peer.server(), peer.partner()) {
        (Some(identity), _) => {
            servers.iter().find(|server| server.identity == *identity).map(|server| server.hop.clone())
        }
        (None, Some(partner)) => known.now().get(partner).and_then(|found| found.hop.clone()),
        (None, None) => peer.user().and(core.clone()),
    };
    Setup {
        world: world.clone(),
        store: Arc::clone(store),
        own: config.psi.clone(),
        hops: Arc::new(hops),
        partners: Arc::new(move || kept.now()),
        lifetimes: Lifetimes { default: USUAL, longest: config.longest_subscription, shortest: SHORTEST },
        limit: config.subscriptions,
        octets: config.subscription_octets,
        replica: config.replica.clone(),
    }
}

/// What can be said of a target by itself.
fn may_read(book: &Book) -> MayRead {
    let book = book.clone();
    Arc::new(move |peer: &Peer, target: &Target| {
        let rules = book.now();
        if peer.server().is_some() {
            return Ok(());
        }
        let group = GroupId::of_target(target).ok_or(Cause::NotPermitted)?;
        match peer.partner().map(|partner| rules.partner(partner.name())) {
            Some(Some(partner)) => {
                let is_agreed = (partner.may_request || partner.may_be_provided) && partner.covers(&group);
                let is_ours = rules.is_own_domain(&group.domain());
                if is_agreed && is_ours && target.node.is_none() { Ok(()) } else { Err(Cause::NotPermitted) }
            }
            Some(None) => Err(Cause::UnknownPartner),
            None => user(&rules, peer).map(drop),
        }
    })
}

/// The MC service ID of a registered user.
fn user<'r>(rules: &'r Rules, peer: &Peer) -> Result<&'r str, Cause> {
    let impu = peer.user().ok_or(Cause::RequesterUnknown)?;
    rules.users.get(impu).map(|user| user.as_str()).ok_or(Cause::RequesterUnknown)
}

#[derive(Clone)]
struct Told {
    book: Book,
    documents: Arc<Documents>,
    store: Arc<dyn Store>,
}

impl Told {
    /// What only the documents and the shares can say.
    async fn admit(&self, peer: &Peer, targets: &[Target]) -> Done<()> {
        for group in targets.iter().filter_map(GroupId::of_target) {
            if peer.server().is_some() {
                self.want(&group).await?;
            } else if let Some(partner) = peer.partner() {
                self.admit_partner(partner.name(), &group).await?;
            } else {
                self.admit_user(peer, &group).await?;
            }
        }
        Ok(())
    }

    /// Whether who was admitted would be so still. That a group is no more is told to whoever was a member.
    async fn hear(&self, peer: &Peer, targets: &[Target]) -> Done<()> {
        if peer.server().is_some() {
            return Ok(());
        }
        for group in targets.iter().filter_map(GroupId::of_target) {
            match peer.partner() {
                Some(partner) => self.admit_partner(partner.name(), &group).await?,
                None => self.hear_user(peer, &group).await?,
            }
        }
        Ok(())
    }

    async fn hear_user(&self, peer: &Peer, group: &GroupId) -> Done<()> {
        let found = self.documents.read(&group.target()).await.map_err(fault)?;
        if found.is_some() { self.admit_user(peer, group).await } else { Ok(()) }
    }

    /// 10.2.7.3 step 1 by subscription: what is another system's and not here is requested.
    async fn want(&self, group: &GroupId) -> Done<()> {
        let is_own = self.book.now().is_own_domain(&group.domain());
        let found = self.documents.read(&group.target()).await.map_err(fault)?;
        if is_own || found.is_some() {
            return Ok(());
        }
        let key = keys::ask(group);
        match self.store.commit(Batch::new().expect_absent(key.clone()).put(key, "{}")).await {
            Ok(_) | Err(CommitError::Conflict(_)) => Ok(()),
            Err(CommitError::Fault(why)) => Err(fault(why).into()),
        }
    }

    /// A partner is told of what it was provided, or was told on request.
    async fn admit_partner(&self, partner: &str, group: &GroupId) -> Done<()> {
        let record = self.store.get(keys::share(group, partner).as_bytes()).await.map_err(fault)?;
        let share = record.and_then(|record| Share::read(&record.value));
        let has_it = share.is_some_and(|share| share.why != Why::Barred && !share.told.is_empty());
        if has_it { Ok(()) } else { Err(Cause::NotShared.into()) }
    }

    async fn admit_user(&self, peer: &Peer, group: &GroupId) -> Done<()> {
        let rules = self.book.now();
        let user = user(&rules, peer)?;
        if rules.is_administrator(user) {
            return Ok(());
        }
        let document =
            self.documents.read(&group.target()).await.map_err(fault)?.ok_or(Cause::NotPermitted)?;
        let is_member = Facts::of_current(&document).members.contains(&xcap::canonical(user));
        if is_member { Ok(()) } else { Err(Cause::NotPermitted.into()) }
    }
}
