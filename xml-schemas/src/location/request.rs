//! Location management server to location management server: "where are these users of yours?"
//! TS 23.280 10.9.2.3, 10.9.3.10.2 steps 1 and 3 · bodies of TS 24.379 F.1, F.3 and `xsd/interconnection-info.xsd`

use std::borrow::Cow;

use super::LocationReport;
use crate::{
    body::{
        Content, InterconnectionInfo, Kept, LocationInfo, McpttInfo,
        interconnection_info::{McService, MessageKind, Party, Target},
        location_info::Request,
    },
    flow::{Ask, BadBody, Carriage, Flow, Part, Question, body, expect_kind},
    ids::{FunctionalAlias, McServiceId, RequestId, SystemId},
    mime,
};

/// A request for the positions of users. The same from a requester to its own server, where the systems are not named.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LocationRequest {
    /// M. Ties the report to the request.
    pub request_id: RequestId,
    /// O. The MC service concerned.
    pub mc_service: Option<McService>,
    /// M between systems. The system that asks.
    pub requesting_system: Option<SystemId>,
    /// M between systems. The system that is asked.
    pub target_system: Option<SystemId>,
    /// M. Requesting MC service ID: the user who asks, or for whom a server asks.
    pub requester: McServiceId,
    /// O. The role in which the requester asks.
    pub requester_alias: Option<FunctionalAlias>,
    /// L. MC service IDs whose positions are asked for; at least one, none twice.
    pub targets: Vec<McServiceId>,
    /// O. Requested location information; empty means everything.
    pub requested: Vec<LocationItem>,
    /// O. Whether a stored position will not do. Absent on the wire means that it will not.
    pub refresh: bool,
}

/// What can be asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LocationItem {
    /// The point.
    Coordinate,
    /// The cell.
    ServingCell,
    /// The roles that the target holds.
    FunctionalAlias,
}

impl LocationItem {
    const ALL: [Self; 3] = [Self::Coordinate, Self::ServingCell, Self::FunctionalAlias];

    /// Its name in `requested-location-information`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Coordinate => "coordinate",
            Self::ServingCell => "serving-cell",
            Self::FunctionalAlias => "functional-alias",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|item| item.name() == name)
    }
}

impl LocationRequest {
    /// A request for fresh positions, from a requester to its own server.
    #[must_use]
    pub fn new(request_id: RequestId, requester: McServiceId, targets: Vec<McServiceId>) -> Self {
        Self {
            request_id,
            mc_service: None,
            requesting_system: None,
            target_system: None,
            requester,
            requester_alias: None,
            targets,
            requested: Vec::new(),
            refresh: true,
        }
    }
}

impl Flow for LocationRequest {
    const NAME: &'static str = "location-request";
    const CLAUSE: &'static str = "10.9.2.3";
    type Guard = Ask;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }
}

impl Question for LocationRequest {
    type Answer = LocationReport;
}

impl Carriage for LocationRequest {
    fn split(&self) -> Vec<Part<'static>> {
        let request_uri = match self.targets.as_slice() {
            [only] => Some(only.clone().into()),
            _ => None,
        };
        let info = McpttInfo { request_uri, ..McpttInfo::default() };
        let request =
            Request { id: self.request_id.clone(), refresh: Some(self.refresh), kept: Kept::default() };
        let location = LocationInfo { requests: vec![request], ..LocationInfo::default() };
        vec![Part::of(&info), Part::of(&location), Part::of(&self.companion())]
    }

    fn join(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let companion: InterconnectionInfo = body(parts)?;
        expect_kind(&companion, Self::NAME)?;
        let (info, location): (McpttInfo, LocationInfo) = (body(parts)?, body(parts)?);
        let flow = Self::from_bodies(companion, location)?;
        flow.check_addressee(&info)?;
        Ok(flow)
    }
}

impl LocationRequest {
    fn companion(&self) -> InterconnectionInfo {
        let kind = MessageKind::Request(mime::kind::LOCATION_REQUEST.to_owned().into());
        InterconnectionInfo {
            mc_service: self.mc_service,
            requesting_system: self.requesting_system.clone().map(Content::from),
            target_system: self.target_system.clone().map(Content::from),
            requesting_id: Some(self.requester.clone().into()),
            requesting_alias: self.requester_alias.clone().map(Content::from),
            targets: self.targets.iter().cloned().map(Target::user).collect(),
            requested: self.requested.iter().map(|item| item.name().to_owned()).collect(),
            ..InterconnectionInfo::new(kind, self.request_id.clone())
        }
    }

