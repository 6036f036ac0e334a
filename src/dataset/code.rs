//! Codes in one spelling, so that the same thing is found however it is written.

/// A code in one spelling: capitals without blanks, dashes and the like, whole numbers without decimals and zeros in front, or with as
/// many zeros as the width needs. Zeros behind letters in front count as little.
///
/// ```
/// use segmenta::dataset::code::code;
///
/// assert_eq!(code(" c-00042 ", 0), code("C42", 0));
/// assert_eq!(code("42.0", 5), "00042");
/// ```
#[must_use]
pub fn code(text: &str, width: usize) -> String {
    let text = text.trim();
    let whole = text.split_once('.').filter(|(front, behind)| {
        !front.is_empty() && front.bytes().all(|byte| byte.is_ascii_digit()) && behind.bytes().all(|byte| byte == b'0')
    });
    let text = whole.map_or(text, |(front, _)| front);
    let plain: String = text
        .chars()
        .filter(|letter| !(letter.is_whitespace() || matches!(letter, '-' | '_' | '/' | '.' | '\u{2010}' | '\u{2013}')))
        .flat_map(char::to_uppercase)
        .collect();
    let digits = plain.trim_start_matches(char::is_alphabetic);
    let letters = &plain[..plain.len() - digits.len()];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return plain;
    }
    let digits = digits.trim_start_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    if letters.is_empty() { format!("{digits:0>width$}") } else { format!("{letters}{digits}") }
}
