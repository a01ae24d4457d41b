//! What the companion body says: TS 24.379 clause 6.8.2 step 1.

use kit::refusal::{Cause, Refusal};
use smallvec::SmallVec;
use xml_schemas::{mime::namespace, names};

use super::{ENCRYPTED, Sense, Text, leaves};

/// What the companion body says.
#[derive(Clone, Debug)]
pub(crate) struct Companion<'m> {
    pub sense: Sense,
    /// The value of `req-type` or `resp-type`.
    pub flow: Text<'m>,
    pub request_id: Option<Text<'m>>,
    pub requesting_system: Option<Text<'m>>,
    pub target_system: Option<Text<'m>>,
    pub requester: Option<Text<'m>>,
    /// The role in which he asks.
    pub role: Option<Text<'m>>,
    /// Users and roles of the target list.
    pub targets: SmallVec<[Text<'m>; 4]>,
}

impl<'m> Companion<'m> {
    pub(super) fn read(body: &'m [u8]) -> Result<Self, Refusal> {
        let (draft, root) = leaves(body, Draft::note)?;
        if draft.encrypted {
            return Err(Cause::EncryptedBody.into());
        }
        if root != namespace::INTERCONNECTION_INFO || draft.repeated {
            return Err(Refusal::at(Cause::MalformedBody, "interconnection-info"));
        }
        let (sense, flow) = match (draft.request, draft.response) {
            (Some(flow), None) => (Sense::Request, flow),
            (None, Some(flow)) => (Sense::Response, flow),
            _ => {
                return Err(Refusal::at(
                    Cause::MalformedBody,
                    "interconnection-info: one of req-type, resp-type",
                ));
            }
        };
        Ok(Self {
            sense,
            flow,
            request_id: draft.request_id,
            requesting_system: draft.requesting_system,
            target_system: draft.target_system,
            requester: draft.requester,
            role: draft.role,
            targets: draft.targets,
        })
    }
}

/// The companion body while it is being read.
#[derive(Default)]
struct Draft<'m> {
    request: Option<Text<'m>>,
    response: Option<Text<'m>>,
    request_id: Option<Text<'m>>,
    requesting_system: Option<Text<'m>>,
    target_system: Option<Text<'m>>,
    requester: Option<Text<'m>>,
    role: Option<Text<'m>>,
    targets: SmallVec<[Text<'m>; 4]>,
    /// An element that may occur once occurred twice: which one would count is a matter of taste.
    repeated: bool,
    encrypted: bool,
}

impl<'m> Draft<'m> {
    fn note(&mut self, path: &[&str], text: Text<'m>) {
        self.encrypted |= path.last() == Some(&ENCRYPTED);
        let ["interconnection-info", "icx-Params", path @ ..] = path else { return };
        let place = match path {
            ["request-id"] => &mut self.request_id,
            [path @ .., value] if names::MCS.contains(value) => match path {
                ["req-type"] => &mut self.request,
                ["resp-type"] => &mut self.response,
                ["requesting-mc-system-id"] => &mut self.requesting_system,
                ["target-mc-system-id"] => &mut self.target_system,
                ["requesting-mcs-id"] => &mut self.requester,
                ["requesting-functional-alias-URI"] => &mut self.role,
                ["target-list", "target", "mcs-id" | "functional-alias-URI"] => {
                    return self.targets.push(text);
                }
                _ => return,
            },
            _ => return,
        };
        self.repeated |= place.replace(text).is_some();
    }
}
