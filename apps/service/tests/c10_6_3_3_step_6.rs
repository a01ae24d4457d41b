//! TS 23.280 clause 10.6.3.3 step 6: the primary MC service server looks whether its user has the profile with which he asks to migrate,
//! for MCPTT and for MCVideo. TS 24.484 clauses 8.3 and 9.3
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod systems;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::channel::oneshot;
use kit::{
    Cause,
    testing::{End, WebEnd, arrival, hop},
};
use service::config::DocumentServer;
use sip::{Method, Name, Request, Response};
use systems::{ALICE, World, cause};
use wire::{Arrival, BoxFuture, web::WebService};
use xcap::{Root, Usages, caps};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::Psi,
    migration::{Outcome, Publication},
};

const A: &str = "a.example";
const B: &str = "b.example";
const CMS: &str = "cms1.core.a.example";
const MCS: &str = "mcs1.core.a.example";

const MCPTT: &str = "org.3gpp.mcptt.user-profile";
const MCVIDEO: &str = "org.3gpp.mcvideo.user-profile";

/// A configuration management server that has this one document, and says that it keeps these usages; or says nothing of that.
struct Cms {
    document: String,
    keeps: Option<Vec<&'static str>>,
}

impl WebService for Cms {
    fn serve(&self, request: http::Request<Bytes>, _: Arrival) -> BoxFuture<'static, http::Response<Bytes>> {
        let path = request.uri().path().to_owned();
        let answer = match &self.keeps {
            Some(auids) if path == "/xcap-caps/global/index" => {
                let usage = |auid: &&str| xcap::Usage::new(auid, "application/xml", "");
                let usages = auids.iter().map(usage).fold(Usages::new(), Usages::with);
                http::Response::new(Bytes::from(caps::write(&usages, &[])))
            }
            _ if path == self.document => http::Response::new(Bytes::from_static(b"<profile/>")),
            _ => Cause::UnknownTarget.web(),
        };
        Box::pin(std::future::ready(answer))
    }
}

/// `a.example` asks its configuration management server.
fn world() -> World {
    World::configured(|system, config| {
        config.profiles = (system == A).then(|| DocumentServer {
            identity: CMS.into(),
            psi: Psi::new("sip:cms_psi@a.example").unwrap(),
            root: Root::new("https://xcap.a.example").unwrap(),
            sip: hop(CMS),
            http: hop(CMS),
        });
    })
}

