//! Numbers in text, as people, spreadsheets and accountants write them: `1,234.50`, `(30.00)`, `30.00-`, `R$ 1.234,50`, `="12.30"`,
//! `12.5 %`, `3,4 Mio`. What a mark means is told by whoever knows the table; how a number is dressed is known here.

/// A number without its dress: digits, marks, and an exponent.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// Digits 0 to 9 with marks between them; a space stands for any blank, an apostrophe for any of its kind.
    pub digits: String,
    /// Whether it is below zero: a minus on either side, brackets, or CR.
    pub is_negative: bool,
    /// What it is multiplied by: 1,000 for `k`, 1,000,000 for `M` and `Mio`.
    pub scale: f64,
    /// What stands beside it.
    pub unit: Option<Unit>,
}

/// What stands beside a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// A share in per cent; the number stays as it is written.
    Percent,
    /// Sign, abbreviation or code of a currency, as it is written.
    Currency(String),
}

/// Abbreviations of currencies that are no single sign, the longer before what they begin with.
const ABBREVIATIONS: [&str; 48] = [
    "US$", "CA$", "AU$", "NZ$", "HK$", "NT$", "MX$", "R$", "C$", "A$", "S$", "$U", "S/.", "S/", "B/.", "Bs.", "Bs",
    "kr.", "kr", "Kr.", "Kr", "zł", "ZŁ", "zl", "Kč", "Kc", "Ft", "lei", "Lei", "leu", "лв.", "лв", "руб.", "руб",
    "р.", "грн.", "грн", "Rs.", "Rs", "RM", "Rp.", "Rp", "SFr.", "Fr.", "Fr", "元", "円", "원",
];

/// ISO 4217 codes that exports carry.
const CODES: [&str; 66] = [
    "AED", "ARS", "AUD", "BDT", "BGN", "BHD", "BOB", "BRL", "BYN", "CAD", "CHF", "CLP", "CNY", "COP", "CRC", "CZK",
    "DKK", "DOP", "DZD", "EGP", "EUR", "GBP", "GEL", "GHS", "GTQ", "HKD", "HNL", "HRK", "HUF", "IDR", "ILS", "INR",
    "ISK", "JOD", "JPY", "KES", "KRW", "KWD", "KZT", "LKR", "MAD", "MXN", "MYR", "NGN", "NOK", "NZD", "OMR", "PEN",
    "PHP", "PKR", "PLN", "PYG", "QAR", "RMB", "RON", "RSD", "RUB", "SAR", "SEK", "SGD", "THB", "TND", "TRY", "TWD",
    "UAH", "USD",
];

/// More codes, of which the text may be written without a blank.
const MORE_CODES: [&str; 6] = ["UYU", "VND", "ZAR", "TZS", "UGX", "XOF"];

/// Words behind a number that multiply it.
const SCALES: [(&str, f64); 10] = [
    ("Mio.", 1e6),
    ("Mio", 1e6),
    ("mio", 1e6),
    ("Mrd.", 1e9),
    ("Mrd", 1e9),
    ("bn", 1e9),
    ("k", 1e3),
    ("K", 1e3),
    ("M", 1e6),
    ("B", 1e9),
];

/// Whether a character is the sign of a currency.
#[must_use]
pub fn is_currency_sign(letter: char) -> bool {
    matches!(
        letter,
        '$' | '¢'..='¥' | '֏' | '؋' | '৲' | '৳' | '૱' | '௹' | '฿' | '៛' | '₠'..='⃀' | '﷼' | '﹩' | '＄' | '￠' | '￡' | '￥' | '￦'
    )
}

fn is_minus(letter: char) -> bool {
    matches!(letter, '-' | '\u{2010}'..='\u{2013}' | '\u{2212}' | '﹣' | '－')
}

fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{feff}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}')
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// The digit 0 to 9 that a decimal digit of another script stands for.
fn digit(letter: char) -> Option<char> {
    const ZEROS: [u32; 12] =
        [0x0660, 0x06F0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0BE6, 0x0C66, 0x0CE6, 0x0E50, 0x0F20, 0xFF10];
    if letter.is_ascii_digit() {
        return Some(letter);
    }
    let code = letter as u32;
    let zero = ZEROS.into_iter().find(|zero| (*zero..*zero + 10).contains(&code))?;
    char::from_digit(code - zero, 10)
}

