//! A login page as a browser without eyes has it: its form, what is hidden in it, and where name and password go.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kit::private::Private;

/// RFC 6749 appendix B
pub(super) const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// No page of a log-in is longer, in octets.
const LARGEST: usize = 256 << 10;

/// The form of a login page.
#[derive(Debug)]
pub(super) struct Form {
    action: String,
    /// What is hidden in it.
    hidden: Vec<(String, String)>,
    /// The field for the name.
    name: String,
    /// The field for the password.
    password: String,
}

impl Form {
    /// The first form of a page that asks for a password.
    pub(super) fn read(page: &[u8]) -> Option<Self> {
        let page = std::str::from_utf8(page).ok().filter(|page| page.len() <= LARGEST)?;
        let mut rest = page;
        while let Some((_, form)) = rest.split_once("<form") {
            let (form, after) = form.split_once("</form").unwrap_or((form, ""));
            if let Some(read) = Self::of(form) {
                return Some(read);
            }
            rest = after;
        }
        None
    }

    fn of(form: &str) -> Option<Self> {
        let (head, body) = form.split_once('>')?;
        let (mut hidden, mut name, mut password) = (Vec::new(), None, None);
        for input in body.split("<input").skip(1) {
            let input = input.split('>').next().unwrap_or_default();
            let Some(called) = attribute(input, "name") else { continue };
            match attribute(input, "type").as_deref() {
                Some("hidden") => hidden.push((called, attribute(input, "value").unwrap_or_default())),
                Some("password") => password = Some(called),
                None | Some("text" | "email") => name = name.or(Some(called)),
                Some(_) => {}
            }
        }
        Some(Self { action: attribute(head, "action")?, hidden, name: name?, password: password? })
    }

    /// Where it leads: to the server that the page is of, or nowhere.
    pub(super) fn target(&self, page: &str) -> Option<String> {
        let (scheme, rest) = page.split_once("://")?;
        let host = rest.split(['/', '?']).next()?;
        let origin = format!("{scheme}://{host}");
        if self.action.starts_with('/') && !self.action.starts_with("//") {
            return Some(format!("{origin}{}", self.action));
        }
        let below = self.action.strip_prefix(&origin)?;
        (below.starts_with('/')).then(|| self.action.clone())
    }

    /// What a browser sends once name and password stand in it.
    pub(super) fn filled(&self, name: &str, password: &Private<String>) -> Bytes {
        let hidden = self.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let typed = [(self.name.as_str(), name), (self.password.as_str(), password.reveal().as_str())];
        form_urlencoded::Serializer::new(String::new()).extend_pairs(hidden.chain(typed)).finish().into()
    }
}

/// The cookies of an answer, as the next request brings them back (RFC 6265 5.4).
pub(super) fn cookies(headers: &HeaderMap) -> Option<HeaderValue> {
    let set = headers.get_all(header::SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let pairs: Vec<&str> = set.filter_map(|cookie| cookie.split(';').next()).map(str::trim).collect();
    let cookies = (!pairs.is_empty()).then(|| pairs.join("; "))?;
    HeaderValue::try_from(cookies).ok()
}

/// What a page says of a log-in that failed: its alert (WAI-ARIA 1.2), else its status.
pub(super) fn said(page: &[u8], status: StatusCode) -> String {
    let page = std::str::from_utf8(page).unwrap_or_default();
    let alert = page.split_once("role=\"alert\"").and_then(|(_, rest)| rest.split_once('>'));
    let text = alert.and_then(|(_, rest)| rest.split('<').next()).map(plain);
    text.filter(|text| !text.trim().is_empty()).unwrap_or_else(|| format!("the page answers {status}"))
}

/// The value of an attribute within the text of a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    while let Some(at) = rest.find(name) {
        let is_begun = rest.get(..at).is_some_and(|before| before.ends_with(char::is_whitespace));
        let after = rest.get(at + name.len()..)?;
        let value = after.strip_prefix('=').filter(|_| is_begun);
        let quote = value.and_then(|value| value.chars().next()).filter(|quote| matches!(quote, '"' | '\''));
        if let Some((value, quote)) = value.zip(quote) {
            return value.get(1..)?.split(quote).next().map(plain);
        }
        rest = after;
    }
    None
}

/// Text without references to characters.
fn plain(text: &str) -> String {
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    pairs.iter().fold(text.to_owned(), |text, (reference, letter)| text.replace(reference, letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<main><form method=\"post\" action=\"/login\"><label for=\"username\">Name</label>\
        <input id=\"username\" name=\"username\" required autofocus>\
        <input id=\"password\" name=\"password\" type=\"password\" required>\
        <input type=\"hidden\" name=\"request\" value=\"a=1&amp;b=&#39;2&#39;\"><button type=\"submit\">Log in</button></form>";

    #[test]
    fn a_login_page_is_filled_in_and_goes_back_to_where_it_came_from() {
        let form = Form::read(PAGE.as_bytes()).unwrap();
        assert_eq!(
            form.target("https://idms.a.example/authorize?x").as_deref(),
            Some("https://idms.a.example/login")
        );
        let filled = form.filled("alice", &Private::new("a b&c".to_owned()));
        assert_eq!(filled, "request=a%3D1%26b%3D%272%27&username=alice&password=a+b%26c");
    }

    #[test]
    fn a_page_that_leads_elsewhere_gets_no_password() {
        for action in [
            "https://evil.example/login",
            "//evil.example/login",
            "https://idms.a.example.evil/login",
            "javascript:x",
        ] {
            let page = PAGE.replace("/login", action);
            let form = Form::read(page.as_bytes()).unwrap();
            assert_eq!(form.target("https://idms.a.example/authorize"), None, "{action}");
        }
        assert!(
            Form::read(b"<form action=\"/x\"><input name=\"q\"></form>").is_none(),
            "no password is asked for"
        );
    }

    #[test]
    fn what_the_page_says_is_told() {
        let page = b"<p class=\"said\" role=\"alert\">Name or password is wrong.</p>";
        assert_eq!(said(page, StatusCode::FORBIDDEN), "Name or password is wrong.");
        assert!(said(b"", StatusCode::BAD_GATEWAY).contains("502"));
    }
}
