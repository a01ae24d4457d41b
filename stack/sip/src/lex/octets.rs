//! Which octets may stand where: one table, looked up once per octet.

const TOKEN: u8 = 1;
const LWS: u8 = 2;
const LABEL: u8 = 4;
const USER: u8 = 8;
const URI_PARAM: u8 = 16;
const URI_HEADER: u8 = 32;
const VALUE: u8 = 64;

const CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    mark(&mut table, TOKEN, b"-.!%*_+`'~");
    mark(&mut table, LWS, b" \t\r\n");
    mark(&mut table, LABEL, b"-_");
    // '%' stands for an escape, whose two digits are looked at apart; '#' is outside the grammar but in common use.
    mark(&mut table, USER, b"-_.!~*'()%&=+$,;?/#");
    mark(&mut table, URI_PARAM, b"-_.!~*'()%[]/:&+$=");
    mark(&mut table, URI_HEADER, b"-_.!~*'()%[]/?:+$&=;,");
    // Beyond token and host, for instance `received=2001:db8::1` and tags that end in '='.
    mark(&mut table, VALUE, b"-.!%*_+`'~:[]=/@&$?()#{}|^");
    let mut byte = 0;
    while byte < 256 {
        if (byte as u8).is_ascii_alphanumeric() {
            table[byte] |= TOKEN | LABEL | USER | URI_PARAM | URI_HEADER | VALUE;
        }
        if byte >= 0x80 {
            table[byte] |= VALUE;
        }
        byte += 1;
    }
    table
}

const fn mark(table: &mut [u8; 256], class: u8, bytes: &[u8]) {
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] |= class;
        at += 1;
    }
}

const fn is(byte: u8, class: u8) -> bool {
    CLASS[byte as usize] & class != 0
}

pub(crate) const fn is_token(byte: u8) -> bool {
    is(byte, TOKEN)
}

pub(crate) const fn is_lws(byte: u8) -> bool {
    is(byte, LWS)
}

pub(super) const fn is_label(byte: u8) -> bool {
    is(byte, LABEL)
}

pub(crate) const fn is_user(byte: u8) -> bool {
    is(byte, USER)
}

pub(crate) const fn is_uri_param(byte: u8) -> bool {
    is(byte, URI_PARAM)
}

pub(crate) const fn is_uri_header(byte: u8) -> bool {
    is(byte, URI_HEADER)
}

pub(super) const fn is_value(byte: u8) -> bool {
    is(byte, VALUE)
}
