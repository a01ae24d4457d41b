//! Many users migrate over real processes, and the gateways of both systems are killed meanwhile, by SIGKILL, and started again: in the end
//! both systems say the same of every user. TS 23.280 10.6.3.3
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, fmt::Write as _, fs, path::PathBuf};

use interop::{
    Lab,
    curl::Client,
    http,
    pieces::{Cut, Pieces, tables},
    process::until,
    sipp::{self, Sipp, Transport},
    tools::{self, CURL, OPENSSL, SIPP, succeed},
};
use serde_json::Value;

const USERS: usize = 200;

/// So many a second.
const RATE: &str = "40";

const SYSTEMS: [&str; 2] = ["primary", "partner"];

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// RFC 4648 5, without padding.
fn encoded(octets: &[u8]) -> String {
    let mut out = String::new();
    for three in octets.chunks(3) {
        let bits =
            three.iter().chain([&0, &0]).take(3).fold(0_u32, |bits, octet| bits << 8 | u32::from(*octet));
        for place in 0..=three.len() {
            let six = usize::try_from(bits >> (18 - 6 * place) & 63).expect("six bits");
            out.push(char::from(ALPHABET[six]));
        }
    }
    out
}

fn decoded(text: &str) -> Vec<u8> {
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for octet in text.bytes() {
        let six = ALPHABET.iter().position(|each| *each == octet).expect("base64url");
        bits = bits << 6 | u32::try_from(six).expect("six bits");
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 255).expect("an octet"));
        }
    }
    out
}

/// The two numbers of an ECDSA signature, 32 octets each (RFC 7518 3.4), of what openssl writes.
fn raw(der: &[u8]) -> Vec<u8> {
    let number = |at: usize| {
        let length = usize::from(der[at + 1]);
        let octets = &der[at + 2..at + 2 + length];
        let octets = octets.strip_prefix(&[0]).unwrap_or(octets);
        ([vec![0; 32 - octets.len()], octets.to_vec()].concat(), at + 2 + length)
    };
    let (first, next) = number(2);
    [first, number(next).0].concat()
}

/// The access tokens of visitors, as the lab's key of the partner system signs them: like dave's, but theirs.
struct Tokens {
    head: String,
    claims: Value,
    folder: PathBuf,
}

impl Tokens {
    fn of(lab: &Lab) -> Self {
        let token =
            fs::read_to_string(lab.system("partner").visitor().access_token()).expect("the lab wrote it");
        let mut parts = token.trim().split('.');
        let head = parts.next().expect("a header").to_owned();
        let claims = decoded(parts.next().expect("claims"));
        let claims = serde_json::from_slice(&claims).expect("JSON");
        Self { head, claims, folder: lab.dir().join("partner/tls") }
    }

    fn sign(&self, partner: &str, primary: &str) -> String {
        let mut claims = self.claims.clone();
        for claim in ["sub", "mcptt_id", "mcvideo_id", "mcdata_id"] {
            claims[claim] = partner.into();
        }
        claims["primary_id"] = primary.into();
        let text = format!("{}.{}", self.head, encoded(claims.to_string().as_bytes()));
        let file = self.folder.join("to-sign");
        fs::write(&file, &text).expect("the folder is ours");
        let mut openssl = OPENSSL.command();
        openssl.args(["dgst", "-sha256", "-sign"]).arg(self.folder.join("tokens.key")).arg(&file);
        let signature = openssl.output().expect("openssl runs").stdout;
        format!("{text}.{}", encoded(&raw(&signature)))
    }
}

/// Who comes: at home, here, and as whom he registers.
fn who(number: usize) -> [String; 3] {
    [
        format!("sip:u{number}@primary.example"),
        format!("sip:v{number}@partner.example"),
        format!("sip:v{number}.imsi@partner.example"),
    ]
}

fn everybody(each: impl Fn(usize, [String; 3]) -> String) -> String {
    (0..USERS).map(|number| each(number, who(number))).collect()
}

/// The configuration of a system's servers but its gateway, with everybody in it.
fn servers(system: &str, text: &str) -> String {
    let domain = format!("{system}.example");
    let account = |username: &str, impu: &str| {
        let ha1 = sipp::md5(&format!("{username}:{domain}:secret"));
        format!(
            "\n[[sip-core.users]]\nusername = \"{username}\"\nidentities = [\"{impu}\"]\nha1-md5 = \"{ha1}\"\n"
        )
    };
    let mut text = tables(text, |head| head != "gateway");
    if system == "primary" {
        text = text.replace("user = \"sip:dave@primary.example\"", "user = \"sip:u*\"");
        text += &everybody(|number, [id, ..]| {
            let impu = id.replace('@', ".imsi@");
            account(&format!("u{number}"), &impu)
                + &format!("\n[[service.user]]\nmc-service-id = \"{id}\"\nimpu = \"{impu}\"\n")
        });
    } else {
        text = text.replace("expected = [\"sip:dave@primary.example\"]", "expected = [\"sip:u*\"]");
        text += &everybody(|number, [.., impu]| account(&format!("v{number}"), &impu));
    }
    sipp::with_md5(&domain, &[], &text)
}

