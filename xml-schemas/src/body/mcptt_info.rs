//! `mcpttinfo`: who calls whom, with which token. TS 24.379 F.1 · media type [`crate::mime::MCPTT_INFO`]

use super::{
    migration_elements::Names,
    service_info::{ServiceInfo, Terms, Vocabulary},
};
use crate::{
    mime::{self, namespace::MCPTT_INFO as NS},
    names,
};

pub use super::service_info::AccessToken;

/// The names of MCPTT.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Mcptt;

/// `mcptt-Params` of an `mcpttinfo` document.
pub type McpttInfo = ServiceInfo<Mcptt>;

impl Vocabulary for Mcptt {
    const MEDIA_TYPE: &'static str = mime::MCPTT_INFO;
    const TERMS: Terms = Terms {
        root: "mcpttinfo",
        params: "mcptt-Params",
        order: &ORDER,
        access_token: "mcptt-access-token",
        request_uri: "mcptt-request-uri",
        calling_user_id: "mcptt-calling-user-id",
        client_id: "mcptt-client-id",
        functional_alias: Some("functional-alias-URI"),
        names: Names {
            namespace: NS,
            uri: names::MCPTT[0],
            string: names::MCPTT[1],
            boolean: "mcpttBoolean",
            partner: "partner-mcptt-id",
            primary: "primary-mcptt-id",
        },
    };
}

const ORDER: [&str; 19] = [
    "mcptt-access-token",
    "session-type",
    "mcptt-request-uri",
    "mcptt-calling-user-id",
    "mcptt-called-party-id",
    "mcptt-calling-group-id",
    "required",
    "emergency-ind",
    "alert-ind",
    "imminentperil-ind",
    "broadcast-ind",
    "mc-org",
    "floor-state",
    "associated-group-id",
    "originated-by",
    "MKFC-GKTPs",
    "mcptt-client-id",
    "alert-ind-rcvd",
    "gw-mcptt-usage",
];
