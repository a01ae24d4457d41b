//! `mcvideoinfo`: the twin of `mcpttinfo` for MCVideo. TS 24.281 F.1 · media type [`crate::mime::MCVIDEO_INFO`]

use xml::{Element, Malformed, Writer};

use super::{
    Body, Content, Kept,
    kept::{Own, fields, once},
    mcptt_info::AccessToken,
    migration_elements::{MigrationElements, Names, write},
    open,
};
use crate::{
    ids::McServiceId,
    mime::{self, namespace::MCVIDEO_INFO as NS},
    names,
};

/// The children of `mcvideo-Params` in the schema's order. Those that no field below names are kept as they come.
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

const NAMES: Names = Names {
    namespace: NS,
    uri: names::MCVIDEO[0],
    string: names::MCVIDEO[1],
    boolean: "mcvideoBoolean",
    partner: "partner-mcvideo-id",
    primary: "primary-mcvideo-id",
};

const PARAMS: Own = Own { namespace: NS, placed: &ORDER };
const BESIDE: Own = Own { namespace: NS, placed: &[] };

/// `mcvideo-Params` of an `mcvideoinfo` document.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct McVideoInfo {
    /// `mcvideo-access-token`: the user's token, at service authorization (TS 24.281 7.2).
    pub access_token: Option<Content<AccessToken>>,
    /// `mcvideo-request-uri`: whom the request is for.
    pub request_uri: Option<Content<McServiceId>>,
    /// `mcvideo-calling-user-id`: the user on whose behalf the request is sent.
    pub calling_user_id: Option<Content<McServiceId>>,
    /// `mcvideo-client-id`: which client of the user (a URN).
    pub client_id: Option<Content<String>>,
    /// What is said of a migrating user, under `anyExt`.
    pub migration: MigrationElements,
    /// Every other child of `mcvideo-Params`.
    pub kept: Kept,
    /// Children of `mcvideoinfo` beside `mcvideo-Params`.
    pub kept_beside: Kept,
}

impl Body for McVideoInfo {
    const MEDIA_TYPE: &'static str = mime::MCVIDEO_INFO;

    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let document = open(bytes, NS, "mcvideoinfo")?;
        let mut info = Self::default();
        let mut params = None;
        for field in fields(document.root(), NS) {
            match field.name(NS) {
                "mcvideo-Params" => once(&mut params, field.element, field.element)?,
                _ => info.kept_beside.keep(field, BESIDE),
            }
        }
        // F.1 lets mcvideo-Params be absent: a body that says nothing.
        params.map_or(Ok(()), |params| info.read_params(params))?;
        Ok(info)
    }

    fn write(&self) -> Vec<u8> {
        Writer::document("mcvideoinfo", NS, &[], |w| {
            w.element("mcvideo-Params", &[], |w| self.write_params(w));
            self.kept_beside.write_end(w, BESIDE, None);
        })
    }
}

impl McVideoInfo {
    fn read_params(&mut self, params: Element<'_>) -> Result<(), Malformed> {
        for field in fields(params, NS) {
            let (element, name) = (field.element, field.name(NS));
            match name {
                "mcvideo-access-token" => {
                    once(&mut self.access_token, element, NAMES.read_string(element)?)?;
                }
                "mcvideo-request-uri" => once(&mut self.request_uri, element, NAMES.read_uri(element)?)?,
                "mcvideo-calling-user-id" => {
                    once(&mut self.calling_user_id, element, NAMES.read_uri(element)?)?;
                }
                "mcvideo-client-id" => once(&mut self.client_id, element, NAMES.read_string(element)?)?,
                _ if self.migration.read(&NAMES, name, element)? => {}
                _ => self.kept.keep(field, PARAMS),
            }
        }
        Ok(())
    }

    fn write_params(&self, w: &mut Writer) {
        for name in ORDER {
            match name {
                "mcvideo-access-token" => write(w, name, NAMES.string, self.access_token.as_ref()),
                "mcvideo-request-uri" => write(w, name, NAMES.uri, self.request_uri.as_ref()),
                "mcvideo-calling-user-id" => write(w, name, NAMES.uri, self.calling_user_id.as_ref()),
                "mcvideo-client-id" => write(w, name, NAMES.string, self.client_id.as_ref()),
                _ => self.kept.write_named(w, PARAMS, name),
            }
        }
        let typed = |w: &mut Writer| self.migration.write(&NAMES, w);
        let is_said = self.migration != MigrationElements::default();
        let typed: Option<&dyn Fn(&mut Writer)> = if is_said { Some(&typed) } else { None };
        self.kept.write_end(w, PARAMS, typed);
    }
}
