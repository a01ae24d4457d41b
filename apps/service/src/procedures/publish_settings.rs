//! A client publishes how it wants to be served, and under which profile; its access token, where it comes along, authorizes it.
//! TS 24.379 clauses 7.3.3 to 7.3.5 · RFC 3903 clause 6
//!
//! What carries the IDs of a migrating user goes on in [`super::ask_to_migrate`].

use std::time::Duration;

use kit::{
    Cause, Cx, Done, Impu, Stop,
    publication::{Operation, Publish, Published},
};
use xml_schemas::{
    body::{Body as _, McVideoInfo, McpttInfo, interconnection_info::McService},
    flow::Part,
    ids::McServiceId,
    migration::Publication,
};

use super::{ask_to_migrate, bind, return_home, settle};
use crate::{
    Mcs,
    authorization::{Binding, Client},
    config::User,
    credentials::{self, Proof},
    migration::Made,
};

/// The event package: RFC 4354, TS 24.379 7.2.2.
pub const PACKAGE: &str = "poc-settings";

/// A PUBLISH of settings, as far as it has been looked at.
pub(crate) struct Asked {
    /// The public user identity that the SIP core asserts.
    pub(crate) impu: Impu,
    /// What the bodies say.
    pub(crate) says: Publication,
    /// Which client.
    pub(crate) client: String,
    /// The entity tag of what is modified; none where it is new.
    pub(crate) modifies: Option<String>,
    /// For how long; zero where it is to end.
    pub(crate) lifetime: Duration,
    /// The entity tag that it gets.
    pub(crate) tag: String,
}

/// One of the four operations of RFC 3903 table 1.
///
/// # Errors
/// [`Cause::NotPermitted`] from anybody but a registered user; [`Cause::NoPublication`] for an entity tag that is none;
/// [`Cause::NotBound`], [`Cause::OtherUser`], [`Cause::MigratedAway`] and the causes of [`credentials::bearer`] where nobody is
/// authorized; [`Stop::Malformed`] for bodies that cannot be read.
pub async fn receive(cx: Cx<Mcs>, publish: Publish) -> Done<Published> {
    let impu = publish.peer.user().cloned().ok_or(Cause::NotPermitted)?;
    cx.know_registered(&impu).await?;
    let (lifetime, tag) = (publish.lifetime, cx.world().ids.token());
    let modifies = match &publish.operation {
        Operation::Refresh(old) => return refresh(cx, &impu, (old, tag), lifetime).await,
        Operation::Remove(old) => return remove(cx, &impu, (old, tag)).await,
        Operation::Initial => None,
        Operation::Modify(old) => Some(old.clone()),
    };
    let parts = publish.parts()?;
    let says = Publication::read(&parts)?;
    let client = says.client_id.clone();
    let client = client.ok_or_else(|| Stop::Malformed("no client ID is said".to_owned()))?;
    let asked = Asked { impu, says, client, modifies, lifetime, tag };
    if asked.says.migrates.is_some() {
        return ask_to_migrate::receive(cx, asked).await;
    }
    let named = named(&parts);
    let changed = match cx.user_of(&asked.impu) {
        Some(user) if named.as_ref().is_none_or(|named| *named == user.id) => {
            at_home(&cx, user, &asked).await?
        }
        // 7.3.4: another MC service ID than the one that is bound to the identity.
        Some(_) => return Err(Cause::NotBound.into()),
        None => of_visitor(&cx, named.as_ref(), &asked).await?,
    };
    Ok(accepted(cx, changed, asked.tag, lifetime))
}

/// Answered first; what follows, follows.
pub(crate) fn accepted(cx: Cx<Mcs>, changed: Made, tag: String, lifetime: Duration) -> Published {
    Published::new(tag, lifetime).then(async move { settle::made(&cx, changed) })
}

/// 7.3.3 and 7.3.4.
async fn at_home(cx: &Cx<Mcs>, user: User, asked: &Asked) -> Done<Made> {
    let proof = credentials::of_user(cx, asked.says.access_token.as_ref(), &user.id).await?;
    if proof.is_some() && asked.modifies.is_none() && !asked.lifetime.is_zero() {
        return_home::receive(cx, &user.id).await?;
    } else if cx.authorizations().away(&user.id).is_some() {
        return Err(return_home::refused().into());
    }
    put(cx, (&user.id, None), asked, proof).await
}

