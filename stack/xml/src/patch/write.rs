//! Writing operations, each with the declarations that its selector and its content need.

use std::{borrow::Cow, fmt::Write};

use super::{
    Action, Operation, Position, WhiteSpace,
    content::spell,
    selector::{Condition, Selector, Target, Test},
};
use crate::{Raw, escaped, path::Name};

/// None only where content is not well-formed, which no content that was read or generated is.
pub(crate) fn operation(operation: &Operation, namespace: &str) -> Option<Raw> {
    let mut writing = Writing::of(operation);
    let selector = writing.selector(&operation.selector);
    let name = match operation.action {
        Action::Add(..) | Action::AddAttribute(..) | Action::AddNamespace(..) => "add",
        Action::Replace(_) => "replace",
        Action::Remove(_) => "remove",
    };
    let more = writing.attributes(&operation.action);
    let attributes =
        std::iter::once(("sel", &selector)).chain(more.iter().map(|(name, value)| (*name, value)));
    let attributes: Vec<_> = attributes.map(|(name, value)| (name, value.as_str())).collect();
    let scope: Vec<_> =
        writing.scope.iter().map(|(prefix, namespace)| (prefix.as_str(), namespace.as_str())).collect();
    let content = match &operation.action {
        Action::Add(_, content) | Action::Replace(content) => content.source().into(),
        Action::AddAttribute(_, value) | Action::AddNamespace(_, value) => Cow::Owned(escaped(value)),
        Action::Remove(_) => Cow::Borrowed(""),
    };
    Raw::build(namespace, name, &scope, &attributes, &content)
}

/// The declarations so far: prefix and namespace, the default one always.
struct Writing {
    scope: Vec<(String, String)>,
}

impl Writing {
    /// Begins with those that the content was found among, as far as it may use them.
    fn of(operation: &Operation) -> Self {
        let mut scope = vec![(String::new(), String::new())];
        if let Action::Add(_, content) | Action::Replace(content) = &operation.action {
            for (prefix, namespace) in content.scope() {
                match scope.first_mut() {
                    Some(default) if prefix.is_empty() => default.1 = namespace.to_string(),
                    _ if content.source().contains(&format!("{prefix}:")) => {
                        scope.push((prefix.to_string(), namespace.to_string()));
                    }
                    _ => {}
                }
            }
        }
        Self { scope }
    }

    /// A prefix, not the empty one, that stands for a namespace.
    fn prefix(&mut self, namespace: &str) -> String {
        if namespace == crate::path::XML_NAMESPACE {
            return "xml".to_owned();
        }
        let declared =
            self.scope.iter().find(|(prefix, declared)| !prefix.is_empty() && declared == namespace);
        if let Some((prefix, _)) = declared {
            return prefix.clone();
        }
        let taken = |name: &String| self.scope.iter().any(|(prefix, _)| prefix == name);
        let prefix = (0..=self.scope.len()).map(|number| format!("n{number}")).find(|name| !taken(name));
        let prefix = prefix.unwrap_or_default();
        self.scope.push((prefix.clone(), namespace.to_owned()));
        prefix
    }

    fn element_name(&mut self, name: &Name) -> String {
        let is_default = self.scope.first().is_some_and(|(_, default)| **default == *name.namespace);
        if is_default { name.local.to_string() } else { spell(&self.prefix(&name.namespace), &name.local) }
    }

    fn attribute_name(&mut self, name: &Name) -> String {
        if name.namespace.is_empty() {
            name.local.to_string()
        } else {
            spell(&self.prefix(&name.namespace), &name.local)
        }
    }

    fn selector(&mut self, selector: &Selector) -> String {
        let mut text = String::new();
        for step in &selector.steps {
            text.push('/');
            match &step.test {
                Test::Any => text.push('*'),
                Test::Name(name) => text.push_str(&self.element_name(name)),
                Test::Text => text.push_str("text()"),
                Test::Comment => text.push_str("comment()"),
                Test::Instruction(target) => {
                    let target = target.as_deref().map(|target| format!("'{target}'")).unwrap_or_default();
                    let _ = write!(text, "processing-instruction({target})");
                }
            }
            for condition in &step.conditions {
                let condition = self.condition(condition);
                let _ = write!(text, "[{condition}]");
            }
        }
        match &selector.target {
            Target::Node => {}
            Target::Attribute(name) => {
                let name = self.attribute_name(name);
                let _ = write!(text, "/@{name}");
            }
            Target::Namespace(prefix) => {
                let _ = write!(text, "/namespace::{prefix}");
            }
        }
        text
    }

    fn condition(&mut self, condition: &Condition) -> String {
        match condition {
            Condition::Position(position) => position.to_string(),
            Condition::Attribute(name, value) => format!("@{}={}", self.attribute_name(name), literal(value)),
            Condition::Child(name, value) => format!("{}={}", self.element_name(name), literal(value)),
            Condition::Own(value) => format!(".={}", literal(value)),
        }
    }

    fn attributes(&mut self, action: &Action) -> Vec<(&'static str, String)> {
        match action {
            Action::Add(Position::Append, _) | Action::Replace(_) | Action::Remove(WhiteSpace::Kept) => {
                Vec::new()
            }
            Action::Add(Position::Prepend, _) => vec![("pos", "prepend".to_owned())],
            Action::Add(Position::Before, _) => vec![("pos", "before".to_owned())],
            Action::Add(Position::After, _) => vec![("pos", "after".to_owned())],
            Action::AddAttribute(name, _) => vec![("type", format!("@{}", self.attribute_name(name)))],
            Action::AddNamespace(prefix, _) => vec![("type", format!("namespace::{prefix}"))],
            Action::Remove(WhiteSpace::Before) => vec![("ws", "before".to_owned())],
            Action::Remove(WhiteSpace::After) => vec![("ws", "after".to_owned())],
            Action::Remove(WhiteSpace::Both) => vec![("ws", "both".to_owned())],
        }
    }
}

/// A value holds one kind of quotation mark at most: what was read as a literal does.
fn literal(value: &str) -> String {
    if value.contains('\'') { format!("\"{value}\"") } else { format!("'{value}'") }
}
