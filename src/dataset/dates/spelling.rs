//! The parts of a day in text, whatever stands between them.

use super::months::{is_weekday, joins, month};

/// A day as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelled {
    /// Year, month and day are told apart.
    Known([u32; 3]),
    /// Three numbers, the last of which is the year; whether day or month comes first is not told.
    YearLast([u32; 3]),
    /// Three numbers of two digits: which one is the year is not told either.
    Short([u32; 3]),
    /// Spelt with zeros for want of a day.
    Zero,
}

/// Two-digit years are those from 1969 to 2068, as POSIX has it.
pub(super) fn full_year(year: u32, digits: usize) -> u32 {
    match year {
        _ if digits > 2 => year,
        69.. => 1900 + year,
        _ => 2000 + year,
    }
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Number { value: u32, digits: usize },
    Month(u32),
}

/// Reads a day with or without a time behind it; `None` for a text that is none.
pub(super) fn spelled(text: &str) -> Option<Spelled> {
    let text = text.trim();
    if matches!(text.len(), 12 | 14) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // 20230107082600
        return if is_time(&text[8..]) { spelled(&text[..8]) } else { None };
    }
    let (mut parts, marks, mut rest) = parts(text)?;
    // Sat Jan 7 08:26:00 2023
    if let [Part::Month(_), Part::Number { digits: 1..=2, .. }] = parts.as_slice()
        && let Some((time, year)) = rest.rsplit_once(' ')
        && year.len() == 4
        && let Ok(year) = year.parse()
    {
        parts.push(Part::Number { value: year, digits: 4 });
        rest = time;
    }
    let day = meant(&parts, &marks)?;
    if !is_time(rest) {
        return None;
    }
    match day {
        Spelled::Known(numbers) | Spelled::YearLast(numbers) if numbers.contains(&0) => {
            let all = text.split(['T', ' ']).next().unwrap_or("").bytes().all(|byte| !(b'1'..=b'9').contains(&byte));
            all.then_some(Spelled::Zero)
        }
        Spelled::Short([0, 0, 0]) => Some(Spelled::Zero),
        day => Some(day),
    }
}