    fn from_bodies(companion: InterconnectionInfo, location: LocationInfo) -> Result<Self, BadBody> {
        let refresh = match location.requests.as_slice() {
            [request] if location.reports.is_empty() => {
                if request.id != companion.request_id {
                    return Err(BadBody::Contradiction { rule: "RequestId is not request-id" });
                }
                request.refresh.unwrap_or(true)
            }
            _ => return Err(BadBody::Contradiction { rule: "location-info does not hold one request" }),
        };
        Ok(Self {
            requester: needed(companion.requesting_id, "requesting-mcs-id")?,
            requesting_system: plain(companion.requesting_system, "requesting-mc-system-id")?,
            target_system: plain(companion.target_system, "target-mc-system-id")?,
            requester_alias: plain(companion.requesting_alias, "requesting-functional-alias-URI")?,
            targets: users(&companion.targets)?,
            requested: requested(&companion.requested)?,
            mc_service: companion.mc_service,
            request_id: companion.request_id,
            refresh,
        })
    }

    /// `mcptt-request-uri` must be one of the targets, `mcptt-calling-user-id` the requester, where they are there.
    fn check_addressee(&self, info: &McpttInfo) -> Result<(), BadBody> {
        if let Some(uri) = &info.request_uri {
            let uri = uri.plain().map_err(|_| BadBody::encrypted(mime::MCPTT_INFO, "mcptt-request-uri"))?;
            if !self.targets.contains(uri) {
                return Err(BadBody::Contradiction { rule: "mcptt-request-uri is not in target-list" });
            }
        }
        match &info.calling_user_id {
            Some(Content::Normal(caller)) if *caller != self.requester => {
                Err(BadBody::Contradiction { rule: "mcptt-calling-user-id is not requesting-mcs-id" })
            }
            _ => Ok(()),
        }
    }
}

/// A later release may ask for more than is known here. Who asks for such things alone did not ask for everything.
fn requested(names: &[String]) -> Result<Vec<LocationItem>, BadBody> {
    let known: Vec<_> = names.iter().filter_map(|name| LocationItem::from_name(name)).collect();
    if known.is_empty() && !names.is_empty() {
        return Err(BadBody::Contradiction {
            rule: "requested-location-information names nothing that is known",
        });
    }
    Ok(known)
}

/// An element of the companion body in the clear.
pub(super) fn plain<T>(content: Option<Content<T>>, element: &'static str) -> Result<Option<T>, BadBody> {
    match content {
        None => Ok(None),
        Some(Content::Normal(value)) => Ok(Some(value)),
        Some(Content::Encrypted(_)) => Err(BadBody::encrypted(mime::INTERCONNECTION_INFO, element)),
    }
}

/// An element of the companion body that the flow's table marks M.
pub(super) fn needed<T>(content: Option<Content<T>>, element: &'static str) -> Result<T, BadBody> {
    plain(content, element)?.ok_or_else(|| missing(element))
}

/// The schema lets the element be absent, the flow's table does not.
pub(super) fn missing(element: &'static str) -> BadBody {
    let place = xml::Place { line: 1, column: 1, path: "/interconnection-info/icx-Params".to_owned() };
    let rule = Cow::Owned(format!("a required element is missing: {element}"));
    BadBody::Malformed { media_type: mime::INTERCONNECTION_INFO, error: xml::Malformed::new(place, rule) }
}

/// A target's MC service ID in the clear.
pub(super) fn user(target: &Target) -> Result<McServiceId, BadBody> {
    match &target.party {
        Party::User(Content::Normal(id)) => Ok(id.clone()),
        Party::User(Content::Encrypted(_)) => Err(BadBody::encrypted(mime::INTERCONNECTION_INFO, "mcs-id")),
        Party::Alias(_) => Err(BadBody::UnsupportedTarget),
    }
}

/// The targets, at least one, each once.
fn users(targets: &[Target]) -> Result<Vec<McServiceId>, BadBody> {
    let mut users: Vec<McServiceId> = Vec::with_capacity(targets.len());
    let mut seen = std::collections::HashSet::with_capacity(targets.len());
    for target in targets {
        let user = user(target)?;
        if seen.insert(user.clone()) {
            users.push(user);
        }
    }
    if users.is_empty() { Err(missing("target-list")) } else { Ok(users) }
}
