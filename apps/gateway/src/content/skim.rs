//! One pass over a plain XML document, without building a tree.
//!
//! A border reads a handful of texts out of each body, thousands of times a second. Bodies as entities write them are
//! plain: one default namespace, declared at the root, and elements, attributes and text without references. Such a
//! document has one reading. Whatever is not plain is left to the full reader, so nothing is ever guessed: comments,
//! CDATA, instructions, declarations, prefixes, references, mixed content, deep nesting.

use smallvec::SmallVec;

/// Deeper documents are left to the full reader.
const DEPTH: usize = 16;

/// So are those with longer names.
const NAME: usize = xml::Limits::DEFAULT.name;

/// Calls `leaf` for every element without child elements, with the names from the root down to it and its trimmed
/// text. Gives the root's namespace, or none where the document is not plain; what `leaf` was told then counts for
/// nothing.
pub(super) fn skim<'x>(text: &'x str, mut leaf: impl FnMut(&[&'x str], &'x str)) -> Option<&'x str> {
    let rest = Rest(prolog(text)?);
    let mut tags = Tags { rest, path: SmallVec::new(), namespace: None, childless: false };
    loop {
        let before = tags.rest.until_tag()?;
        if tags.rest.eat("/") {
            tags.close(before, &mut leaf)?;
        } else {
            tags.open(before, &mut leaf)?;
        }
        if tags.path.is_empty() {
            return tags.namespace.filter(|_| blank(tags.rest.0));
        }
    }
}

/// Where the pass has come to.
struct Tags<'x> {
    rest: Rest<'x>,
    /// The names of the elements that are open.
    path: SmallVec<[&'x str; DEPTH]>,
    /// That of the root.
    namespace: Option<&'x str>,
    /// Whether the innermost element had no child element so far.
    childless: bool,
}

impl<'x> Tags<'x> {
    /// What follows `</`; `before` stands between it and the tag before.
    #[inline]
    fn close(&mut self, before: &'x str, leaf: &mut impl FnMut(&[&'x str], &'x str)) -> Option<()> {
        let name = self.rest.name()?;
        self.rest.blanks();
        if self.path.last() != Some(&name) || !self.rest.eat(">") {
            return None;
        }
        if self.childless {
            // XML 1.0 2.11: a reader would normalise line ends.
            leaf(&self.path, Some(before.trim_matches(BLANKS)).filter(|text| !text.contains('\r'))?);
        } else if !blank(before) {
            return None;
        }
        self.childless = false;
        self.path.pop();
        Some(())
    }

    /// What follows `<`.
    #[inline]
    fn open(&mut self, before: &'x str, leaf: &mut impl FnMut(&[&'x str], &'x str)) -> Option<()> {
        if !blank(before) || self.path.len() == DEPTH {
            return None;
        }
        self.path.push(self.rest.name()?);
        let declared = self.rest.attributes()?;
        match self.path.len() {
            1 => self.namespace = Some(declared.unwrap_or_default()),
            _ if declared.is_some() => return None,
            _ => {}
        }
        self.childless = !self.rest.eat("/");
        if !self.rest.eat(">") {
            return None;
        }
        if !self.childless {
            leaf(&self.path, "");
            self.path.pop();
        }
        Some(())
    }
}

/// XML 1.0 2.3: what counts as white space.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

fn blank(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
}

/// What follows the XML declaration, if there is one, and it says nothing but version and UTF-8.
fn prolog(text: &str) -> Option<&str> {
    let Some(declaration) = text.strip_prefix("<?xml ") else { return Some(text) };
    let (declaration, rest) = declaration.split_once("?>")?;
    let usual = ["version=\"1.0\" encoding=\"UTF-8\"", "version=\"1.0\""];
    usual.iter().any(|usual| usual.eq_ignore_ascii_case(declaration.trim_end_matches(BLANKS))).then_some(rest)
}

struct Rest<'x>(&'x str);

impl<'x> Rest<'x> {
    /// The text before the next tag, which must hold no reference; the tag's `<` is eaten.
    fn until_tag(&mut self) -> Option<&'x str> {
        let at = memchr::memchr2(b'<', b'&', self.0.as_bytes())?;
        let (before, from) = self.0.split_at_checked(at)?;
        self.0 = from.strip_prefix('<')?;
        Some(before)
    }

    fn eat(&mut self, token: &str) -> bool {
        self.0.strip_prefix(token).map(|rest| self.0 = rest).is_some()
    }

    fn blanks(&mut self) {
        self.0 = self.0.trim_start_matches(BLANKS);
    }

    /// A name in ASCII without a colon.
    fn name(&mut self) -> Option<&'x str> {
        let inner = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        let length = self.0.as_bytes().iter().take_while(|b| inner(b)).count();
        let (name, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        (is_name && length <= NAME).then_some(name)
    }

    /// Reads the attributes of a tag up to `>` or `/`; the inner value is that of `xmlns`, where it stands.
    fn attributes(&mut self) -> Option<Option<&'x str>> {
        let mut namespace = None;
        loop {
            let before = self.0.len();
            self.blanks();
            if self.0.starts_with(['>', '/']) {
                return Some(namespace);
            }
            if self.0.len() == before {
                return None;
            }
            let name = self.name()?;
            let value = self.value()?;
            if name == "xmlns" && namespace.replace(value).is_some() {
                return None;
            }
        }
    }

    fn value(&mut self) -> Option<&'x str> {
        self.blanks();
        self.0 = self.0.strip_prefix('=')?;
        self.blanks();
        let quote = self.0.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, rest) = self.0.get(1..)?.split_once(quote)?;
        self.0 = rest;
        let plain = |b: u8| b >= b' ' && !matches!(b, b'<' | b'&');
        value.bytes().all(plain).then_some(value)
    }
}

#[cfg(test)]
mod tests;