/// The text without a currency in front or behind, and that currency.
fn without_currency(text: &str) -> Option<(&str, &str)> {
    let behind = |rest: &str| rest.chars().next().is_some_and(|next| !next.is_alphabetic());
    let before = |rest: &str| rest.chars().next_back().is_some_and(|last| !last.is_alphabetic());
    for known in ABBREVIATIONS {
        if let Some(rest) = text.strip_prefix(known).filter(|rest| behind(rest)) {
            return Some((trimmed(rest), known));
        }
        if let Some(rest) = text.strip_suffix(known).filter(|rest| before(rest)) {
            return Some((trimmed(rest), known));
        }
    }
    let is_code = |code: &str| CODES.contains(&code) || MORE_CODES.contains(&code);
    if let (Some(code), Some(rest)) = (text.get(..3), text.get(3..))
        && is_code(code)
        && behind(rest)
    {
        return Some((trimmed(rest), code));
    }
    if let Some(at) = text.len().checked_sub(3)
        && let (Some(rest), Some(code)) = (text.get(..at), text.get(at..))
        && is_code(code)
        && before(rest)
    {
        return Some((trimmed(rest), code));
    }
    let (first, last) = (text.chars().next()?, text.chars().next_back()?);
    // The byte of ¥ in Shift_JIS is the backslash of other letters.
    if let Some(rest) = text.strip_prefix('\\').filter(|rest| behind(rest)) {
        return Some((trimmed(rest), "¥"));
    }
    if is_currency_sign(first) {
        let (sign, rest) = text.split_at(first.len_utf8());
        return Some((trimmed(rest), sign));
    }
    if is_currency_sign(last) {
        let (rest, sign) = text.split_at(text.len() - last.len_utf8());
        return Some((trimmed(rest), sign));
    }
    None
}

/// A number without its dress; `None` for a text that is none under any marks.
///
/// ```
/// let body = segmenta::dataset::numbers::body("(R$ 1.234,50)").unwrap();
/// assert_eq!((body.digits.as_str(), body.is_negative), ("1.234,50", true));
/// ```
#[must_use]
pub fn body(text: &str) -> Option<Body> {
    let mut rest = trimmed(text);
    if let Some(inner) = rest.strip_prefix("=\"").and_then(|inner| inner.strip_suffix('"')) {
        rest = trimmed(inner);
    }
    let (mut sign, mut unit, mut scale): (Option<bool>, Option<Unit>, f64) = (None, None, 1.0);
    // A sign is taken once, so that what looks twice below zero is no number.
    let mut signed = |is_negative: bool| sign.replace(is_negative).is_none().then_some(());
    loop {
        let (first, last) = (rest.chars().next()?, rest.chars().next_back()?);
        if let Some(inner) = rest.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
            signed(true)?;
            rest = trimmed(inner);
        } else if is_minus(first) || first == '+' {
            signed(is_minus(first))?;
            rest = trimmed(&rest[first.len_utf8()..]);
        } else if is_minus(last) || last == '+' {
            signed(is_minus(last))?;
            rest = trimmed(&rest[..rest.len() - last.len_utf8()]);
        } else if let Some((inner, is_negative)) = without_side(rest) {
            signed(is_negative)?;
            rest = inner;
        } else if let Some((inner, sign)) = without_currency(rest) {
            let found = Unit::Currency(sign.trim_end_matches('.').to_owned());
            if unit.replace(found.clone()).is_some_and(|before| before != found) {
                return None;
            }
            rest = inner;
        } else if let Some(inner) = rest.strip_suffix(['%', '％', '٪']) {
            if unit.replace(Unit::Percent).is_some() {
                return None;
            }
            rest = trimmed(inner);
        } else if let Some((inner, times)) = without_scale(rest) {
            scale *= times;
            rest = inner;
        } else {
            break;
        }
    }
    let digits = plain(rest)?;
    Some(Body { digits, is_negative: sign == Some(true), scale, unit })
}

