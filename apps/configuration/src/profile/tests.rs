use xml_schemas::{ids::Psi, xsd};

use super::*;

fn server() -> GroupServer {
    GroupServer {
        psi: Psi::new("sip:gms_psi@b.example").unwrap(),
        token_endpoint: "https://idms.b.example/token".into(),
        kms: "sip:kms@b.example".into(),
        partners: vec!["a.example".into()],
    }
}

fn profile(entries: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<mcptt-user-profile xmlns=\"{NAMESPACE}\" XUI-URI=\"sip:bob@b.example\" \
         user-profile-index=\"1\">\n  <Name>Bob</Name>\n  <OnNetwork>\n    <MCPTTGroupInfo index=\"g\">{entries}</MCPTTGroupInfo>\n  \
         </OnNetwork>\n</mcptt-user-profile>\n"
    )
}

const INFO: &str = "<GroupServerInfo><GMS-Serv-Id><entry><uri-entry>sip:gms_psi@b.example</uri-entry></entry></GMS-Serv-Id>\
    <IDMS-token-endpoint><entry><uri-entry>https://idms.b.example/token</uri-entry></entry></IDMS-token-endpoint>\
    <KMS-URI><entry><uri-entry>sip:kms@b.example</uri-entry></entry></KMS-URI></GroupServerInfo>";

const FLOOD: &str = "<uri-entry>sip:flood@a.example</uri-entry>";

/// What becomes of the content of one entry, the rest of the profile as it was; what becomes of it again is nothing.
fn becomes(entry: &str) -> Option<String> {
    let before = profile(&format!("<entry>{entry}</entry>"));
    let after = naming(&before, &server())?;
    assert_eq!(naming(&after, &server()), None, "once is enough");
    let catalog = xsd::catalog().unwrap();
    let schemas = xsd::documents(&catalog).unwrap();
    let document = Document::parse(after.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(xml::schema::Validator::validate(&schemas, &document), Ok(()), "{after}");
    let (head, tail) = before.split_once(entry).unwrap();
    Some(after.strip_prefix(head).unwrap().strip_suffix(tail).unwrap().to_owned())
}

#[test]
fn c10_2_7_1_an_entry_of_a_partners_group_names_the_own_server() {
    assert_eq!(becomes(FLOOD), Some(format!("{FLOOD}<anyExt>{INFO}</anyExt>")));
    let shown = format!("{FLOOD}<display-name>Flood</display-name>");
    assert_eq!(becomes(&shown), Some(format!("{shown}<anyExt>{INFO}</anyExt>")));
}

#[test]
fn c10_2_7_1_an_extension_that_is_there_is_kept() {
    assert_eq!(
        becomes(&format!("{FLOOD}<anyExt><x:y xmlns:x=\"urn:x\"/></anyExt>")),
        Some(format!("{FLOOD}<anyExt><x:y xmlns:x=\"urn:x\"/>{INFO}</anyExt>"))
    );
    assert_eq!(becomes(&format!("{FLOOD}<anyExt />")), Some(format!("{FLOOD}<anyExt>{INFO}</anyExt>")));
}

#[test]
fn c10_2_7_1_another_server_is_replaced_and_what_belongs_to_it_stays() {
    let other = INFO.replace("gms_psi@b", "gms_psi@a").replace("kms@b", "kms@a");
    let entry = |info: &str| format!("{FLOOD}<anyExt>{info}</anyExt>");
    assert_eq!(becomes(&entry(&other)), Some(entry(&INFO.replace("kms@b", "kms@a"))));
    assert_eq!(becomes(&entry(INFO)), None);
}

#[test]
fn c10_2_7_1_groups_of_the_own_system_and_of_strangers_stay_as_they_are() {
    for group in ["sip:ops@b.example", "sip:ops@c.example", "sip:ops@sub.a.example", "tel:+123"] {
        assert_eq!(becomes(&format!("<uri-entry>{group}</uri-entry>")), None, "{group}");
    }
}

#[test]
fn elements_are_written_with_the_prefix_of_those_around_them() {
    let text = format!(
        "<u:mcptt-user-profile xmlns:u=\"{NAMESPACE}\" XUI-URI=\"sip:bob@b.example\" user-profile-index=\"1\"><u:OnNetwork>\
         <u:MCPTTGroupInfo><u:entry><u:uri-entry>sip:flood@A.example</u:uri-entry></u:entry></u:MCPTTGroupInfo></u:OnNetwork>\
         </u:mcptt-user-profile>"
    );
    let after = naming(&text, &server()).unwrap();
    assert!(after.contains("<u:anyExt><u:GroupServerInfo><u:GMS-Serv-Id>"), "{after}");
    assert_eq!(naming(&after, &server()), None);
}

#[test]
fn several_entries_are_changed_at_once_and_nothing_else() {
    let entry = |group: &str| format!("\n      <entry><uri-entry>sip:{group}</uri-entry></entry>");
    let text = profile(&[entry("one@a.example"), entry("ours@b.example"), entry("two@a.example")].concat());
    let after = naming(&text, &server()).unwrap();
    assert_eq!(after.matches(INFO).count(), 2);
    assert_eq!(after.replace(&format!("<anyExt>{INFO}</anyExt>"), ""), text);
}

#[test]
fn c10_2_7_1_an_entry_of_an_off_network_group_names_it_in_the_element_of_that_network() {
    let off = |entry: &str| profile(&format!("<entry>{entry}</entry>")).replace("OnNetwork>", "OffNetwork>");
    let info = INFO.replace("GroupServerInfo", "OffNetworkGroupServerInfo");
    let after = naming(&off(FLOOD), &server()).unwrap();
    assert_eq!(after, off(&format!("{FLOOD}<anyExt>{info}</anyExt>")));
    assert_eq!(naming(&after, &server()), None);
    let catalog = xsd::catalog().unwrap();
    let schemas = xsd::documents(&catalog).unwrap();
    let document = Document::parse(after.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(xml::schema::Validator::validate(&schemas, &document), Ok(()), "{after}");
    let other = info.replace("gms_psi@b", "gms_psi@a");
    let replaced = naming(&off(&format!("{FLOOD}<anyExt>{other}</anyExt>")), &server());
    assert_eq!(replaced, Some(after));
    assert_eq!(naming(&off("<uri-entry>sip:ops@b.example</uri-entry>"), &server()), None);
}

#[test]
fn c10_2_7_1_each_network_has_its_own_entries_in_one_profile() {
    let entry = format!("<entry>{FLOOD}</entry>");
    let text = profile(&entry).replace(
        "</OnNetwork>",
        &format!("</OnNetwork><OffNetwork><MCPTTGroupInfo>{entry}</MCPTTGroupInfo></OffNetwork>"),
    );
    let after = naming(&text, &server()).unwrap();
    let on = after.find("<GroupServerInfo>").unwrap();
    assert!(on < after.find("<OffNetwork>").unwrap());
    assert!(after.find("<OffNetworkGroupServerInfo>") > after.find("<OffNetwork>"));
    assert_eq!(naming(&after, &server()), None);
}
