//! RFC 3261 10.3 steps 6 and 7: reading the contacts of a REGISTER, and writing them into its answer.

use std::net::{IpAddr, SocketAddr};

use sip::{CSeq, Contact, Expires, Message, Name, Params, Path, Response};
use wire::{Arrival, Transport};

use crate::{
    address,
    binding::{Binding, Flow},
    config::{Edge, Registration},
    refusal,
    update::{Change, Update},
};

/// A contact longer than this is no contact (octets of its URI, and of all its parameters).
const LONGEST: usize = 1024;

/// URI parameters of a contact. Those of two contacts are compared each with each.
const PARAMETERS: usize = 16;

/// What the REGISTER asks for, received at `now` (milliseconds of Unix time).
///
/// # Errors
/// 400 where a header field cannot be read or a star stands where it may not, 423 where a time is too brief.
pub fn read(
    request: &Message,
    arrival: &Arrival,
    edge: Option<&Edge>,
    limits: &Registration,
    now: u64,
) -> Result<Update, Response> {
    let contacts: Vec<Contact<'_>> =
        request.all().collect::<Result<_, _>>().map_err(|fault| refusal::malformed(&fault))?;
    let cseq = request.typed::<CSeq<'_>>().map_err(|fault| refusal::malformed(&fault))?;
    let call_id = String::from_utf8_lossy(request.call_id()).into_owned();
    let mut reading = Reading {
        cseq: cseq.map(|cseq| cseq.number).unwrap_or_default(),
        // RFC 3261 10.2.1.1: an Expires that cannot be read is one hour.
        expires: match request.typed::<Expires>() {
            Ok(expires) => expires.map(|expires| expires.0),
            Err(_) => Some(3600),
        },
        call_id,
        path: path(request)?,
        arrival,
        edge,
        limits,
        now,
    };
    let change = reading.change(&contacts)?;
    Ok(Update { call_id: std::mem::take(&mut reading.call_id), cseq: reading.cseq, change })
}

/// RFC 3327 5.3: the Path values as they stand, topmost first.
fn path(request: &Message) -> Result<Vec<String>, Response> {
    let faults = request.all::<Path<'_>>().find_map(Result::err);
    if let Some(fault) = faults {
        return Err(refusal::malformed(&fault));
    }
    Ok(request.values(Name::Path).map(|value| String::from_utf8_lossy(value).into_owned()).collect())
}

struct Reading<'r> {
    call_id: String,
    cseq: u32,
    expires: Option<u32>,
    path: Vec<String>,
    arrival: &'r Arrival,
    edge: Option<&'r Edge>,
    limits: &'r Registration,
    now: u64,
}

impl Reading<'_> {
    fn change(&self, contacts: &[Contact<'_>]) -> Result<Change, Response> {
        if !contacts.iter().any(Contact::is_star) {
            let bindings =
                contacts.iter().map(|contact| self.binding(contact)).collect::<Result<Vec<_>, _>>()?;
            return Ok(if bindings.is_empty() { Change::Fetch } else { Change::Contacts(bindings) });
        }
        match (contacts.len(), self.expires) {
            (1, Some(0)) => Ok(Change::Clear),
            (1, _) => Err(refusal::bad_request("Contact: * needs Expires: 0")),
            _ => Err(refusal::bad_request("Contact: * must stand alone")),
        }
    }

    fn binding(&self, contact: &Contact<'_>) -> Result<Binding, Response> {
        let uri = contact.parse_uri().map_err(|fault| refusal::malformed(&fault.of(Name::Contact)))?;
        if !uri.is_sip() || contact.uri.len() > LONGEST || contact.params.as_bytes().len() > LONGEST {
            return Err(refusal::bad_request("Contact: is no SIP URI of bounded length"));
        }
        if uri.port == Some(0) {
            return Err(refusal::bad_request("Contact: has a port that nobody listens at"));
        }
        if uri.params.iter().nth(PARAMETERS).is_some() {
            return Err(refusal::bad_request("Contact: has too many URI parameters"));
        }
        let seconds = self.granted(contact.expires().or(self.expires))?;
        let address = listening(&uri, self.arrival);
        Ok(Binding {
            contact: text(contact.uri),
            parameters: kept(contact.params),
            instance: contact.instance().map(text),
            preference: preference(contact.params),
            call_id: self.call_id.clone(),
            cseq: self.cseq,
            refreshed_at: self.now,
            expires_at: self.now + u64::from(seconds) * 1000,
            path: self.path.clone(),
            flow: Flow {
                transport: self.arrival.transport,
                remote: self.arrival.remote,
                address,
                connection: self.arrival.connection,
                edge: self.edge.map(|edge| edge.hop.name.to_string()),
            },
        })
    }

    /// Seconds, of what was asked.
    fn granted(&self, asked: Option<u32>) -> Result<u32, Response> {
        let seconds = |duration: std::time::Duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
        let (least, most, usual) =
            (seconds(self.limits.least), seconds(self.limits.most), seconds(self.limits.usual));
        match asked {
            Some(0) => Ok(0),
            Some(brief) if brief < least => {
                Err(Response::new(423).header(Name::MinExpires, least.to_string()))
            }
            Some(asked) => Ok(asked.min(most)),
            None => Ok(usual),
        }
    }
}

