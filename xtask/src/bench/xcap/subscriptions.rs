//! Many subscriptions to one document, and how soon all of them are told of a change.

use serde_json::Value;

use super::{
    Kept,
    documents::{MEDIA_TYPE, TREE},
    load,
    server::Server,
    setting,
    setting::Setting,
};
use crate::shell::{Done, output};

/// Has the load driver subscribe so many times over SIP and TLS, and change the document; prints when all were told.
pub fn measure(setting: &Setting, subscriptions: u64) -> Done {
    let store = setting.store("subscriptions")?;
    let server = Server::start(setting, &store, Kept::Warm)?;
    let before = server.cpu_seconds()?;
    let mut command = load("watch", setting);
    command.args(["--notifier", setting::SIP, "--notifier-name", setting::NAME]);
    command.args(["--identity", setting::IDENTITY, "--listen", setting::SERVICE]);
    command.arg("--tls").arg(setting.folder());
    command.args(["--subscriptions", &subscriptions.to_string()]);
    command.args(["--document", &format!("{}watched", TREE.trim_start_matches('/'))]);
    command.arg("--body").arg(setting.file("watched.xml")).args(["--media-type", MEDIA_TYPE]);
    let printed = output(&mut command)?;
    let report: Value = serde_json::from_str(&printed).map_err(|why| format!("mcx-load: {why}"))?;
    let spent = server.cpu_seconds()? - before;
    let number = |value: &Value, key: &str| value.get(key).and_then(Value::as_f64).unwrap_or_default();
    println!("\n| subscriptions | change | answered ms | half told ms | all told ms | goal |");
    println!("|---|---|---|---|---|---|");
    let changes = report.get("changes").and_then(Value::as_array).into_iter().flatten();
    for (count, change) in changes.enumerate() {
        println!(
            "| {subscriptions} | {} | {:.1} | {:.0} | {:.0} | 2000 |",
            count + 1,
            number(change, "answered_ms"),
            number(change, "p50_ms"),
            number(change, "all_ms"),
        );
    }
    println!(
        "\nall subscribed after {:.0} ms, {} refused; {spent:.2} CPU s in all, {:.0} MiB",
        number(&report, "subscribed_ms"),
        number(&report, "refused"),
        server.memory_mib()?,
    );
    drop(server);
    setting.remove(&store)
}
