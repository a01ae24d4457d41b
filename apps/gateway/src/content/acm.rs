//! What the body of administration (`acm-info`) says that a border has to know: the flow, who asks or answers, and of whom.
//! TS 23.280 10.17.2
//!
//! Between systems one message travels in it. These identities are what a border answers for, so they stand in clear between
//! systems; and no credentials stand there.

use kit::refusal::{Cause, Refusal};
use smallvec::SmallVec;
use xml_schemas::{
    mime::{kind, namespace},
    names,
};

use super::{ENCRYPTED, Sense, Text, leaves};

/// What the body says.
#[derive(Clone, Debug)]
pub(crate) struct Acm<'m> {
    /// Whether it asks; what answers or tells does not.
    pub sense: Sense,
    /// The value of `req-type`, `resp-type` or `ind-type`.
    pub flow: Text<'m>,
    pub request_id: Option<Text<'m>>,
    /// Identities, with the element that each stands in.
    named: SmallVec<[(&'static str, Text<'m>); 8]>,
}

/// Whose identity may stand in an element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Of {
    Sender,
    Receiver,
}

impl<'m> Acm<'m> {
    /// Reads the body.
    ///
    /// # Errors
    /// [`Cause::MalformedBody`] where it has no single reading, or holds more than one message or a token; [`Cause::EncryptedBody`]
    /// where what a border has to know is hidden from it.
    pub fn read(body: &'m [u8]) -> Result<Self, Refusal> {
        let (draft, root) = leaves(body, Draft::note)?;
        let malformed = |place| Err(Refusal::at(Cause::MalformedBody, place));
        if root != namespace::ACM_INFO {
            return malformed("acm-info");
        }
        if draft.is_encrypted {
            return Err(Cause::EncryptedBody.into());
        }
        if draft.has_token {
            return malformed("mcs-access-token");
        }
        let (sense, flow) = match (draft.request, draft.response, draft.indication) {
            (Some(flow), None, None) => (Sense::Request, flow),
            (None, Some(flow), None) | (None, None, Some(flow)) => (Sense::Response, flow),
            _ => return malformed("acm-info: one of req-type, resp-type, ind-type"),
        };
        if draft.is_repeated {
            return malformed("acm-info");
        }
        Ok(Self { sense, flow, request_id: draft.request_id, named: draft.named })
    }

    /// Whose each identity must be. Who asks is of the system that asks, and so are the users that it asks for and the groups that it
    /// provides; a group whose members change is of the system that is asked; who answers is of the system that answers, and so are the IDs that it gave.
    pub(super) fn identities(&self) -> impl Iterator<Item = (&'static str, &str, Of)> {
        let asks = self.sense == Sense::Request;
        self.named.iter().filter_map(move |(element, identity)| {
            let of = match (*element, asks) {
                ("initiating-party" | "primary-mcs-id" | "group-id-list" | "user-id-list", true) => {
                    Of::Sender
                }
                ("handling-party" | "partner-mcs-id", false) => Of::Sender,
                ("target-party", _) | ("partner-mcs-id" | "group-id", true) | ("primary-mcs-id", false) => {
                    Of::Receiver
                }
                _ => return None,
            };
            Some((*element, &**identity, of))
        })
    }

    /// A party that the table of its flow marks M, and that the message does not name.
    pub(super) fn missing(&self) -> Option<&'static str> {
        let needed: &[&'static str] = match (&*self.flow, self.sense) {
            (kind::ACM_AUDIT_RECEIPT, _) => &[],
            (kind::ACM_WITHDRAWAL_REQUEST, _) => &["initiating-party"],
            (kind::ACM_WITHDRAWAL_RESPONSE | kind::ACM_PROCESS_INDICATION, _) => &["target-party"],
            (_, Sense::Request) => &["initiating-party", "target-party"],
            (_, Sense::Response) => &["handling-party", "target-party"],
        };
        let is_named = |element: &str| self.named.iter().any(|(named, _)| *named == element);
        needed.iter().copied().find(|element| !is_named(element))
    }
}

#[cfg(test)]
impl<'m> Acm<'m> {
    /// All that it reads of flows and identities.
    pub(super) fn texts(self) -> impl Iterator<Item = Text<'m>> {
        self.named.into_iter().map(|(_, text)| text).chain([self.flow])
    }
}

/// The body while it is being read.
#[derive(Default)]
struct Draft<'m> {
    request: Option<Text<'m>>,
    response: Option<Text<'m>>,
    indication: Option<Text<'m>>,
    request_id: Option<Text<'m>>,
    named: SmallVec<[(&'static str, Text<'m>); 8]>,
    /// An element that may occur once occurred twice.
    is_repeated: bool,
    is_encrypted: bool,
    has_token: bool,
}

/// Elements in which identities stand, below parties and in lists too.
const NAMING: [&str; 8] = [
    "initiating-party",
    "handling-party",
    "target-party",
    "primary-mcs-id",
    "partner-mcs-id",
    "group-id-list",
    "group-id",
    "user-id-list",
];

impl<'m> Draft<'m> {
    fn note(&mut self, path: &[&str], text: Text<'m>) {
        let ["acm-info", "acm-Params", path @ ..] = path else { return };
        let place = match path {
            ["req-type", value] if names::MCS.contains(value) => &mut self.request,
            ["resp-type", value] if names::MCS.contains(value) => &mut self.response,
            ["ind-type", value] if names::MCS.contains(value) => &mut self.indication,
            ["request-id"] => &mut self.request_id,
            ["mcs-access-token", ..] => return self.has_token = true,
            ["req-type" | "resp-type" | "ind-type", ENCRYPTED] => return self.is_encrypted = true,
            _ => return self.note_identity(path, text),
        };
        self.is_repeated |= place.replace(text).is_some();
    }

    fn note_identity(&mut self, path: &[&str], text: Text<'m>) {
        let Some(element) = NAMING.into_iter().find(|name| path.contains(name)) else { return };
        match path.last() {
            Some(value) if names::MCS.contains(value) => self.named.push((element, text)),
            Some(&ENCRYPTED) => self.is_encrypted = true,
            _ => {}
        }
    }
}
