//! `acm-Params`: one message, or one item of an answer.

use xml::{Element, Malformed, Writer};

use super::{
    ClientId, Entry, GroupOperation, Mark, MigrationUser, NS, OWN, PartyInfo, Receipt, ResultInfo, Urgency,
    entry, list, string, uri, user, write_uri,
};
use crate::{
    Timestamp,
    body::{
        Content, Kept,
        interconnection_info::McService,
        kept::{fields, once},
        mcptt_info::AccessToken,
    },
    ids::{GroupId, McServiceId, RequestId},
    lexical::{Lexical, text_of},
};

/// One `acm-Params`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AcmParams {
    /// `req-type`, `resp-type` or `ind-type`.
    pub kind: MessageKind,
    /// `request-id`.
    pub request_id: RequestId,
    /// `mcs-access-token`: from a client to its own server only.
    pub access_token: Option<Content<AccessToken>>,
    /// `mc-service`: the MC service concerned.
    pub mc_service: Option<McService>,
    /// `initiating-party`: who triggered the request.
    pub initiating: Option<PartyInfo>,
    /// `target-party`: whom the message is for.
    pub target: Option<PartyInfo>,
    /// `handling-party`: who handled the request.
    pub handling: Option<PartyInfo>,
    /// `time-of-request`: when the initiator asked.
    pub time_of_request: Option<Timestamp>,
    /// `expires`: until when an answer is wanted.
    pub expires: Option<Timestamp>,
    /// `urgency-ind`.
    pub urgency: Option<Urgency>,
    /// `group-id`.
    pub group: Option<Content<GroupId>>,
    /// `group-id-list`; empty when absent.
    pub groups: Vec<Entry<GroupId>>,
    /// `group-operation`.
    pub operation: Option<GroupOperation>,
    /// `user-id-list`; empty when absent.
    pub users: Vec<Entry<McServiceId>>,
    /// `migration-user-list`; empty when absent.
    pub migration_users: Vec<MigrationUser>,
    /// `additional-information`, for people.
    pub additional_information: Option<Content<String>>,
    /// `result`.
    pub result: Option<ResultInfo>,
    /// `anyExt/time-of-result`: since when the result is as it is.
    pub time_of_result: Option<Timestamp>,
    /// `anyExt/receipt`: proof that the sender has written something into its audit log.
    pub receipt: Option<Receipt>,
    /// `anyExt/continue-at`: where the next part of a list begins that is told in parts.
    pub continue_at: Option<Mark>,
    /// `anyExt/client`: which of its user's clients asks.
    pub client: Option<ClientId>,
    /// Every other child.
    pub kept: Kept,
}

/// Whether a message asks, answers or tells, and the name of its flow (values in [`crate::mime::kind`]).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MessageKind {
    /// `req-type`.
    Request(Content<String>),
    /// `resp-type`.
    Response(Content<String>),
    /// `ind-type`.
    Indication(Content<String>),
}

impl AcmParams {
    /// What every message must have.
    #[must_use]
    pub fn new(kind: MessageKind, request_id: RequestId) -> Self {
        Self {
            kind,
            request_id,
            access_token: None,
            mc_service: None,
            initiating: None,
            target: None,
            handling: None,
            time_of_request: None,
            expires: None,
            urgency: None,
            group: None,
            groups: Vec::new(),
            operation: None,
            users: Vec::new(),
            migration_users: Vec::new(),
            additional_information: None,
            result: None,
            time_of_result: None,
            receipt: None,
            continue_at: None,
            client: None,
            kept: Kept::default(),
        }
    }

    pub(super) fn read(element: Element<'_>) -> Result<Self, Malformed> {
        let mut slots = Slots::default();
        for field in fields(element, NS) {
            let at = field.element;
            match field.name(NS) {
                "req-type" => once(&mut slots.kind, at, MessageKind::Request(string(at)?))?,
                "resp-type" => once(&mut slots.kind, at, MessageKind::Response(string(at)?))?,
                "ind-type" => once(&mut slots.kind, at, MessageKind::Indication(string(at)?))?,
                "request-id" => once(&mut slots.request_id, at, text_of(at)?)?,
                "mcs-access-token" => once(&mut slots.access_token, at, string(at)?)?,
                "mc-service" => once(&mut slots.mc_service, at, text_of(at)?)?,
                "initiating-party" => once(&mut slots.initiating, at, PartyInfo::read(at)?)?,
                "target-party" => once(&mut slots.target, at, PartyInfo::read(at)?)?,
                "handling-party" => once(&mut slots.handling, at, PartyInfo::read(at)?)?,
                "time-of-request" => once(&mut slots.time_of_request, at, text_of(at)?)?,
                "expires" => once(&mut slots.expires, at, text_of(at)?)?,
                "urgency-ind" => once(&mut slots.urgency, at, text_of(at)?)?,
                "group-id" => once(&mut slots.group, at, uri(at)?)?,
                "group-id-list" => once(&mut slots.groups, at, list(at, "entry", Entry::read)?)?,
                "group-operation" => once(&mut slots.operation, at, text_of(at)?)?,
                "user-id-list" => once(&mut slots.users, at, list(at, "entry", Entry::read)?)?,
                "migration-user-list" => {
                    once(&mut slots.migration_users, at, list(at, "migration-user", MigrationUser::read)?)?;
                }
                "additional-information" => once(&mut slots.additional_information, at, string(at)?)?,
                "result" => once(&mut slots.result, at, ResultInfo::read(at, OWN)?)?,
                "time-of-result" => once(&mut slots.time_of_result, at, text_of(at)?)?,
                "receipt" => once(&mut slots.receipt, at, Receipt::read(at)?)?,
                "continue-at" => once(&mut slots.continue_at, at, text_of(at)?)?,
                "client" => once(&mut slots.client, at, text_of(at)?)?,
                _ => slots.kept.keep(field, OWN),
            }
        }
        slots.into_params(element)
    }