/// CR is below zero, as a customer's credit is; DR is above.
fn without_side(text: &str) -> Option<(&str, bool)> {
    let at = text.len().checked_sub(2)?;
    let (rest, side) = (text.get(..at)?, text.get(at..)?);
    let is_negative = match side {
        "CR" | "Cr" | "cr" => true,
        "DR" | "Dr" | "dr" => false,
        _ => return None,
    };
    let rest = trimmed(rest);
    rest.ends_with(|last: char| digit(last).is_some() || last == ')').then_some((rest, is_negative))
}

fn without_scale(text: &str) -> Option<(&str, f64)> {
    SCALES.into_iter().find_map(|(word, times)| {
        let rest = trimmed(text.strip_suffix(word)?);
        rest.ends_with(|last| digit(last).is_some()).then_some((rest, times))
    })
}

/// Digits and marks in one spelling; `None` where anything else stands among them.
fn plain(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let (mut has_digit, mut is_exponent) = (false, false);
    while let Some(letter) = letters.next() {
        if let Some(digit) = digit(letter) {
            plain.push(digit);
            has_digit = true;
            continue;
        }
        match letter {
            '.' | ',' if !is_exponent => plain.push(letter),
            '\u{066b}' if !is_exponent => plain.push('.'),
            '\u{066c}' if !is_exponent => plain.push(','),
            '\'' | '\u{2019}' | '\u{02bc}' | '`' | '´' if has_digit && !is_exponent => plain.push('\''),
            blank if is_blank(blank) && has_digit && !is_exponent => plain.push(' '),
            'e' | 'E' if has_digit && !is_exponent => {
                is_exponent = true;
                plain.push('e');
                if let Some(sign @ ('+' | '-')) = letters.peek().copied() {
                    plain.push(sign);
                    letters.next();
                }
                letters.peek().filter(|next| next.is_ascii_digit())?;
            }
            _ => return None,
        }
    }
    has_digit.then_some(plain)
}

/// The spelling of a mark in a [`Body`].
#[must_use]
pub fn mark(mark: char) -> char {
    match mark {
        '\u{2019}' | '\u{02bc}' | '`' | '´' => '\'',
        '\u{066b}' => '.',
        '\u{066c}' => ',',
        blank if is_blank(blank) => ' ',
        other => other,
    }
}

impl Body {
    /// The number under marks; `None` when its marks stand where they cannot: groups of thousands have three digits (or two before the
    /// last three, as in India), and there is one decimal mark.
    #[must_use]
    pub fn value(&self, decimal: char, thousands: Option<char>) -> Option<f64> {
        let (decimal, thousands) = (mark(decimal), thousands.map(mark));
        let (number, exponent) = self.digits.split_once('e').map_or((self.digits.as_str(), ""), |(n, e)| (n, e));
        let (whole, fraction) = number.split_once(decimal).map_or((number, None), |(whole, rest)| (whole, Some(rest)));
        if fraction.is_some_and(|fraction| !fraction.bytes().all(|byte| byte.is_ascii_digit())) {
            return None;
        }
        let whole = match thousands {
            Some(mark) if whole.contains(mark) => ungrouped(whole, mark)?,
            _ => whole.to_owned(),
        };
        if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let exponent = if exponent.is_empty() { String::new() } else { format!("e{exponent}") };
        let value: f64 = format!("{whole}.{}{exponent}", fraction.unwrap_or("")).parse().ok()?;
        Some(if self.is_negative { -value } else { value } * self.scale)
    }
}

fn ungrouped(whole: &str, mark: char) -> Option<String> {
    let groups: Vec<&str> = whole.split(mark).collect();
    let [first, middle @ .., last] = groups.as_slice() else { return None };
    let inner = if middle.iter().all(|group| group.len() == 2) { 2 } else { 3 };
    let fits = (1..=inner.max(3)).contains(&first.len())
        && last.len() == 3
        && middle.iter().all(|group| group.len() == inner)
        && (inner == 3 || first.len() <= 2 || middle.is_empty());
    fits.then(|| groups.concat())
}

