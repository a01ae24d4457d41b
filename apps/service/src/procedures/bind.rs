//! What is bound to an identity changes, and what follows from it for the visits of others' users: one commit. TS 24.379 7.3,
//! TS 23.280 10.6.3

use kit::{Cause, Cx, Done, Impu};
use store::Version;

use crate::{
    Mcs,
    authorization::Binding,
    migration::{self, Changes, Made, Written},
};

/// How often somebody else may be first.
const ATTEMPTS: usize = 8;

/// Changes what is bound to an identity: first in the store, then here. `edit` may be called again, where somebody else was first; it
/// finds only what has not ended. A visitor whose last client goes with it has left.
///
/// # Errors
/// As `edit`; [`Cause::Overloaded`] where others are first again and again, and [`kit::Fault`] where the store cannot keep it: then
/// nothing has changed.
pub(crate) async fn change(cx: &Cx<Mcs>, impu: &Impu, edit: impl Fn(&mut Binding) -> Done<()>) -> Done<Made> {
    for attempt in 0..ATTEMPTS {
        let drafted = cx.authorizations().draft(impu, cx.world().clock.wall(), &edit).await;
        if attempt == 0 && drafted.is_err() {
            // Another process may have bound what is missing here, a moment ago.
            cx.authorizations().refresh(impu).await?;
            continue;
        }
        let (draft, ()) = drafted?;
        if !draft.is_change() {
            return Ok(Made { version: Version(0), letters: Vec::new(), users: draft.users() });
        }
        let (changes, left) = migration::leaving(cx, Changes::new(), &draft).await?;
        if let Written::Done(made) = migration::write(cx, changes.bind(draft)).await? {
            migration::have_left(cx, &left);
            return Ok(made);
        }
    }
    Err(Cause::Overloaded.into())
}
