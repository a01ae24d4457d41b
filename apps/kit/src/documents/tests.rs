mod directory;
mod further_usages;
mod http;
mod races;
mod samples;
mod values;

use std::{sync::Arc, time::UNIX_EPOCH};

use ::http::{Request, Response};
use bytes::Bytes;
use futures::executor::block_on;
use store::{Clock, Disk, Redb, Store};
use xcap::Root;

use super::{Documents, Plain, Settings};

const FRIENDS: &str = "<?xml version=\"1.0\"?>\n<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\">\n <list name=\"friends\">\n  <entry uri=\"sip:nancy@example.com\"/>\n </list>\n</resource-lists>\n";
const LISTS: &str = "/resource-lists/users/sip:bill@example.com/index";
const BILL: Option<&str> = Some("sip:bill@example.com");

fn memory() -> Arc<dyn Store> {
    Arc::new(Redb::open_in_memory(Disk::new(), Clock::still(UNIX_EPOCH)).expect("a store"))
}

fn settings() -> Settings {
    Settings::new(Root::new("https://xcap.example.com").expect("a root"), "t/")
}

fn documents(store: &Arc<dyn Store>) -> Arc<Documents> {
    Arc::new(Documents::new(Arc::clone(store), settings(), Arc::new(Plain)))
}

/// What came back.
struct Told {
    status: u16,
    etag: String,
    media_type: String,
    body: String,
}

fn told(response: Response<Bytes>) -> Told {
    let field = |name: &str| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    Told {
        status: response.status().as_u16(),
        etag: field("etag"),
        media_type: field("content-type"),
        body: String::from_utf8_lossy(response.body()).into_owned(),
    }
}

fn media_type(uri: &str) -> &'static str {
    match uri {
        uri if uri.contains("~~") && uri.contains("/@") => xcap::ATTRIBUTE,
        uri if uri.contains("~~") => xcap::ELEMENT,
        uri if uri.starts_with("/org.openmobilealliance.groups") => "application/vnd.oma.poc.groups+xml",
        uri if uri.starts_with("/rls-services") => "application/rls-services+xml",
        _ => "application/resource-lists+xml",
    }
}

fn send(
    documents: &Documents,
    method: &str,
    uri: &str,
    principal: Option<&str>,
    fields: &[(&str, &str)],
    body: &str,
) -> Told {
    let mut request = Request::builder().method(method).uri(uri).header("content-type", media_type(uri));
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let request = request.body(Bytes::copy_from_slice(body.as_bytes())).expect("a request");
    told(block_on(documents.serve(request, principal)))
}

fn put(documents: &Documents, uri: &str, body: &str) -> Told {
    send(documents, "PUT", uri, BILL, &[], body)
}

fn get(documents: &Documents, uri: &str) -> Told {
    send(documents, "GET", uri, BILL, &[], "")
}