/// RFC 3261 10.3 step 8: every binding with the seconds it has left.
pub fn write(response: Response, bindings: &[Binding], now: u64) -> Response {
    bindings.iter().fold(response, |response, binding| {
        let parameters: String = binding.parameters.iter().map(|parameter| format!(";{parameter}")).collect();
        let left = binding.seconds_left(now);
        response.header(Name::Contact, format!("<{}>{parameters};expires={left}", binding.contact))
    })
}

/// A device that has to be reached anew listens at the port of its contact, but only ever at the address that it
/// registered from: a contact is no means to make this core connect elsewhere.
fn listening(uri: &sip::Uri<'_>, arrival: &Arrival) -> SocketAddr {
    let port = uri.port.unwrap_or(if arrival.transport == Transport::Tls { 5061 } else { 5060 });
    if arrival.transport.is_reliable() && is_at(uri, arrival.remote.ip()) {
        SocketAddr::new(arrival.remote.ip(), port)
    } else {
        arrival.remote
    }
}

fn is_at(uri: &sip::Uri<'_>, address: IpAddr) -> bool {
    std::str::from_utf8(uri.host()).ok().and_then(|host| host.parse().ok()) == Some(address)
}

/// Whether a stream can be opened to the device where the one that it registered over has ended. A contact that does not
/// name the host it registered from, one behind a NAT or without a listener, is reached by that stream alone (RFC 5626 5.3).
#[must_use]
pub fn can_be_opened(binding: &Binding) -> bool {
    sip::Uri::parse(binding.contact.as_bytes()).is_ok_and(|uri| is_at(&uri, binding.flow.remote.ip()))
}

fn kept(params: Params<'_>) -> Vec<String> {
    params
        .iter()
        .filter(|param| !param.name.eq_ignore_ascii_case(b"expires"))
        .map(|param| text(param.raw))
        .collect()
}

/// RFC 3261 20.10 `q`: none is the highest, and what cannot be read the lowest.
fn preference(params: Params<'_>) -> u16 {
    let Some(q) = params.get("q") else { return 1000 };
    let parsed = std::str::from_utf8(q).ok().and_then(|q| q.parse::<f32>().ok());
    let thousandths = parsed.filter(|q| (0.0..=1.0).contains(q)).unwrap_or(0.0) * 1000.0;
    // Within 0..=1000 by the filter.
    thousandths.round() as u16
}

fn text(raw: &[u8]) -> String {
    String::from_utf8_lossy(raw).into_owned()
}

/// The address of record that a REGISTER is for: its To (RFC 3261 10.3 step 5).
///
/// # Errors
/// 400 where To cannot be read.
pub fn address_of_record(request: &Message) -> Result<Option<String>, Response> {
    let to = request.typed::<sip::To<'_>>().map_err(|fault| refusal::malformed(&fault))?;
    Ok(to.and_then(|to| address::of(to.uri)))
}

#[cfg(test)]
mod tests;
