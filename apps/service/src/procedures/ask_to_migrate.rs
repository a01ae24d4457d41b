//! A visitor asks to work here: migration service authorization at the partner MC service server, step 1.
//! TS 23.280 clause 10.6.3.3 · TS 24.379 clause 7A. What follows is [`crate::migration`].

use std::time::SystemTime;

use kit::{Cause, Cx, Done, Refusal, publication::Published, tokens::Bearer};
use xml_schemas::{ids::McServiceId, migration::Migrates};

use super::{bind, publish_settings, settle};
use crate::{
    Mcs,
    authorization::{Binding, Visit},
    credentials::{self, Proof},
    migration::{self, Made},
};

/// A PUBLISH with both MC service IDs. It is answered once it is accepted for processing; the outcome comes in a MESSAGE.
///
/// # Errors
/// [`Cause::NotPermitted`] where nobody may visit; [`Cause::NoToken`] and the causes of [`credentials::bearer`];
/// [`Cause::OtherUser`] where the token names another than the IDs do; [`Cause::ForeignIdentity`] where the partner ID is none of
/// this system's; [`kit::Stop::Malformed`] where no profile is selected; and as [`migration::keep`] refuses.
pub(crate) async fn receive(cx: Cx<Mcs>, asked: publish_settings::Asked) -> Done<Published> {
    if cx.config().migration.is_none() {
        return Err(Cause::NotPermitted.into());
    }
    if cx.user_of(&asked.impu).is_some() {
        return Err(other("a user of this system does not migrate to it"));
    }
    let (Some(migrates), Some(token)) = (&asked.says.migrates, &asked.says.access_token) else {
        return Err(Cause::NoToken.into());
    };
    let (bearer, user) = credentials::visitor(&cx, token, asked.says.service).await?;
    let partner = partner(&cx, (&bearer, user), migrates)?;
    cx.know(&partner).await?;
    let request = asked.says.request(&partner)?.ok_or(Cause::NotPermitted)?;
    let cx = cx.for_flow(request.correlation.key());

    cx.step("10.6.3.3", 1); // the client requests migration service authorization, with both IDs and its profile
    if asked.lifetime.is_zero() {
        let changed = take_back(&cx, &asked, &partner).await?;
        return Ok(publish_settings::accepted(cx, changed, asked.tag, asked.lifetime));
    }
    let (proof, now) = (credentials::proof(&cx, &bearer), cx.world().clock.wall());
    let bind = |binding: &mut Binding| {
        asked.agrees(binding.published_by(now, asked.modifies.as_deref())?)?;
        put_client(binding, now, &asked, (&partner, &migrates.primary), &proof);
        Ok(())
    };
    let client = migration::Asked { request, client: asked.client.clone(), impu: asked.impu.clone() };
    let (begun, made) = migration::keep(&cx, &client, bind).await?;
    Ok(Published::new(asked.tag, asked.lifetime).then(async move {
        settle::made(&cx, made);
        migration::begin(cx, begun).await;
    }))
}

/// Who the visitor is here: as he says, and as the token says.
fn partner(
    cx: &Cx<Mcs>,
    (bearer, partner): (&Bearer, McServiceId),
    migrates: &Migrates,
) -> Done<McServiceId> {
    if migrates.partner.as_ref().is_some_and(|said| *said != partner) {
        return Err(other("the access token is not of the partner MC service ID"));
    }
    if !cx.is_own_domain(partner.domain()) {
        return Err(Refusal::at(Cause::ForeignIdentity, "the partner MC service ID").into());
    }
    if cx.is_configured(&partner) {
        return Err(other("the partner MC service ID is a user's of this system"));
    }
    let is_required = cx.config().migration.as_ref().is_none_or(|migration| migration.require_primary_id);
    match &bearer.primary {
        Some(vouched) if *vouched != migrates.primary => {
            Err(other("the access token is not of the primary MC service ID"))
        }
        None if is_required => Err(other("the access token does not name the primary MC service ID")),
        _ => Ok(partner),
    }
}

/// The client is bound, and authorizes nobody until the primary system has answered; one that was admitted stays so, under the
/// profile that it was admitted with.
fn put_client(
    binding: &mut Binding,
    now: SystemTime,
    asked: &publish_settings::Asked,
    (partner, primary): (&McServiceId, &McServiceId),
    proof: &Proof,
) {
    let service = asked.says.service;
    binding.with_client(Some(&asked.client), (partner, Some(service)), |client| {
        let known = client.visit.as_ref().filter(|visit| visit.primary == *primary);
        let is_admitted = known.is_some_and(|visit| visit.is_admitted);
        client.visit = Some(Visit { service, primary: primary.clone(), is_admitted });
        client.prove(proof);
        if !is_admitted {
            client.profile = asked.says.profile;
        }
        client.renew(now, &asked.tag, asked.lifetime);
    });
}

/// A request that is to last for no time ends what it is about.
async fn take_back(cx: &Cx<Mcs>, asked: &publish_settings::Asked, partner: &McServiceId) -> Done<Made> {
    let now = cx.world().clock.wall();
    let remove = |binding: &mut Binding| {
        asked.agrees(binding.published_by(now, asked.modifies.as_deref())?)?;
        binding.remove_one(&asked.client, (partner, Some(asked.says.service)));
        Ok(())
    };
    bind::change(cx, &asked.impu, remove).await
}

fn other(why: &str) -> kit::Stop {
    Refusal::at(Cause::OtherUser, why).into()
}
