use bytes::Bytes;
use http::Response;
use wire::Hop;

use super::{GroupClient, Refused, encoded, told};

fn client(root: &str) -> GroupClient {
    let hop: Hop = kit::testing::hop("xcap.a.example");
    GroupClient::new(std::sync::Arc::new(wire::web::NoWeb), hop, root, "token")
}

#[test]
fn documents_are_below_the_root_and_the_projects_own_resources_beside_it() {
    let client = client("https://xcap.a.example:8443/services/");
    let group = encoded("sip:fire@a.example");
    assert_eq!(
        client.document("sip:fire@a.example"),
        format!(
            "https://xcap.a.example:8443/services/org.openmobilealliance.groups/global/byGroupID/{group}"
        )
    );
    assert_eq!(client.own("status"), "https://xcap.a.example:8443/mcx/groups/status");
    assert_eq!(group, "sip%3Afire%40a.example");
}

#[test]
fn a_refusal_says_what_the_server_says() {
    let say = |media_type: &str, body: &'static str| {
        let response = Response::builder().status(409).header("content-type", media_type);
        told(response.body(Bytes::from(body)).expect("valid")).expect_err("refused").to_string()
    };
    let error = "<xcap-error xmlns=\"urn:ietf:params:xml:ns:xcap-error\"><uniqueness-failure phrase=\"in use\">\
                 <exists field=\"x\"><alt-value>sip:g-2@a.example</alt-value></exists></uniqueness-failure></xcap-error>";
    assert_eq!(
        say("application/xcap-error+xml", error),
        "409 Conflict: uniqueness-failure: in use; free are sip:g-2@a.example"
    );
    let problem = "{\"title\": \"group not defined\", \"cause\": 61, \"detail\": \"here\"}";
    assert_eq!(say("application/problem+json", problem), "409 Conflict: group not defined: here (cause 61)");
    assert_eq!(say("text/plain", "no\n"), "409 Conflict: no");
    assert!(Refused::Unsendable.to_string().contains("cannot stand"));
}
