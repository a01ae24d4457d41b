//! Tables 10.6.3.2.1-1 and 10.6.3.2.2-1 of TS 23.280: each information element absent, wrong and twice, on each of its ways. What lacks
//! an element is refused, and nothing has happened.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod systems;

use kit::Cause;
use systems::{Way, World};
use xml_schemas::{
    flow::{Carriage as _, Part},
    migration::{MigrationServiceAuthorizationRequest as Asked, Outcome},
};

const A: &str = "a.example";
const B: &str = "b.example";

/// The elements that are M, as `mcptt-info` has them.
const PARTNER_ID: &str = "partner-mcptt-id";
const PRIMARY_ID: &str = "primary-mcptt-id";
const PROFILE: &str = "selected-user-profile-index";
const RESULT: &str = "migration-auth-result";

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

#[test]
fn table_10_6_3_2_1_1_each_element_of_the_clients_request() {
    for element in [PARTNER_ID, PRIMARY_ID, PROFILE] {
        for flaw in FLAWS {
            let world = World::new();
            world.registers(B, "visitor", 86_400);
            let mut publication = world.publication(B, Some("r-1"));
            // Settings say the profile too.
            publication.settings = None;
            let answer = world.publishes_in(B, "visitor", &with(&publication.split(), element, flaw));
            world.lab.run();
            if element == PARTNER_ID && matches!(flaw, Flaw::Absent) {
                assert_eq!(answer, (200, None), "the token says it");
                continue;
            }
            assert!(matches!(answer.0, 400 | 403), "{element} {flaw:?}: {answer:?}");
            assert!(!world.is_marked() && world.migrations(B).visits().is_empty(), "{element} {flaw:?}");
            assert!(world.sent::<Asked>("mcgw.b.example").is_empty(), "{element} {flaw:?}");
        }
    }
}

#[test]
fn table_10_6_3_2_1_1_each_element_of_the_partner_servers_request() {
    for element in [PARTNER_ID, PRIMARY_ID, PROFILE] {
        for flaw in FLAWS {
            let world = World::new();
            let request = World::request(B, Some("r-1")).split();
            let (status, cause) = world.says_in(B, A, &with(&request, element, flaw));
            world.lab.run();
            assert_eq!((status, cause), (400, Some(Cause::MalformedBody)), "{element} {flaw:?}");
            assert!(!world.is_marked(), "{element} {flaw:?}");
        }
    }
}

#[test]
fn table_10_6_3_2_2_1_each_element_of_the_primary_servers_response() {
    for element in [PARTNER_ID, PRIMARY_ID, RESULT] {
        for flaw in FLAWS {
            let world = World::new();
            world.way(A, Way::Mute);
            world.registers(B, "visitor", 86_400);
            assert_eq!(world.publishes(B, "visitor", &world.publication(B, Some("r-1"))), (200, None));
            world.lab.run();
            let answer = World::request(B, Some("r-1")).answer(Outcome::Success).split();
            let (status, cause) = world.says_in(A, B, &with(&answer, element, flaw));
            assert_eq!((status, cause), (400, Some(Cause::MalformedBody)), "{element} {flaw:?}");
            let still_asks = world.migrations(B).visits().iter().any(service::migration::Visit::is_asking);
            assert!(still_asks, "{element} {flaw:?}: nobody is admitted by it");
        }
    }
}
