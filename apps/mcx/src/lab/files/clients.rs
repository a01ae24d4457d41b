//! `[client.NAME]`, and the tracks that users move on.

use std::fs;

use crate::{
    Failure,
    lab::{
        idms,
        plan::{CLIENT_ID, Part, Plan, SystemPlan, User, Visitor},
    },
};

/// The clients of one system, in one process.
pub(super) fn file(plan: &Plan, system: &SystemPlan) -> String {
    let head = format!(
        "# The MC system {}: its users' clients. Run with: mcx serve --config clients.toml\n",
        system.domain
    );
    let there = system.users.iter().filter(|user| user.part != Part::Away);
    let clients = there.map(|user| section(system, user, plan.still));
    let visitors = system.visitors.iter().map(|each| visitor(system, each));
    let process = super::process(plan, system.at.clients_admin, None);
    [head, process].into_iter().chain(clients).chain(visitors).collect()
}

/// A user of the other system at the SIP core of this one. He comes when he comes.
fn visitor(system: &SystemPlan, visitor: &Visitor) -> String {
    let (name, id) = (visitor.name, visitor.partner(system));
    let source = format!("client-id = \"{CLIENT_ID}\"\nposition = [60.1733, {EAST}]\n");
    let account = Account { name, id, impu: visitor.impu(system), password: &visitor.password };
    terminal(system, &account, false, &source)
}

struct Account<'u> {
    name: &'u str,
    id: String,
    impu: String,
    password: &'u str,
}

fn section(system: &SystemPlan, user: &User, still: bool) -> String {
    let (domain, name) = (system.domain, user.name);
    let source = match streets(system).find(|(mover, _)| mover.name == name) {
        Some((_, north)) if still => format!("position = [{north}, {EAST}]\n"),
        Some(_) => format!("track = \"{name}.gpx\"\n"),
        None => String::new(),
    };
    let account =
        Account { name, id: user.mc_service_id(domain), impu: user.impu(domain), password: &user.password };
    terminal(system, &account, user.logs_on_by_itself(), &source)
}

fn terminal(system: &SystemPlan, account: &Account<'_>, log_on: bool, source: &str) -> String {
    let Account { name, id, impu, password } = account;
    format!(
        r#"
[client.{name}]
mc-service-id = "{id}"
impu = "{impu}"
username = "{name}"
password = "{password}"
access-token = "{token}"
location-server = "{locations_psi}"
service-server = "{service_psi}"
acm-server = "{acm_psi}"
alias-server = "{aliases_psi}"
core = {{ name = "{core}", address = "{address}", transport = "tcp" }}
log-on = {log_on}
{source}"#,
        token = system.token_file(name),
        locations_psi = system.locations_psi(),
        service_psi = system.service_psi(),
        acm_psi = system.acm_psi(),
        aliases_psi = system.aliases_psi(),
        core = system.inner("sip-core"),
        address = system.at.clients,
    )
}

/// Access tokens of everybody with a terminal here, beside those that the identity management server gives who logs in.
pub(super) fn write_tokens(system: &SystemPlan, other: &SystemPlan) -> Result<(), Failure> {
    let own = system.users.iter().map(|user| (user.name, user.mc_service_id(system.domain), None));
    let visitors = system.visitors.iter();
    let visitors =
        visitors.map(|visitor| (visitor.name, visitor.partner(system), Some(visitor.primary(other))));
    for (name, id, primary) in own.chain(visitors) {
        let token = idms::lasting_token(system, &id, primary.as_deref())?;
        super::write_private(&system.folder.join(system.token_file(name)), &token)?;
    }
    Ok(())
}

/// Where every street begins, in degrees.
const EAST: f64 = 24.9384;

/// Who moves, and how far north the street of each is.
fn streets(system: &SystemPlan) -> impl Iterator<Item = (&User, f64)> {
    system.users.iter().filter(|user| user.moves()).zip([60.1699, 60.1841, 60.1618])
}

/// A round of a few minutes for each user who moves, each on a street of his own.
pub(super) fn write_tracks(system: &SystemPlan) -> Result<(), Failure> {
    for (user, north) in streets(system) {
        fs::write(system.folder.join(format!("{}.gpx", user.name)), track(north, EAST))?;
    }
    Ok(())
}

/// Four corners and back, a minute each.
fn track(north: f64, east: f64) -> String {
    let corners = [(0.0, 0.0), (0.002, 0.0), (0.002, 0.004), (0.0, 0.004), (0.0, 0.0)];
    let point = |(minute, (up, right)): (usize, &(f64, f64))| {
        let (latitude, longitude) = (north + up, east + right);
        format!(
            "    <trkpt lat=\"{latitude:.6}\" lon=\"{longitude:.6}\"><ele>14</ele><time>2026-01-01T12:{minute:02}:00Z</time></trkpt>\n"
        )
    };
    let points: String = corners.iter().enumerate().map(point).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.1\" creator=\"mcx\" xmlns=\"http://www.topografix.com/GPX/1/1\">\n  <trk><trkseg>\n{points}  </trkseg></trk>\n</gpx>\n"
    )
}
