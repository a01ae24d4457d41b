//! What a user does about what he is given, and what he asks of others.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::UNIX_EPOCH,
};

use kit::Cause;
use xml_schemas::{
    Timestamp,
    acm::{
        AddMigrationUsersRequest, Addressee, Admission, GroupInformationProvisionRequest,
        GroupMembershipUpdateRequest, GroupOperation, Heading, Outcome, ProvidedGroup, Refusal,
        RemoveMigrationUsersRequest, Request, Response, Urgency, UserAdmission, UserProfile,
        UserProfileUpdateRequest, UserRemoval, WithdrawalRequest,
    },
    flow::Carriage as _,
    ids::FunctionalAlias,
    migration::ProfileIndex,
};

use super::{
    net::Net,
    terminal::Terminal,
    world::{ALIASES, SYSTEMS, USERS, VISITOR, WANDERERS},
};
use crate::{
    neighbours::profile,
    profiles::embedded,
    systems::{A, B, alias, group, id, request_id, user},
};

/// After so many answers that nobody wanted he lets it be.
const TRIES: u32 = 4;

/// He thinks about it, and answers until that has been taken or is of no use.
pub async fn decide(net: Arc<Net>, this: Arc<Terminal>, request: Request) {
    let most = *net.chance.pick(&[5, 120, 600]);
    net.sleep(net.chance.seconds(1, most)).await;
    let is_yes = net.chance.percent(70);
    let (id, response) = (request.heading().request_id.to_string(), answer(&this, &request, is_yes));
    let mut tries = 0;
    while tries < TRIES && this.memory().given.contains_key(&id) {
        let said = if this.speaks() { this.says(&net, response.split()).await } else { None };
        net.say(|| format!("{} answers {id} {is_yes}: {said:?}", this.impu));
        match said {
            Some((200, _)) => {
                this.memory().accepted.insert(id, is_yes);
                return;
            }
            Some((_, Some(Cause::AlreadyAnswered))) => {
                this.memory().denied.insert(id, is_yes);
                return;
            }
            Some((_, Some(Cause::RequestExpired | Cause::RequestWithdrawn))) => return,
            Some((300..500, _)) => tries += 1,
            _ => {}
        }
        net.sleep(net.chance.seconds(5, 60)).await;
    }
    this.memory().given.remove(&id);
}

fn answer(this: &Terminal, request: &Request, is_yes: bool) -> Response {
    let why = || Refusal { code: None, text: Some("not now".into()) };
    let outcome = || if is_yes { Outcome::Success } else { Outcome::Failure(why()) };
    match request {
        Request::GroupInformationProvision(asked) => asked.answer(this.actor(), outcome()).into(),
        Request::UserProfileUpdate(asked) => asked.answer(this.actor(), outcome()).into(),
        Request::AddMigrationUsers(asked) => {
            let admission = || if is_yes { Admission::Approved } else { Admission::Refused(why()) };
            let users = asked
                .users
                .iter()
                .map(|primary| UserAdmission { primary: primary.clone(), admission: admission() });
            asked.answer(this.actor(), users.collect()).into()
        }
        Request::RemoveMigrationUsers(asked) => {
            let refused = || if is_yes { None } else { Some(why()) };
            let users = asked.users.iter();
            let users = users.map(|primary| UserRemoval { primary: primary.clone(), refused: refused() });
            asked.answer(this.actor(), users.collect()).into()
        }
        Request::GroupMembershipUpdate(asked) => asked.answer(this.actor(), outcome()).into(),
    }
}

/// So many requests to users of other systems, now and then.
pub async fn asks(net: Arc<Net>, this: Arc<Terminal>, aliases: super::world::Aliases, many: u64) {
    let number = AtomicU64::new(0);
    for _ in 0..many {
        if !net.chance.one_in(3) {
            net.sleep(net.chance.seconds(1, 400)).await;
        }
        let request_id =
            format!("r-{}-{}-{}", this.system, this.name, number.fetch_add(1, Ordering::Relaxed));
        let request = request(&net, &this, &aliases, &request_id);
        this.memory().asked.insert(request_id, None);
        net.spawn(insists(Arc::clone(&net), Arc::clone(&this), request));
        // In the order in which he asked.
        net.sleep(net.chance.millis(1, 3_000)).await;
    }
}

