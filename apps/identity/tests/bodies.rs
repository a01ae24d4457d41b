//! Whose bodies are waited for: forms where forms are taken, and nothing of anybody else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod server;

use http::{Request, request::Parts};
use kit::testing::arrival;
use server::Idms;

const FORM: &str = "application/x-www-form-urlencoded";
const ACM: &str = "acm1.core.b.example";
const VISITOR: &str = "/mcx/identity/visitors/sip:alice@a.example";

fn head(method: &str, path: &str, kind: &str, length: usize) -> Parts {
    let head = Request::builder().method(method).uri(path).header("content-type", kind);
    head.header("content-length", length).body(()).unwrap().into_parts().0
}

/// What whoever proves to be this is told before his body is read; none where it is read.
fn told(idms: &Idms, by: &str, head: &Parts) -> Option<u16> {
    idms.site.refusal(head, &arrival("inner", by)).map(|response| response.status().as_u16())
}

#[test]
fn a_body_is_read_where_one_is_taken_from_whom_it_is_taken_and_no_longer_than_it_may_be() {
    let mut config = server::config();
    config.acm_servers = vec![ACM.into()];
    let idms = Idms::of(kit::testing::Lab::new(), config);
    for path in ["/login", "/token", "/revoke"] {
        assert_eq!(told(&idms, "anybody", &head("POST", path, FORM, 32 << 10)), None, "{path}");
        assert_eq!(told(&idms, "anybody", &head("POST", path, FORM, (32 << 10) + 1)), Some(413), "{path}");
        assert_eq!(told(&idms, "anybody", &head("POST", path, "application/json", 10)), Some(400), "{path}");
        assert_eq!(told(&idms, "anybody", &head("PUT", path, FORM, 10)), Some(405), "{path}");
    }
    assert_eq!(told(&idms, "anybody", &head("GET", "/jwks", FORM, 10)), Some(400));
    assert_eq!(told(&idms, "anybody", &head("POST", "/jwks", FORM, 10)), Some(405));
    assert_eq!(told(&idms, "anybody", &head("POST", "/elsewhere", FORM, 10)), Some(404));
    assert_eq!(told(&idms, "anybody", &head("PUT", VISITOR, "application/json", 10)), Some(403));
    assert_eq!(told(&idms, ACM, &head("PUT", VISITOR, "application/json", 10)), None);
}
