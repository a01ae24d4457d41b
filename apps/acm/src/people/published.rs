//! A client that publishes its settings is logged on, as one that registers is: the other way in which a user is authorized for the
//! service. TS 24.379 7.3.3 to 7.3.5, RFC 3903 clause 6
//!
//! What the settings say is nothing to this server: only that the client is there, for as long as its publication lasts.

use std::time::Duration;

use kit::{
    Cause, Cx, Done, Stop,
    publication::{Lifetimes, Operation, Publish, Published},
};

use super::log_on::{Came, came, is_registered, went};
use crate::{
    Acm,
    book::{Changes, Written, keys, millis},
};

/// The event package (RFC 4354).
pub(crate) const PACKAGE: &str = "poc-settings";

/// For how long a client is believed to be there without a word.
pub(crate) const LIFETIMES: Lifetimes = Lifetimes {
    default: Duration::from_secs(3_600),
    longest: Duration::from_secs(30 * 86_400),
    shortest: Duration::from_secs(60),
};

/// One of the four operations of RFC 3903 table 1.
///
/// # Errors
/// [`Cause::UnknownUser`] for a user who is none of ours; [`Cause::NoPublication`] for an entity tag that is not his publication's;
/// [`Stop::Malformed`] for bodies that cannot be read.
pub(crate) async fn receive(cx: Cx<Acm>, publish: Publish) -> Done<Published> {
    let impu = publish.peer.user().ok_or(Cause::NotPermitted)?.clone();
    let user = cx.user_of(&impu).ok_or(Cause::UnknownUser)?;
    let key = keys::published(impu.as_str());
    let seen = cx.store().get(key.as_bytes()).await.map_err(kit::Fault::from)?;
    let (new, old) = match &publish.operation {
        Operation::Initial => (true, None),
        Operation::Modify(old) => (true, Some(old)),
        Operation::Refresh(old) | Operation::Remove(old) => (false, Some(old)),
    };
    if let Some(old) = old
        && seen.as_ref().is_none_or(|record| &record.value[..] != old.as_bytes())
    {
        return Err(Cause::NoPublication.into());
    }
    if new {
        publish.parts().map_err(Stop::from)?;
    }
    let was_on = super::is_on(&cx, &user.id).await?;
    let ends = publish.lifetime.is_zero() || matches!(publish.operation, Operation::Remove(_));
    let tag = cx.world().ids.token();
    let changes = if ends {
        Changes::new().published_no_more(impu.as_str())
    } else {
        let until = millis(cx.world().clock.wall() + publish.lifetime);
        Changes::new().published(impu.as_str(), &tag, until)
    };
    match cx.book().write(changes).await? {
        Written::Done(_) | Written::Conflict => {}
    }
    if !ends {
        return Ok(Published::new(tag, publish.lifetime)
            .then(async move { came(&cx, &user, Came { was_on, client: None, was_there: true }).await }));
    }
    let stays = is_registered(&cx, &impu).await?;
    Ok(Published::new(tag, Duration::ZERO).then(async move {
        if was_on && !stays {
            went(&cx, &user.id).await;
        }
    }))
}
