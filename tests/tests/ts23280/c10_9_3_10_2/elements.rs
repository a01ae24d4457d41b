//! The information elements of 10.9.2.2 and 10.9.2.3 as they travel between the two systems.

use std::time::Duration;

use kit::carriage;
use mcx_tests::{Home, Played, TwoSystems, causes, flows, located};
use xml_schemas::{
    body::{Body as _, LocationInfo, McpttInfo},
    flow::{Carriage, Part},
    location::{LocationItem, LocationReport, LocationRequest, TargetAnswer},
    mime,
};

use crate::{ALICE, BOB, CAROL, DAVE};

const OURS: &str = "sip:lms_psi@primary.example";
const THEIRS: &str = "sip:lms_psi@partner.example";

/// What reaches the partner when alice asks for these.
fn asked(targets: &'static [&'static str], look: impl FnOnce(&Played) + 'static) {
    TwoSystems::new().without_system(Home::Partner).run(async move |world| {
        let partner = world.play_border(Home::Partner);
        world.ask("alice", targets).await.unwrap();
        look(&partner);
    });
}

/// What reaches the partner when bob of its system asks for users of ours; the first world is ours to prepare.
fn answered(
    change: impl FnOnce(&mut LocationRequest) + 'static,
    edit: impl FnOnce(String) -> String + 'static,
    look: impl AsyncFnOnce(&mcx_tests::TwoSystems, &Played) + 'static,
) {
    TwoSystems::new().without_system(Home::Partner).run(async move |world| {
        let partner = world.play_border(Home::Partner);
        let mut request = flows::request("r1", BOB, &[DAVE]);
        change(&mut request);
        let mut parts = request.split();
        let location = parts.iter_mut().find(|part| part.is(mime::LOCATION_INFO)).unwrap();
        location.bytes = edit(String::from_utf8(location.bytes.to_vec()).unwrap()).into_bytes().into();
        let (content_type, body) = carriage::bodies(&parts, &driver::SeededIds::new(3));
        let message = partner.message(&request, THEIRS, OURS).body(&content_type, body);
        let answer = partner.send(message, &world.border_of(Home::Primary)).await.unwrap();
        assert_eq!(answer.status(), Some(200));
        world.quiet().await;
        look(world, &partner).await;
    });
}

/// The `mcptt-info` body of the last message that reached a server.
fn mcptt_info(played: &Played) -> McpttInfo {
    let requests = played.requests();
    let parts: Vec<Part<'_>> = carriage::parts(requests.last().unwrap()).unwrap();
    let part = parts.iter().find(|part| part.is(mime::MCPTT_INFO)).unwrap();
    McpttInfo::read(&part.bytes).unwrap()
}

fn request_uri(played: &Played) -> Option<String> {
    mcptt_info(played).request_uri.map(|uri| uri.plain().unwrap().as_str().to_owned())
}

#[test]
fn element_requesting_and_target_ids_and_both_systems() {
    asked(&[BOB, CAROL], |partner| {
        let request: LocationRequest = partner.last().unwrap();
        let targets: Vec<&str> = request.targets.iter().map(|target| target.as_str()).collect();
        assert_eq!((request.requester.as_str(), targets), (ALICE, vec![BOB, CAROL]));
        let systems = [request.requesting_system, request.target_system].map(|system| system.unwrap().uri());
        assert_eq!(systems, ["sip:primary.example", "sip:partner.example"]);
        assert!(request.refresh);
    });
}

#[test]
fn element_mcptt_request_uri_names_the_target_only_where_there_is_one() {
    asked(&[BOB], |partner| assert_eq!(request_uri(partner).as_deref(), Some(BOB)));
    asked(&[BOB, CAROL], |partner| assert_eq!(request_uri(partner), None));
}

#[test]
fn element_mcptt_request_uri_of_a_report_names_the_requester() {
    answered(|_| (), |text| text, async |_, partner| assert_eq!(request_uri(partner).as_deref(), Some(BOB)));
}

