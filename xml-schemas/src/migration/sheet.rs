//! What the messages about migrations have in common: the information document of one MC service, and the companion body.

use crate::{
    body::{
        Content, InterconnectionInfo, McVideoInfo, McpttInfo, MigrationElements,
        interconnection_info::{McService, MessageKind, ResultInfo, Target},
        mcptt_info::AccessToken,
    },
    flow::{BadBody, Part, expect_kind, optional_body},
    ids::{McServiceId, RequestId},
    mime::{self, kind},
};

use super::Correlation;

/// Whether a message asks or answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    Request,
    Response,
}

/// The information document of one MC service, as far as migrations need it, and what of the companion body is not in it.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub service: McService,
    pub access_token: Option<AccessToken>,
    pub client_id: Option<String>,
    pub request_uri: Option<McServiceId>,
    pub elements: MigrationElements,
    pub request_id: Option<RequestId>,
    pub result: Option<ResultInfo>,
    /// `target-list` of the companion body.
    pub targets: Vec<Target>,
}

impl Sheet {
    pub(super) fn new(service: McService, correlation: &Correlation) -> Self {
        Self {
            service,
            access_token: None,
            client_id: None,
            request_uri: None,
            elements: MigrationElements::default(),
            request_id: correlation.request_id().cloned(),
            result: None,
            targets: Vec::new(),
        }
    }

    /// Both IDs.
    pub(super) fn of_user(mut self, partner: &McServiceId, primary: &McServiceId) -> Self {
        self.elements.partner = Some(partner.clone().into());
        self.elements.primary = Some(primary.clone().into());
        self
    }

