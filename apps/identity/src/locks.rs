//! Users of the configuration whom it locks, or names no more: what they were given counts no more, and servers are told. RFC 7009

use std::{sync::Arc, time::Duration};

use kit::Fault;
use store::Batch;

use crate::{revoked, state::Idms, users::User};

/// How long is waited before the store is tried again.
const AGAIN: Duration = Duration::from_secs(1);

impl Idms {
    /// What is told of the users of the configuration agrees with it from now on, whatever it said when the server ran last; `former` were
    /// its users until now. What the store cannot keep is tried again until it can.
    pub(crate) async fn settle_locks(&self, former: &[Arc<User>]) {
        loop {
            let rules = self.rules.load_full();
            let gone = former.iter().filter(|user| rules.user(&user.name).is_none());
            let mut is_done = true;
            for user in gone {
                is_done &= self.is_kept(user, self.let_go(user).await);
            }
            for user in &rules.users {
                is_done &= self.is_kept(user, self.settle_lock(user).await);
            }
            if is_done {
                return;
            }
            self.world.clock.sleep(AGAIN).await;
        }
    }

    fn is_kept(&self, user: &User, outcome: Result<(), Fault>) -> bool {
        if let Err(fault) = &outcome {
            tracing::error!(target: "mcx::fault", entity = %self.config.name, user = user.name, %fault, "what a user was given is not revoked");
        }
        outcome.is_ok()
    }

    async fn settle_lock(&self, user: &User) -> Result<(), Fault> {
        let is_told = revoked::is_locked(&*self.store, &revoked::subject_of_user(&user.name)).await?;
        if is_told == user.locked {
            return Ok(());
        }
        self.tell(user, if user.locked { "locked" } else { "unlocked" }).await
    }

    /// Nobody is called that any more, unless the store has somebody.
    async fn let_go(&self, user: &User) -> Result<(), Fault> {
        match self.users.get(&user.name).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => self.tell(&User { locked: true, ..user.clone() }, "locked").await,
            Err(why) => Err(Fault::new(why.to_string())),
        }
    }

    async fn tell(&self, user: &User, what: &str) -> Result<(), Fault> {
        let (now, subject) = (self.now(), revoked::subject_of_user(&user.name));
        let is_known = self.rules.load().user(&user.name).is_some();
        let until = (!user.locked || !is_known).then_some(now + revoked::LONGEST);
        // What was issued in this second is revoked too.
        let batch = revoked::user(Batch::new(), &subject, (user, revoked::seconds(now) + 1), until);
        let verdict = if user.locked { "refuse" } else { "allow" };
        let entry = self.log.act(format!("identity.user.{what}"), &*self.config.name).on(&*user.name);
        let batch = self.log.enter(batch, &entry.ruled(verdict, "identity.user"));
        self.store.commit(batch).await.map(drop).map_err(Fault::from)
    }
}
