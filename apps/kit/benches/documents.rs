//! CPU seconds of the whole process per 10,000 requests to a server of documents, from HTTP to HTTP, over redb in a file,
//! without the wire: what TLS and HTTP leave of the figures to the documents.

use std::{fmt::Write as _, fs, sync::Arc, time::UNIX_EPOCH};

use bytes::Bytes;
use futures::executor::block_on;
use http::Request;
use kit::documents::{Documents, Plain, Settings, with_schemas};
use store::{Clock, Redb, Store};
use xcap::Root;

const OWNER: &str = "sip:admin@primary.example";

fn group(size: usize, number: usize) -> (String, usize) {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<group xmlns=\"urn:oma:xml:poc:list-service\" xmlns:rl=\"urn:ietf:params:xml:ns:resource-lists\" xmlns:mcpttgi=\"urn:3gpp:ns:mcpttGroupInfo:1.0\">\n  <list-service uri=\"sip:group{number}@primary.example\">\n    <list>\n"
    );
    let mut entries = 0;
    while text.len() + 230 < size {
        let _ = writeln!(
            text,
            "      <entry uri=\"sip:member{entries}@primary.example\">\n        <rl:display-name>Member {entries}</rl:display-name>\n        <mcpttgi:user-priority>5</mcpttgi:user-priority>\n      </entry>"
        );
        entries += 1;
    }
    text.push_str("    </list>\n  </list-service>\n</group>\n");
    (text, entries)
}

fn ask(documents: &Documents, method: &str, uri: &str, media_type: &str, body: Bytes) -> u16 {
    let request = Request::builder().method(method).uri(uri).header("content-type", media_type).body(body);
    let Ok(request) = request else { return 0 };
    block_on(documents.serve(request, Some(OWNER))).status().as_u16()
}

fn served(store: &Arc<dyn Store>, cached: usize) -> Option<Documents> {
    let settings = Settings { cached, ..Settings::new(Root::new("https://xcap.primary.example")?, "gms/") };
    let settings = with_schemas(settings, None).ok()?;
    Some(Documents::new(Arc::clone(store), settings, Arc::new(Plain)))
}

const GROUPS: &str = "application/vnd.oma.poc.groups+xml";

/// Nanoseconds of CPU that all threads of the process have had.
fn cpu() -> u64 {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let spent = tasks.filter_map(|task| fs::read_to_string(task.path().join("schedstat")).ok());
    spent.filter_map(|text| text.split(' ').next()?.parse::<u64>().ok()).sum()
}

fn measure(what: &str, requests: u32, request: impl Fn() -> u16) {
    let before = cpu();
    for _ in 0..requests {
        assert!(matches!(request(), 200 | 201), "{what}");
    }
    let spent = cpu().saturating_sub(before);
    let seconds = std::time::Duration::from_nanos(spent).as_secs_f64() * 10_000.0 / f64::from(requests);
    println!("{what:<40} {seconds:>8.3} CPU s per 10,000");
}

/// Seconds of CPU that the process has had, in hundredths; those of threads that have ended count here.
fn cpu_of_all() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// Writers at once, each of a document of its own.
fn measure_writers(documents: &Documents, writers: usize, requests: u32) {
    let before = cpu_of_all();
    std::thread::scope(|scope| {
        for writer in 0..writers {
            scope.spawn(move || {
                let (text, _) = group(2_048, 1_000 + writer);
                let uri = format!("/org.openmobilealliance.groups/users/{OWNER}/writer{writer}");
                let text = Bytes::from(text);
                for _ in 0..requests {
                    assert!(matches!(ask(documents, "PUT", &uri, GROUPS, text.clone()), 200 | 201));
                }
            });
        }
    });
    let spent = cpu_of_all() - before;
    let count = f64::from(requests) * f64::from(u32::try_from(writers).unwrap_or(1));
    println!(
        "PUT document 2048 by {writers} writers at once {:>12.3} CPU s per 10,000",
        spent * 10_000.0 / count
    );
}

fn main() {
    let Ok(folder) = tempfile::tempdir() else { return };
    let Ok(store) = Redb::open(&folder.path().join("store"), Clock::still(UNIX_EPOCH)) else { return };
    let store: Arc<dyn Store> = Arc::new(store);
    let (Some(warm), Some(cold)) = (served(&store, 64 << 20), served(&store, 0)) else { return };
    let Some(root) = Root::new("https://xcap.primary.example") else { return };
    let lenient = Documents::new(Arc::clone(&store), Settings::new(root, "gms/"), Arc::new(Plain));
    for (number, size) in [2_048, 59 * 1024].into_iter().enumerate() {
        let (text, entries) = group(size, number);
        let uri = format!("/org.openmobilealliance.groups/users/{OWNER}/group{number}");
        let text = Bytes::from(text);
        assert_eq!(ask(&warm, "PUT", &uri, GROUPS, text.clone()), 201);
        let member = format!("sip:member{}@primary.example", entries / 2);
        let element = format!("{uri}/~~/group/list-service/list/entry%5B@uri=%22{member}%22%5D");
        let entry =
            Bytes::from(format!("<entry uri=\"{member}\"><rl:display-name>M</rl:display-name></entry>"));
        let get = |documents: &Documents, uri: &str| ask(documents, "GET", uri, GROUPS, Bytes::new());
        measure(&format!("GET document {size}"), 10_000, || get(&warm, &uri));
        measure(&format!("GET element {size}, warm"), 10_000, || get(&warm, &element));
        measure(&format!("GET element {size}, cold"), 2_000, || get(&cold, &element));
        measure(&format!("PUT document {size}, validated, durable"), 1_000, || {
            ask(&warm, "PUT", &uri, GROUPS, text.clone())
        });
        measure(&format!("PUT document {size}, not validated, durable"), 1_000, || {
            ask(&lenient, "PUT", &uri, GROUPS, text.clone())
        });
        measure(&format!("PUT element {size}, validated, durable"), 1_000, || {
            ask(&warm, "PUT", &element, xcap::ELEMENT, entry.clone())
        });
    }
    measure_writers(&warm, 64, 100);
}
