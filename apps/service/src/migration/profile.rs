//! Whether the user has the profile with which he asks to migrate: the own configuration management server has its document.
//! TS 23.280 10.6.3.3 step 6, table 10.6.3.2.1-1 NOTE 2 · TS 24.484 clauses 8.3 (MCPTT) and 9.3 (MCVideo)

use kit::{Cause, Cx, Done, Stop};
use xcap::{Target, Tree, caps};
use xml::{Document, Element, Limits};
use xml_schemas::{
    body::interconnection_info::McService, migration::MigrationServiceAuthorizationRequest as Request,
};

use crate::{Mcs, config::DocumentServer, documents, group};

/// Of a user who is followed it is known; of another one the server is asked. No server is, where none is configured or that is not
/// wanted. MCPTT profiles a configuration management server has in any case; one that says of itself that it keeps no MCVideo profiles
/// says nothing of which there are.
///
/// # Errors
/// [`Cause::NoProfile`] where he has none; [`Cause::ServerUnreachable`] where the server does not say: he may ask again.
pub(super) async fn has(cx: &Cx<Mcs>, request: &Request) -> Done<()> {
    let checks = cx.migrations().is_some_and(|migrations| migrations.config().check_profiles);
    let Some(server) = cx.config().profiles.as_ref().filter(|_| checks) else { return Ok(()) };
    let target = group::profile_with(request.service, &request.primary, request.profile);
    let selector = target.selector();
    let is_known = |followed: &crate::book::Profiles| followed.named.contains_key(&selector);
    if cx.book().all().users.get(request.primary.as_str()).is_some_and(is_known) {
        return Ok(());
    }
    match documents::fetch(cx, server, &target).await {
        Ok(_) => Ok(()),
        Err(failed) if !is_missing(&failed) => Err(unsaid(cx, &failed)),
        Err(_) if request.service == McService::Mcptt => Err(Cause::NoProfile.into()),
        Err(_) if keeps(cx, server, &target.auid).await? => Err(Cause::NoProfile.into()),
        Err(_) => Ok(()),
    }
}

fn is_missing(failed: &documents::Failed) -> bool {
    failed.again.is_none() && failed.cause.status() == 404
}

fn unsaid(cx: &Cx<Mcs>, failed: &documents::Failed) -> Stop {
    tracing::warn!(target: "mcx::migration", server = %cx.profile().name, cause = %failed.cause, "whether a user has a profile cannot be had");
    Cause::ServerUnreachable.into()
}

/// Whether the server has documents of this application usage, by its capabilities (RFC 4825 clause 12); of one that tells none it is
/// assumed.
async fn keeps(cx: &Cx<Mcs>, server: &DocumentServer, auid: &str) -> Done<bool> {
    let capabilities = Target {
        auid: caps::AUID.to_owned(),
        tree: Tree::Global,
        document: caps::DOCUMENT.to_owned(),
        node: None,
    };
    match documents::fetch(cx, server, &capabilities).await {
        Ok(fetched) => Ok(lists(&fetched.text, auid)),
        Err(failed) if is_missing(&failed) => Ok(true),
        Err(failed) => Err(unsaid(cx, &failed)),
    }
}

/// What cannot be read lists whatever is asked for.
fn lists(capabilities: &[u8], auid: &str) -> bool {
    let Ok(document) = Document::parse(capabilities, &Limits::default()) else { return true };
    let all = document.root().children().filter(|part| part.is(caps::NAMESPACE, "auids"));
    all.flat_map(Element::children).any(|one| one.text().trim() == auid)
}
