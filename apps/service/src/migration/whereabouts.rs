//! Where users of ours work, for the other servers of the system: the location management server, which has him located there, and the
//! group management server, which gives his groups there. TS 23.280 10.6.3, 10.9.3.10.2, 10.2.7.2
//!
//! They are told that something has changed once both systems agree on it, or once a mark is gone on which they had not agreed yet,
//! and ask then: whatever order such news comes in, the answer is what holds.

use kit::{Accepted, Cause, Cx, Done, Inbound, OwnServer, To, Verdict};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::McServiceId,
    migration::{MigrationChanged, Whereabouts, WhereaboutsRequest},
};

use super::{
    Mark,
    book::Changes,
    letter::{Addressee, Letter, Own, What},
    policy::TellWhereabouts,
    post,
};
use crate::Mcs;

/// An own server asks.
///
/// # Errors
/// [`Cause::RequesterNotAuthorized`] for anybody else; [`Cause::NotPermitted`] where nobody migrates.
pub(super) async fn receive(cx: Cx<Mcs>, req: Inbound<WhereaboutsRequest>) -> Done<Accepted> {
    let asker = req.peer.server().cloned().ok_or(Cause::RequesterNotAuthorized)?;
    let WhereaboutsRequest { request_id, service, primary } = req.flow;
    let permit = match cx.decide(TellWhereabouts { server: asker.clone(), primary: primary.clone() }) {
        Verdict::Allow(permit) => permit,
        Verdict::Refuse(cause) => return Err(cause.into()),
        Verdict::Defer(_) => return Err(Cause::RequesterNotAuthorized.into()),
    };
    if let Some(migrations) = cx.migrations() {
        migrations.read_user_again(&primary).await?;
    }
    let partner = partner(&cx, service, &primary);
    let answer = permit.release(Whereabouts { request_id, service, primary, partner })?;
    Ok(Accepted::then(async move {
        let told = match [Own::Locations, Own::Groups].iter().find_map(|own| own.known_as(&cx, &asker)) {
            Some(server) => cx.tell(To::Server(&server), &answer).await,
            None => Err(Cause::RequesterNotAuthorized.into()),
        };
        if let Err(stop) = told {
            tracing::warn!(target: "mcx::migration", server = %cx.profile().name, to = %asker, %stop, "an own server was not told where a user works");
        }
    }))
}

/// With this MC service; or, where he has gone with another one only, with that: he has one place to be.
fn partner(cx: &Cx<Mcs>, service: McService, primary: &McServiceId) -> Option<McServiceId> {
    let migrations = cx.migrations()?;
    let marks = migrations.marks_of(primary);
    let mark = marks.iter().find(|mark| mark.service == service).or(marks.first())?;
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

/// Whoever serves him elsewhere is to hear that he has gone, or is back.
pub(super) fn tell(cx: &Cx<Mcs>, changes: Changes, mark: &Mark) -> Done<Changes> {
    let letters = letters(cx, mark)?.into_iter();
    Ok(letters.fold(changes, |changes, letter| changes.letter(&cx.world().ids.uuid(), letter)))
}

/// What each of the own servers that have something for him is to hear.
pub(super) fn letters(cx: &Cx<Mcs>, mark: &Mark) -> Done<Vec<Letter>> {
    if !cx.migrations().is_some_and(|migrations| migrations.config().tell_own_servers) {
        return Ok(Vec::new());
    }
    let servers = [Own::Locations, Own::Groups].into_iter().filter(|own| own.server(cx).is_some());
    let letter = |own| {
        let request_id = cx.fresh_request_id()?;
        let changed = MigrationChanged { request_id, service: mark.service, primary: mark.primary.clone() };
        Ok(Letter { to: Addressee::Own(own), what: What::Changed(changed), until: post::longest(cx) })
    };
    servers.map(letter).collect()
}