fn request(net: &Net, this: &Terminal, aliases: &super::world::Aliases, name: &str) -> Request {
    let others: Vec<_> = SYSTEMS.iter().filter(|system| **system != this.system).collect();
    let system = **net.chance.pick(&others);
    let target = if net.chance.one_in(4) {
        let role: &str = net.chance.pick::<&str>(&ALIASES);
        Addressee::Alias(alias(role, system))
    } else {
        let users = if net.chance.one_in(4) { &USERS[..] } else { &USERS[..3] };
        let name: &str = net.chance.pick::<&str>(users);
        Addressee::User(user(name, system))
    };
    let mut heading = Heading::new(request_id(name), this.actor(), target);
    let own: Option<FunctionalAlias> = aliases.held_by(this).into_iter().next();
    heading.initiator.alias = own.filter(|_| net.chance.one_in(3));
    heading.urgency = net.chance.one_in(6).then_some(Urgency::High);
    if net.chance.one_in(4) {
        let at = net.clock().wall() + net.chance.seconds(20, 1_400);
        let at = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        heading.expires = Timestamp::from_unix_ms(i64::try_from(at).expect("soon"));
    }
    wish(net, this, heading, (name, system))
}

/// One of the five flows; of those for which servers beside the target's are needed, none to a system that has none.
fn wish(net: &Net, this: &Terminal, heading: Heading, (name, system): (&str, &str)) -> Request {
    let wanderer =
        || user(net.chance.pick::<&str>(if net.is_crowded { &WANDERERS[..1] } else { &WANDERERS }), A);
    let kind = if this.system == A && system == B && net.is_crowded {
        3 + net.chance.below(5)
    } else if this.system == A && system == B {
        net.chance.below(14)
    } else {
        8 + net.chance.below(6)
    };
    match kind {
        0..3 => {
            let content = embedded(&profile(VISITOR, name));
            let profile = UserProfile { index: Some(ProfileIndex(1)), content };
            UserProfileUpdateRequest { heading, user: id(VISITOR), profile, additional_information: None }
                .into()
        }
        3..6 => AddMigrationUsersRequest { heading, users: vec![wanderer()] }.into(),
        6..8 => RemoveMigrationUsersRequest { heading, users: vec![wanderer()] }.into(),
        8..10 => GroupMembershipUpdateRequest {
            heading,
            group: group("flood-ops", system),
            users: vec![user("u1", &this.system)],
            operation: *net.chance.pick(&[GroupOperation::Add, GroupOperation::Delete]),
        }
        .into(),
        _ => {
            let groups = ["flood-ops", "border-ops"].iter();
            let groups = groups.map(|name| ProvidedGroup { id: group(name, &this.system), name: None });
            GroupInformationProvisionRequest { heading, groups: groups.collect() }.into()
        }
    }
}

/// Until his server has taken it, or refused it; perhaps he wants it back then.
async fn insists(net: Arc<Net>, this: Arc<Terminal>, request: Request) {
    let id = request.heading().request_id.clone();
    loop {
        let said = if this.speaks() { this.says(&net, request.split()).await } else { None };
        net.say(|| format!("{} asks {} {id}: {said:?}", this.impu, request.heading().target.as_str()));
        match said {
            Some((200, _)) => break,
            Some((300..500, cause)) => {
                this.memory().asked.insert(id.to_string(), Some(Err(cause)));
                return;
            }
            _ => net.sleep(net.chance.seconds(2, 40)).await,
        }
    }
    this.memory().asked.insert(id.to_string(), Some(Ok(())));
    if !net.chance.one_in(5) {
        return;
    }
    net.sleep(net.chance.seconds(0, 600)).await;
    let withdrawal = WithdrawalRequest { request_id: id.clone(), initiator: this.actor(), target: None };
    loop {
        let said = if this.speaks() { this.says(&net, withdrawal.split()).await } else { None };
        net.say(|| format!("{} withdraws {id}: {said:?}", this.impu));
        match said {
            Some((200..500, _)) => return,
            _ => net.sleep(net.chance.seconds(2, 40)).await,
        }
    }
}
