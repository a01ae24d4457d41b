//! Uniqueness and other constraints of a further usage.

use xcap::{Check, Form, selector};
use xml::path::{Name, Path};

use crate::config::{Named, Table};

pub(super) fn read(table: &Table<'_>, namespace: &str) -> Vec<Check> {
    let mut checks = table.tables("unique", |table| unique(table, namespace));
    checks.extend(table.tables("value", |table| value(table, namespace)));
    checks.extend(table.tables("form", |table| form(table, namespace)));
    checks
}

/// Among which elements a value is unique.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Within {
    Siblings,
    Document,
    Server,
}

impl Named for Within {
    const NAMES: &'static [(&'static str, Self)] =
        &[("siblings", Self::Siblings), ("document", Self::Document), ("server", Self::Server)];
}

fn unique(table: &Table<'_>, namespace: &str) -> Option<Check> {
    let element = element(table, namespace);
    let attribute = table.required::<String>("attribute");
    let within = table.or("within", Within::Siblings);
    let alias = table.optional::<String>("alias");
    if alias.is_some() && within != Within::Server {
        table.error_at("alias", "\"alias\" goes with within = \"server\"");
    }
    let (element, attribute) = (element?, attribute?);
    Some(match within {
        Within::Siblings => Check::UniqueAmongSiblings { element, attribute },
        Within::Document => Check::UniqueInDocument { element, attribute },
        Within::Server => Check::UniqueOnServer { element, attribute, alias },
    })
}

/// What a value is.
#[derive(Clone, Copy, Debug)]
enum Is {
    Present,
    User,
    Variant,
    GlobalName,
    UserName,
}

impl Named for Is {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("present", Self::Present),
        ("user", Self::User),
        ("variant", Self::Variant),
        ("name-in-global", Self::GlobalName),
        ("name-in-users", Self::UserName),
    ];
}

fn value(table: &Table<'_>, namespace: &str) -> Option<Check> {
    let of = table.required::<String>("of");
    let is = table.or("is", Is::Present);
    let of = of?;
    let path: Path = match selector(&of, namespace, &[]) {
        Ok(path) => path,
        Err(invalid) => {
            table.error_at_value("of", invalid.to_string());
            return None;
        }
    };
    Some(match is {
        Is::Present => Check::Required { path },
        Is::User => Check::NamesUser { path },
        Is::Variant => Check::NamesVariant { path },
        Is::GlobalName => Check::NamesDocument { path, global: true },
        Is::UserName => Check::NamesDocument { path, global: false },
    })
}

/// The form of a value, as configuration says it.
#[derive(Clone, Copy, Debug)]
struct Formed(Form);

impl Named for Formed {
    const NAMES: &'static [(&'static str, Self)] =
        &[("http-uri", Self(Form::HttpUri)), ("relative-path", Self(Form::RelativePath))];
}

fn form(table: &Table<'_>, namespace: &str) -> Option<Check> {
    let element = element(table, namespace);
    let attribute = table.required::<String>("attribute");
    let form = table.required::<Formed>("is");
    Some(Check::Form { element: element?, attribute: attribute?, form: form?.0 })
}

/// An element, in the usage's namespace unless it says another.
fn element(table: &Table<'_>, namespace: &str) -> Option<Name> {
    let local = table.required::<String>("element");
    let namespace = table.or("namespace", namespace.to_owned());
    Some(Name::new(namespace, local?))
}