/// A visitor who has asked already (TS 23.280 10.6.3): other settings, or the same ones anew. The profile is what his primary system
/// has said yes to (step 6); for another he asks to migrate again.
async fn of_visitor(cx: &Cx<Mcs>, named: Option<&McServiceId>, asked: &Asked) -> Done<Made> {
    let binding = cx.authorizations().binding(&asked.impu, cx.world().clock.wall());
    let mut visitors = binding.clients.iter().filter(|client| client.visit.is_some());
    let client = visitors.find(|client| {
        client.id.as_deref() == Some(&asked.client) && client.service() == Some(asked.says.service)
    });
    let client = client.filter(|client| named.is_none_or(|named| *named == client.user));
    let client = client.ok_or(Cause::NotBound)?;
    let visitor = &client.user;
    if asked.says.profile.is_some_and(|profile| client.profile != Some(profile)) {
        return Err(Cause::WrongProfile.into());
    }
    if let Some(token) = &asked.says.access_token
        && credentials::visitor(cx, token, asked.says.service).await?.1 != *visitor
    {
        return Err(Cause::OtherUser.into());
    }
    put(cx, (visitor, client.service()), asked, None).await
}

/// Without proof only what is bound already is changed.
async fn put(
    cx: &Cx<Mcs>,
    whose: (&McServiceId, Option<McService>),
    asked: &Asked,
    proof: Option<Proof>,
) -> Done<Made> {
    let now = cx.world().clock.wall();
    let put = |binding: &mut Binding| {
        asked.agrees(binding.published_by(now, asked.modifies.as_deref())?)?;
        if whose.1.is_none() && cx.authorizations().away(whose.0).is_some() {
            return Err(return_home::refused().into());
        }
        if proof.is_none() && !binding.knows(&asked.client, whose) {
            return Err(Cause::NotBound.into());
        }
        if asked.lifetime.is_zero() {
            binding.remove_one(&asked.client, whose);
            return Ok(());
        }
        binding.with_client(Some(&asked.client), whose, |client| {
            if let Some(proof) = &proof {
                client.prove(proof);
            }
            if asked.says.settings.is_some() || asked.says.profile.is_some() {
                let kept = client.visit.as_ref().and(client.profile);
                client.profile = asked.says.profile.or(kept);
            }
            client.renew(now, &asked.tag, asked.lifetime);
        });
        Ok(())
    };
    if whose.1.is_none() && proof.is_some() {
        bind::authorize(cx, (&asked.impu, whose.0), put).await
    } else {
        bind::change(cx, &asked.impu, put).await
    }
}

/// RFC 3903 6 steps 4 and 6: it goes on under a new entity tag.
async fn refresh(
    cx: Cx<Mcs>,
    impu: &Impu,
    (old, tag): (&str, String),
    lifetime: Duration,
) -> Done<Published> {
    let now = cx.world().clock.wall();
    let renew = |binding: &mut Binding| {
        binding.published(now, old)?.renew(now, &tag, lifetime);
        Ok(())
    };
    let changed = bind::change(&cx, impu, renew).await?;
    Ok(accepted(cx, changed, tag, lifetime))
}

/// 7.3.5: with its settings the client's authorization ends, however it had come by it.
async fn remove(cx: Cx<Mcs>, impu: &Impu, (old, tag): (&str, String)) -> Done<Published> {
    let now = cx.world().clock.wall();
    let remove = |binding: &mut Binding| {
        let gone = binding.published(now, old)?.clone();
        binding.clients.retain(|client| !client.is(&gone));
        Ok(())
    };
    let changed = bind::change(&cx, impu, remove).await?;
    Ok(accepted(cx, changed, tag, Duration::ZERO))
}

impl Asked {
    /// What is modified is of the same client, and, of a visitor's, with the same MC service.
    pub(crate) fn agrees(&self, modified: Option<Client>) -> Done<()> {
        let is_its = |client: &Client| {
            client.id.as_deref().is_none_or(|id| id == self.client)
                && client.service().is_none_or(|service| service == self.says.service)
        };
        if modified.as_ref().is_none_or(is_its) {
            return Ok(());
        }
        Err(Stop::Malformed("the publication is another client's".to_owned()))
    }
}

/// The MC service ID that settings without a token are said to be of (TS 24.379 7.2.3).
fn named(parts: &[Part<'_>]) -> Option<McServiceId> {
    let mcptt = parts.iter().find(|part| part.is(McpttInfo::MEDIA_TYPE));
    let mcptt = mcptt.and_then(|part| McpttInfo::read(&part.bytes).ok()).and_then(|info| info.request_uri);
    let mcvideo = parts.iter().find(|part| part.is(McVideoInfo::MEDIA_TYPE));
    let mcvideo =
        mcvideo.and_then(|part| McVideoInfo::read(&part.bytes).ok()).and_then(|info| info.request_uri);
    mcptt.or(mcvideo).and_then(|named| named.plain().ok().cloned())
}
