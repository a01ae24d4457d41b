//! `mcvideoinfo`: the twin of `mcpttinfo` for MCVideo. TS 24.281 F.1 · media type [`crate::mime::MCVIDEO_INFO`]

use super::{
    migration_elements::Names,
    service_info::{ServiceInfo, Terms, Vocabulary},
};
use crate::{
    mime::{self, namespace::MCVIDEO_INFO as NS},
    names,
};

/// The names of MCVideo.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct McVideo;

/// `mcvideo-Params` of an `mcvideoinfo` document. It has no functional alias.
pub type McVideoInfo = ServiceInfo<McVideo>;

impl Vocabulary for McVideo {
    const MEDIA_TYPE: &'static str = mime::MCVIDEO_INFO;
    const TERMS: Terms = Terms {
        root: "mcvideoinfo",
        params: "mcvideo-Params",
        order: &ORDER,
        access_token: "mcvideo-access-token",
        request_uri: "mcvideo-request-uri",
        calling_user_id: "mcvideo-calling-user-id",
        client_id: "mcvideo-client-id",
        functional_alias: None,
        names: Names {
            namespace: NS,
            uri: names::MCVIDEO[0],
            string: names::MCVIDEO[1],
            boolean: "mcvideoBoolean",
            partner: "partner-mcvideo-id",
            primary: "primary-mcvideo-id",
        },
    };
}

const ORDER: [&str; 17] = [
    "mcvideo-access-token",
    "session-type",
    "mcvideo-request-uri",
    "mcvideo-calling-user-id",
    "mcvideo-called-party-id",
    "mcvideo-calling-group-id",
    "required",
    "emergency-ind",
    "alert-ind",
    "imminentperil-ind",
    "broadcast-ind",
    "mc-org",
    "associated-group-id",
    "originated-by",
    "MKFC-GKTPs",
    "mcvideo-client-id",
    "alert-ind-rcvd",
];