    /// The bodies of a flow of this name.
    pub(super) fn split(mut self, sense: Sense, name: &str) -> Vec<Part<'static>> {
        let kind: Content<String> = name.to_owned().into();
        match sense {
            Sense::Request => self.elements.req_type = Some(kind),
            Sense::Response => self.elements.resp_type = Some(kind),
        }
        let companion = self.companion(sense, name);
        std::iter::once(self.info()).chain(companion.as_ref().map(Part::of)).collect()
    }

    pub(super) fn info(self) -> Part<'static> {
        let (request_uri, client_id) =
            (self.request_uri.map(Content::from), self.client_id.map(Content::from));
        let (access_token, migration) = (self.access_token.map(Content::from), self.elements);
        match self.service {
            McService::McVideo => Part::of(&McVideoInfo {
                access_token,
                request_uri,
                client_id,
                migration,
                ..McVideoInfo::default()
            }),
            McService::Mcptt | McService::McData => Part::of(&McpttInfo {
                access_token,
                request_uri,
                client_id,
                migration,
                ..McpttInfo::default()
            }),
        }
    }

    /// Only where the question had one: a peer that names nothing is answered as it speaks.
    pub(super) fn companion(&self, sense: Sense, name: &str) -> Option<InterconnectionInfo> {
        let kind: Content<String> = name.to_owned().into();
        let kind = match sense {
            Sense::Request => MessageKind::Request(kind),
            Sense::Response => MessageKind::Response(kind),
        };
        Some(InterconnectionInfo {
            mc_service: Some(self.service),
            result: self.result.clone(),
            targets: self.targets.clone(),
            ..InterconnectionInfo::new(kind, self.request_id.clone()?)
        })
    }

    /// Reads the bodies of a flow of this name.
    pub(super) fn join(parts: &[Part<'_>], sense: Sense, name: &'static str) -> Result<Self, BadBody> {
        let mut sheet = Self::read(parts)?;
        let companion = sheet.take_companion(parts)?;
        if let Some(companion) = &companion {
            expect_kind(companion, name)?;
        }
        match (said(&sheet.elements, sheet.media_type())?, companion) {
            (Some((of, said)), _) if of != sense || said != name => Err(BadBody::OtherFlow),
            (None, None) => Err(BadBody::OtherFlow),
            _ => Ok(sheet),
        }
    }

    /// Reads the information document, whatever flow it belongs to.
    pub(super) fn read(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let sheet = match (optional_body::<McpttInfo>(parts)?, optional_body::<McVideoInfo>(parts)?) {
            (Some(_), Some(_)) => {
                return Err(BadBody::Contradiction { rule: "two MC services in one message" });
            }
            (Some(info), None) => Sheet {
                service: McService::Mcptt,
                access_token: plain(info.access_token, mime::MCPTT_INFO, "mcptt-access-token")?,
                client_id: plain(info.client_id, mime::MCPTT_INFO, "mcptt-client-id")?,
                request_uri: plain(info.request_uri, mime::MCPTT_INFO, "mcptt-request-uri")?,
                elements: info.migration,
                request_id: None,
                result: None,
                targets: Vec::new(),
            },
            (None, Some(info)) => Sheet {
                service: McService::McVideo,
                access_token: plain(info.access_token, mime::MCVIDEO_INFO, "mcvideo-access-token")?,
                client_id: plain(info.client_id, mime::MCVIDEO_INFO, "mcvideo-client-id")?,
                request_uri: plain(info.request_uri, mime::MCVIDEO_INFO, "mcvideo-request-uri")?,
                elements: info.migration,
                request_id: None,
                result: None,
                targets: Vec::new(),
            },
            (None, None) if has_mcdata(parts) => return Err(BadBody::UnsupportedService),
            (None, None) => return Err(BadBody::Missing { media_type: mime::MCPTT_INFO }),
        };
        Ok(sheet)
    }

    /// Takes over what the companion body says, where there is one; it must be of the same MC service.
    pub(super) fn take_companion(
        &mut self,
        parts: &[Part<'_>],
    ) -> Result<Option<InterconnectionInfo>, BadBody> {
        let Some(companion) = optional_body::<InterconnectionInfo>(parts)? else { return Ok(None) };
        match companion.mc_service {
            Some(McService::McData) => return Err(BadBody::UnsupportedService),
            Some(service) if service != self.service => {
                return Err(BadBody::Contradiction {
                    rule: "mc-service is not that of the information document",
                });
            }
            _ => {}
        }
        self.request_id = Some(companion.request_id.clone());
        self.result.clone_from(&companion.result);
        self.targets.clone_from(&companion.targets);
        Ok(Some(companion))
    }

    /// The MC service ID that the partner system gave: tables 10.6.3.2.1-1 and 10.6.3.2.2-1, M.
    pub(super) fn partner(&self) -> Result<McServiceId, BadBody> {
        self.id(self.elements.partner.as_ref(), ["partner-mcptt-id", "partner-mcvideo-id"])
    }

    /// The MC service ID in the primary system: tables 10.6.3.2.1-1 and 10.6.3.2.2-1, M.
    pub(super) fn primary(&self) -> Result<McServiceId, BadBody> {
        self.id(self.elements.primary.as_ref(), ["primary-mcptt-id", "primary-mcvideo-id"])
    }

    fn id(
        &self,
        content: Option<&Content<McServiceId>>,
        [mcptt, mcvideo]: [&'static str; 2],
    ) -> Result<McServiceId, BadBody> {
        let element = if self.service == McService::McVideo { mcvideo } else { mcptt };
        match content {
            Some(Content::Normal(id)) => Ok(id.clone()),
            Some(Content::Encrypted(_)) => Err(BadBody::encrypted(self.media_type(), element)),
            None => Err(self.missing(element)),
        }
    }

    /// How the message is correlated.
    pub(super) fn correlation(&self, partner: &McServiceId, primary: &McServiceId) -> Correlation {
        match &self.request_id {
            Some(request_id) => Correlation::named(request_id.clone()),
            None => Correlation::by_ids(partner, primary),
        }
    }

    pub(super) fn media_type(&self) -> &'static str {
        if self.service == McService::McVideo { mime::MCVIDEO_INFO } else { mime::MCPTT_INFO }
    }

    /// The schema lets the element be absent, the flow's table does not.
    pub(super) fn missing(&self, element: &'static str) -> BadBody {
        let root = if self.service == McService::McVideo { "mcvideo" } else { "mcptt" };
        let path = format!("/{root}info/{root}-Params/anyExt");
        let rule = format!("a required element is missing: {element}");
        let error = xml::Malformed::new(xml::Place { line: 1, column: 1, path }, rule);
        BadBody::Malformed { media_type: self.media_type(), error }
    }
}

fn plain<T>(
    content: Option<Content<T>>,
    media_type: &'static str,
    element: &'static str,
) -> Result<Option<T>, BadBody> {
    match content {
        None => Ok(None),
        Some(Content::Normal(value)) => Ok(Some(value)),
        Some(Content::Encrypted(_)) => Err(BadBody::encrypted(media_type, element)),
    }
}

fn has_mcdata(parts: &[Part<'_>]) -> bool {
    parts.iter().any(|part| part.is(mime::MCDATA_INFO))
}

/// `req-type` or `resp-type`, where there is one.
fn said<'e>(
    elements: &'e MigrationElements,
    media_type: &'static str,
) -> Result<Option<(Sense, &'e str)>, BadBody> {
    let (sense, kind) = match (&elements.req_type, &elements.resp_type) {
        (None, None) => return Ok(None),
        (Some(kind), None) => (Sense::Request, kind),
        (None, Some(kind)) => (Sense::Response, kind),
        (Some(_), Some(_)) => {
            return Err(BadBody::Contradiction { rule: "req-type and resp-type in one message" });
        }
    };
    let kind = kind.plain().map_err(|_| BadBody::encrypted(media_type, "req-type or resp-type"))?;
    Ok(Some((sense, kind)))
}

/// Which flow an information document without companion body says that it carries; none where it says nothing.
pub(crate) fn name_of(parts: &[Part<'_>]) -> Result<Option<&'static str>, BadBody> {
    if !parts
        .iter()
        .any(|part| part.is(mime::MCPTT_INFO) || part.is(mime::MCVIDEO_INFO) || part.is(mime::MCDATA_INFO))
    {
        return Ok(None);
    }
    let sheet = Sheet::read(parts)?;
    match said(&sheet.elements, sheet.media_type())? {
        None => Ok(None),
        Some((Sense::Request, kind::MIGRATION_REQUEST)) => Ok(Some(kind::MIGRATION_REQUEST)),
        Some((Sense::Response, kind::MIGRATION_RESPONSE)) => Ok(Some(kind::MIGRATION_RESPONSE)),
        Some(_) => Err(BadBody::UnknownKind),
    }
}
