//! Whoever reads a body behind the border takes no identity from it that the border has not seen.

use proptest::{collection::vec, prelude::*, test_runner::RngSeed};
use xml_schemas::{
    body::{
        AcmInfo, Body, Content as Value, InterconnectionInfo, LocationInfo, McVideoInfo, McpttInfo,
        MigrationElements, acm_info, interconnection_info,
    },
    ids::{Identity, Kind, McServiceId, SystemId},
    mime::namespace,
};

mod mutate;

use super::*;
use mutate::{change, mutated};

/// Two spellings of one identity are one.
fn normal(text: &str) -> String {
    let user = McServiceId::new(text).map(|id| id.as_str().to_owned());
    user.or_else(|_| SystemId::new(text).map(|id| id.uri())).unwrap_or_else(|_| text.to_owned())
}

/// What an entity takes from a body.
#[derive(Default)]
struct Taken(Vec<String>);

impl Taken {
    fn id<K: Kind>(&mut self, id: Option<&Value<Identity<K>>>) {
        self.0.extend(id.and_then(|id| id.plain().ok()).map(|id| normal(id.as_str())));
    }

    fn system(&mut self, id: Option<&Value<SystemId>>) {
        self.0.extend(id.and_then(|id| id.plain().ok()).map(|id| id.uri()));
    }

    fn flow(&mut self, name: Option<&Value<String>>) {
        self.0.extend(name.and_then(|name| name.plain().ok()).map(|name| normal(name)));
    }

    fn migration(&mut self, said: &MigrationElements) {
        self.flow(said.req_type.as_ref());
        self.flow(said.resp_type.as_ref());
        self.id(said.partner.as_ref());
        self.id(said.primary.as_ref());
    }

    fn companion(&mut self, body: &InterconnectionInfo) {
        let (interconnection_info::MessageKind::Request(kind)
        | interconnection_info::MessageKind::Response(kind)) = &body.kind;
        self.flow(Some(kind));
        self.system(body.requesting_system.as_ref());
        self.system(body.target_system.as_ref());
        self.id(body.requesting_id.as_ref());
        body.targets.iter().for_each(|target| match &target.party {
            interconnection_info::Party::User(id) => self.id(Some(id)),
            interconnection_info::Party::Alias(alias) => self.id(Some(alias)),
        });
    }

    fn acm(&mut self, params: &acm_info::AcmParams) {
        let (acm_info::MessageKind::Request(kind)
        | acm_info::MessageKind::Response(kind)
        | acm_info::MessageKind::Indication(kind)) = &params.kind;
        self.flow(Some(kind));
        for party in [&params.initiating, &params.target, &params.handling].into_iter().flatten() {
            self.id(party.id.as_ref());
            self.id(party.alias.as_ref());
        }
        params.groups.iter().for_each(|group| self.id(Some(&group.uri)));
        for user in &params.migration_users {
            self.id(user.primary.as_ref());
            self.id(user.partner.as_ref());
        }
    }
}

/// None where the entity refuses the body.
fn taken(media: &str, body: &[u8]) -> Option<Vec<String>> {
    let mut taken = Taken::default();
    match media {
        mime::INTERCONNECTION_INFO => taken.companion(&InterconnectionInfo::read(body).ok()?),
        mime::ACM_INFO => AcmInfo::read(body).ok()?.params.iter().for_each(|params| taken.acm(params)),
        mime::MCPTT_INFO => {
            let info = McpttInfo::read(body).ok()?;
            taken.id(info.calling_user_id.as_ref());
            taken.migration(&info.migration);
        }
        mime::MCVIDEO_INFO => {
            let info = McVideoInfo::read(body).ok()?;
            taken.id(info.calling_user_id.as_ref());
            taken.migration(&info.migration);
        }
        _ => {
            let reports = LocationInfo::read(body).ok()?.reports;
            taken.0.extend(
                reports.iter().filter_map(|report| Some(normal(report.reporting.as_ref()?.as_str()))),
            );
        }
    }
    Some(taken.0)
}

/// None where the border refuses the body.
fn seen(media: &str, body: &[u8]) -> Option<Vec<String>> {
    let part = Part { media, body };
    let texts: Vec<Text<'_>> = match media {
        mime::INTERCONNECTION_INFO => {
            let body = Companion::read(body).ok()?;
            let once = [body.requesting_system, body.target_system, body.requester, body.role];
            once.into_iter().flatten().chain(body.targets).chain([body.flow]).collect()
        }
        mime::ACM_INFO => Acm::read(body).ok()?.texts().collect(),
        mime::MCPTT_INFO | mime::MCVIDEO_INFO => Info::read(&[part]).ok()?.texts().collect(),
        _ => identities::speakers(body).ok()?.into_iter().collect(),
    };
    Some(texts.iter().map(|text| normal(text)).collect())
}

