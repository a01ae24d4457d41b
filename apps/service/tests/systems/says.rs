//! What users, their clients and the systems say to each other, and what came of it.

use super::*;

impl World {
    /// A third-party registration.
    pub fn registers(&self, system: &str, name: &str, expires: u32) {
        let request = self.register(system, name, expires);
        let answer =
            self.lab.deliver(&*self.systems[system].service(), &request, arrival("inner", &core(system)));
        let is_dead = answer.is_none() && self.faulty(system).was_hit();
        assert!(is_dead || answer.and_then(|answer| answer.status()).is_some_and(|status| status != 403));
    }

    /// A third-party registration with the user's access token; whatever comes of it comes when the lab runs.
    pub fn registers_soon(&self, system: &str, name: &str) {
        let token = self.token(&id(&format!("sip:{name}@{system}")));
        let info = format!(
            "<mcpttinfo xmlns=\"urn:3gpp:ns:mcpttInfo:1.0\"><mcptt-Params><mcptt-access-token type=\"Normal\"><mcpttString>{}\
             </mcpttString></mcptt-access-token></mcptt-Params></mcpttinfo>",
            token.as_str()
        );
        let inner = format!(
            "REGISTER sip:{system} SIP/2.0\r\nVia: SIP/2.0/TCP ue:5060;branch=z9hG4bKr1\r\nMax-Forwards: 68\r\n\
             From: <sip:{name}.imsi@{system}>;tag=f1\r\nTo: <sip:{name}.imsi@{system}>\r\nCall-ID: r\r\nCSeq: 1 REGISTER\r\n\
             Content-Type: application/vnd.3gpp.mcptt-info+xml\r\nContent-Length: {}\r\n\r\n{info}",
            info.len()
        );
        let request = self.register(system, name, 86_400).body("message/sip", inner);
        self.serves_soon(system, &request);
    }

    fn serves_soon(&self, system: &str, request: &Request) {
        let mut out = BytesMut::new();
        request.print(b"SIP/2.0/TLS x;branch=z9hG4bK1", &mut out);
        let message = Message::parse(out.freeze(), &sip::Limits::STREAM).unwrap();
        let serving = self.systems[system].service().serve(message, arrival("inner", &core(system)));
        let after = async move {
            if let Some(after) = serving.await.after {
                after.await;
            }
        };
        self.lab.world("client").tasks.spawn(Box::pin(after));
    }

    fn register(&self, system: &str, name: &str, expires: u32) -> Request {
        Request::new(Method::Register, format!("sip:mcptt_psi@{system}"))
            .header(Name::From, format!("<sip:{}>;tag=1", core(system)))
            .header(Name::To, format!("<sip:{name}.imsi@{system}>"))
            .header(Name::CallId, "c")
            .header(Name::CSeq, "1 REGISTER")
            .header(Name::Contact, format!("<sip:{}>", core(system)))
            .header(Name::Expires, expires.to_string())
    }

    /// A PUBLISH of settings: status and cause.
    pub fn publishes(&self, system: &str, name: &str, publication: &Publication) -> (u16, Option<Cause>) {
        self.publishes_in(system, name, &publication.split())
    }

