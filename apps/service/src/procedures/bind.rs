//! What is bound to an identity changes, and what follows from it for the visits of others' users: one commit. TS 24.379 7.3,
//! TS 23.280 10.6.3

use kit::{Cause, Cx, Done, Impu};
use store::Version;
use xml_schemas::ids::McServiceId;

use crate::{
    Mcs,
    authorization::Binding,
    migration::{self, Changes, Made, Written},
};

/// How often somebody else may be first.
const ATTEMPTS: usize = 8;

/// As [`change`], where a user is authorized at home by it: it is kept only as long as his marks are those that `edit` has seen. Both
/// systems may come to agree meanwhile that he works elsewhere (TS 23.280 10.6.2).
///
/// # Errors
/// As [`change`].
pub(crate) async fn authorize(
    cx: &Cx<Mcs>,
    (impu, user): (&Impu, &McServiceId),
    edit: impl Fn(&mut Binding) -> Done<()>,
) -> Done<Made> {
    made(cx, impu, Some(user), edit).await
}

/// Changes what is bound to an identity: first in the store, then here. `edit` may be called again, where somebody else was first; it
/// finds only what has not ended. A visitor whose last client goes with it has left.
///
/// # Errors
/// As `edit`; [`Cause::Overloaded`] where others are first again and again, and [`kit::Fault`] where the store cannot keep it: then
/// nothing has changed.
pub(crate) async fn change(cx: &Cx<Mcs>, impu: &Impu, edit: impl Fn(&mut Binding) -> Done<()>) -> Done<Made> {
    made(cx, impu, None, edit).await
}

async fn made(
    cx: &Cx<Mcs>,
    impu: &Impu,
    user: Option<&McServiceId>,
    edit: impl Fn(&mut Binding) -> Done<()>,
) -> Done<Made> {
    for attempt in 0..ATTEMPTS {
        let marks = user.zip(cx.migrations()).map(|(user, migrations)| migrations.marks_as_seen(user));
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
        let changes = marks.into_iter().flatten().fold(Changes::new(), Changes::unless_written);
        let (changes, left) = migration::leaving(cx, changes, &draft).await?;
        if let Written::Done(made) = migration::write(cx, changes.bind(draft)).await? {
            migration::have_left(cx, &left);
            return Ok(made);
        }
    }
    Err(Cause::Overloaded.into())
}