    pub(super) fn write(&self, w: &mut Writer) {
        match &self.kind {
            MessageKind::Request(name) => name.write(w, "req-type", "mcsString"),
            MessageKind::Response(name) => name.write(w, "resp-type", "mcsString"),
            MessageKind::Indication(name) => name.write(w, "ind-type", "mcsString"),
        }
        w.leaf("request-id", self.request_id.as_str());
        if let Some(token) = &self.access_token {
            token.write(w, "mcs-access-token", "mcsString");
        }
        leaf(w, "mc-service", self.mc_service.as_ref());
        let parties = [
            ("initiating-party", &self.initiating),
            ("target-party", &self.target),
            ("handling-party", &self.handling),
        ];
        for (name, party) in parties {
            if let Some(party) = party {
                party.write(w, name);
            }
        }
        leaf(w, "time-of-request", self.time_of_request.as_ref());
        leaf(w, "expires", self.expires.as_ref());
        leaf(w, "urgency-ind", self.urgency.as_ref());
        write_uri(w, "group-id", self.group.as_ref());
        entry::write_list(w, "group-id-list", &self.groups);
        leaf(w, "group-operation", self.operation.as_ref());
        entry::write_list(w, "user-id-list", &self.users);
        user::write_list(w, &self.migration_users);
        if let Some(text) = &self.additional_information {
            text.write(w, "additional-information", "mcsString");
        }
        if let Some(result) = &self.result {
            result.write(w, OWN);
        }
        self.write_end(w);
    }

    fn write_end(&self, w: &mut Writer) {
        let typed = |w: &mut Writer| {
            leaf(w, "time-of-result", self.time_of_result.as_ref());
            if let Some(receipt) = &self.receipt {
                receipt.write(w);
            }
            leaf(w, "continue-at", self.continue_at.as_ref());
            leaf(w, "client", self.client.as_ref());
        };
        let is_of_result = self.time_of_result.is_some() || self.receipt.is_some();
        let is_said = is_of_result || self.continue_at.is_some() || self.client.is_some();
        let typed: Option<&dyn Fn(&mut Writer)> = if is_said { Some(&typed) } else { None };
        self.kept.write_end(w, OWN, typed);
    }
}

fn leaf<T: Lexical>(w: &mut Writer, name: &'static str, value: Option<&T>) {
    if let Some(value) = value {
        w.leaf(name, &value.write());
    }
}

/// Children as they are found, in any order.
#[derive(Default)]
struct Slots {
    kind: Option<MessageKind>,
    request_id: Option<RequestId>,
    access_token: Option<Content<AccessToken>>,
    mc_service: Option<McService>,
    initiating: Option<PartyInfo>,
    target: Option<PartyInfo>,
    handling: Option<PartyInfo>,
    time_of_request: Option<Timestamp>,
    expires: Option<Timestamp>,
    urgency: Option<Urgency>,
    group: Option<Content<GroupId>>,
    groups: Option<Vec<Entry<GroupId>>>,
    operation: Option<GroupOperation>,
    users: Option<Vec<Entry<McServiceId>>>,
    migration_users: Option<Vec<MigrationUser>>,
    additional_information: Option<Content<String>>,
    result: Option<ResultInfo>,
    time_of_result: Option<Timestamp>,
    receipt: Option<Receipt>,
    continue_at: Option<Mark>,
    client: Option<ClientId>,
    kept: Kept,
}

impl Slots {
    fn into_params(self, at: Element<'_>) -> Result<AcmParams, Malformed> {
        let missing = |name| at.fault(format!("a required element is missing: {name}"));
        Ok(AcmParams {
            kind: self.kind.ok_or_else(|| missing("req-type, resp-type or ind-type"))?,
            request_id: self.request_id.ok_or_else(|| missing("request-id"))?,
            access_token: self.access_token,
            mc_service: self.mc_service,
            initiating: self.initiating,
            target: self.target,
            handling: self.handling,
            time_of_request: self.time_of_request,
            expires: self.expires,
            urgency: self.urgency,
            group: self.group,
            groups: self.groups.unwrap_or_default(),
            operation: self.operation,
            users: self.users.unwrap_or_default(),
            migration_users: self.migration_users.unwrap_or_default(),
            additional_information: self.additional_information,
            result: self.result,
            time_of_result: self.time_of_result,
            receipt: self.receipt,
            continue_at: self.continue_at,
            client: self.client,
            kept: self.kept,
        })
    }
}
