//! What migration does to authorizations: visitors who are admitted or sent away, and users of ours who go. TS 23.280 10.6.3.3
//!
//! Each is safe to repeat.

use std::sync::Arc;

use kit::{Cx, Done, Impu};
use xml_schemas::ids::McServiceId;

use super::settle;
use crate::{Mcs, authorization::Binding};

/// The primary MC system has said yes: from now on the visitor is authorized with this client (step 11). Whether it is still there.
///
/// # Errors
/// [`kit::Fault`] where the store cannot keep it.
pub(crate) async fn admit(cx: &Cx<Mcs>, impu: &Impu, client: &str, visitor: &McServiceId) -> Done<bool> {
    let now = cx.world().clock.wall();
    let admit = |binding: &mut Binding| {
        let is_it =
            |id: &Option<Arc<str>>, user: &McServiceId| id.as_deref() == Some(client) && user == visitor;
        let mut found = false;
        for client in binding.clients.iter_mut().filter(|client| is_it(&client.id, &client.user)) {
            if let Some(visit) = &mut client.visit {
                (visit.is_admitted, found) = (true, true);
            }
        }
        Ok(found)
    };
    let changed = cx.authorizations().change(impu, now, admit).await?;
    settle::after(cx, &changed).await;
    Ok(changed.value)
}

/// The visitor is not admitted with this client: it has asked in vain.
///
/// # Errors
/// [`kit::Fault`] where the store cannot keep it.
pub(crate) async fn dismiss(cx: &Cx<Mcs>, impu: &Impu, client: &str, visitor: &McServiceId) -> Done<()> {
    let now = cx.world().clock.wall();
    let dismiss = |binding: &mut Binding| {
        binding.clients.retain(|known| known.id.as_deref() != Some(client) || known.user != *visitor);
        Ok(())
    };
    let changed = cx.authorizations().change(impu, now, dismiss).await?;
    settle::after(cx, &changed).await;
    Ok(())
}

/// The user is authorized here no more, with whichever client: a visitor whose migration is over, or a user whose access is
/// withdrawn. Registrations stay.
///
/// # Errors
/// [`kit::Fault`] where the store cannot keep it.
pub(crate) async fn end(cx: &Cx<Mcs>, user: &McServiceId) -> Done<()> {
    let now = cx.world().clock.wall();
    cx.know(user).await?;
    for impu in cx.authorizations().identities(user) {
        let end = |binding: &mut Binding| {
            binding.clients.retain(|client| client.user != *user);
            Ok(())
        };
        let changed = cx.authorizations().change(&impu, now, end).await?;
        settle::users(cx, &changed.users);
    }
    Ok(())
}

/// The user has migrated to this MC system, which is recorded (step 7): he is authorized there, and here no more (10.6.2).
///
/// # Errors
/// [`kit::Fault`] where the store cannot keep it; he counts as away all the same.
pub(crate) async fn went(cx: &Cx<Mcs>, user: &McServiceId, system: &str) -> Done<()> {
    cx.authorizations().went(user.clone(), Arc::from(system));
    end(cx, user).await
}
