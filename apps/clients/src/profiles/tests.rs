use std::sync::Arc;

use bytes::Bytes;
use futures::executor::block_on;
use http::{Request, Response, StatusCode, header};
use kit::testing::{Lab, WebEnd, arrival, hop};
use wire::{Arrival, BoxFuture, web::WebService};
use xml_schemas::xsd;

use super::*;

const ROOT: &str = "https://cms.primary.example";

fn dave() -> McServiceId {
    McServiceId::new("sip:dave@primary.example").unwrap()
}

fn profile(partners: &str) -> String {
    format!(
        "<mcptt-user-profile xmlns=\"{NAMESPACE}\" XUI-URI=\"sip:dave@primary.example\" user-profile-index=\"3\">\
         <OnNetwork><MaxAffiliationsN2>1</MaxAffiliationsN2><anyExt>{partners}</anyExt></OnNetwork></mcptt-user-profile>"
    )
}

fn entry(system: &str, connectivity: &str) -> String {
    format!(
        "<MigratablePartnerMCPTTSystemInfo><PartnerMCPTTSystemId>{system}</PartnerMCPTTSystemId>\
         <anyExt>{connectivity}</anyExt></MigratablePartnerMCPTTSystemInfo>"
    )
}

const CONNECTED: &str = "<partner-connectivity xmlns=\"urn:x-mcx:ns:partner-connectivity:1.0\">\
    <impu>sip:dave-abroad.imsi@partner.example</impu><username>dave-abroad</username>\
    <sip-core>sip:192.0.2.7:5060;transport=tcp</sip-core><service-server>sip:mcptt_psi@partner.example</service-server>\
    <location-server>sip:lms_psi@partner.example</location-server></partner-connectivity>";

fn read(partners: &str) -> UserProfile {
    UserProfile::read(profile(partners).as_bytes(), &dave(), ProfileIndex(3)).unwrap()
}

fn no_way(partners: &str) -> String {
    read(partners).partner("partner.example").unwrap_err().to_string()
}

#[test]
fn c10_6_3_3_precondition_a_profile_says_how_its_user_is_connected_with_a_partner_mc_system() {
    for system in ["partner.example", "sip:partner.example", "Partner.Example"] {
        let profile = read(&[entry("other.example", ""), entry(system, CONNECTED)].concat());
        let partner = profile.partner("partner.example").unwrap();
        assert_eq!(partner.impu.as_str(), "sip:dave-abroad.imsi@partner.example");
        assert_eq!((&*partner.username, &*partner.core), ("dave-abroad", "sip:192.0.2.7:5060;transport=tcp"));
        assert_eq!(partner.service.as_str(), "sip:mcptt_psi@partner.example");
        assert_eq!((&partner.acm, &partner.aliases), (&None, &None));
    }
}

#[test]
fn c10_6_3_3_precondition_without_an_entry_for_the_system_nobody_goes_there() {
    let text = "user profile 3 says nothing of partner.example: it is not valid there";
    for others in [String::new(), entry("other.example", CONNECTED), entry("x.partner.example", CONNECTED)] {
        assert_eq!(no_way(&others), text, "{others}");
    }
    assert_eq!(
        no_way(&entry("partner.example", CONNECTED).repeat(2)),
        "user profile 3 has two entries for partner.example"
    );
}

#[test]
fn c10_6_3_3_precondition_what_an_entry_lacks_is_named() {
    let lacks = |what: &str| {
        format!("user profile 3 does not say how to connect with partner.example: no valid {what}")
    };
    assert_eq!(no_way(&entry("partner.example", "")), lacks("partner-connectivity"));
    for what in ["impu", "username", "sip-core", "service-server", "location-server"] {
        let (open, close) = (format!("<{what}>"), format!("</{what}>"));
        let (begin, end) = (CONNECTED.find(&open).unwrap(), CONNECTED.find(&close).unwrap() + close.len());
        let less = [&CONNECTED[..begin], &CONNECTED[end..]].concat();
        assert_eq!(no_way(&entry("partner.example", &less)), lacks(what));
    }
    let wrong = CONNECTED.replace("sip:mcptt_psi@partner.example", "tel:+1");
    assert_eq!(no_way(&entry("partner.example", &wrong)), lacks("service-server"));
}

