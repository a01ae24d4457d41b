//! SIPp scenarios, and a group and a profile to begin with, written beside the lab's configuration.

use std::fs;

use super::plan::{Part, Plan};
use crate::Failure;

/// Is anybody there? An OPTIONS to the gateway itself (RFC 3261 11).
pub(super) const OPTIONS: &str = "sipp/options.xml";
/// As a server of the first system: the request of TS 23.280 10.9.3.10.2 step 3. SIPp sees it accepted; the report goes
/// to the location management server, which asked nothing and drops it.
pub(super) const REQUEST: &str = "sipp/location-request.xml";

/// A group of the first system with members in both, to be put.
pub(super) const GROUP: &str = "fire.xml";

/// A profile at the second system for the user of the first who may work there, to be put.
pub(super) const PROFILE: &str = "profile.xml";

/// The same with another name, to be suggested (TS 23.280 10.17.7.2).
pub(super) const SUGGESTED: &str = "night-shift.xml";

/// Writes all.
///
/// # Errors
/// The folder cannot be written to.
pub(super) fn write(plan: &Plan) -> Result<(), Failure> {
    fs::create_dir_all(plan.dir.join("sipp"))?;
    fs::write(plan.dir.join(OPTIONS), scenario("options", &options(plan)))?;
    fs::write(plan.dir.join(REQUEST), scenario("location request", &request(plan)))?;
    fs::write(plan.dir.join(GROUP), super::groups::document(plan))?;
    let [_, second] = &plan.systems;
    if let Some(visitor) = second.visitors.first() {
        let profile = super::groups::profile(plan, &visitor.partner(second));
        fs::write(plan.dir.join(SUGGESTED), named(&profile))?;
        fs::write(plan.dir.join(PROFILE), profile)?;
    }
    Ok(())
}

/// This profile under a name.
pub(super) fn named(profile: &str) -> String {
    profile.replacen("<OnNetwork", "<Name>Night shift</Name><OnNetwork", 1)
}

/// One message and its 200.
fn scenario(name: &str, message: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scenario name=\"{name}\">\n  <send retrans=\"500\"><![CDATA[\n\n{message}\n  ]]></send>\n  <recv response=\"200\"/>\n</scenario>\n"
    )
}

fn options(plan: &Plan) -> String {
    let [first, _] = &plan.systems;
    let (gateway, psi) = (first.gateway(), first.locations_psi());
    format!(
        "OPTIONS sip:{gateway} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <{psi}>;tag=[call_number]
To: <sip:{gateway}>
Call-ID: [call_id]
CSeq: 1 OPTIONS
Content-Length: 0
"
    )
}

fn request(plan: &Plan) -> String {
    let [first, second] = &plan.systems;
    let named = |system: &super::plan::SystemPlan, part| {
        let user = system.users.iter().find(|user| user.part == part);
        user.map(|user| user.mc_service_id(system.domain)).unwrap_or_default()
    };
    let (requester, target) = (named(first, Part::Asks), named(second, Part::Moves));
    let (own, abroad) = (first.locations_psi(), second.locations_psi());
    let body = body(first.domain, second.domain, &requester, &target);
    format!(
        "MESSAGE {abroad} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <{own}>;tag=[call_number]
To: <{abroad}>
Call-ID: [call_id]
CSeq: 1 MESSAGE
P-Asserted-Identity: <{own}>
P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.mcptt
Content-Type: multipart/mixed;boundary=\"lab\"
Content-Length: [len]

{body}"
    )
}

fn body(own: &str, abroad: &str, requester: &str, target: &str) -> String {
    // A UUID whose last digits are SIPp's call number: each call asks a question of its own.
    let id = "5e1f0a3c-7b52-4c1d-9e66-00000000[call_number]";
    format!(
        r#"--lab
Content-Type: application/vnd.3gpp.mcptt-info+xml

<?xml version="1.0" encoding="UTF-8"?>
<mcpttinfo xmlns="urn:3gpp:ns:mcpttInfo:1.0"><mcptt-Params><mcptt-request-uri type="Normal"><mcpttURI>{target}</mcpttURI></mcptt-request-uri></mcptt-Params></mcpttinfo>
--lab
Content-Type: application/vnd.3gpp.mcptt-location-info+xml

<?xml version="1.0" encoding="UTF-8"?>
<location-info xmlns="urn:3gpp:ns:mcpttLocationInfo:1.0"><Request RequestId="{id}" refresh="true"/></location-info>
--lab
Content-Type: application/x.mcx.interconnection-info+xml

<?xml version="1.0" encoding="UTF-8"?>
<interconnection-info xmlns="urn:x-mcx:ns:interconnection-info:1.0"><icx-Params><req-type type="Normal"><mcsString>location-information-request</mcsString></req-type><request-id>{id}</request-id><mc-service>mcptt</mc-service><requesting-mc-system-id type="Normal"><mcsURI>sip:{own}</mcsURI></requesting-mc-system-id><target-mc-system-id type="Normal"><mcsURI>sip:{abroad}</mcsURI></target-mc-system-id><requesting-mcs-id type="Normal"><mcsURI>{requester}</mcsURI></requesting-mcs-id><target-list><target><mcs-id type="Normal"><mcsURI>{target}</mcsURI></mcs-id></target></target-list></icx-Params></interconnection-info>
--lab--
"#
    )
}
