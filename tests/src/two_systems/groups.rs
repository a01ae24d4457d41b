//! Group management servers, and whoever asks them over HTTP.

use bytes::Bytes;
use groups::{Gms, GroupId};
use http::{Method, Response};
use kit::Entity;
use mcx::{
    Failure,
    lab::{
        groups::{Asker, document, group_id, path, profile, profile_path},
        plan::SystemPlan,
    },
};

use super::TwoSystems;
use crate::{Home, Life, plan};

/// Where those who ask are, each at a host of its own.
const FIRST: u8 = 60;

impl TwoSystems {
    fn system(&self, home: Home) -> &SystemPlan {
        &self.plan.systems[usize::from(home.place())]
    }

    /// The client of the administrator of a system.
    pub fn administrator(&mut self, home: Home) -> Asker {
        let env = self.env_of_played(plan::inner(home.place(), FIRST));
        Asker::administrator(self.system(home), &env).unwrap_or_else(|why| panic!("{why}"))
    }

    /// A group management client of a user.
    pub fn group_client(&mut self, home: Home, user: &str) -> Asker {
        let env = self.env_of_played(plan::inner(home.place(), FIRST + 1));
        Asker::user(self.system(home), user, &env).unwrap_or_else(|why| panic!("{why}"))
    }

    /// The MC service server of a system, as far as it asks for groups.
    pub fn asking_server(&mut self, home: Home) -> Asker {
        let env = self.env_of_played(plan::inner(home.place(), 4));
        Asker::service(self.system(home), &env).unwrap_or_else(|why| panic!("{why}"))
    }

    /// The group management server of a system.
    ///
    /// # Panics
    /// Where it does not run.
    #[must_use]
    pub fn gms(&self, home: Home) -> &Entity<Gms> {
        self.running(&gms_of(home)).groups().expect("a group management server")
    }

    /// The store of the process in which the group management server of a system runs.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    pub fn life(&self, home: Home) -> &Life {
        let (_, life) = self.entities[self.place(&gms_of(home))].keeps.as_ref().expect("it keeps promises");
        life
    }

    /// How often the group management server of a system was started.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    pub fn starts(&self, home: Home) -> u64 {
        self.entities[self.place(&gms_of(home))].starts
    }

    /// What clients of a system see of the lab's group.
    ///
    /// # Panics
    /// Where the store fails.
    pub async fn stored(&self, home: Home) -> Option<String> {
        let group = GroupId::new(&self.group()).expect("valid");
        let found = self.gms(home).cx().document(&group).await.expect("readable");
        found.map(|document| document.text().to_owned())
    }

    /// What the primary system provided, as the partner keeps it.
    ///
    /// # Panics
    /// Where the store fails.
    pub async fn offered(&self, home: Home) -> Option<String> {
        let group = GroupId::new(&self.group()).expect("valid");
        let found = self.gms(home).cx().offer(&group).await.expect("readable");
        found.map(|(document, _)| document.text().to_owned())
    }

    /// The lab's group: of the primary system, with members in both.
    #[must_use]
    pub fn group(&self) -> String {
        group_id(&self.plan)
    }

    /// Its document.
    #[must_use]
    pub fn fire(&self) -> String {
        document(&self.plan)
    }

    /// Its path below an XCAP root.
    #[must_use]
    pub fn group_path(&self) -> String {
        path(&self.plan)
    }

    /// The administrator of a system gives a user a profile that names the lab's group.
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn name_group(&mut self, home: Home, user: &str) {
        let group = self.group();
        self.name_this_group(home, user, &group).await;
    }

    /// The same with whatever group the user has been told of.
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn name_this_group(&mut self, home: Home, user: &str, group: &str) {
        let body = profile(&self.plan, user).replace(&group_id(&self.plan), group).into();
        let named = self.configurator(home).send(Method::PUT, &profile_path(user), body).await;
        let named = named.unwrap_or_else(|why| panic!("{why}"));
        assert!(named.status().is_success(), "{named:?}");
    }

    /// The profile of a user, as its system keeps it.
    ///
    /// # Panics
    /// Where there is none.
    pub async fn profile_of(&mut self, home: Home, user: &str) -> String {
        let kept = self.configurator(home).send(Method::GET, &profile_path(user), Bytes::new()).await;
        let kept = kept.unwrap_or_else(|why| panic!("{why}"));
        assert!(kept.status().is_success(), "{kept:?}");
        String::from_utf8_lossy(kept.body()).into_owned()
    }

    fn configurator(&mut self, home: Home) -> Asker {
        let env = self.env_of_played(plan::inner(home.place(), FIRST + 2));
        Asker::configurator(self.system(home), &env).unwrap_or_else(|why| panic!("{why}"))
    }

    /// The administrator of the primary system defines the lab's group.
    ///
    /// # Errors
    /// Nobody answers.
    pub async fn define(&mut self, body: &str) -> Result<Response<Bytes>, Failure> {
        let (administrator, path) = (self.administrator(Home::Primary), self.group_path());
        administrator.send(Method::PUT, &path, Bytes::from(body.to_owned())).await
    }
}

fn gms_of(home: Home) -> String {
    format!("gms1.core.{}", home.domain())
}