#[test]
fn the_schema_of_an_entry_wants_what_its_reader_wants() {
    let catalog = xsd::catalog().unwrap();
    let schemas = xsd::documents(&catalog).unwrap();
    let is_valid = |connectivity: &str| {
        let text = profile(&entry("partner.example", connectivity));
        let document = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
        xml::schema::Validator::validate(&schemas, &document).is_ok()
    };
    assert!(is_valid(CONNECTED));
    assert!(!is_valid(&CONNECTED.replace("<username>dave-abroad</username>", "")));
    assert!(!is_valid(&CONNECTED.replace("</username>", "</username><password>secret</password>")));
}

#[test]
fn a_profile_of_another_user_or_index_is_not_taken() {
    let read = |user: &str, index| {
        let user = McServiceId::new(user).unwrap();
        UserProfile::read(profile("").as_bytes(), &user, ProfileIndex(index))
    };
    assert!(read("sip:dave@primary.example", 3).is_ok());
    assert!(read("sip:dave@primary.example", 4).unwrap_err().contains("index"));
    assert!(read("sip:erin@primary.example", 3).unwrap_err().contains("another user"));
    assert!(UserProfile::read(b"<a/>", &dave(), ProfileIndex(3)).is_err());
    assert!(UserProfile::read(b"<a", &dave(), ProfileIndex(3)).is_err());
}

/// Answers the document's URI with a profile, to whoever shows the token.
struct Cms;

impl WebService for Cms {
    fn serve(&self, request: Request<Bytes>, _: Arrival) -> BoxFuture<'static, Response<Bytes>> {
        let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let status = match (shown, request.uri().path()) {
            (
                Some("Bearer his"),
                "/org.3gpp.mcptt.user-profile/users/sip:dave@primary.example/mcptt-user-profile-3.xml",
            ) => StatusCode::OK,
            (Some("Bearer his"), _) => StatusCode::NOT_FOUND,
            _ => StatusCode::FORBIDDEN,
        };
        let body = profile(&entry("partner.example", CONNECTED));
        Box::pin(async move { Response::builder().status(status).body(Bytes::from(body)).unwrap() })
    }
}

#[test]
fn c10_6_3_3_precondition_the_client_reads_the_profile_at_home_with_its_users_token() {
    let lab = Lab::new();
    let end = WebEnd::Service { service: Arc::new(Cms), arrival: arrival("clients", "x"), asserted: None };
    lab.connect_web("dave", "cms", end);
    let ask = |token: &str, index| {
        let client = ProfileClient::new(lab.world("dave").web, hop("cms"), ROOT, AccessToken::new(token));
        block_on(client.get(&dave(), ProfileIndex(index)))
    };
    assert!(ask("his", 3).unwrap().partner("partner.example").is_ok());
    assert_eq!(ask("his", 4), Err(NotRead::Missing));
    assert_eq!(ask("another", 3), Err(NotRead::Refused(StatusCode::FORBIDDEN)));
    assert_eq!(ask("an\nother", 3), Err(NotRead::Unsendable));
}

#[test]
fn c10_2_7_1_the_group_entries_of_a_profile_say_which_server_to_ask() {
    let list =
        |name: &str, uri: &str| format!("<{name}><entry><uri-entry>{uri}</uri-entry></entry></{name}>");
    let named = |group: &str, server: &str| {
        let info =
            [list("GMS-Serv-Id", server), list("IDMS-token-endpoint", "https://idms.example/token")].concat();
        format!(
            "<entry><uri-entry>{group}</uri-entry><anyExt><GroupServerInfo>{info}</GroupServerInfo></anyExt></entry>"
        )
    };
    let entries = [
        "<entry><uri-entry>sip:own@partner.example</uri-entry></entry>".to_owned(),
        named(" sip:fire@Primary.example ", " sip:gms_psi@partner.example "),
        named("sip:wrong@primary.example", "no URI"),
    ];
    let text = format!(
        "<mcptt-user-profile xmlns=\"{NAMESPACE}\" XUI-URI=\"sip:dave@primary.example\" user-profile-index=\"3\"><OnNetwork>\
         <MCPTTGroupInfo>{}</MCPTTGroupInfo></OnNetwork></mcptt-user-profile>",
        entries.concat()
    );
    let profile = UserProfile::read(text.as_bytes(), &dave(), ProfileIndex(3)).unwrap();
    let server = |group: &str| profile.group_server(group).map(|psi| psi.as_str().to_owned());
    assert_eq!(server("sip:fire@primary.example").as_deref(), Some("sip:gms_psi@partner.example"));
    for unnamed in ["sip:own@partner.example", "sip:wrong@primary.example", "sip:other@primary.example"] {
        assert_eq!(server(unnamed), None, "{unnamed}");
    }
}
