//! `interconnection-info`: what the bodies of 3GPP cannot say between MC systems: who asks, for whom, and with which result
//! for each. TS 23.280 10.9.3.10 · schema `xsd/interconnection-info.xsd` · media type
//! [`crate::mime::INTERCONNECTION_INFO`] (provisional)

mod result;
mod target;

pub use result::{Outcome, ResultInfo};
pub use target::{Party, Target};

use std::borrow::Cow;

use xml::{Element, Malformed, Writer};

use super::{
    Body, Content, Kept,
    kept::{Own, fields, once},
    open,
};
use crate::{
    ids::{FunctionalAlias, McServiceId, RequestId, SystemId},
    lexical::{Lexical, text_of},
    mime::{self, namespace::INTERCONNECTION_INFO as NS},
    names,
};

/// No child is kept in place.
const OWN: Own = Own { namespace: NS, placed: &[] };

/// `icx-Params` of an `interconnection-info` document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InterconnectionInfo {
    /// `req-type` or `resp-type`.
    pub kind: MessageKind,
    /// `request-id`.
    pub request_id: RequestId,
    /// `mc-service`.
    pub mc_service: Option<McService>,
    /// `requesting-mc-system-id`.
    pub requesting_system: Option<Content<SystemId>>,
    /// `target-mc-system-id`.
    pub target_system: Option<Content<SystemId>>,
    /// `requesting-mcs-id`: the user who asks.
    pub requesting_id: Option<Content<McServiceId>>,
    /// `requesting-functional-alias-URI`: the role in which the user asks.
    pub requesting_alias: Option<Content<FunctionalAlias>>,
    /// `target-list`; empty when absent.
    pub targets: Vec<Target>,
    /// `requested-location-information`: names of what is asked for; empty when absent, which means everything.
    pub requested: Vec<String>,
    /// `result`, over all targets.
    pub result: Option<ResultInfo>,
    /// Every other child of `icx-Params`.
    pub kept: Kept,
    /// Children of the root beside `icx-Params`.
    pub kept_beside: Kept,
}

/// Whether a message asks or answers, and the name of its flow (values in [`mime::kind`]).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MessageKind {
    /// `req-type`.
    Request(Content<String>),
    /// `resp-type`.
    Response(Content<String>),
}

/// The MC service concerned.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum McService {
    /// TS 23.379.
    Mcptt,
    /// TS 23.281.
    McVideo,
    /// TS 23.282.
    McData,
}

impl InterconnectionInfo {
    /// A body that has only what every body must have.
    #[must_use]
    pub fn new(kind: MessageKind, request_id: RequestId) -> Self {
        Self {
            kind,
            request_id,
            mc_service: None,
            requesting_system: None,
            target_system: None,
            requesting_id: None,
            requesting_alias: None,
            targets: Vec::new(),
            requested: Vec::new(),
            result: None,
            kept: Kept::default(),
            kept_beside: Kept::default(),
        }
    }
}

impl Body for InterconnectionInfo {
    const MEDIA_TYPE: &'static str = mime::INTERCONNECTION_INFO;

    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let document = open(bytes, NS, "interconnection-info")?;
        let (mut params, mut beside) = (None, Kept::default());
        for field in fields(document.root(), NS) {
            match field.name(NS) {
                "icx-Params" => once(&mut params, field.element, field.element)?,
                _ => beside.keep(field, OWN),
            }
        }
        let params =
            params.ok_or_else(|| document.root().fault("a required element is missing: icx-Params"))?;
        let info = Slots::read(params)?.into_info(params)?;
        Ok(Self { kept_beside: beside, ..info })
    }

    fn write(&self) -> Vec<u8> {
        Writer::document("interconnection-info", NS, &[], |w| {
            w.element("icx-Params", &[], |w| self.write_params(w));
            self.kept_beside.write_end(w, OWN, None);
        })
    }
}

/// Children of `icx-Params` as they are found, in any order.
#[derive(Default)]
struct Slots {
    kind: Option<MessageKind>,
    request_id: Option<RequestId>,
    mc_service: Option<McService>,
    requesting_system: Option<Content<SystemId>>,
    target_system: Option<Content<SystemId>>,
    requesting_id: Option<Content<McServiceId>>,
    requesting_alias: Option<Content<FunctionalAlias>>,
    targets: Option<Vec<Target>>,
    requested: Option<Vec<String>>,
    result: Option<ResultInfo>,
    kept: Kept,
}

