//! Date: RFC 3261 clause 20.17.

use nom::{
    Parser,
    branch::alt,
    bytes::complete::{tag, take_while_m_n},
    combinator::map_opt,
};

use super::Typed;
use crate::{
    Malformed, Name,
    lex::{Parsed, Stop, rule, whole},
};

/// When the message was first sent, in GMT, the only zone that SIP allows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Date {
    /// Four digits.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60, for a leap second.
    pub second: u8,
}

const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

impl<'a> Typed<'a> for Date {
    const NAME: Name = Name::Date;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, rule("is not a date in GMT", date))
    }
}

/// `rfc1123-date = wkday "," SP date1 SP time SP "GMT"`.
fn date(input: &[u8]) -> Parsed<'_, Date> {
    let weekday = alt(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].map(tag));
    let (left, _) = (weekday, tag(", ")).parse(input)?;
    let (left, (day, _, month, _, year, _)) =
        (two(1, 31), tag(" "), month, tag(" "), digits(4), tag(" ")).parse(left)?;
    let (left, (hour, _, minute, _, second, _)) =
        (two(0, 23), tag(":"), two(0, 59), tag(":"), two(0, 60), tag(" GMT")).parse(left)?;
    Ok((left, Date { year, month, day, hour, minute, second }))
}

fn month(input: &[u8]) -> Parsed<'_, u8> {
    map_opt(take_while_m_n(3, 3, |byte: u8| byte.is_ascii_alphabetic()), |name: &[u8]| {
        MONTHS.iter().position(|month| *month == name).and_then(|at| u8::try_from(at + 1).ok())
    })
    .parse(input)
}

fn digits<'a>(count: usize) -> impl Parser<&'a [u8], Output = u16, Error = Stop<'a>> {
    take_while_m_n(count, count, |byte: u8| byte.is_ascii_digit())
        .map(|digits: &[u8]| digits.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0')))
}

fn two<'a>(min: u16, max: u16) -> impl Parser<&'a [u8], Output = u8, Error = Stop<'a>> {
    map_opt(digits(2), move |number| u8::try_from(number).ok().filter(|_| (min..=max).contains(&number)))
}
