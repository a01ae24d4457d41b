//! A subscription through both gateways, from a server of one system to a server of the other (RFC 6665; TS 24.379 clauses
//! 6.8.2 and 6.8.3): real gateways over TLS, restarted in between, and neither keeps anything of it.

use mcx_tests::{Home, Played, Setup, Topology, TwoSystems};
use sip::{Contact, Message, Method, Name, RecordRoute, Request, Response};
use wire::Hop;

use crate::{LMS_A, OURS, THEIRS, text};

const LMS_B: &str = "lms1.core.partner.example";
const GATEWAYS: [&str; 2] = ["mcgw.primary.example", "mcgw.partner.example"];
const CONTACT_A: &str = "sip:lms1.core.primary.example:5061;transport=tls";
const CONTACT_B: &str = "sip:lms1.core.partner.example:5061;transport=tls";

/// The primary may subscribe at the partner.
fn agreed(setup: Setup) -> Setup {
    let of = |home, direction: &'static str| {
        move |setup: Setup| {
            setup.with(home, move |config| {
                config.set(&format!("gateway.partner.0.{direction}"), vec!["xcap-diff"]);
            })
        }
    };
    let setup = of(Home::Primary, "outbound")(setup);
    of(Home::Partner, "inbound")(setup).without(LMS_A).without(LMS_B)
}

/// What an end knows of the dialog (RFC 3261 12.1).
struct End<'e> {
    server: &'e Played,
    gateway: Hop,
    contact: &'static str,
    target: String,
    routes: Vec<String>,
    own: String,
    other: String,
    call_id: String,
    cseq: u32,
}

fn target(message: &Message) -> String {
    let contact = message.typed::<Contact<'_>>().unwrap().expect("a Contact");
    String::from_utf8_lossy(contact.uri).into_owned()
}

fn recorded(message: &Message) -> Vec<String> {
    let routes = message.all::<RecordRoute<'_>>().map(|route| route.unwrap().uri.to_vec());
    routes.map(|uri| String::from_utf8(uri).unwrap()).collect()
}

impl End<'_> {
    async fn send(&mut self, method: Method<'_>, state: &str) -> Message {
        self.cseq += 1;
        let mut request = Request::new(method, self.target.as_str())
            .header(Name::From, &self.own)
            .header(Name::To, &self.other)
            .header(Name::CallId, &self.call_id)
            .header(Name::CSeq, format!("{} {method}", self.cseq))
            .header(Name::Contact, format!("<{}>", self.contact))
            .header(Name::Event, "xcap-diff");
        if method == Method::Notify {
            request = request.header(Name::SubscriptionState, state);
        } else {
            request = request.header(Name::Expires, state);
        }
        for route in &self.routes {
            request = request.header(Name::Route, format!("<{route}>"));
        }
        self.server.send(request, &self.gateway).await.unwrap()
    }
}

fn accept(server: &Played, contact: &'static str) {
    server.answer(move |_| {
        Some(Response::new(200).header(Name::Contact, format!("<{contact}>")).header(Name::Expires, "600"))
    });
}

/// The subscription as both ends know it once it stands.
async fn subscribe<'e>(world: &TwoSystems, near: &'e Played, far: &'e Played) -> (End<'e>, End<'e>) {
    accept(near, CONTACT_A);
    accept(far, CONTACT_B);
    let request = Request::new(Method::Subscribe, THEIRS)
        .header(Name::From, format!("<{OURS}>;tag=a1.{LMS_A}"))
        .header(Name::To, format!("<{THEIRS}>"))
        .header(Name::CallId, format!("sub1@{LMS_A}"))
        .header(Name::CSeq, "1 SUBSCRIBE")
        .header(Name::Contact, format!("<{CONTACT_A}>"))
        .header(Name::Event, "xcap-diff")
        .header(Name::Expires, "600");
    let answer = near.send(request, &world.gateway_of(Home::Primary)).await.unwrap();
    assert_eq!(answer.status(), Some(200), "{}", String::from_utf8_lossy(answer.bytes()));
    let asked = far.requests().pop().expect("it arrived");
    let subscriber = End {
        server: near,
        gateway: world.gateway_of(Home::Primary),
        contact: CONTACT_A,
        target: target(&answer),
        routes: recorded(&answer).into_iter().rev().collect(),
        own: text(&answer, Name::From),
        other: text(&answer, Name::To),
        call_id: text(&answer, Name::CallId),
        cseq: 1,
    };
    // The tag that the far server gave is known to its own gateway alone; a server of this test reads it from a refresh.
    let notifier = End {
        server: far,
        gateway: world.gateway_of(Home::Partner),
        contact: CONTACT_B,
        target: target(&asked),
        routes: recorded(&asked),
        own: String::new(),
        other: text(&asked, Name::From),
        call_id: text(&asked, Name::CallId),
        cseq: 0,
    };
    (subscriber, notifier)
}

/// A refresh and a notification, each with the identifiers that its receiver knows.
async fn live(subscriber: &mut End<'_>, notifier: &mut End<'_>) {
    assert_eq!(subscriber.send(Method::Subscribe, "600").await.status(), Some(200));
    let refreshed = notifier.server.requests().pop().expect("the refresh arrived");
    assert_eq!(refreshed.request_uri(), CONTACT_B.as_bytes());
    assert_eq!(
        (text(&refreshed, Name::CallId), text(&refreshed, Name::From)),
        (notifier.call_id.clone(), notifier.other.clone())
    );
    notifier.own = text(&refreshed, Name::To);
    assert_eq!(notifier.send(Method::Notify, "active").await.status(), Some(200));
    let notified = subscriber.server.requests().pop().expect("the notification arrived");
    assert_eq!(notified.request_uri(), CONTACT_A.as_bytes());
    assert_eq!(
        (text(&notified, Name::CallId), text(&notified, Name::To), text(&notified, Name::From)),
        (subscriber.call_id.clone(), subscriber.own.clone(), subscriber.other.clone())
    );
}

#[test]
fn rfc6665_4_a_subscription_outlives_the_restart_of_both_gateways() {
    for topology in [Topology::Hidden, Topology::Open] {
        agreed(TwoSystems::new().topology(topology)).run(async |world| {
            let (near, far) = (world.play_locations(Home::Primary), world.play_locations(Home::Partner));
            let (mut subscriber, mut notifier) = subscribe(world, &near, &far).await;
            live(&mut subscriber, &mut notifier).await;
            for gateway in GATEWAYS {
                world.restart(gateway).await;
            }
            live(&mut subscriber, &mut notifier).await;
            assert_eq!(subscriber.send(Method::Subscribe, "0").await.status(), Some(200));
            assert_eq!(notifier.send(Method::Notify, "terminated;reason=timeout").await.status(), Some(200));
        });
    }
}

#[test]
fn rfc6665_4_1_2_2_an_end_that_forgot_says_so_to_the_other() {
    agreed(TwoSystems::new()).run(async |world| {
        let (near, far) = (world.play_locations(Home::Primary), world.play_locations(Home::Partner));
        let (mut subscriber, mut notifier) = subscribe(world, &near, &far).await;
        live(&mut subscriber, &mut notifier).await;
        far.answer(|_| Some(Response::new(481)));
        near.answer(|_| Some(Response::new(481)));
        assert_eq!(subscriber.send(Method::Subscribe, "600").await.status(), Some(481));
        assert_eq!(notifier.send(Method::Notify, "active").await.status(), Some(481));
    });
}
