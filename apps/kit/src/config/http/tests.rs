use super::*;
use crate::config::Document;

fn read(text: &str) -> Result<(Vec<HttpListen>, HttpLimits), String> {
    let document = Document::parse("mcx.toml", text);
    let read = document.read(|root| {
        let profiles = TlsProfiles::default();
        root.required_table("groups", |groups| {
            Some((HttpListen::read_all(groups, &profiles, &[]), HttpLimits::read(groups)))
        })
    });
    read.map_err(|errors| errors.to_string())
}

#[test]
fn a_listener_has_hosts_and_the_usual_limits() {
    let (listeners, limits) = read(
        r#"
[[groups.http]]
name = "xcap"
address = "127.0.0.1:8080"
transport = "tcp"
hosts = ["XCAP.primary.example"]
"#,
    )
    .expect("sound");
    assert_eq!(listeners[0].hosts, ["xcap.primary.example"]);
    assert_eq!(limits, HttpLimits::default());
}

#[test]
fn limits_are_read() {
    let (_, limits) =
        read("[groups.http-limits]\nbody = 2048\nidle = \"5s\"\nhttp2 = false\n").expect("sound");
    assert_eq!((limits.body, limits.idle, limits.http2), (2048, Duration::from_secs(5), false));
}

#[test]
fn mistakes_are_told_at_their_places() {
    let listener = |more: &str| {
        let text = format!("[[groups.http]]\nname = \"x\"\naddress = \"127.0.0.1:80\"\n{more}\n");
        read(&text).expect_err("a mistake")
    };
    assert!(listener("transport = \"udp\"").contains("HTTP runs over"));
    assert!(listener("transport = \"tcp\"\nsent-by = \"a.example\"").contains("\"hosts\""));
    assert!(listener("transport = \"tcp\"\nhosts = [\"a.example:80\"]").contains("without a port"));
    assert!(read("[groups.http-limits]\nidle = \"0s\"\n").expect_err("zero").contains("longer than nothing"));
    let twice = "[[groups.http]]\nname = \"x\"\naddress = \"127.0.0.1:80\"\ntransport = \"tcp\"\n".repeat(2);
    assert!(read(&twice).expect_err("a name twice").contains("another listener"));
}
