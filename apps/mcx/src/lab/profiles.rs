//! The user profiles with which users of the lab go to work in the other MC system (TS 23.280 10.6.3.3, preconditions): an
//! administrator puts them into the configuration management server of their own.

use bytes::Bytes;
use clients::profiles;
use driver::Env;
use http::Method;
use xml_schemas::{ids::McServiceId, migration::ProfileIndex, mime::namespace};

use super::{
    groups::{Asker, profile, profile_path},
    plan::{ABROAD, Plan, SystemPlan, Visitor},
};
use crate::{Failure, location};

/// Gives each user the profile that connects him with the system where he is a visitor.
///
/// # Errors
/// The configuration management server does not take one.
pub async fn put(plan: &Plan, env: &Env) -> Result<(), Failure> {
    for (home, there) in plan.pairs() {
        for visitor in &there.visitors {
            let user = location::user(&visitor.primary(home))?;
            let asker = Asker::configurator(home, env)?;
            let body = Bytes::from(document(&user, there, visitor));
            let kept = asker.send(Method::PUT, &path(&user), body).await?;
            if !kept.status().is_success() {
                let (user, status) = (user.as_str(), kept.status());
                return Err(Failure::Procedure(format!("the profile of {user} is not taken: {status}")));
            }
        }
    }
    Ok(())
}

/// Puts the profile that users of its partner begin with into each system (TS 23.280 10.17.5.2 step 4).
///
/// # Errors
/// The configuration management server does not take one.
pub async fn put_templates(plan: &Plan, env: &Env) -> Result<(), Failure> {
    for system in &plan.systems {
        put_template(plan, system, env).await?;
    }
    Ok(())
}

/// The same, into this system.
///
/// # Errors
/// As [`put_templates`].
pub async fn put_template(plan: &Plan, system: &SystemPlan, env: &Env) -> Result<(), Failure> {
    let (user, asker) = (system.template(), Asker::configurator(system, env)?);
    let kept = asker.send(Method::PUT, &profile_path(&user), Bytes::from(profile(plan, &user))).await?;
    if kept.status().is_success() {
        Ok(())
    } else {
        Err(Failure::Procedure(format!("the profile of {user} is not taken: {}", kept.status())))
    }
}

/// Where it is below the root of the configuration management server.
#[must_use]
pub fn path(user: &McServiceId) -> String {
    profiles::path(user, ProfileIndex(ABROAD))
}

/// The profile that is valid there too (TS 24.484 8.3, TS 23.379 table A.3-2).
#[must_use]
pub fn document(user: &McServiceId, there: &SystemPlan, visitor: &Visitor) -> String {
    let connectivity = connectivity(there, visitor);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<mcptt-user-profile xmlns="{up}" XUI-URI="{user}" user-profile-index="{ABROAD}">
  <ProfileName>Abroad</ProfileName>
  <OnNetwork index="1">
    <anyExt>
      <MigratablePartnerMCPTTSystemInfo>
        <PartnerMCPTTSystemId>sip:{domain}</PartnerMCPTTSystemId>
{initial}        <anyExt>
{connectivity}        </anyExt>
      </MigratablePartnerMCPTTSystemInfo>
    </anyExt>
  </OnNetwork>
</mcptt-user-profile>
"#,
        up = profiles::NAMESPACE,
        user = user.as_str(),
        domain = there.domain,
        initial = initial(there),
    )
}

/// Under which SIP identities he registers there, and where. His password is not in it.
fn connectivity(there: &SystemPlan, visitor: &Visitor) -> String {
    format!(
        r#"          <partner-connectivity xmlns="{namespace}">
            <impu>{impu}</impu>
            <username>{username}</username>
            <sip-core>sip:{core};transport=tcp</sip-core>
            <service-server>{service}</service-server>
            <location-server>{locations}</location-server>
            <acm-server>{acm}</acm-server>
            <alias-server>{aliases}</alias-server>
          </partner-connectivity>
"#,
        namespace = namespace::PARTNER_CONNECTIVITY,
        impu = visitor.impu(there),
        username = visitor.name,
        core = there.at.clients,
        service = there.service_psi(),
        locations = there.locations_psi(),
        acm = there.acm_psi(),
        aliases = there.aliases_psi(),
    )
}

/// The UE initial configuration of that system (TS 24.484 7.2.2). The lab has no mobile network: TS 23.003 2.2 leaves 001 01 for tests.
fn initial(there: &SystemPlan) -> String {
    let (domain, issuer) = (there.domain, there.issuer());
    format!(
        r#"        <mcptt-UE-initial-configuration xmlns="urn:3gpp:mcptt:mcpttUEinitConfig:1.0" domain="{domain}">
          <on-network>
            <Timers><T100>1</T100><T101>1</T101><T103>1</T103><T104>1</T104><T132>1</T132></Timers>
            <HPLMN PLMN="00101"><service>
              <MCPTT-to-con-ref>mcptt</MCPTT-to-con-ref>
              <MC-common-core-to-con-ref>core</MC-common-core-to-con-ref>
              <MC-ID-to-con-ref>id</MC-ID-to-con-ref>
            </service></HPLMN>
            <App-Server-Info>
              <idms-auth-endpoint>{issuer}/authorize</idms-auth-endpoint>
              <idms-token-endpoint>{issuer}/token</idms-token-endpoint>
              <http-proxy>{groups}</http-proxy>
              <gms>{gms}</gms>
              <cms>{cms}</cms>
              <kms>sip:kms@{domain}</kms>
              <tls-tunnel-auth-method><mutual-authentication>false</mutual-authentication></tls-tunnel-auth-method>
            </App-Server-Info>
            <GMS-URI>{gms}</GMS-URI>
            <group-creation-XUI>{administrator}</group-creation-XUI>
            <GMS-XCAP-root-URI>{groups}</GMS-XCAP-root-URI>
            <CMS-XCAP-root-URI>https://{configuration}</CMS-XCAP-root-URI>
            <integrity-protection-enabled>false</integrity-protection-enabled>
            <confidentiality-protection-enabled>false</confidentiality-protection-enabled>
          </on-network>
        </mcptt-UE-initial-configuration>
"#,
        groups = there.xcap_root(),
        gms = there.groups_psi(),
        cms = there.configuration_psi(),
        administrator = there.administrator(),
        configuration = there.configuration_host(),
    )
}

#[cfg(test)]
mod tests;
