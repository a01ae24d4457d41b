//! What arrives at home for a user who is logged off there, whatever it asks: the SIP core asks here, and whoever sent it is told that he
//! works elsewhere. TS 23.280 10.6.3; TS 24.229 5.4.3.3. Where he is is the location management server's to find (`follow_migrated.rs` of
//! `locations`).

use kit::{Cause, Cx, Fault, Impu, Refusal, Stop};

use crate::{Mcs, migration::Arriving};

/// Why nobody takes it.
pub(crate) async fn why(cx: Cx<Mcs>, absent: Impu) -> Stop {
    refusal(&cx, &absent).await.map_or_else(Stop::from, Stop::from)
}

async fn refusal(cx: &Cx<Mcs>, absent: &Impu) -> Result<Refusal, Fault> {
    let (Some(migrations), Some(user)) = (cx.migrations(), cx.user_of(absent)) else {
        return Ok(Cause::LoggedOff.into());
    };
    // Another process of this server may have marked him a moment ago.
    migrations.read_marks_again(&user.id).await?;
    let Some(system) = cx.authorizations().away(&user.id) else { return Ok(Cause::LoggedOff.into()) };
    Ok(match migrations.config().arriving {
        Arriving::Refuse => Cause::MigratedAway.into(),
        Arriving::Tell => Refusal::at(Cause::MigratedAway, &system),
        Arriving::Ignore => Cause::LoggedOff.into(),
    })
}