/// Alice has this profile and no other.
fn with(auid: &str, keeps: Option<&[&'static str]>) -> World {
    let service = if auid == MCVIDEO { "mcvideo" } else { "mcptt" };
    let document = format!("/{auid}/users/{ALICE}/{service}-user-profile-3.xml");
    let service = Arc::new(Cms { document, keeps: keeps.map(<[_]>::to_vec) });
    let world = world();
    world.lab.connect_web(
        MCS,
        CMS,
        WebEnd::Service { service, arrival: arrival("servers", MCS), asserted: None },
    );
    world
}

fn video(publication: &mut Publication) {
    publication.service = McService::McVideo;
}

const BOTH: Option<&[&str]> = Some(&[MCPTT, MCVIDEO]);

#[test]
fn step_6_an_mcvideo_profile_is_asked_for_as_an_mcptt_one_is() {
    let has_video = with(MCVIDEO, BOTH);
    assert_eq!(has_video.asks(B, "r-1", video), Some(Outcome::Success));
    assert_eq!(cause(has_video.asks(B, "r-2", |_| ())), Some(Cause::NoProfile), "that is none for MCPTT");
    let has_voice = with(MCPTT, BOTH);
    assert_eq!(cause(has_voice.asks(B, "r-1", video)), Some(Cause::NoProfile));
    assert!(has_voice.migrations(A).marks().is_empty());
    assert_eq!(has_voice.asks(B, "r-2", |_| ()), Some(Outcome::Success));
}

#[test]
fn step_6_where_the_server_keeps_no_mcvideo_profiles_the_rule_alone_says_which_there_are() {
    let world = with(MCPTT, Some(&[MCPTT]));
    assert_eq!(world.asks(B, "r-1", video), Some(Outcome::Success));
    let other = |publication: &mut Publication| {
        video(publication);
        publication.profile = Some(xml_schemas::migration::ProfileIndex(4));
        publication.settings = None;
    };
    assert_eq!(cause(world.asks(B, "r-2", other)), Some(Cause::WrongProfile));
    let silent = with(MCPTT, None);
    assert_eq!(
        cause(silent.asks(B, "r-1", video)),
        Some(Cause::NoProfile),
        "one that does not say so keeps them"
    );
}

#[test]
fn step_6_what_the_server_does_not_say_is_no_no_and_is_asked_again() {
    let world = world();
    for end in
        [WebEnd::Status(http::StatusCode::SERVICE_UNAVAILABLE), WebEnd::Fails(wire::WireError::Timeout)]
    {
        world.lab.connect_web(MCS, CMS, end);
        for service in [McService::Mcptt, McService::McVideo] {
            let asked = xml_schemas::migration::MigrationServiceAuthorizationRequest {
                service,
                ..World::request(B, Some("r-1"))
            };
            assert_eq!(world.says(B, A, &asked), (503, Some(Cause::ServerUnreachable)));
        }
    }
    assert!(!world.is_marked());
}

/// The NOTIFY of this number in the dialog of the last subscription.
fn notified(world: &World, number: u32, state: &str, body: Option<&str>) {
    let subscribe = world.lab.sent(CMS).pop().unwrap();
    let header = |name: Name| String::from_utf8(subscribe.header(name).unwrap().to_vec()).unwrap();
    let notify = Request::new(Method::Notify, "sip:mcptt_psi@a.example")
        .header(Name::From, "<sip:cms_psi@a.example>;tag=cms")
        .header(Name::To, header(Name::From))
        .header(Name::CallId, header(Name::CallId))
        .header(Name::CSeq, format!("{number} NOTIFY"))
        .header(Name::Contact, "<sip:cms1.core.a.example>")
        .header(Name::Event, "xcap-diff")
        .header(Name::SubscriptionState, state);
    let diff = |documents: &str| {
        format!(
            "<xcap-diff xmlns=\"urn:ietf:params:xml:ns:xcap-diff\" xcap-root=\"https://xcap.a.example/\">{documents}</xcap-diff>"
        )
    };
    let notify = match body {
        Some(documents) => notify.body(xcap::diff::MEDIA_TYPE, diff(documents)),
        None => notify,
    };
    let server = world.systems[A].service();
    let answer =
        world.lab.deliver(&*server, &notify, arrival("inner", CMS)).and_then(|answer| answer.status());
    assert_eq!(answer, Some(200));
}

/// Alice is authorized at home, and her profile followed; by now nobody but the one who follows it knows that there is one.
fn followed() -> World {
    let world = with(MCPTT, BOTH);
    let accepted =
        Response::new(200).header(Name::Expires, "3600").header(Name::Contact, "<sip:cms1.core.a.example>");
    world.lab.connect(MCS, CMS, End::Response(accepted));
    assert_eq!(world.returns(), (200, None));
    notified(
        &world,
        1,
        "active;expires=3600",
        Some(&format!("<document sel=\"{DOCUMENT}\" new-etag=\"1\"/>")),
    );
    world.lab.connect_web(MCS, CMS, WebEnd::Status(http::StatusCode::NOT_FOUND));
    world
}

const DOCUMENT: &str = "org.3gpp.mcptt.user-profile/users/sip:alice@a.example/mcptt-user-profile-3.xml";

#[test]
fn step_6_a_profile_that_is_gone_is_none_though_its_user_is_followed() {
    assert_eq!(followed().asks(B, "r-1", |_| ()), Some(Outcome::Success), "it is known to be there");
    let world = followed();
    let gone = format!("<document sel=\"{DOCUMENT}\" previous-etag=\"1\"/>");
    notified(&world, 2, "active;expires=3600", Some(&gone));
    assert_eq!(cause(world.asks(B, "r-1", |_| ())), Some(Cause::NoProfile), "it is deleted");
}

#[test]
fn step_6_a_profile_that_went_while_nobody_was_told_is_none() {
    let world = followed();
    let before = world.lab.sent(CMS).len();
    notified(&world, 2, "terminated;reason=deactivated", None);
    world.seconds(60);
    assert!(world.lab.sent(CMS).len() > before, "the subscription is begun anew");
    notified(&world, 1, "active;expires=3600", Some(""));
    assert_eq!(cause(world.asks(B, "r-1", |_| ())), Some(Cause::NoProfile));
}

/// A configuration management server whose answer is on its way for as long as the test wants.
struct Slow(Mutex<Option<oneshot::Receiver<()>>>);

impl WebService for Slow {
    fn serve(&self, _: http::Request<Bytes>, _: Arrival) -> BoxFuture<'static, http::Response<Bytes>> {
        let gate = self.0.lock().unwrap().take().unwrap();
        Box::pin(async move {
            gate.await.unwrap();
            http::Response::new(Bytes::from_static(b"<profile/>"))
        })
    }
}

#[test]
fn step_6_a_profile_that_was_deleted_while_it_was_fetched_is_none() {
    let world = followed();
    let (open, gate) = oneshot::channel();
    let service = Arc::new(Slow(Mutex::new(Some(gate))));
    let end = WebEnd::Service { service, arrival: arrival("servers", MCS), asserted: None };
    world.lab.connect_web(MCS, CMS, end);
    let changed = format!("<document sel=\"{DOCUMENT}\" previous-etag=\"1\" new-etag=\"2\"/>");
    notified(&world, 2, "active;expires=3600", Some(&changed));
    let gone = format!("<document sel=\"{DOCUMENT}\" previous-etag=\"2\"/>");
    notified(&world, 3, "active;expires=3600", Some(&gone));
    open.send(()).unwrap();
    world.lab.run();
    world.lab.connect_web(MCS, CMS, WebEnd::Status(http::StatusCode::NOT_FOUND));
    assert_eq!(cause(world.asks(B, "r-1", |_| ())), Some(Cause::NoProfile));
}
