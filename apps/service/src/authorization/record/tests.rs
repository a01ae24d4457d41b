use super::*;

fn full() -> Binding {
    let id = |text| McServiceId::new(text).expect("valid");
    let publication = Publication::new(moment(1_000), "tag", Duration::from_secs(5));
    let marks =
        Marks { issuer: "https://idms.b.example".into(), log_in: Some("s".into()), ..Marks::default() };
    let home = Client {
        until: FOR_GOOD,
        marks: Some(Arc::new(marks)),
        profile: Some(ProfileIndex(3)),
        publication: Some(publication),
        ..Client::new(Some("urn:uuid:1".into()), id("sip:a@b.example"))
    };
    let visitor = |service| {
        let visit = Some(Visit { service, primary: id("sip:a@a.example"), is_admitted: true });
        Client { until: 7, at_most: 8, visit, ..Client::new(None, id("sip:v%22@b.example")) }
    };
    let clients = vec![home, visitor(McService::Mcptt), visitor(McService::McVideo)];
    Binding { registered: Some(9), clients }
}

#[test]
fn a_record_is_read_as_it_was_written() {
    for binding in [full(), Binding::default()] {
        assert_eq!(decode(&encode(&binding)), Some(binding));
    }
}

#[test]
fn the_key_says_whose_it_is() {
    let impu = Impu::new("sip:a.imsi@b.example").expect("valid");
    assert_eq!(identity(key(&impu).as_bytes()), Some(impu));
    assert_eq!(identity(b"service/other/sip:a@b.example"), None);
}

#[test]
fn what_is_no_record_is_none() {
    assert_eq!(decode(b"{\"cl\":[{\"user\":\"nobody\"}]}"), None);
    assert_eq!(decode(b"x"), None);
}
