//! Between a flow and its `acm-Params`.

use std::{collections::HashSet, hash::Hash};

use xml::{Document, Limits};

use crate::{
    body::{
        AcmInfo, Content,
        acm_info::{AcmParams, MessageKind},
    },
    flow::{BadBody, Carriage, Flow, Part, body},
    mime::{self, kind},
};

/// A flow that is one `acm-Params`, or one followed by items.
pub(crate) trait Sheet: Flow {
    fn read(params: &AcmParams) -> Result<Self, BadBody>;

    fn write(&self) -> AcmParams;

    /// With the items that follow; most flows have none.
    fn read_all(first: &AcmParams, items: &[AcmParams]) -> Result<Self, BadBody> {
        if items.is_empty() {
            Self::read(first)
        } else {
            Err(BadBody::Contradiction { rule: "two messages in one body" })
        }
    }

    fn write_items(&self) -> Vec<AcmParams> {
        Vec::new()
    }
}

impl<F: Sheet> Carriage for F {
    fn split(&self) -> Vec<Part<'static>> {
        let params = std::iter::once(self.write()).chain(self.write_items()).collect();
        vec![Part::of(&AcmInfo::of(params))]
    }

    fn join(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let mut info: AcmInfo = body(parts)?;
        embed(&mut info.params, parts)?;
        let (first, items) = info.params.split_first().ok_or_else(|| missing("acm-Params"))?;
        expect(first, F::NAME)?;
        F::read_all(first, items)
    }
}

/// Profiles that stand in bodies of their own are read as if they stood where they are referred to: what is kept and sent on is one body.
fn embed(params: &mut [AcmParams], parts: &[Part<'_>]) -> Result<(), BadBody> {
    let users = params.iter_mut().flat_map(|params| &mut params.migration_users);
    for profile in users.flat_map(|user| &mut user.profiles) {
        let Some(cid) = profile.cid.as_deref().filter(|_| profile.document.is_none()) else { continue };
        let name = cid.strip_prefix("cid:").unwrap_or(cid);
        let Some(part) = parts.iter().find(|part| part.content_id == Some(name)) else { continue };
        if !PROFILES.iter().any(|media_type| part.is(media_type)) {
            return Err(BadBody::Unsupported { accepted: &PROFILES });
        }
        let malformed = |error| BadBody::Malformed { media_type: mime::MCPTT_USER_PROFILE, error };
        let document = Document::parse(&part.bytes, &Limits::default()).map_err(malformed)?;
        profile.document = Some(document.root().to_raw());
        profile.cid = None;
    }
    Ok(())
}

/// User profiles (TS 24.484 8.3, 9.3 and 10.3).
const PROFILES: [&str; 3] = [mime::MCPTT_USER_PROFILE, mime::MCVIDEO_USER_PROFILE, mime::MCDATA_USER_PROFILE];

/// Every value of `req-type`, `resp-type` and `ind-type`; its end says which of the three it stands in.
const NAMES: [&str; 19] = [
    kind::ACM_PENDING_NOTIFICATION,
    kind::ACM_PENDING_REQUEST,
    kind::ACM_PENDING_RESPONSE,
    kind::ACM_GROUP_PROVISION_REQUEST,
    kind::ACM_GROUP_PROVISION_RESPONSE,
    kind::ACM_GROUP_MEMBERSHIP_REQUEST,
    kind::ACM_GROUP_MEMBERSHIP_RESPONSE,
    kind::ACM_USERS_ADD_REQUEST,
    kind::ACM_USERS_ADD_RESPONSE,
    kind::ACM_USERS_REMOVE_REQUEST,
    kind::ACM_USERS_REMOVE_RESPONSE,
    kind::ACM_PROFILE_UPDATE_REQUEST,
    kind::ACM_PROFILE_UPDATE_RESPONSE,
    kind::ACM_PROCESS_INDICATION,
    kind::ACM_WITHDRAWAL_REQUEST,
    kind::ACM_WITHDRAWAL_RESPONSE,
    kind::ACM_STATUS_REQUEST,
    kind::ACM_STATUS_RESPONSE,
    kind::ACM_AUDIT_RECEIPT,
];

/// The element in which a name stands, with it.
pub(super) fn message(name: &str) -> MessageKind {
    let content: Content<String> = name.to_owned().into();
    match name {
        name if name.ends_with("-request") => MessageKind::Request(content),
        name if name.ends_with("-response") => MessageKind::Response(content),
        _ => MessageKind::Indication(content),
    }
}

/// Which flow an `acm-Params` is of.
pub(super) fn named(params: &AcmParams) -> Result<&'static str, BadBody> {
    let content = match &params.kind {
        MessageKind::Request(content) | MessageKind::Response(content) | MessageKind::Indication(content) => {
            content
        }
    };
    let said =
        content.plain().map_err(|_| BadBody::encrypted(mime::ACM_INFO, "req-type, resp-type or ind-type"))?;
    let known = NAMES.into_iter().find(|name| name == said).ok_or(BadBody::UnknownKind)?;
    if message(known) == params.kind { Ok(known) } else { Err(BadBody::UnknownKind) }
}

/// Which flow a document is of: that of its first `acm-Params`.
pub(crate) fn name_of(info: &AcmInfo) -> Result<&'static str, BadBody> {
    info.params.first().ok_or_else(|| missing("acm-Params")).and_then(named)
}

fn expect(params: &AcmParams, name: &str) -> Result<(), BadBody> {
    if named(params)? == name { Ok(()) } else { Err(BadBody::OtherFlow) }
}

/// The schema lets the element be absent, the flow's table does not.
pub(super) fn missing(element: &str) -> BadBody {
    fault("", format!("a required element is missing: {element}"))
}

/// The same of a child.
pub(super) fn missing_in(parent: &str, element: &str) -> BadBody {
    fault(&format!("/{parent}"), format!("a required element is missing: {element}"))
}

fn fault(below: &str, rule: String) -> BadBody {
    let place = xml::Place { line: 1, column: 1, path: format!("/acm-info/acm-Params{below}") };
    BadBody::Malformed { media_type: mime::ACM_INFO, error: xml::Malformed::new(place, rule) }
}

/// A value in the clear, where there is one.
pub(super) fn plain<T: Clone>(
    content: Option<&Content<T>>,
    element: &'static str,
) -> Result<Option<T>, BadBody> {
    match content {
        None => Ok(None),
        Some(Content::Normal(value)) => Ok(Some(value.clone())),
        Some(Content::Encrypted(_)) => Err(BadBody::encrypted(mime::ACM_INFO, element)),
    }
}

/// A value that the table marks M, in the clear.
pub(super) fn needed<T: Clone>(content: Option<&Content<T>>, element: &'static str) -> Result<T, BadBody> {
    plain(content, element)?.ok_or_else(|| missing(element))
}

/// The values of a list that the table marks M: at least one, each once.
pub(super) fn distinct<T, K: Hash + Eq>(
    values: impl Iterator<Item = Result<T, BadBody>>,
    list: &'static str,
    key: impl Fn(&T) -> K,
) -> Result<Vec<T>, BadBody> {
    let (mut seen, mut found) = (HashSet::new(), Vec::new());
    for value in values {
        let value = value?;
        if seen.insert(key(&value)) {
            found.push(value);
        }
    }
    if found.is_empty() { Err(missing(list)) } else { Ok(found) }
}
