//! What was agreed with partners: words that there are, and a border that is who the agreement takes it for.

use kit::{
    config::{Table, nearest_within},
    documents,
};
use xcap::usages;
use xml::schema::Catalog;
use xml_schemas::mime;

use super::{Facts, sides::same};

/// So many edits make a slip. Names of usages and of media types are long and alike: more than two make another one.
const EDITS: usize = 2;

/// From so many octets on, two edits of a media type are a slip: application/pdf is no slip of application/sdp.
const LONG: usize = 24;

/// What TS 24.484 has besides what is built in; its schemas may come from a folder of usages of another process.
const ELSEWHERE: [&str; 6] = [
    "org.3gpp.mcvideo.user-profile",
    "org.3gpp.mcvideo.service-config",
    "org.3gpp.mcvideo.ue-config",
    "org.3gpp.mcdata.user-profile",
    "org.3gpp.mcdata.service-config",
    "org.3gpp.mcdata.ue-config",
];

/// Media types that MC systems exchange, beside those of the usages.
const MEDIA: [&str; 17] = [
    "application/vnd.3gpp.mcptt-signed+xml",
    mime::MCPTT_INFO,
    mime::MCVIDEO_INFO,
    mime::MCDATA_INFO,
    mime::POC_SETTINGS,
    mime::PIDF,
    mime::LOCATION_INFO,
    mime::INTERCONNECTION_INFO,
    mime::ACM_INFO,
    mime::SIP_MESSAGE,
    mime::MULTIPART_MIXED,
    "application/xcap-diff+xml",
    "application/xcap-el+xml",
    "application/xcap-att+xml",
    "application/xcap-ns+xml",
    "application/sdp",
    "text/plain",
];

/// The top-level types (RFC 6838 4.2, RFC 8081, RFC 9695).
const TOP_LEVEL: [&str; 11] = [
    "application",
    "audio",
    "example",
    "font",
    "haptics",
    "image",
    "message",
    "model",
    "multipart",
    "text",
    "video",
];

pub(super) fn check(root: &Table<'_>, facts: &Facts<'_>) {
    for section in ["locations", "groups", "acm"] {
        root.again(section, direct);
    }
    root.again("service", |service| service.again("migration", direct));
    let known = Known::of(facts);
    root.again("gateway", |gateway| {
        gateway.again("xcap", |xcap| xcap.again("server", |server| auids(server, &known)));
        gateway.again("partner", |partner| {
            media(partner, &known);
            identities(partner);
            partner.again("xcap", |xcap| {
                operations(xcap, "inbound", &known);
                operations(xcap, "outbound", &known);
                media(xcap, &known);
            });
        });
    });
}

/// A server without a gateway between takes for a partner whoever arrives where partners do, or over what it opened itself.
fn direct(table: &Table<'_>) {
    let mut is_direct = false;
    table.again("partner", |partner| is_direct |= partner.has("direct"));
    let names =
        table.optional::<Vec<String>>("border").map_or(table.has("border"), |names| !names.is_empty());
    if is_direct && !names {
        let told = "no \"border\", the listeners at which partners arrive: over connections of theirs those of \"direct\" are nobody's";
        table.warn_at_value("border", told);
    }
}

/// The application usages that this file can know of, and the media types of their documents.
struct Known {
    auids: Vec<String>,
    media: Vec<String>,
}

impl Known {
    fn of(facts: &Facts<'_>) -> Self {
        let built_in = usages::built_in();
        let folder = facts.config.configuration.as_ref().and_then(|server| server.usages.as_deref());
        // What is wrong with the folder is told by whoever serves from it.
        let further = folder.and_then(|folder| documents::load(folder, &mut Catalog::default()).ok());
        let further = further.map(|loaded| loaded.usages).unwrap_or_default();
        let all = || built_in.iter().chain(&further);
        let elsewhere = ELSEWHERE.map(str::to_owned);
        let media = MEDIA.map(str::to_owned);
        Self {
            auids: all().map(|usage| usage.auid.clone()).chain(elsewhere).collect(),
            media: all().map(|usage| usage.media_type.clone()).chain(media).collect(),
        }
    }
}

/// A usage that nobody here knows may be a partner's own; one that is almost a known one would be denied in silence.
fn auid(table: &Table<'_>, key: &'static str, auid: &str, known: &Known) {
    if known.auids.iter().any(|known| known == auid) {
        return;
    }
    if let Some(meant) = nearest_within(auid, known.auids.iter().map(String::as_str), EDITS) {
        let wrong =
            format!("\"{key}\" names an unknown application usage \"{auid}\"; did you mean \"{meant}\"?");
        table.error_at_value(key, wrong);
    }
}

fn auids(server: &Table<'_>, known: &Known) {
    for each in server.optional::<Vec<String>>("auids").into_iter().flatten() {
        auid(server, "auids", &each, known);
    }
}

/// A method and an application usage each; what is no such pair has been told of.
fn operations(xcap: &Table<'_>, key: &'static str, known: &Known) {
    for each in xcap.optional::<Vec<String>>(key).into_iter().flatten() {
        if let Some((_, usage)) = each.split_once(' ') {
            auid(xcap, key, usage, known);
        }
    }
}

/// Media types as a Content-Type has them, without parameters (RFC 9110 8.3.1): nothing else is ever met.
fn media(table: &Table<'_>, known: &Known) {
    for each in table.optional::<Vec<String>>("media").into_iter().flatten() {
        let lower = each.to_ascii_lowercase();
        if known.media.iter().any(|known| known.eq_ignore_ascii_case(&each)) {
            continue;
        }
        if !is_media(&lower) {
            let wrong = format!("\"media\" has \"{each}\", which is no media type, such as \"text/plain\"");
            table.error_at_value("media", wrong);
            continue;
        }
        let meant = nearest_within(&lower, known.media.iter().map(String::as_str), EDITS);
        // Short types of others are as near.
        if let Some(meant) = meant.filter(|_| lower.len() > LONG) {
            let told = format!("\"media\" names an unknown type \"{each}\"; did you mean \"{meant}\"?");
            table.warn_at_value("media", &told);
        }
    }
}

fn is_media(text: &str) -> bool {
    let Some((top, sub)) = text.split_once('/') else { return false };
    // RFC 6838 4.2: a wildcard is none.
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    (TOP_LEVEL.contains(&top) || top.starts_with("x-")) && is_name(top) && is_name(sub)
}

/// What arrives from a border is its partner's where the border proves one of `identities`; that of the hop is the border that we
/// know of.
fn identities(partner: &Table<'_>) {
    let Some(identities) = partner.optional::<Vec<String>>("identities") else { return };
    let mut proves = None;
    partner.again("hop", |hop| {
        let named = || hop.optional::<String>("name");
        proves = hop.optional::<String>("identity").or_else(named);
    });
    let Some(proves) = proves else { return };
    if !identities.is_empty() && !identities.iter().any(|identity| same(identity, &proves)) {
        partner.warn_at_value(
            "identities",
            &format!(
                "the hop leads to \"{proves}\", which is none of these: what this border sends us is nobody's"
            ),
        );
    }
}
