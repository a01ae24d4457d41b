//! Which groups are interconnection groups, as their home knows it: the group management server has a document of each (TS 24.481 7.2),
//! which names a member in the system that is asked. Without one nobody there could be served as a member of it (TS 23.280 10.2.7.3).

use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::{Method, StatusCode};
use kit::{Cause, Cx, Done, Partner, partner::domain_of};
use xcap::{Root, Target, Tree};
use xml::{Document, Element, Limits};
use xml_schemas::{acm::ProvidedGroup, ids::GroupId};

use crate::{
    Acm,
    config::WebServer,
    neighbours::{Answer, Asking},
};

/// The application usage of group documents.
const AUID: &str = "org.openmobilealliance.groups";

/// The namespace of a group document's outermost elements.
const LIST_SERVICE: &str = "urn:oma:xml:poc:list-service";

/// What ladders call one.
const NAME: &str = "group document";

/// Groups that one request provides at most, where the server is asked for each while the client waits.
pub(super) const MOST: usize = 64;

/// Documents that are asked for at once.
const AT_ONCE: usize = 8;

/// Asks for each of them.
///
/// # Errors
/// [`Cause::NotInterconnectionGroup`] where one is none; whatever keeps the server from answering.
pub(super) async fn are_shared_with(
    cx: &Cx<Acm>,
    server: &WebServer,
    partner: &Partner,
    groups: &[ProvidedGroup],
) -> Done<()> {
    let root =
        Root::new(&server.root).ok_or_else(|| kit::Fault::new("the group management server has no root"))?;
    let check = |group: &GroupId| {
        let uri = target(group).uri(&root);
        let group = group.clone();
        async move {
            let answer = Asking::new(server, Method::GET, uri, NAME).send(cx).await?;
            match is_known(cx, &answer)? && has_member(&answer.body, &group, partner) {
                true => Ok(()),
                false => Err(Cause::NotInterconnectionGroup.into()),
            }
        }
    };
    let checks: Vec<_> = groups.iter().map(|group| check(&group.id)).collect();
    stream::iter(checks).buffer_unordered(AT_ONCE).try_collect().await
}

/// Asks whether there is such a group.
///
/// # Errors
/// [`Cause::UnknownGroup`] where there is none; whatever keeps the server from answering.
pub(in crate::procedures) async fn is_there(cx: &Cx<Acm>, server: &WebServer, group: &GroupId) -> Done<()> {
    let root =
        Root::new(&server.root).ok_or_else(|| kit::Fault::new("the group management server has no root"))?;
    let answer = Asking::new(server, Method::GET, target(group).uri(&root), NAME).send(cx).await?;
    let is_it =
        || Document::parse(&answer.body, &Limits::default()).is_ok_and(|it| of(&it, group).next().is_some());
    if is_known(cx, &answer)? && is_it() { Ok(()) } else { Err(Cause::UnknownGroup.into()) }
}

/// Whether the server has such a document: of what it takes for no group's name it has none.
///
/// # Errors
/// [`Cause::ServerUnreachable`] where it does not let this server ask, which whoever runs it has to mend: that says nothing of the group.
fn is_known(cx: &Cx<Acm>, answer: &Answer) -> Result<bool, Cause> {
    match answer.status {
        StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::BAD_REQUEST | StatusCode::URI_TOO_LONG => {
            Ok(false)
        }
        _ if answer.is_success() => Ok(true),
        status => {
            let (entity, flow, status) = (&cx.profile().name, cx.flow_id(), status.as_u16());
            tracing::error!(target: "mcx::acm", %entity, flow, status, "the group management server does not let this server ask");
            Err(Cause::ServerUnreachable)
        }
    }
}

/// Where a group's document is (TS 24.481 7.2.10.2).
fn target(group: &GroupId) -> Target {
    Target {
        auid: AUID.to_owned(),
        tree: Tree::Global,
        document: format!("byGroupID/{}", xcap::canonical(group.as_str())),
        node: None,
    }
}

/// Whether a document is this group's and lists somebody of that system.
fn has_member(text: &[u8], group: &GroupId, partner: &Partner) -> bool {
    let Ok(document) = Document::parse(text, &Limits::default()) else { return false };
    let lists = of(&document, group).flat_map(|service| named(service, "list"));
    let mut entries = lists.flat_map(|list| named(list, "entry"));
    entries.any(|entry| {
        entry.attribute("uri").and_then(domain_of).is_some_and(|domain| partner.owns_domain(&domain))
    })
}

/// What a document says of this group.
fn of<'d>(document: &'d Document<'_>, group: &GroupId) -> impl Iterator<Item = Element<'d>> {
    let id = xcap::canonical(group.as_str());
    named(document.root(), "list-service")
        .filter(move |service| service.attribute("uri").is_some_and(|uri| xcap::canonical(uri) == id))
}

fn named<'d>(parent: Element<'d>, name: &'static str) -> impl Iterator<Item = Element<'d>> {
    parent.children().filter(move |child| child.is(LIST_SERVICE, name))
}
