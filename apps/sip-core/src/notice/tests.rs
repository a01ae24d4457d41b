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
    said(old, bindings, "a", b"REGISTER\r\n\n\xff")
}

fn said(old: Option<Notice>, bindings: &[Binding], device: &str, register: &[u8]) -> Option<Notice> {
    let register = Bytes::copy_from_slice(register);
    Notice::after(old, WHO, bindings, (device, register), (NOW, "token"))
}

/// Which devices something is pending of, and what.
fn pending(notice: &Notice) -> Vec<(&str, &[u8])> {
    notice.pending.iter().map(|it| (it.device.as_str(), &*it.register)).collect()
}

#[test]
fn of_each_device_that_has_registered_since_the_last_register_is_pending() {
    let mut notice = None;
    for (device, register) in [("a", b"a1"), ("b", b"b1"), ("a", b"a2")] {
        notice = said(notice, &[binding(60)], device, register);
    }
    let on = notice.unwrap();
    assert_eq!(pending(&on), [("b", &b"b1"[..]), ("a", b"a2")]);
    assert_eq!(Notice::decode(&on.encode()), Some(on.clone()));
    let off = said(Some(on), &[], "b", b"b2").unwrap();
    assert_eq!(pending(&off), [("b", &b"b2"[..])], "nobody is there any more");
    let on = said(Some(off), &[binding(60)], "a", b"a3").unwrap();
    assert_eq!(pending(&on), [("a", &b"a3"[..])]);
}

#[test]
fn no_user_has_more_kept_for_a_server_that_is_away_than_there_is_room_for() {
    let of =
        |notice, number: usize, register: &[u8]| said(notice, &[binding(60)], &number.to_string(), register);
    let many = (0..40).fold(None, |notice, number| of(notice, number, b"x")).unwrap();
    assert_eq!((many.pending.len(), many.pending[0].device.as_str()), (DEVICES, "24"));
    let long = vec![b'x'; OCTETS / 3 * 2];
    let long = (0..3).fold(None, |notice, number| of(notice, number, &long)).unwrap();
    assert_eq!(long.pending.iter().map(|it| it.device.as_str()).collect::<Vec<_>>(), ["2"]);
}

#[test]
fn a_record_of_an_earlier_version_is_read() {
    let record = br#"{"address":"sip:a","server":"s","call_id":"c","cseq":1,"deadline":2,"pending":"LogOn"}"#;
    let notice = Notice::decode(&[&record[..], b"\nREGISTER"].concat()).unwrap();
    assert_eq!(pending(&notice), [("", &b"REGISTER"[..])]);
}

#[test]
fn a_registration_is_told_until_the_last_binding_ends() {
    let notice = after(None, &[binding(60), binding(90)]).unwrap();
    assert_eq!((notice.deadline, notice.cseq), (NOW + 90_000, 1));
    assert_eq!(notice.pending[0].event, Event::LogOn);
}

#[test]
fn a_log_off_keeps_the_call_id_and_comes_later_in_its_order() {
    let on = after(None, &[binding(60)]).unwrap();
    let off = after(Some(on.clone()), &[]).unwrap();
    assert_eq!((off.call_id.as_str(), off.cseq), (on.call_id.as_str(), 2));
    assert_eq!(off.pending[0].event, Event::LogOff);
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
    let told = Notice { pending: Vec::new(), ..notice };
    assert_eq!(Notice::decode(&told.encode()), Some(told));
    assert_eq!(Notice::decode(b"{}\n"), None);
    assert_eq!(Notice::decode(b""), None);
}
