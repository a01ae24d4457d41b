//! Where users of ours work, for the other servers of the system: the location management server, which has them located there, and the
//! group management server, which gives their groups there. TS 23.280 10.6.3, 10.9.3.10.2, 10.2.7.2
//!
//! They are told that something has changed once both systems agree on it, of many users in one notice, and ask then: whatever order such
//! news comes in, the answer is what holds.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use kit::{Accepted, Cause, Cx, Done, Fault, Inbound, OwnServer, To, Verdict};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::McServiceId,
    migration::{MigrationChanged, Place, Whereabouts, WhereaboutsRequest},
};

use super::{
    Mark,
    book::{Changes, MIGRATE, Who},
    letter::{Addressee, Letter, Own, What},
    policy::TellWhereabouts,
    post,
};
use crate::Mcs;

/// How many users one notice is about, so that neither it nor the answer to the question that follows is too long a message.
const IN_ONE: usize = 64;

/// An own server asks. Where nobody migrates, everybody works here.
///
/// # Errors
/// [`Cause::RequesterNotAuthorized`] for anybody else.
pub(super) async fn receive(cx: Cx<Mcs>, req: Inbound<WhereaboutsRequest>) -> Done<Accepted> {
    let asker = req.peer.server().cloned().ok_or(Cause::RequesterNotAuthorized)?;
    let WhereaboutsRequest { request_id, service, users } = req.flow;
    let permit = match cx.decide(TellWhereabouts { server: asker.clone(), users: users.clone() }) {
        Verdict::Allow(permit) => permit,
        Verdict::Refuse(cause) => return Err(cause.into()),
        Verdict::Defer(_) => return Err(Cause::RequesterNotAuthorized.into()),
    };
    let mut places = Vec::with_capacity(users.len());
    for primary in users {
        if let Some(migrations) = cx.migrations() {
            migrations.read_marks_again(&primary).await?;
        }
        places.push(Place { partner: partner(&cx, service, &primary), primary });
    }
    let answer = permit.release(Whereabouts { request_id, service, places })?;
    Ok(Accepted::then(async move {
        let told = match [Own::Locations, Own::Groups].iter().find_map(|own| own.known_as(&cx, &asker)) {
            Some(server) => cx.tell(To::Server(&server), &answer).await,
            None => Err(Cause::RequesterNotAuthorized.into()),
        };
        if let Err(stop) = told {
            tracing::warn!(target: "mcx::migration", server = %cx.profile().name, to = %asker, %stop, "an own server was not told where users work");
        }
    }))
}

/// With this MC service; or, where he has gone with another one only, with that: he has one place to be. What a partner system has not
/// accepted is none.
fn partner(cx: &Cx<Mcs>, service: McService, primary: &McServiceId) -> Option<McServiceId> {
    let marks = cx.migrations()?.marks_of(primary);
    let agreed: Vec<&Mark> = marks.iter().filter_map(Mark::agreed).collect();
    let mark = agreed.iter().find(|mark| mark.service == service).or(agreed.first())?;
    Some(mark.partner.clone())
}

impl Own {
    /// The server, where there is one.
    pub(super) fn server(self, cx: &Cx<Mcs>) -> Option<OwnServer> {
        match self {
            Self::Locations => Some(cx.locations().clone()),
            Self::Groups => cx.config().groups.as_ref().map(|groups| OwnServer {
                identity: groups.identity.clone(),
                psi: groups.psi.clone(),
                hop: groups.sip.clone(),
            }),
        }
    }

    fn known_as(self, cx: &Cx<Mcs>, identity: &str) -> Option<OwnServer> {
        self.server(cx).filter(|server| *server.identity == *identity)
    }
}

/// The own servers that have something for these users of ours are to hear that they have gone, or are back.
pub(super) fn tell(cx: &Cx<Mcs>, changes: Changes, users: &HashSet<Who>) -> Result<Changes, Fault> {
    if !cx.migrations().is_some_and(|migrations| migrations.config().tell_own_servers) {
        return Ok(changes);
    }
    let listening = [Own::Locations, Own::Groups].into_iter().filter(|own| own.server(cx).is_some());
    let of_each = listening.flat_map(|own| MIGRATE.map(|service| (own, service)));
    of_each.into_iter().try_fold(changes, |changes, (own, service)| write(cx, changes, (own, service), users))
}

/// Of one MC service. A letter says that there is something to ask, and no more: so there is one letter for each user at most, the newest;
/// the former ones are left with whom else they are about, and gone where that is nobody.
fn write(
    cx: &Cx<Mcs>,
    mut changes: Changes,
    (own, service): (Own, McService),
    users: &HashSet<Who>,
) -> Result<Changes, Fault> {
    let Some(migrations) = cx.migrations() else { return Ok(changes) };
    let of_service = || users.iter().filter(|(with, _)| *with == service);
    let all: BTreeSet<McServiceId> = of_service().map(|(_, user)| user.clone()).collect();
    let former: BTreeMap<_, _> = of_service().filter_map(|who| migrations.news_of(own, who)).collect();
    for (key, letter) in former {
        changes = match letter.without(&all) {
            Some(rest) => changes.letter_again(key, rest),
            None => changes.no_letter(&key),
        };
    }
    let all: Vec<McServiceId> = all.into_iter().collect();
    for some in all.chunks(IN_ONE) {
        let request_id = cx.fresh_request_id()?;
        let what = What::Changed(MigrationChanged { request_id, service, users: some.to_vec() });
        let letter = Letter { to: Addressee::Own(own), what, until: post::long(cx) };
        changes = changes.letter(&cx.world().ids.uuid(), letter);
    }
    Ok(changes)
}
