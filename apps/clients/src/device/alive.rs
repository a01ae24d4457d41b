//! Whether the flow of the registration still is: RFC 5626 4.4, with OPTIONS to the core (RFC 3261 11) in place of the
//! double CRLF, which no transaction carries.

use sip::{Method, Name, Request};

use super::Device;

impl Device {
    /// Asks the core over the registered stream. Any answer over it will do; one over another stream means that the
    /// core has lost this terminal, as does none.
    pub(super) async fn has_flow(&self) -> bool {
        let hop = self.core();
        let Some(registered) = hop.connection else { return true };
        let answer = self.0.world.wire.request(self.question(), hop).await;
        answer.is_ok_and(|answer| answer.arrival.connection == Some(registered))
    }

    fn question(&self) -> Request {
        let (impu, ids) = (&self.0.settings.account.impu, &self.0.world.ids);
        let core = format!("sip:{}", impu.domain());
        Request::new(Method::Options, core.clone())
            .header(Name::From, format!("<{}>;tag={}", impu.as_str(), ids.token()))
            .header(Name::To, format!("<{core}>"))
            .header(Name::CallId, ids.token())
            .header(Name::CSeq, "1 OPTIONS")
    }
}

#[cfg(test)]
mod tests;
