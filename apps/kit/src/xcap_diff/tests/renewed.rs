//! Refreshes: RFC 5875 clauses 4.3, 4.4, 4.5 and 4.7. The subscriber is one that says what it likes.

use sip::{Method, Name, Request};

use super::*;

const OTHER: &str = "resource-lists/users/sip:u@a.example/other";

/// A dialog with the notifier, whose NOTIFYs are answered and kept.
pub(super) struct Subscriber {
    pub(super) world: World,
    /// The value of To.
    notifier: String,
    sequence: u32,
}

impl Subscriber {
    pub(super) fn new() -> Self {
        Self::over(World::new())
    }

    pub(super) fn over(world: World) -> Self {
        world.lab.connect(GMS, MCS, End::Response(sip::Response::new(200)));
        Self { world, notifier: "<sip:gms_psi@a.example>".to_owned(), sequence: 0 }
    }

    /// What is answered to a SUBSCRIBE that asks for the state alone.
    pub(super) fn fetches(&self, list: &str) -> sip::Message {
        self.world.lab.deliver(&self.world.gms, &self.asking(list), arrival("inner", MCS)).unwrap()
    }

    /// That SUBSCRIBE, as it arrives.
    pub(super) fn fetch(&self, list: &str) -> sip::Message {
        let mut octets = bytes::BytesMut::new();
        self.asking(list).print(b"SIP/2.0/TLS mcs.a;branch=z9hG4bKarrives", &mut octets);
        sip::Message::parse(octets.freeze(), &sip::Limits::STREAM).unwrap()
    }

    fn asking(&self, list: &str) -> Request {
        Request::new(Method::Subscribe, "sip:gms_psi@a.example")
            .header(Name::From, "<sip:mcptt_psi@a.example>;tag=1")
            .header(Name::To, &self.notifier)
            .header(Name::CallId, "fetch")
            .header(Name::CSeq, "1 SUBSCRIBE")
            .header(Name::Contact, "<sip:mcptt_psi@a.example>")
            .header(Name::Event, "xcap-diff")
            .header(Name::Expires, "0")
            .body("application/resource-lists+xml", list.to_owned())
    }

    /// A SUBSCRIBE in the dialog, or the one that makes it; it is accepted.
    fn subscribe(&mut self, event: &str, body: Option<&str>) -> sip::Message {
        let answer = self.asks(event, body);
        assert_eq!(answer.status(), Some(200));
        self.notifier = String::from_utf8_lossy(answer.header(Name::To).unwrap()).into_owned();
        answer
    }

    /// What is answered to it.
    pub(super) fn asks(&mut self, event: &str, body: Option<&str>) -> sip::Message {
        self.sequence += 1;
        let request = Request::new(Method::Subscribe, "sip:gms_psi@a.example")
            .header(Name::From, "<sip:mcptt_psi@a.example>;tag=1")
            .header(Name::To, &self.notifier)
            .header(Name::CallId, "c1")
            .header(Name::CSeq, format!("{} SUBSCRIBE", self.sequence))
            .header(Name::Contact, "<sip:mcptt_psi@a.example>")
            .header(Name::Event, event);
        let request = match body {
            Some(list) => request.body("application/resource-lists+xml", list.to_owned()),
            None => request,
        };
        self.world.lab.deliver(&self.world.gms, &request, arrival("inner", MCS)).unwrap()
    }

    /// What the last NOTIFY says.
    fn last(&self) -> String {
        let last = self.world.lab.sent(MCS).pop().unwrap();
        String::from_utf8_lossy(last.body()).into_owned()
    }

    pub(super) fn notices(&self) -> usize {
        self.world.lab.sent(MCS).len()
    }
}

#[test]
fn c4_5_who_names_no_lifetime_is_told_for_an_hour() {
    let answer = Subscriber::new().subscribe("xcap-diff", Some(&wanted(&[LIST])));
    assert_eq!(answer.header(Name::Expires), Some(&b"3600"[..]));
}

#[test]
fn c4_7_a_refresh_is_told_everything_again_in_whatever_way_changes_are_told() {
    for way in ["no-patching", "xcap-patching", "aggregate"] {
        let (event, mut subscriber) = (format!("xcap-diff;diff-processing={way}"), Subscriber::new());
        subscriber.world.put(LIST, &["one"]);
        subscriber.subscribe(&event, Some(&wanted(&[LIST])));
        let first = subscriber.last();
        subscriber.subscribe(&event, None);
        assert_eq!((subscriber.notices(), subscriber.last()), (2, first), "{way}");
    }
}

#[test]
fn c4_3_a_refresh_may_ask_for_another_way_of_telling_what_follows() {
    let mut subscriber = Subscriber::new();
    subscriber.world.put(LIST, &["one"]);
    subscriber.subscribe("xcap-diff", Some(&wanted(&[LIST])));
    subscriber.subscribe("xcap-diff;diff-processing=aggregate", None);
    assert!(!subscriber.last().contains("previous-etag"), "{}", subscriber.last());
    subscriber.world.put(LIST, &["one", "two"]);
    assert!(subscriber.last().contains("name=\"two\""), "{}", subscriber.last());
    subscriber.subscribe("xcap-diff;diff-processing=no-patching", None);
    subscriber.world.put(LIST, &["one", "two", "three"]);
    let told = subscriber.last();
    assert!(told.contains("previous-etag") && !told.contains("three"), "{told}");
}

#[test]
fn c4_4_a_refresh_with_another_list_is_told_of_that_and_of_nothing_else() {
    let mut subscriber = Subscriber::new();
    subscriber.world.put(LIST, &["one"]);
    subscriber.world.put(OTHER, &["one"]);
    subscriber.subscribe("xcap-diff", Some(&wanted(&[LIST])));
    subscriber.subscribe("xcap-diff", Some(&wanted(&[OTHER])));
    let told = read(&subscriber.last());
    assert_eq!(told.changes.len(), 1);
    assert!(subscriber.last().contains(OTHER));
    let before = subscriber.notices();
    subscriber.world.put(LIST, &["one", "two"]);
    assert_eq!(subscriber.notices(), before);
    subscriber.world.put(OTHER, &["one", "two"]);
    assert_eq!(subscriber.notices(), before + 1);
}

#[test]
fn c4_7_what_went_before_anybody_could_be_told_is_told_with_everything_else() {
    let mut subscriber = Subscriber::new();
    subscriber.world.put(LIST, &["one"]);
    subscriber.world.put(OTHER, &["one"]);
    subscriber.subscribe("xcap-diff", Some(&wanted(&[LIST, OTHER])));
    let busy = sip::Response::new(503).header(Name::RetryAfter, "5");
    subscriber.world.lab.connect(GMS, MCS, End::Response(busy));
    subscriber.world.request("DELETE", LIST, "");
    subscriber.subscribe("xcap-diff", None);
    subscriber.world.lab.connect(GMS, MCS, End::Response(sip::Response::new(200)));
    subscriber.world.lab.advance(Duration::from_secs(5));
    let told = subscriber.last();
    assert_eq!(read(&told).changes.len(), 2, "{told}");
    assert!(told.contains(&format!("new-etag=\"{}\"", subscriber.world.etag(OTHER))), "{told}");
    subscriber.world.put(OTHER, &["one", "two"]);
    assert_eq!(read(&subscriber.last()).changes.len(), 1, "from then on, changes");
}