    /// As [`World::publishes`], in these bodies.
    pub fn publishes_in(&self, system: &str, name: &str, parts: &[Part<'_>]) -> (u16, Option<Cause>) {
        let request = self.publish(system, name, parts);
        let answer =
            self.lab.deliver(&*self.systems[system].service(), &request, arrival("inner", &core(system)));
        // A process that has been killed answers nothing.
        let Some(answer) = answer else { return (0, None) };
        let status = answer.status().unwrap();
        (status, (status >= 300).then(|| Cause::from_response(&answer)))
    }

    /// As [`World::publishes`]; whatever comes of it comes when the lab runs.
    pub fn publishes_soon(&self, system: &str, name: &str, publication: &Publication) {
        self.serves_soon(system, &self.publish(system, name, &publication.split()));
    }

    fn publish(&self, system: &str, name: &str, parts: &[Part<'_>]) -> Request {
        let ids = self.lab.world("client").ids;
        let impu = format!("sip:{name}.imsi@{system}");
        let (content_type, body) = kit::carriage::bodies(parts, &*ids);
        Request::new(Method::Publish, format!("sip:mcptt_psi@{system}"))
            .header(Name::From, format!("<{impu}>;tag=1"))
            .header(Name::To, format!("<sip:mcptt_psi@{system}>"))
            .header(Name::CallId, "p")
            .header(Name::CSeq, "1 PUBLISH")
            .header(Name::PAssertedIdentity, format!("<{impu}>"))
            .header(Name::Event, "poc-settings")
            .header(Name::Expires, "86400")
            .body(&content_type, body)
    }

    /// What alice's client publishes in a partner system.
    pub fn publication(&self, system: &str, request_id: Option<&str>) -> Publication {
        let partner = visitor(system);
        Publication {
            service: McService::Mcptt,
            access_token: Some(self.token(&partner)),
            client_id: Some(CLIENT.into()),
            profile: Some(ProfileIndex(3)),
            migrates: Some(Migrates {
                partner: Some(partner),
                primary: id(ALICE),
                request_id: request_id.map(|text| RequestId::new(text).unwrap()),
            }),
            settings: Some(PocSettings::of_client(CLIENT, Some(ProfileIndex(3)))),
        }
    }

    /// Alice's client asks to work in a partner system; what it is told.
    pub fn migrates(&self, system: &str) -> Option<Outcome> {
        self.asks(system, "r-1", |_| ())
    }

    pub fn asks(
        &self,
        system: &str,
        request_id: &str,
        change: impl FnOnce(&mut Publication),
    ) -> Option<Outcome> {
        self.registers(system, "visitor", 86_400);
        let mut publication = self.publication(system, Some(request_id));
        change(&mut publication);
        if let Some(migrates) = publication.migrates.as_ref().filter(|migrates| migrates.primary != id(ALICE))
        {
            publication.access_token = Some(self.token_for(&visitor(system), &migrates.primary));
        }
        let told = self.told::<Answers>(system).len();
        assert_eq!(self.publishes(system, "visitor", &publication), (200, None));
        self.lab.run();
        let answers = self.told::<Answers>(system);
        answers.get(told).map(|answer| answer.outcome.clone())
    }

    /// What alice's client publishes at home, where it proves who she is.
    pub fn home_publication(&self) -> Publication {
        Publication {
            access_token: Some(self.token(&id(ALICE))),
            migrates: None,
            ..self.publication("b.example", None)
        }
    }

    /// Alice authorizes herself at home.
    pub fn returns(&self) -> (u16, Option<Cause>) {
        self.registers("a.example", "alice", 86_400);
        let answer = self.publishes("a.example", "alice", &self.home_publication());
        self.lab.run();
        answer
    }

    /// From now on nobody of `a.example` may go anywhere.
    pub fn forbids_to_go(&self) {
        let mut config = self.configs["a.example"].clone();
        let partners = config.migration.as_mut().unwrap().partners.iter_mut();
        partners.for_each(|partner| partner.allow.clear());
        let partners = service::migration::partners(&config, |_| Err("no file")).unwrap();
        self.systems["a.example"].replace_migration(&config, partners);
    }

    /// An administrator takes back the yes.
    pub fn revokes(&self, system: &str, user: &str) -> Result<(), Cause> {
        let revoked = self.systems[system].revoke_migration(&id(user)).now_or_never().expect("never busy");
        self.lab.run();
        revoked.map_err(|stop| stop.cause())
    }

    /// Alice's client at home says how it wants to be served, and does not prove anew who it is.
    pub fn settles_at_home(&self) -> (u16, Option<Cause>) {
        let publication =
            Publication { access_token: None, migrates: None, ..self.publication("b.example", None) };
        self.publishes("a.example", "alice", &publication)
    }

    /// What clients of a system were told, of this type.
    pub fn told<F: Flow>(&self, system: &str) -> Vec<F> {
        self.sent(&core(system))
    }

    /// What left by a hop, of this type.
    pub fn sent<F: Flow>(&self, hop: &str) -> Vec<F> {
        let read = |message: &Message| F::join(&kit::carriage::parts(message).ok()?).ok();
        self.lab.sent(hop).iter().filter_map(read).collect()
    }

    /// A message of a system's server, as our gateway lets it in: status and cause.
    pub fn says<F: Carriage>(&self, from: &str, to: &str, flow: &F) -> (u16, Option<Cause>) {
        self.says_in(from, to, &flow.split())
    }

    /// As [`World::says`], where the answer comes later.
    pub fn says_later<F: Carriage>(&self, from: &str, to: &str, flow: &F) -> Option<Message> {
        self.sends(from, to, &flow.split())
    }

    /// As [`World::says`], in these bodies.
    pub fn says_in(&self, from: &str, to: &str, parts: &[Part<'_>]) -> (u16, Option<Cause>) {
        let answer = self.sends(from, to, parts).expect("is answered");
        let status = answer.status().unwrap();
        (status, (status >= 300).then(|| Cause::from_response(&answer)))
    }

    fn sends(&self, from: &str, to: &str, parts: &[Part<'_>]) -> Option<Message> {
        let own = Psi::new(&format!("sip:mcptt_psi@{from}")).unwrap();
        let (uri, ids) = (format!("sip:mcptt_psi@{to}"), self.lab.world("peer").ids);
        let envelope = kit::carriage::Envelope { uri: &uri, own: &own, asserts: true, ids: &*ids };
        let request = kit::carriage::compose(&envelope, parts).unwrap();
        let mut out = BytesMut::new();
        request.print(b"SIP/2.0/TLS x;branch=z9hG4bK1", &mut out);
        let message = Message::parse(out.freeze(), &sip::Limits::STREAM).unwrap();
        let message = asserted(&message, &format!("sip:{from}"));
        let came = arrival("inner", &format!("mcgw.{to}"));
        self.lab.deliver_message(&*self.systems[to].service(), &message, came)
    }

    /// A message of another server of the same system, which its certificate proves: status and cause.
    pub fn asked_from_inside<F: Carriage>(&self, to: &str, server: &str, flow: &F) -> (u16, Option<Cause>) {
        let own = Psi::new(&format!("sip:some_psi@{to}")).unwrap();
        let (uri, ids) = (format!("sip:mcptt_psi@{to}"), self.lab.world("peer").ids);
        let envelope = kit::carriage::Envelope { uri: &uri, own: &own, asserts: true, ids: &*ids };
        let request = kit::carriage::compose(&envelope, &flow.split()).unwrap();
        let answer = self.lab.deliver(&*self.systems[to].service(), &request, arrival("inner", server));
        let answer = answer.expect("is answered");
        let status = answer.status().unwrap();
        (status, (status >= 300).then(|| Cause::from_response(&answer)))
    }

    /// A request as that system's server writes it.
    pub fn request(system: &str, named: Option<&str>) -> Asks {
        let (partner, primary) = (visitor(system), id(ALICE));
        let correlation = match named {
            Some(text) => Correlation::named(RequestId::new(text).unwrap()),
            None => Correlation::by_ids(&partner, &primary),
        };
        Asks { correlation, service: McService::Mcptt, partner, primary, profile: ProfileIndex(3) }
    }

    pub fn ended(&self, system: &str) -> Vec<Option<Cause>> {
        let ended = self.told::<MigrationEnded>(system);
        ended.into_iter().map(|ended| ended.reason.code.and_then(Cause::from_code)).collect()
    }

    pub fn steps(&self) -> Vec<u8> {
        let steps = self.lab.ladder().steps().into_iter();
        steps.filter(|(_, clause, _)| *clause == "10.6.3.3").map(|(_, _, number)| number).collect()
    }

    /// Both systems say the same of alice.
    pub fn agree(&self, system: &str) -> bool {
        let mark = self.migrations("a.example").mark(McService::Mcptt, &id(ALICE));
        let is_marked = mark.is_some_and(|mark| mark.system == system);
        let visit = self.migrations(system).visit(McService::Mcptt, &visitor(system));
        is_marked == visit.is_some_and(|visit| visit.is_admitted())
    }

    pub fn is_marked(&self) -> bool {
        self.migrations("a.example").mark(McService::Mcptt, &id(ALICE)).is_some()
    }
}
