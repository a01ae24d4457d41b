//! What clients of an identity management server send, and what they read of its answers.

use super::*;

pub fn posted(path: &str, form: &[(&str, &str)], cookie: Option<&str>) -> Request<Bytes> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    request.body(Bytes::from(body)).unwrap()
}

/// These parameters with others in place of some; without a value, without the parameter.
pub fn changed<'p>(base: &[(&'p str, &'p str)], changes: &[(&'p str, &'p str)]) -> Vec<(&'p str, &'p str)> {
    let kept = base.iter().filter(|(name, _)| !changes.iter().any(|(other, _)| other == name));
    kept.chain(changes.iter().filter(|(_, value)| !value.is_empty())).copied().collect()
}

pub fn query(changes: &[(&str, &str)]) -> String {
    let base = [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", REDIRECT),
        ("scope", SCOPE),
        ("state", "st&te"),
        ("nonce", "n0nce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let pairs = changed(&base, changes);
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub fn code_form<'p>(code: &'p str, changes: &[(&'p str, &'p str)]) -> Vec<(&'p str, &'p str)> {
    let base = [
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("code", code),
    ];
    changed(&base, changes)
}

pub fn refresh_form<'p>(token: &'p str, changes: &[(&'p str, &'p str)]) -> Vec<(&'p str, &'p str)> {
    let base = [("grant_type", "refresh_token"), ("client_id", CLIENT), ("refresh_token", token)];
    changed(&base, changes)
}

pub fn exchange_form<'p>(token: &'p str, changes: &[(&'p str, &'p str)]) -> Vec<(&'p str, &'p str)> {
    let base = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("client_id", CLIENT),
        ("subject_token", token),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
        ("resource", B),
    ];
    changed(&base, changes)
}

pub fn bearer_form<'p>(token: &'p str, changes: &[(&'p str, &'p str)]) -> Vec<(&'p str, &'p str)> {
    let base = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("client_id", CLIENT),
        ("assertion", token),
        ("scope", SCOPE),
    ];
    changed(&base, changes)
}

pub fn page_of(response: &Response<Bytes>) -> Page {
    let text = std::str::from_utf8(response.body()).expect("UTF-8");
    let value = |name: &str| {
        let (_, rest) =
            text.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{text}"));
        rest.split('"').next().unwrap().replace("&amp;", "&").replace("&#39;", "'")
    };
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    Page { request: value("request"), csrf: value("csrf"), cookie }
}

pub fn location(response: &Response<Bytes>) -> String {
    let location = response.headers().get(header::LOCATION);
    let location = location.unwrap_or_else(|| panic!("{} leads nowhere", response.status()));
    location.to_str().unwrap().to_owned()
}

pub fn parameter(uri: &str, name: &str) -> Option<String> {
    let (_, query) = uri.split_once('?')?;
    form_urlencoded::parse(query.as_bytes())
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

pub fn field<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// What a token claims, whoever signed it.
pub fn claims(token: &str) -> Value {
    jsonwebtoken::dangerous::insecure_decode_claims(token).expect("claims")
}

pub fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// What a server whose certificate proves this says of a visitor, in its turn where there is one.
pub fn of_visitor(
    idms: &Idms,
    by: &str,
    (method, id): (http::Method, &str),
    turn: Option<[u64; 2]>,
) -> (u16, Value) {
    let path = format!("{}{id}", identity::paths::VISITORS);
    let mut request = Request::builder().method(method).uri(path);
    if let Some([decision, word]) = turn {
        request = request.header(kit::TURN_FIELD, kit::Turn { decision, word }.to_string());
    }
    let request = request.body(Bytes::new()).unwrap();
    let response =
        idms.lab.fetch(&idms.site, request, arrival("inner", by)).expect("answered without waiting");
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or(Value::Null))
}