impl Slots {
    fn read(params: Element<'_>) -> Result<Self, Malformed> {
        let mut slots = Self::default();
        for field in fields(params, NS) {
            let at = field.element;
            match field.name(NS) {
                "req-type" => once(&mut slots.kind, at, MessageKind::Request(string(at)?))?,
                "resp-type" => once(&mut slots.kind, at, MessageKind::Response(string(at)?))?,
                "request-id" => once(&mut slots.request_id, at, text_of(at)?)?,
                "mc-service" => once(&mut slots.mc_service, at, text_of(at)?)?,
                "requesting-mc-system-id" => once(&mut slots.requesting_system, at, uri(at)?)?,
                "target-mc-system-id" => once(&mut slots.target_system, at, uri(at)?)?,
                "requesting-mcs-id" => once(&mut slots.requesting_id, at, uri(at)?)?,
                "requesting-functional-alias-URI" => once(&mut slots.requesting_alias, at, uri(at)?)?,
                "target-list" => once(&mut slots.targets, at, target::read_list(at)?)?,
                "requested-location-information" => once(&mut slots.requested, at, names(at))?,
                "result" => once(&mut slots.result, at, ResultInfo::read(at, OWN)?)?,
                _ => slots.kept.keep(field, OWN),
            }
        }
        Ok(slots)
    }

    fn into_info(self, params: Element<'_>) -> Result<InterconnectionInfo, Malformed> {
        Ok(InterconnectionInfo {
            kind: self
                .kind
                .ok_or_else(|| params.fault("a required element is missing: req-type or resp-type"))?,
            request_id: self
                .request_id
                .ok_or_else(|| params.fault("a required element is missing: request-id"))?,
            mc_service: self.mc_service,
            requesting_system: self.requesting_system,
            target_system: self.target_system,
            requesting_id: self.requesting_id,
            requesting_alias: self.requesting_alias,
            targets: self.targets.unwrap_or_default(),
            requested: self.requested.unwrap_or_default(),
            result: self.result,
            kept: self.kept,
            kept_beside: Kept::default(),
        })
    }
}

impl InterconnectionInfo {
    fn write_params(&self, w: &mut Writer) {
        match &self.kind {
            MessageKind::Request(name) => name.write(w, "req-type", "mcsString"),
            MessageKind::Response(name) => name.write(w, "resp-type", "mcsString"),
        }
        w.leaf("request-id", self.request_id.as_str());
        if let Some(service) = &self.mc_service {
            w.leaf("mc-service", &service.write());
        }
        write_uri(w, "requesting-mc-system-id", self.requesting_system.as_ref());
        write_uri(w, "target-mc-system-id", self.target_system.as_ref());
        write_uri(w, "requesting-mcs-id", self.requesting_id.as_ref());
        write_uri(w, "requesting-functional-alias-URI", self.requesting_alias.as_ref());
        if !self.targets.is_empty() {
            w.element("target-list", &[], |w| self.targets.iter().for_each(|target| target.write(w)));
        }
        if !self.requested.is_empty() {
            w.leaf("requested-location-information", &self.requested.join(" "));
        }
        if let Some(result) = &self.result {
            result.write(w, OWN);
        }
        self.kept.write_end(w, OWN, None);
    }
}

fn uri<T: Lexical>(element: Element<'_>) -> Result<Content<T>, Malformed> {
    Content::read(element, NS, &names::MCS)
}

fn string(element: Element<'_>) -> Result<Content<String>, Malformed> {
    let [uri, string] = names::MCS;
    Content::read(element, NS, &[string, uri])
}

fn names(element: Element<'_>) -> Vec<String> {
    element.text().split_ascii_whitespace().map(str::to_owned).collect()
}

fn write_uri<T: Lexical>(w: &mut Writer, name: &'static str, value: Option<&Content<T>>) {
    if let Some(value) = value {
        value.write(w, name, "mcsURI");
    }
}

impl Lexical for McService {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        match text {
            "mcptt" => Ok(Self::Mcptt),
            "mcvideo" => Ok(Self::McVideo),
            "mcdata" => Ok(Self::McData),
            _ => Err("not one of mcptt, mcvideo, mcdata".into()),
        }
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Mcptt => "mcptt",
            Self::McVideo => "mcvideo",
            Self::McData => "mcdata",
        })
    }
}
