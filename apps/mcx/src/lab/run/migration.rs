//! TS 23.280 clause 10.6.3.3

use clients::{
    identity::NotIssued,
    profiles::PartnerSystem,
    service::{Credentials, Journey, Status},
};
use kit::private::Private;
use xml_schemas::{body::interconnection_info::McService, ids::McServiceId, migration::ProfileIndex};

use super::{Lab, Stage};
use crate::{
    Failure, System,
    lab::{
        files::identity,
        pki,
        plan::{ABROAD, CLIENT_ID, SystemPlan, Visitor},
        profiles,
    },
    location,
    log_in::{Documents, Named, Server, connected},
    terminal::{Carried, Terminal},
};

pub(super) const CLAUSE: &str = "10.6.3.3";

/// The steps that only gateways take.
pub(super) const GATEWAYS: [u8; 4] = [4, 5, 9, 10];

/// A user of the primary system works in the partner's, authorized by both.
pub(super) async fn run(stage: &Stage<'_>, lab: &Lab) -> Result<(), Failure> {
    let [home, abroad] = &stage.plan.systems;
    let nobody = || Failure::Procedure("nobody is there to migrate".to_owned());
    let visitor: &Visitor = abroad.visitors.first().ok_or_else(nobody)?;
    let primary = location::user(&visitor.primary(home))?;
    profiles::put(&stage.plan, &super::env(stage.options.seed, 7, &stage.ladder)).await?;
    // Preconditions: the profile, read at home, says what connects the terminal with the partner system; it registers there, and shows
    // the partner's access token.
    let (partner, credentials) = log_in(stage, visitor, &primary).await?;
    let own = Carried {
        id: &credentials.user,
        password: &visitor.password,
        client_id: CLIENT_ID,
        core: &abroad.inner("sip-core"),
    };
    let terminal = Terminal::visiting(visitor.name, &partner, &own)?;
    let system = System::start(&terminal.config, &super::env(stage.options.seed, 8, &stage.ladder)).await?;
    let outcome = travel(stage, &system, (credentials, primary.clone())).await;
    system.drain(super::DRAIN).await;
    outcome?;
    is_marked(lab, (stage.options.service.into(), &primary), abroad.domain)
}

/// From the registration at the partner's SIP core to step 11.
async fn travel(
    stage: &Stage<'_>,
    system: &System,
    (credentials, primary): (Credentials, McServiceId),
) -> Result<(), Failure> {
    let client = system.clients().next();
    let client = client.ok_or_else(|| Failure::Procedure("nobody is there to migrate".to_owned()))?;
    let none = || Failure::Procedure("the profile names no MC service server".to_owned());
    let service = client.service().ok_or_else(none)?;
    client.log_on().await.map_err(|why| Failure::start(&client.name, why))?;
    stage.ladder.quiet().await;
    stage.ladder.clear();
    service.show(credentials);
    let journey = Journey { service: stage.options.service.into(), primary, profile: ProfileIndex(ABROAD) };
    let outcome = service.migrate(&journey).await;
    let told = stage.ladder.step(CLAUSE, 11).await;
    stage.end().await;
    // Given back, it would end what was begun.
    let _held = outcome.map_err(|why| Failure::Procedure(why.to_string()))?;
    told?;
    if service.status() != Status::Migrated {
        return Err(Failure::Procedure("the client is not told that its user has migrated".to_owned()));
    }
    Ok(())
}

/// TS 33.180 B.7: logged in at home, the user reads there the profile that he selects, and gets a security token for the partner system;
/// here for it an access token with the partner MC service ID.
async fn log_in(
    stage: &Stage<'_>,
    visitor: &Visitor,
    primary: &McServiceId,
) -> Result<(PartnerSystem, Credentials), Failure> {
    let [home, abroad] = &stage.plan.systems;
    let failed = |why: NotIssued| Failure::Procedure(why.to_string());
    let user = home.users.iter().find(|user| user.name == visitor.user);
    let user = user.ok_or_else(|| Failure::Procedure("the visitor is nobody's user".to_owned()))?;
    let env = super::env(stage.options.seed, 6, &stage.ladder);
    let at_home = Server::connect(&named(home, visitor), &env)?;
    let own =
        at_home.client().log_in(user.name, &Private::new(user.password.clone())).await.map_err(failed)?;
    let documents = Documents {
        root: format!("https://{}", home.configuration_host()),
        address: home.at.configuration_clients,
        ca: home.folder.join(pki::files::AUTHORITY),
    };
    let (selected, token) = ((primary, ABROAD), own.access_token.clone());
    let partner = connected(&documents, selected, abroad.domain, token, &env).await?;
    let security = at_home.client().exchange(&own.access_token, &abroad.issuer()).await.map_err(failed)?;
    let issued = Server::connect(&named(abroad, visitor), &env)?.client().assert(&security).await;
    let issued = issued.map_err(failed)?;
    let user =
        issued.user.ok_or_else(|| Failure::Procedure("the partner has given no identity".to_owned()))?;
    Ok((partner, Credentials { user, access_token: Some(issued.access_token) }))
}

fn named(system: &SystemPlan, visitor: &Visitor) -> Named {
    Named {
        issuer: system.issuer(),
        address: system.at.identity,
        ca: system.folder.join(pki::files::AUTHORITY),
        client_id: identity::CLIENT.to_owned(),
        redirect_uri: identity::REDIRECT.to_owned(),
        user: visitor.name.to_owned(),
    }
}

/// Step 7: the primary MC service server knows where its user works.
fn is_marked(lab: &Lab, (service, user): (McService, &McServiceId), system: &str) -> Result<(), Failure> {
    let home = lab.servers.first().and_then(crate::System::service);
    let mark = home.and_then(|server| server.migrations()?.mark(service, user));
    match mark {
        Some(mark) if mark.system == system => Ok(()),
        Some(mark) => Err(Failure::Procedure(format!("{} is marked as in {}", user.as_str(), mark.system))),
        None => Err(Failure::Procedure(format!("{} is not marked as migrated", user.as_str()))),
    }
}