/// The file of users that SIPp reads.
fn fields(lab: &Lab) -> String {
    let tokens = Tokens::of(lab);
    let mut text = "SEQUENTIAL\n".to_owned();
    for number in 0..USERS {
        let [primary, partner, impu] = who(number);
        let token = tokens.sign(&partner, &primary);
        let _ = writeln!(
            text,
            "v{number};[authentication username=v{number} password=secret];{impu};{partner};{primary};{token}"
        );
    }
    text
}

/// Each user has the profile that is selected (step 6), but the last, who is refused for it.
fn give_profiles(lab: &Lab) {
    let client = Client::configurator(lab, "primary");
    for number in 0..USERS - 1 {
        let [user, ..] = who(number);
        let path = format!("org.3gpp.mcptt.user-profile/users/{user}/mcptt-user-profile-3.xml");
        let document = format!(
            "<mcptt-user-profile xmlns=\"urn:3gpp:mcptt:user-profile:1.0\" XUI-URI=\"{user}\" user-profile-index=\"3\">\
             <OnNetwork index=\"1\"/></mcptt-user-profile>"
        );
        let made = client.put(&path, "application/vnd.3gpp.mcptt-user-profile+xml", &document, &[]);
        assert_eq!(made.status, 201, "{}", made.body);
    }
}

/// Those of whom a system says this, by their MC service IDs at home.
fn said(lab: &Lab, system: &str, what: &str, id: &str) -> BTreeSet<String> {
    let domain = format!("{system}.example");
    let mut status = tools::mcx();
    status.args(["service", "status", "--format", "json", "--system", &domain, "--endpoints"]);
    let output = succeed(status.arg(lab.dir().join("endpoints.json")));
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let all = told[what].as_array().expect("a list").iter();
    all.filter_map(|each| each[id].as_str()).map(str::to_owned).collect()
}

fn gauge(lab: &Lab, system: &str, name: &str) -> f64 {
    http::metric(lab.system(system).admin("servers"), name)
}

/// Nothing is still to be told, nor asked.
fn is_settled(lab: &Lab) -> bool {
    let (marks, visits) =
        (gauge(lab, "primary", "mcx_migration_marks"), gauge(lab, "partner", "mcx_migration_visits"));
    gauge(lab, "primary", "mcx_migration_unconfirmed") < 1.0
        && gauge(lab, "primary", "mcx_migration_letters") < 1.0
        && (marks - visits).abs() < 0.5
}

#[test]
fn both_systems_agree_on_every_user_though_gateways_are_killed_while_they_migrate() {
    if !tools::have(&[CURL, SIPP, OPENSSL]) {
        return;
    }
    let mut lab = Lab::served();
    let mut gateways = SYSTEMS.map(|system| {
        let mut cut = Cut::of(&lab, system, "gateway", &["gateway"]);
        cut.store("gateway.redb");
        Pieces::of([cut])
    });
    for system in SYSTEMS {
        lab = lab.edit_servers(system, |_, text| servers(system, &text));
        lab.serve(system, "servers");
    }
    gateways.iter_mut().for_each(|gateway| gateway.serve("gateway"));
    lab.started();
    give_profiles(&lab);
    let users = lab.dir().join("users.csv");
    fs::write(&users, fields(&lab)).expect("the folder is ours");

    let partner = lab.system("partner");
    let core = partner.listener("sip-core", "clients-tcp");
    let local = sipp::port(core.ip());
    let crowd = Sipp::new("migrating_crowd", Transport::Tcp, local).to(core).crowd(&users, USERS, RATE);
    let crowd = crowd.key("via", "TCP").key("domain", partner.domain());
    let crowd = crowd.key("contact", &format!("{local};transport=tcp"));
    let mut crowd = crowd.key("mcs", "sip:mcptt_psi@partner.example").out_of_call("migration_told").start();
    for gateway in gateways.iter_mut().rev() {
        // Each PUBLISH is written down twice, as it is sent and with its answer.
        (0..USERS / 2).for_each(|_| drop(crowd.line("CSeq: 3 PUBLISH")));
        gateway.kill("gateway");
        gateway.serve("gateway");
    }
    let (_, output) = crowd.end();
    until("both systems have told each other everything", || is_settled(&lab));
    let marks = said(&lab, "primary", "marks", "id");
    let visits = said(&lab, "partner", "visits", "primary-id");
    assert_eq!(marks, visits, "{output}");
    assert!(!marks.contains(&who(USERS - 1)[0]), "who has no such profile does not go");
    assert!(marks.len() > USERS / 4, "{} of {USERS} have migrated\n{output}", marks.len());
    lab.nothing_panicked();
}
