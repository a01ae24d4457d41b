//! The login page, and what keeps it from being another's: no script, no frame, nothing from elsewhere, and a token that binds what is
//! sent back to the browser and to the request that it was delivered to. RFC 9700 clauses 4.7 and 4.16, OWASP's advice on forms

use std::time::SystemTime;

use aws_lc_rs::hmac;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::{authorize::Asked, paths};
use crate::{redirect, revoked::seconds, state::Idms};

/// Tells one browser from another. With this prefix browsers hold it to the host, to https, and to no subdomain (RFC 6265bis 4.1.3.2).
const COOKIE: &str = "__Host-mcx-login";

const STYLE: &str = "body{font:16px/1.5 sans-serif;margin:0;background:#f3f4f6;color:#111}\
main{max-width:22rem;margin:12vh auto;padding:2rem;background:#fff;border-radius:.5rem;box-shadow:0 1px 4px #0003}\
h1{font-size:1.25rem;margin:0 0 1rem}label{display:block;margin:.75rem 0 .25rem}\
input{box-sizing:border-box;width:100%;padding:.5rem;font:inherit;border:1px solid #888;border-radius:.25rem}\
button{margin-top:1.25rem;width:100%;padding:.6rem;font:inherit;border:0;border-radius:.25rem;background:#1d4ed8;color:#fff}\
.said{padding:.5rem;background:#fee2e2;border-radius:.25rem}";

/// What the page says beside its fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Said {
    Nothing,
    /// Name and password do not go together, or the user is locked: which of them is not said.
    Wrong,
    /// Come again in so many seconds.
    Wait(u64),
    /// The page was not this server's, or is too old.
    Stale,
}

impl Said {
    fn text(self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Wrong => "Name or password is wrong.".to_owned(),
            Self::Wait(seconds) => format!("Too many attempts. Try again in {seconds} seconds."),
            Self::Stale => "The page was too old. Please try again.".to_owned(),
        }
    }
}

impl Idms {
    /// The page for this request, for the browser that sent these fields.
    pub(super) fn login_page(
        &self,
        asked: &Asked,
        headers: &HeaderMap,
        status: StatusCode,
        said: Said,
    ) -> Response<Bytes> {
        let known = browser(headers).map(str::to_owned);
        let browser = known.unwrap_or_else(|| self.secret());
        let signing = self.signing();
        let Ok(keys) = signing.keys() else {
            return message(StatusCode::SERVICE_UNAVAILABLE, "The server is not ready. Try again.");
        };
        let until = seconds(self.now() + self.config.lifetimes.login);
        let token = bound(keys.page(), &browser, &asked.carried, until);
        let alert = match said {
            Said::Nothing => String::new(),
            said => format!("<p class=\"said\" role=\"alert\">{}</p>", said.text()),
        };
        let (action, carried, token) = (paths::LOGIN, escaped(&asked.carried), escaped(&token));
        let body = format!(
            "<h1>Log in</h1>{alert}<form method=\"post\" action=\"{action}\">\
             <label for=\"username\">Name</label>\
             <input id=\"username\" name=\"username\" autocomplete=\"username\" autocapitalize=\"none\" required autofocus>\
             <label for=\"password\">Password</label>\
             <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required>\
             <input type=\"hidden\" name=\"request\" value=\"{carried}\">\
             <input type=\"hidden\" name=\"csrf\" value=\"{token}\"><button type=\"submit\">Log in</button></form>"
        );
        let mut response = html(status, &body, &redirect::source(&asked.redirect_uri));
        let age = self.config.lifetimes.login.as_secs();
        let cookie = format!("{COOKIE}={browser}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={age}");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        if let Said::Wait(seconds) = said {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    /// Whether a page with this token was delivered to this browser for this request, and not too long ago.
    pub(super) fn is_bound(&self, token: &str, headers: &HeaderMap, carried: &str, now: SystemTime) -> bool {
        let signing = self.signing();
        let (Ok(keys), Some(browser)) = (signing.keys(), browser(headers)) else { return false };
        let Some((until, _)) = token.split_once('.') else { return false };
        let Ok(until) = until.parse::<u64>() else { return false };
        let expected = bound(keys.page(), browser, carried, until);
        let same = aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_bytes(), token.as_bytes());
        same.is_ok() && seconds(now) < until
    }
}

/// `until.mac`, over the browser, the request and the end.
fn bound(key: &hmac::Key, browser: &str, carried: &str, until: u64) -> String {
    use std::fmt::Write as _;
    let mut context = hmac::Context::with_key(key);
    for part in [browser, carried, &until.to_string()] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    let tag = context.sign();
    tag.as_ref().iter().fold(format!("{until}."), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// By which a browser is told from others.
fn browser(headers: &HeaderMap) -> Option<&str> {
    let fields = headers.get_all(header::COOKIE).iter().filter_map(|field| field.to_str().ok());
    let mut cookies =
        fields.flat_map(|field| field.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let found = cookies.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)?;
    let right = (32..=64).contains(&found.len()) && found.bytes().all(|byte| byte.is_ascii_alphanumeric());
    right.then_some(found)
}

/// A page that says one thing.
pub(super) fn message(status: StatusCode, text: &str) -> Response<Bytes> {
    html(status, &format!("<h1>{}</h1>", escaped(text)), "")
}

fn html(status: StatusCode, body: &str, leads_to: &str) -> Response<Bytes> {
    let style = paths::STYLE;
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Log in</title><link rel=\"stylesheet\" href=\"{style}\"></head><body><main>{body}</main></body></html>"
    );
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self' {leads_to}; frame-ancestors 'none'; base-uri 'none'"
    );
    let mut response = Response::new(Bytes::from(page));
    *response.status_mut() = status;
    let fields = response.headers_mut();
    let plain = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in plain {
        fields.insert(name, HeaderValue::from_static(value));
    }
    // What can stand in a redirect URI that is configured can stand in a header field.
    let policy = HeaderValue::from_str(&policy);
    let closed = HeaderValue::from_static("default-src 'none'; style-src 'self'; frame-ancestors 'none'");
    fields.insert(header::CONTENT_SECURITY_POLICY, policy.unwrap_or(closed));
    response
}

pub(super) fn style() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(STYLE.as_bytes()));
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    fields.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// As text of a page or value of an attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}
