//! The header fields and body of a draft.

use bytes::{Bytes, BytesMut};

use crate::{Malformed, Name, lex::all_token, print};

/// What requests and responses of our own are made of, beside their start lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    lines: Vec<Field>,
    body: Bytes,
}

#[derive(Clone, Debug)]
struct Field {
    name: Name,
    /// For [`Name::Other`]: which.
    extension: String,
    value: Vec<u8>,
}

impl Fields {
    pub(crate) fn add(&mut self, name: Name, value: &[u8]) {
        self.lines.push(Field { name, extension: String::new(), value: value.to_vec() });
    }

    pub(crate) fn add_extension(&mut self, name: &str, value: &[u8]) {
        match Name::from_bytes(name.as_bytes()) {
            Name::Other => {
                self.lines.push(Field {
                    name: Name::Other,
                    extension: name.to_owned(),
                    value: value.to_vec(),
                });
            }
            known => self.add(known, value),
        }
    }

    pub(crate) fn set_body(&mut self, content_type: &str, body: Bytes) {
        self.lines.retain(|field| field.name != Name::ContentType);
        self.add(Name::ContentType, content_type.as_bytes());
        self.body = body;
    }

    pub(crate) fn get(&self, name: Name) -> Option<&[u8]> {
        let field = self.lines.iter().find(|field| field.name == name && name != Name::Other)?;
        Some(&field.value)
    }

    pub(crate) fn body(&self) -> &Bytes {
        &self.body
    }

    pub(crate) fn size(&self) -> usize {
        let lines: usize =
            self.lines.iter().map(|field| field.extension.len() + field.value.len() + 32).sum();
        lines + self.body.len() + 64
    }

    pub(crate) fn check(&self) -> Result<(), Malformed> {
        for field in &self.lines {
            if !print::is_clean(&field.value) {
                return Err(Malformed::new("holds a CR, LF or NUL", 0).of(field.name));
            }
            if field.name == Name::Other && !all_token(field.extension.as_bytes()) {
                return Err(Malformed::new("Header field name with a forbidden octet", 0));
            }
        }
        Ok(())
    }

    /// Header lines that `skip` does not name, Content-Length, the empty line, the body.
    pub(crate) fn print(&self, skip: &[Name], out: &mut BytesMut) {
        for field in &self.lines {
            match field.name {
                Name::Other if all_token(field.extension.as_bytes()) => {
                    print::line(out, field.extension.as_bytes(), &field.value);
                }
                Name::Other | Name::ContentLength => {}
                name if skip.contains(&name) => {}
                name => print::line(out, name.canonical().as_bytes(), &field.value),
            }
        }
        print::content_length(out, self.body.len());
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&self.body);
    }
}
