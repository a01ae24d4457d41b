//! Whether the users whom our own authorized user names are users of ours at all: nobody else could ever migrate. TS 23.280 10.17.5.2
//! step 2

use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::{Method, StatusCode};
use kit::{Cause, Cx, Done};
use xml_schemas::ids::McServiceId;

use crate::{Acm, neighbours::Asking};

/// Below the identity management server's root, before the ID of a user of its own.
const OWN_USERS: &str = "/mcx/identity/users/";

/// So many of them are asked for at once.
const AT_ONCE: usize = 8;

/// The own identity management server knows them. Where there is none, or it is another server's word that counts at home, nobody is
/// asked.
///
/// # Errors
/// [`Cause::UnknownAtHome`] where it does not know one; whatever keeps it from answering.
pub(super) async fn are_known(cx: &Cx<Acm>, users: &[McServiceId]) -> Done<()> {
    let config = cx.config();
    let identity = config.neighbours.identity.as_ref().filter(|_| config.neighbours.ask_at_home);
    let Some(identity) = identity else { return Ok(()) };
    let check = |user: &McServiceId| {
        let asking = Asking::of_user(identity, Method::GET, OWN_USERS, user);
        async move {
            let answer = asking.send(cx).await?;
            match answer.status {
                StatusCode::NOT_FOUND => Err(Cause::UnknownAtHome.into()),
                _ if answer.is_success() => Ok(()),
                _ => Err(answer.cause().into()),
            }
        }
    };
    let checks: Vec<_> = users.iter().map(check).collect();
    stream::iter(checks).buffer_unordered(AT_ONCE).try_collect().await
}