/// The number that a text stands for under marks, dressed or not.
///
/// ```
/// use segmenta::dataset::numbers::parse;
///
/// assert_eq!(parse("1.234,5", ',', Some('.')), Some(1234.5));
/// assert_eq!(parse("1,23", '.', Some(',')), None);
/// ```
#[must_use]
pub fn parse(text: &str, decimal: char, thousands: Option<char>) -> Option<f64> {
    let is_bare = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E');
    if decimal == '.'
        && thousands != Some('.')
        && text.bytes().all(is_bare)
        && let Ok(value) = text.parse()
    {
        return Some(value);
    }
    body(text)?.value(decimal, thousands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dress_comes_off() {
        for (text, expected) in [
            ("1234.5", 1234.5),
            ("1,234.50", 1234.5),
            ("(123.45)", -123.45),
            ("($123.45)", -123.45),
            ("$(123.45)", -123.45),
            ("-$5", -5.0),
            ("$-5", -5.0),
            ("123.45-", -123.45),
            ("\u{2212}123.45", -123.45),
            ("- 123.45", -123.45),
            ("+7", 7.0),
            ("12.3 CR", -12.3),
            ("12.3 DR", 12.3),
            ("12.30 kr", 12.3),
            ("kr. 12.30", 12.3),
            ("12.30 zł", 12.3),
            ("12.30 руб.", 12.3),
            ("元12.30", 12.3),
            ("USD 1,234.50", 1234.5),
            ("1,234.50USD", 1234.5),
            ("R$ 1,234.50", 1234.5),
            ("=\"12.30\"", 12.3),
            ("12.5%", 12.5),
            ("12.5 %", 12.5),
            ("1.2k", 1200.0),
            ("$3.4M", 3_400_000.0),
            ("2 Mio. €", 2_000_000.0),
            ("١٢٣٫٥", 123.5),
            ("１２", 12.0),
            ("1.5e3", 1500.0),
            ("1e15", 1e15),
            ("\u{a0}12\u{a0}", 12.0),
            ("10,00,000", 1_000_000.0),
            (".5", 0.5),
            ("5.", 5.0),
        ] {
            assert_eq!(parse(text, '.', Some(',')), Some(expected), "{text}");
        }
        for text in [
            "",
            "-",
            "()",
            "$",
            "1-2",
            "--5",
            "(-5)",
            "12:30",
            "2024-01-05",
            "1,23",
            "1.2.3",
            "12 kg",
            "NaN",
            "inf",
            "1e",
            "5 €$",
            "INF",
            "EUR",
        ] {
            assert_eq!(parse(text, '.', Some(',')), None, "{text}");
        }
    }

    #[test]
    fn marks_are_taken_at_their_word() {
        for (text, decimal, thousands, expected) in [
            ("1.234,5", ',', Some('.'), Some(1234.5)),
            ("1'234.50", '.', Some('\''), Some(1234.5)),
            ("1\u{2019}234.50", '.', Some('\''), Some(1234.5)),
            ("CHF 1'234.50", '.', Some('\u{2019}'), Some(1234.5)),
            ("1 234,5", ',', Some(' '), Some(1234.5)),
            ("1\u{202f}234,5", ',', Some('\u{a0}'), Some(1234.5)),
            ("1\u{2009}234", ',', Some(' '), Some(1234.0)),
            ("1.5", ',', None, None),
            ("1.5", ',', Some('.'), None),
            ("1,5", '.', None, None),
            ("12,34,567", '.', Some(','), Some(1_234_567.0)),
            ("1,2345", '.', Some(','), None),
            ("1234,567", '.', Some(','), None),
            ("1.250", ',', Some('.'), Some(1250.0)),
            ("1.250", '.', None, Some(1.25)),
        ] {
            assert_eq!(parse(text, decimal, thousands), expected, "{text} with {decimal}");
        }
    }

    #[test]
    fn what_stands_beside_is_told() {
        let unit = |text: &str| body(text).and_then(|body| body.unit);
        assert_eq!(unit("12.5 %"), Some(Unit::Percent));
        assert_eq!(unit("R$ 5"), Some(Unit::Currency("R$".to_owned())));
        assert_eq!(unit("kr. 5"), unit("5 kr"));
        assert_eq!(unit("5"), None);
        assert_eq!(body("$5 %"), None);
    }
}
