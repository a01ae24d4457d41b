//! RFC 6665 and RFC 5875 at a terminal.

use std::sync::{Arc, Mutex};

use kit::testing::{End, Lab, arrival};
use sip::{Message, Name, Request, Response};
use xml_schemas::body::{Body as _, McpttInfo};

use super::*;
use crate::testing::{CORE, device};

const GMS: &str = "sip:gms_psi@primary.example";
const FIRE: &str = "org.openmobilealliance.groups/global/byGroupID/sip:fire@primary.example";

struct Terminal {
    lab: Lab,
    watcher: ChangeWatcher,
    held: Held,
    news: Arc<Mutex<Vec<News>>>,
}

fn subscribed(status: u16) -> Terminal {
    let lab = Lab::new();
    let response = Response::new(status).header(Name::Expires, "3600");
    lab.connect("alice", CORE, End::Response(response));
    let watcher = ChangeWatcher::new(&device(&lab), Some(CORE.into())).unwrap();
    let wish = Wish {
        server: Psi::new(GMS).unwrap(),
        selectors: vec![FIRE.to_owned()],
        processing: Processing::NoPatching,
        token: Some(AccessToken::new("t.o.k")),
        lifetime: Duration::from_secs(3600),
    };
    let news: Arc<Mutex<Vec<News>>> = Arc::default();
    let heard = Arc::clone(&news);
    let held = watcher.watch(&wish, move |each| heard.lock().unwrap().push(each)).unwrap();
    lab.run();
    Terminal { lab, watcher, held, news }
}

impl Terminal {
    fn sent(&self) -> Message {
        self.lab.sent(CORE).last().cloned().expect("a SUBSCRIBE")
    }

    /// The NOTIFY of the server that this identity is asserted of.
    fn notify(&self, number: u32, asserted: &str, body: Option<&str>) -> u16 {
        let subscribe = self.sent();
        let field = |name| String::from_utf8_lossy(subscribe.header(name).unwrap()).into_owned();
        let request = Request::new(sip::Method::Notify, "sip:alice@192.0.2.1:5070")
            .header(Name::From, format!("<{GMS}>;tag=n1"))
            .header(Name::To, field(Name::From))
            .header(Name::CallId, field(Name::CallId))
            .header(Name::CSeq, format!("{number} NOTIFY"))
            .header(Name::Contact, format!("<{GMS}>"))
            .header(Name::PAssertedIdentity, format!("<{asserted}>"))
            .header(Name::Event, "xcap-diff")
            .header(Name::SubscriptionState, "active;expires=3600");
        let request = match body {
            Some(body) => request.body(xcap::diff::MEDIA_TYPE, body.to_owned()),
            None => request,
        };
        let answer = self.lab.deliver(&*self.watcher.service(), &request, arrival(CORE, CORE));
        answer.and_then(|answer| answer.status()).expect("is answered")
    }

    fn news(&self) -> Vec<News> {
        std::mem::take(&mut *self.news.lock().unwrap())
    }
}

fn diff(changes: &str) -> String {
    format!(
        "<xcap-diff xmlns=\"urn:ietf:params:xml:ns:xcap-diff\" xcap-root=\"https://xcap.primary.example/\">{changes}</xcap-diff>"
    )
}

#[test]
fn ts24481_6_3_13_2_a_subscribe_carries_the_token_and_what_is_wanted() {
    let terminal = subscribed(200);
    let sent = terminal.sent();
    let field = |name| sent.header(name).map(|value| String::from_utf8_lossy(value).into_owned());
    assert_eq!(sent.method(), sip::Method::Subscribe);
    assert_eq!(sent.request_uri(), GMS.as_bytes());
    assert_eq!(field(Name::Contact).as_deref(), Some("<sip:alice@192.0.2.1:5070>"), "where it is reached");
    assert_eq!(field(Name::PPreferredIdentity).as_deref(), Some("<sip:alice.imsi@primary.example>"));
    assert_eq!(field(Name::PAssertedIdentity), None, "that is for its core to say");
    assert_eq!(field(Name::Event).as_deref(), Some("xcap-diff;diff-processing=no-patching"));
    let parts = kit::carriage::parts(&sent).unwrap();
    let [info, list] = parts.as_slice() else { panic!("{parts:?}") };
    let info = McpttInfo::read(&info.bytes).unwrap();
    assert_eq!(info.access_token.unwrap().plain().unwrap().as_str(), "t.o.k");
    assert!(list.is("application/resource-lists+xml") && String::from_utf8_lossy(&list.bytes).contains(FIRE));
}

#[test]
fn rfc5875_4_5_each_diff_is_told_and_a_notify_without_one_is_not() {
    let terminal = subscribed(200);
    let there = diff(&format!("<document sel=\"{FIRE}\" new-etag=\"3\"/>"));
    assert_eq!(terminal.notify(1, GMS, Some(&there)), 200);
    let news = terminal.news();
    let [News::Changed(told)] = news.as_slice() else { panic!("{news:?}") };
    assert_eq!((told.root.as_str(), told.changes.len()), ("https://xcap.primary.example/", 1));
    assert!(terminal.held.is_active());
    assert_eq!(terminal.notify(2, GMS, None), 200);
    assert_eq!(terminal.news(), []);
}

#[test]
fn rfc6665_4_1_3_what_another_tells_or_nobody_can_read_is_refused() {
    let terminal = subscribed(200);
    assert_eq!(terminal.notify(1, "sip:lms_psi@primary.example", Some(&diff(""))), 481);
    assert_eq!(terminal.notify(1, GMS, Some("<broken")), 400);
    assert_eq!(terminal.news(), []);
}

#[test]
fn rfc6665_4_1_2_1_a_refusal_is_told_with_its_status() {
    let terminal = subscribed(403);
    assert_eq!(terminal.news(), [News::Over(Some(403))]);
}
