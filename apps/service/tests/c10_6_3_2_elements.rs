//! Tables 10.6.3.2.1-1 and 10.6.3.2.2-1 of TS 23.280: each information element absent, wrong and twice, on each of its ways. What lacks
//! an element is refused, and nothing has happened.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod systems;

use kit::Cause;
use systems::{Way, World};
use xml_schemas::{
    body::interconnection_info::McService,
    flow::{Carriage as _, Part},
    lexical::Lexical as _,
    migration::{MigrationServiceAuthorizationRequest as Asked, Outcome},
};

const A: &str = "a.example";
const B: &str = "b.example";

/// The elements that are M, as the information documents of both MC services have them; and what a client proves itself by.
const PROFILE: &str = "selected-user-profile-index";
const RESULT: &str = "migration-auth-result";
const SERVICES: [McService; 2] = [McService::Mcptt, McService::McVideo];

fn partner_id(service: McService) -> String {
    format!("partner-{}-id", service.write())
}

fn primary_id(service: McService) -> String {
    format!("primary-{}-id", service.write())
}

fn token(service: McService) -> String {
    format!("{}-access-token", service.write())
}

fn client_id(service: McService) -> String {
    format!("{}-client-id", service.write())
}

/// What is done to an element.
#[derive(Clone, Copy, Debug)]
enum Flaw {
    Absent,
    Empty,
    Twice,
    Nonsense,
}

const FLAWS: [Flaw; 4] = [Flaw::Absent, Flaw::Empty, Flaw::Twice, Flaw::Nonsense];

/// The same bodies with that done to the element of this name, in the information document.
fn with(parts: &[Part<'_>], element: &str, flaw: Flaw) -> Vec<Part<'static>> {
    let mut is_done = false;
    let mut all = Vec::new();
    for part in parts {
        let text = String::from_utf8(part.bytes.to_vec()).unwrap();
        let text = match place(&text, element) {
            Some((from, to)) if !is_done => {
                is_done = true;
                let whole = &text[from..to];
                let instead = match flaw {
                    Flaw::Absent => String::new(),
                    Flaw::Empty => format!("<{element}/>"),
                    Flaw::Twice => format!("{whole}{whole}"),
                    Flaw::Nonsense => inner(whole),
                };
                format!("{}{instead}{}", &text[..from], &text[to..])
            }
            _ => text,
        };
        let content_type: &'static str = Box::leak(part.content_type.to_string().into_boxed_str());
        all.push(Part::borrowed(content_type, Box::leak(text.into_bytes().into_boxed_slice())));
    }
    assert!(is_done, "there is no {element}");
    all
}

fn place(text: &str, element: &str) -> Option<(usize, usize)> {
    let from = text.find(&format!("<{element}"))?;
    let end = format!("</{element}>");
    Some((from, from + text[from..].find(&end)? + end.len()))
}

/// The innermost value is something that it cannot be.
fn inner(whole: &str) -> String {
    let end = whole.find("</").unwrap();
    let from = whole[..end].rfind('>').unwrap() + 1;
    format!("{}no value{}", &whole[..from], &whole[end..])
}

/// Each of these elements with each flaw.
fn each<const N: usize>(
    elements: impl Fn(McService) -> [String; N],
) -> impl Iterator<Item = (McService, String, Flaw)> {
    SERVICES.into_iter().flat_map(move |service| {
        let of_service = elements(service).into_iter();
        of_service.flat_map(move |element| FLAWS.map(|flaw| (service, element.clone(), flaw)))
    })
}

fn asked(service: McService) -> Asked {
    Asked { service, ..World::request(B, Some("r-1")) }
}

#[test]
fn table_10_6_3_2_1_1_each_element_of_the_clients_request() {
    let elements = |service| {
        [partner_id(service), primary_id(service), PROFILE.to_owned(), token(service), client_id(service)]
    };
    for (service, element, flaw) in each(elements) {
        let world = World::new();
        world.registers(B, "visitor", 86_400);
        let mut publication = world.publication(B, Some("r-1"));
        // Settings say the profile too, and the client.
        (publication.settings, publication.service) = (None, service);
        let answer = world.publishes_in(B, "visitor", &with(&publication.split(), &element, flaw));
        world.lab.run();
        if element == partner_id(service) && matches!(flaw, Flaw::Absent) {
            assert_eq!(answer, (200, None), "the token says it");
            continue;
        }
        if element == client_id(service) && matches!(flaw, Flaw::Nonsense) {
            assert_eq!(answer, (200, None), "it is what the client calls itself");
            continue;
        }
        assert!(matches!(answer.0, 400 | 401 | 403), "{element} {flaw:?}: {answer:?}");
        assert!(!world.is_marked() && world.migrations(B).visits().is_empty(), "{element} {flaw:?}");
        assert!(world.sent::<Asked>("mcgw.b.example").is_empty(), "{element} {flaw:?}");
    }
}

#[test]
fn table_10_6_3_2_1_1_each_element_of_the_partner_servers_request() {
    for (service, element, flaw) in
        each(|service| [partner_id(service), primary_id(service), PROFILE.to_owned()])
    {
        let world = World::new();
        let (status, cause) = world.says_in(B, A, &with(&asked(service).split(), &element, flaw));
        world.lab.run();
        assert_eq!((status, cause), (400, Some(Cause::MalformedBody)), "{element} {flaw:?}");
        assert!(world.migrations(A).marks().is_empty(), "{element} {flaw:?}");
    }
}

#[test]
fn table_10_6_3_2_2_1_each_element_of_the_primary_servers_response() {
    for (service, element, flaw) in
        each(|service| [partner_id(service), primary_id(service), RESULT.to_owned()])
    {
        let world = World::new();
        world.way(A, Way::Mute);
        let video = |publication: &mut xml_schemas::migration::Publication| publication.service = service;
        assert_eq!(world.asks(B, "r-1", video), None);
        let answer = asked(service).answer(Outcome::Success).split();
        let (status, cause) = world.says_in(A, B, &with(&answer, &element, flaw));
        assert_eq!((status, cause), (400, Some(Cause::MalformedBody)), "{element} {flaw:?}");
        let still_asks = world.migrations(B).visits().iter().any(service::migration::Visit::is_asking);
        assert!(still_asks, "{element} {flaw:?}: nobody is admitted by it");
    }
}

/// The companion body names the request and the result.
#[test]
fn c10_6_3_2_each_element_of_the_companion_body() {
    for element in ["request-id", "mc-service"] {
        for flaw in FLAWS {
            let world = World::new();
            let (status, cause) = world.says_in(B, A, &with(&asked(McService::Mcptt).split(), element, flaw));
            world.lab.run();
            let is_open = matches!((element, flaw), ("mc-service", Flaw::Absent));
            let expected = if is_open { (200, None) } else { (400, Some(Cause::MalformedBody)) };
            assert_eq!((status, cause), expected, "{element} {flaw:?}");
            assert!(is_open || !world.is_marked(), "{element} {flaw:?}");
        }
    }
    for element in ["request-id", "outcome"] {
        for flaw in FLAWS {
            let world = World::new();
            world.way(A, Way::Mute);
            assert_eq!(world.asks(B, "r-1", |_| ()), None);
            let refusal = xml_schemas::migration::Refusal { code: Some(77), text: None };
            let answer = asked(McService::Mcptt).answer(Outcome::Failure(refusal)).split();
            let (status, cause) = world.says_in(A, B, &with(&answer, element, flaw));
            assert_eq!((status, cause), (400, Some(Cause::MalformedBody)), "{element} {flaw:?}");
        }
    }
}
