//! Rules of which the first that matches decides: one that comes after another that takes all it would take is never reached.

use kit::{config::Table, document_rules::like};

/// So many rules of one list are compared with each other.
const COMPARED: usize = 1000;

pub(super) fn check(root: &Table<'_>) {
    root.again("locations", |table| {
        list(table, ("ask", "requester"), &|rule| {
            Some(vec![whom(rule, "requester")?, whom(rule, "target")?])
        });
        let told = |rule: &Table<'_>| Some(vec![whom(rule, "requester")?]);
        list(table, ("tell", "requester"), &told);
        table.again("user", |user| list(user, ("share", "requester"), &told));
    });
    root.again("service", |service| {
        // Whatever profiles it names.
        let user = |rule: &Table<'_>| Some(vec![pattern(rule, "user")?]);
        service.again("migration", |table| {
            table.again("partner", |partner| list(partner, ("allow", "user"), &user));
        });
    });
    root.again("acm", |table| {
        list(table, ("allow", "user"), &|rule| {
            Some(vec![pattern(rule, "user")?, named(rule, "flows")?, named(rule, "partners")?])
        });
        table.again("partner", |partner| {
            let takes = |rule: &Table<'_>| Some(vec![pattern(rule, "initiator")?, named(rule, "flows")?]);
            list(partner, ("handle", "initiator"), &takes);
        });
    });
}

/// What a rule takes of one kind: whoever it is about, or which requests.
#[derive(Debug)]
enum Takes {
    Anything,
    /// The users of an MC system, by its domain.
    System(String),
    User(String),
    /// `*` stands for any characters.
    Like(String),
    OneOf(Vec<String>),
}

impl Takes {
    /// Whether it takes whatever the other would. What is not known to be so is not so.
    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Anything, _) => true,
            (Self::System(mine), Self::System(theirs)) => mine == theirs,
            (Self::System(mine), Self::User(theirs)) => {
                theirs.rsplit_once('@').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(mine))
            }
            (Self::User(mine), Self::User(theirs)) => mine == theirs,
            // A `*` of theirs is a character like others then, which only a `*` of ours takes.
            (Self::Like(mine), Self::Like(theirs)) => like(mine, theirs),
            (Self::OneOf(mine), Self::OneOf(theirs)) => theirs.iter().all(|each| mine.contains(each)),
            _ => false,
        }
    }
}

/// `anyone`, the domain of an MC system, or one MC service ID. None where it is there and cannot be read.
fn whom(rule: &Table<'_>, key: &'static str) -> Option<Takes> {
    let text: String = rule.optional(key)?;
    Some(match text.to_ascii_lowercase() {
        _ if text.contains(':') => Takes::User(text),
        anyone if anyone == "anyone" => Takes::Anything,
        domain => Takes::System(domain),
    })
}

fn pattern(rule: &Table<'_>, key: &'static str) -> Option<Takes> {
    match rule.optional::<String>(key) {
        Some(pattern) if pattern != "*" => Some(Takes::Like(pattern)),
        Some(_) => Some(Takes::Anything),
        None => (!rule.has(key)).then_some(Takes::Anything),
    }
}

/// Any where the list is empty.
fn named(rule: &Table<'_>, key: &'static str) -> Option<Takes> {
    match rule.optional::<Vec<String>>(key) {
        Some(names) if !names.is_empty() => Some(Takes::OneOf(names)),
        Some(_) => Some(Takes::Anything),
        None => (!rule.has(key)).then_some(Takes::Anything),
    }
}

/// Reads a list of rules, and tells of those that come too late, at the key that says whom they are about.
fn list(
    table: &Table<'_>,
    (key, about): (&'static str, &'static str),
    read: &dyn Fn(&Table<'_>) -> Option<Vec<Takes>>,
) {
    let (mut above, mut place): (Vec<(usize, Vec<Takes>)>, usize) = (Vec::new(), 0);
    table.again(key, |rule| {
        place += 1;
        let Some(takes) = read(rule).filter(|_| place <= COMPARED) else { return };
        let covers = |(_, earlier): &&(usize, Vec<Takes>)| {
            earlier.iter().zip(&takes).all(|(earlier, takes)| earlier.covers(takes))
        };
        if let Some((earlier, _)) = above.iter().find(covers) {
            let told = format!(
                "never reached: number {earlier} of [[{}]] takes whatever this one, number {place}, would take",
                rule.path()
            );
            rule.warn_at_value(about, &told);
        }
        above.push((place, takes));
    });
}