/// Bodies as entities write them: media type, namespace, text.
fn bodies() -> [(&'static str, &'static str, String); 5] {
    let info = |name: &str, service: &str, namespace: &str| {
        format!(
            "<{name} xmlns=\"{namespace}\"><{service}-Params><{service}-request-uri type=\"Normal\"><{service}URI>sip:a@x.example\
             </{service}URI></{service}-request-uri><{service}-calling-user-id type=\"Normal\"><{service}URI>sip:b@x.example\
             </{service}URI></{service}-calling-user-id><anyExt><req-type type=\"Normal\"><{service}String>f</{service}String>\
             </req-type><partner-{service}-id type=\"Normal\"><{service}URI>sip:c@x.example</{service}URI></partner-{service}-id>\
             <primary-{service}-id type=\"Normal\"><{service}URI>sip:d@y.example</{service}URI></primary-{service}-id></anyExt>\
             </{service}-Params></{name}>"
        )
    };
    let id = |name: &str, uri: &str| format!("<{name} type=\"Normal\"><mcsURI>{uri}</mcsURI></{name}>");
    let kind = "<req-type type=\"Normal\"><mcsString>f</mcsString></req-type><request-id>r</request-id>";
    let party = |name: &str, user: &str| format!("<{name}>{}</{name}>", id("mcs-id", user));
    let companion = format!(
        "<interconnection-info xmlns=\"{}\"><icx-Params>{kind}{}{}{}<target-list><target>{}</target><target>{}</target>\
         </target-list></icx-Params></interconnection-info>",
        namespace::INTERCONNECTION_INFO,
        id("requesting-mc-system-id", "sip:x.example"),
        id("target-mc-system-id", "sip:y.example"),
        id("requesting-mcs-id", "sip:a@x.example"),
        id("mcs-id", "sip:b@y.example"),
        id("functional-alias-URI", "sip:c@y.example"),
    );
    let acm = format!(
        "<acm-info xmlns=\"{}\"><acm-Params>{kind}{}{}{}<group-id-list><entry>{}</entry></group-id-list><migration-user-list>\
         <migration-user>{}{}</migration-user></migration-user-list></acm-Params></acm-info>",
        namespace::ACM_INFO,
        party("initiating-party", "sip:a@x.example"),
        party("target-party", "sip:b@y.example"),
        party("handling-party", "sip:c@y.example"),
        id("uri-entry", "sip:g@x.example"),
        id("primary-mcs-id", "sip:d@x.example"),
        id("partner-mcs-id", "sip:e@y.example"),
    );
    let location = format!(
        "<location-info xmlns=\"{}\"><Report ReportType=\"Emergency\"><mcptt-reporting-uri>sip:a@x.example\
         </mcptt-reporting-uri><CurrentLocation/></Report></location-info>",
        namespace::LOCATION_INFO
    );
    [
        (mime::INTERCONNECTION_INFO, namespace::INTERCONNECTION_INFO, companion),
        (mime::ACM_INFO, namespace::ACM_INFO, acm),
        (mime::MCPTT_INFO, namespace::MCPTT_INFO, info("mcpttinfo", "mcptt", namespace::MCPTT_INFO)),
        (
            mime::MCVIDEO_INFO,
            namespace::MCVIDEO_INFO,
            info("mcvideoinfo", "mcvideo", namespace::MCVIDEO_INFO),
        ),
        (mime::LOCATION_INFO, namespace::LOCATION_INFO, location),
    ]
}

#[test]
fn the_bodies_are_taken_and_seen_whole() {
    for (media, _, body) in bodies() {
        let (mut taken, mut seen) =
            (taken(media, body.as_bytes()).unwrap(), seen(media, body.as_bytes()).unwrap());
        taken.sort();
        seen.sort();
        assert_eq!(taken, seen, "{media}");
    }
}

fn seeded() -> ProptestConfig {
    let (rng_seed, failure_persistence) = (RngSeed::Fixed(24379), None);
    ProptestConfig { cases: 4096, rng_seed, failure_persistence, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(seeded())]

    #[test]
    fn whatever_identity_an_entity_takes_the_border_has_seen_or_refused(
        which in 0_usize..5,
        changes in vec((any::<prop::sample::Index>(), change()), 1..5),
    ) {
        let (media, namespace, body) = bodies()[which].clone();
        let body = mutated(&body, namespace, &changes);
        if let (Some(taken), Some(seen)) = (taken(media, body.as_bytes()), seen(media, body.as_bytes())) {
            for identity in taken {
                prop_assert!(seen.contains(&identity), "{} of {}", identity, body);
            }
        }
    }
}