#[test]
fn element_a_report_carries_ids_position_and_time() {
    answered(
        |_| (),
        |text| text,
        async |_, partner| {
            let report: LocationReport = partner.last().unwrap();
            assert_eq!((report.requester.as_str(), located(&report)), (BOB, vec![DAVE]));
            assert_eq!(report.request_id, flows::request_id("r1"));
            let TargetAnswer::Located(position) = &report.targets[0].answer else { panic!("{report:?}") };
            assert!(position.coordinate().is_some() && position.taken_at().is_some());
        },
    );
}

#[test]
fn element_absent_refresh_means_refresh() {
    let without = |text: String| {
        let without = text.replace(" Refresh=\"true\"", "").replace(" refresh=\"true\"", "");
        assert_ne!(without, text, "{text}");
        assert_eq!(LocationInfo::read(without.as_bytes()).unwrap().requests[0].refresh, None);
        without
    };
    answered(
        |_| (),
        without,
        async |world, partner| {
            assert_eq!(located(&partner.last::<LocationReport>().unwrap()), [DAVE]);
            assert!(world.steps("10.9.3.2").contains(&("dave".to_owned(), 3)), "his terminal was asked");
        },
    );
}

#[test]
fn element_refresh_false_is_answered_with_what_is_known() {
    answered(
        |request| request.refresh = false,
        |text| text,
        async |world, partner| {
            assert_eq!(causes(&partner.last::<LocationReport>().unwrap()), [Some(kit::Cause::NoPosition)]);
            assert!(world.steps("10.9.3.2").is_empty());
        },
    );
}

#[test]
fn element_only_the_requested_information_is_reported() {
    let only_the_cell = |request: &mut LocationRequest| request.requested = vec![LocationItem::ServingCell];
    answered(
        only_the_cell,
        |text| text,
        async |_, partner| {
            let report: LocationReport = partner.last().unwrap();
            let TargetAnswer::Located(position) = &report.targets[0].answer else { panic!("{report:?}") };
            assert!(position.coordinate().is_none(), "the point was not asked for");
        },
    );
}

#[test]
fn element_a_target_named_by_a_functional_alias_is_refused_and_said_so() {
    TwoSystems::new().without_system(Home::Partner).run(async |world| {
        let partner = world.play_border(Home::Partner);
        let request = flows::request("r1", BOB, &[DAVE]);
        let mut parts = request.split();
        let companion = parts.iter_mut().find(|part| part.is(mime::INTERCONNECTION_INFO)).unwrap();
        let text = String::from_utf8(companion.bytes.to_vec()).unwrap();
        let list = text.find("<target-list>").unwrap()..text.find("</target-list>").unwrap();
        let alias = text[list.clone()].replace("mcs-id", "functional-alias-URI");
        companion.bytes = text.replace(&text[list], &alias).into_bytes().into();
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is(mime::MCPTT_INFO)).collect();
        let info = Part::of(&McpttInfo::default());
        let parts: Vec<_> = [info].into_iter().chain(parts).collect();
        let (content_type, body) = carriage::bodies(&parts, &driver::SeededIds::new(3));
        let message = partner.message(&request, THEIRS, OURS).body(&content_type, body);
        let answer = partner.send(message, &world.border_of(Home::Primary)).await.unwrap();
        assert_eq!(answer.status(), Some(403));
        assert_eq!(kit::Cause::from_response(&answer), kit::Cause::UnsupportedTarget);
    });
}

#[test]
fn element_a_repeated_request_is_reported_once() {
    TwoSystems::new().without_system(Home::Partner).run(async |world| {
        let partner = world.play_border(Home::Partner);
        let border = world.border_of(Home::Primary);
        for _ in 0..2 {
            let message = partner.message(&flows::request("r1", BOB, &[DAVE]), THEIRS, OURS);
            assert_eq!(partner.send(message, &border).await.unwrap().status(), Some(200));
        }
        world.advance(Duration::from_secs(20)).await;
        assert_eq!(partner.requests().len(), 1);
        let other = partner.message(&flows::request("r1", BOB, &[ALICE]), THEIRS, OURS);
        let answer = partner.send(other, &border).await.unwrap();
        assert_eq!(kit::Cause::from_response(&answer), kit::Cause::RepeatedRequest);
    });
}
