use wire::Transport;

use super::*;
use crate::binding::Flow;

const NOW: u64 = 1_700_000_000_000;
const WHO: (&str, &str) = ("sip:alice@primary.example", "mcs1");

fn binding(seconds: u64) -> Binding {
    let remote = ([192, 0, 2, 1], 5060).into();
    Binding {
        contact: "sip:a".into(),
        parameters: Vec::new(),
        instance: None,
        preference: 1000,
        call_id: "1".into(),
        cseq: 1,
        refreshed_at: NOW,
        expires_at: NOW + seconds * 1000,
        path: Vec::new(),
        flow: Flow { transport: Transport::Udp, remote, address: remote, connection: None, edge: None },
    }
}

fn after(old: Option<Notice>, bindings: &[Binding]) -> Option<Notice> {
    Notice::after(old, WHO, bindings, Bytes::from_static(b"REGISTER\r\n\n\xff"), (NOW, "token"))
}

#[test]
fn a_registration_is_told_until_the_last_binding_ends() {
    let notice = after(None, &[binding(60), binding(90)]).unwrap();
    assert_eq!((notice.deadline, notice.cseq), (NOW + 90_000, 1));
    assert_eq!(notice.pending.unwrap().event, Event::LogOn);
}

#[test]
fn a_log_off_keeps_the_call_id_and_comes_later_in_its_order() {
    let on = after(None, &[binding(60)]).unwrap();
    let off = after(Some(on.clone()), &[]).unwrap();
    assert_eq!((off.call_id.as_str(), off.cseq), (on.call_id.as_str(), 2));
    assert_eq!(off.pending.unwrap().event, Event::LogOff);
    assert_eq!(off.deadline, NOW + LOG_OFF_LIFE, "long enough for a server that is down for a while");
}

#[test]
fn nobody_is_told_of_a_log_off_who_was_told_of_no_log_on() {
    assert_eq!(after(None, &[]), None);
}

#[test]
fn a_record_reads_back_byte_for_byte() {
    let notice = after(None, &[binding(60)]).unwrap();
    assert_eq!(Notice::decode(&notice.encode()), Some(notice.clone()));
    let told = Notice { pending: None, ..notice };
    assert_eq!(Notice::decode(&told.encode()), Some(told));
    assert_eq!(Notice::decode(b"{}\n"), None);
    assert_eq!(Notice::decode(b""), None);
}