/// Numbers and months in front of a text, three at most, the marks before each, and what follows.
fn parts(text: &str) -> Option<(Vec<Part>, Vec<char>, &str)> {
    let (mut parts, mut marks): (Vec<Part>, Vec<char>) = (Vec::new(), Vec::new());
    let mut rest = text;
    while parts.len() < 3 {
        let Some(first) = rest.chars().next() else { break };
        if first.is_ascii_digit() {
            let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
            // The hour of a time ends the day.
            if end <= 2 && rest[end..].starts_with(':') {
                break;
            }
            if end > 8 {
                return None;
            }
            parts.push(Part::Number { value: rest[..end].parse().ok()?, digits: end });
            rest = &rest[end..];
            if end == 8 || end == 6 && parts.len() == 1 && !rest.starts_with(|c: char| c.is_alphabetic()) {
                break;
            }
        } else if first.is_alphabetic() {
            let end = rest.find(|letter: char| !letter.is_alphabetic()).unwrap_or(rest.len());
            let word = &rest[..end];
            if let Some(month) = month(word) {
                parts.push(Part::Month(month));
            } else if matches!(word, "T" | "t") && !parts.is_empty() {
                break;
            } else if !(parts.is_empty() && is_weekday(word) || joins(word) && !parts.is_empty()) {
                return None;
            }
            rest = &rest[end..];
        } else {
            if !matches!(
                first,
                '-' | '/' | '.' | ',' | ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’' | 'º' | 'ª' | '_' | '–'
            ) {
                return None;
            }
            if let Some(mark) = marks.get_mut(parts.len()) {
                if *mark == ' ' {
                    *mark = first;
                }
            } else {
                marks.resize(parts.len(), ' ');
                marks.push(first);
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    Some((parts, marks, rest))
}

/// What parts mean together.
fn meant(parts: &[Part], marks: &[char]) -> Option<Spelled> {
    let between = |at: usize| marks.get(at).copied();
    match parts {
        [Part::Number { value, digits: 8 }] => Some(Spelled::Known([value / 10_000, value / 100 % 100, value % 100])),
        [Part::Number { value: day, digits }, Part::Month(month), Part::Number { value: year, digits: of_year }]
            if *digits <= 2 =>
        {
            Some(Spelled::Known([full_year(*year, *of_year), *month, *day]))
        }
        [Part::Number { value: year, digits: 4 }, Part::Month(month), Part::Number { value: day, digits: 1..=2 }]
        | [Part::Month(month), Part::Number { value: day, digits: 1..=2 }, Part::Number { value: year, digits: 4 }] => {
            Some(Spelled::Known([*year, *month, *day]))
        }
        [Part::Month(month), Part::Number { value: day, digits: 1..=2 }, Part::Number { value: year, digits: 2 }] => {
            Some(Spelled::Known([full_year(*year, 2), *month, *day]))
        }
        [Part::Month(month), Part::Number { value: year, digits: of_year @ (2 | 4) }] => {
            Some(Spelled::Known([full_year(*year, *of_year), *month, 1]))
        }
        [Part::Number { value: year, digits: 4 }, Part::Month(month)] => Some(Spelled::Known([*year, *month, 1])),
        [
            Part::Number { value: a, digits: of_a },
            Part::Number { value: b, digits: of_b },
            Part::Number { value: c, digits: of_c },
        ] => {
            // 12.5.7 with mixed marks, or a mark that stands between numbers of other things, is no day.
            let is_marked = between(1).is_some() && between(1) == between(2) && !matches!(between(1), Some(',' | '\''));
            match (of_a, of_b, of_c) {
                _ if !is_marked => None,
                (4, 1..=2, 1..=2) => Some(Spelled::Known([*a, *b, *c])),
                (1..=2, 1..=2, 4) => Some(Spelled::YearLast([*a, *b, *c])),
                (2, 2, 2) => Some(Spelled::Short([*a, *b, *c])),
                (1..=2, 1..=2, 2) => Some(Spelled::YearLast([*a, *b, full_year(*c, 2)])),
                _ => None,
            }
        }
        [Part::Number { value: year, digits: 4 }, Part::Number { value: month, digits: 2 }]
            if matches!(between(1), Some('-' | '/')) =>
        {
            Some(Spelled::Known([*year, *month, 1]))
        }
        [Part::Number { value: month, digits: 1..=2 }, Part::Number { value: year, digits: 4 }]
            if matches!(between(1), Some('-' | '/')) =>
        {
            Some(Spelled::Known([*year, *month, 1]))
        }
        _ => None,
    }
}

/// Whether a text behind a day is a time with what may follow it (AM, a zone), or nothing.
pub(super) fn is_time(text: &str) -> bool {
    let text = text.trim_start_matches([' ', '\u{a0}', ',', ':', 'T', 't', '.', '-', 'º']);
    if text.is_empty() {
        return true;
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    let number = |at: &mut usize, most: usize| {
        let start = *at;
        while *at < bytes.len() && *at - start < most && bytes[*at].is_ascii_digit() {
            *at += 1;
        }
        (*at > start).then(|| text[start..*at].parse::<u32>().unwrap_or(u32::MAX))
    };
    let Some(hour) = number(&mut at, 2) else { return false };
    let (mut minute, mut second) = (0, 0);
    let has_minutes = matches!(bytes.get(at), Some(b':' | b'.' | b'h'));
    if has_minutes {
        at += 1;
        let Some(found) = number(&mut at, 2) else { return false };
        minute = found;
        if matches!(bytes.get(at), Some(b':' | b'.')) {
            at += 1;
            let Some(found) = number(&mut at, 2) else { return false };
            second = found;
            if matches!(bytes.get(at), Some(b'.' | b',')) {
                at += 1;
                if number(&mut at, 12).is_none() {
                    return false;
                }
            }
        }
    } else if let Some(found) = number(&mut at, 4) {
        // 0826 and 082600
        (minute, second) = if found < 100 { (found, 0) } else { (found / 100, found % 100) };
    }
    let rest = text[at..].trim();
    let is_zone = |zone: &str| {
        let zone = zone.trim_matches(['(', ')', '[', ']']);
        let is_shift = |shift: &str| {
            let digits = shift.replace(':', "");
            matches!(digits.len(), 2 | 4) && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        zone.is_empty()
            || zone.strip_prefix(['+', '-', '\u{2212}']).is_some_and(is_shift)
            || zone.len() <= 40
                && zone.chars().all(|letter| letter.is_ascii_alphabetic() || matches!(letter, '/' | '_'))
    };
    let (is_half, rest) = without_half(rest);
    let is_clock = has_minutes || is_half || bytes.len() >= 4;
    let fits = hour <= if is_half { 12 } else { 24 } && minute < 60 && second <= 60;
    let mut words = rest.split_whitespace();
    is_clock && fits && words.next().is_none_or(is_zone) && words.all(is_zone)
}

/// Whether a text begins with one of the halves of a day (`PM`, `p.m.`, `p. m.`), and what stands behind it.
pub(super) fn without_half(text: &str) -> (bool, &str) {
    let mut letters = String::new();
    for (at, letter) in text.char_indices() {
        match letter {
            '.' | ' ' | '\u{a0}' if letters.len() < 2 => {}
            letter if letters.len() < 2 => letters.push(letter.to_ascii_lowercase()),
            // A word that goes on is another one, such as America.
            letter if letter.is_alphabetic() => return (false, text),
            _ => {
                let is_half = matches!(letters.as_str(), "am" | "pm");
                return (is_half, if is_half { text[at..].trim_start_matches('.').trim() } else { text });
            }
        }
    }
    if matches!(letters.as_str(), "am" | "pm") { (true, "") } else { (false, text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_however_they_are_written() {
        let seventh = Some(Spelled::Known([2023, 1, 7]));
        for text in [
            "2023-01-07",
            "2023/1/7",
            "2023.01.07",
            "20230107",
            "07-Jan-2023",
            "07-Jan-23",
            "7 January 2023",
            "Jan 7, 2023",
            "January 7th, 2023",
            "07JAN2023",
            "Sat, 07 Jan 2023",
            "Sat, 07 Jan 2023 08:26:00 +0000",
            "Saturday, January 7, 2023 8:26 PM",
            "7. Januar 2023",
            "7 janv. 2023",
            "7 de enero de 2023",
            "7 stycznia 2023",
            "2023-01-07T08:26:00Z",
            "2023-01-07T08:26:00.123456-05:00",
            "2023-01-07 08:26:00+01",
            "20230107T0826",
            "20230107 08:26",
            "2023-Jan-07",
            "2023-01-07 08:26 Europe/Berlin",
            "07JAN2023:08:26:00",
            "Sat Jan  7 08:26:00 2023",
            "Sat Jan 07 08:26:00 UTC 2023",
            "20230107082600",
            "202301070826",
        ] {
            assert_eq!(spelled(text), seventh, "{text}");
        }
        assert_eq!(spelled("1/7/2023 8:26"), Some(Spelled::YearLast([1, 7, 2023])));
        assert_eq!(spelled("1/7/23"), Some(Spelled::YearLast([1, 7, 2023])));
        assert_eq!(spelled("07.01.23"), Some(Spelled::Short([7, 1, 23])));
        assert_eq!(spelled("07.01.2023 08.26"), Some(Spelled::YearLast([7, 1, 2023])));
        for text in ["2023-01", "01/2023", "Jan 2023", "January-23", "2023 Jan"] {
            assert_eq!(spelled(text), Some(Spelled::Known([2023, 1, 1])), "{text}");
        }
        for text in ["0000-00-00", "00/00/0000", "0000-00-00 00:00:00", "00.00.00"] {
            assert_eq!(spelled(text), Some(Spelled::Zero), "{text}");
        }
    }

    #[test]
    fn what_is_no_day_is_none() {
        for text in [
            "",
            "abc",
            "12",
            "1.5",
            "12.345",
            "12:30",
            "2023",
            "5-6",
            "192.168.0.1",
            "1-2-3-4",
            "Mayo 12 jars",
            "Jan",
            "2023-01-07 garbage here 7",
            "A-12-2023",
            "123456789",
            "(555) 123-4567",
            "7 apples 2023",
            "2023-01-07 99:99",
            "1,234,567",
            "555-12-3456",
            "1.234.567",
        ] {
            assert_eq!(spelled(text), None, "{text}");
        }
    }

    #[test]
    fn short_years_have_a_pivot() {
        assert_eq!([full_year(69, 2), full_year(68, 2), full_year(5, 2), full_year(1969, 4)], [1969, 2068, 2005, 1969]);
    }
}
