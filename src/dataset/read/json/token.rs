//! JSON cut into its signs and values, as it comes. Numbers stay the digits that are written.

use std::io::{self, Read};

use crate::dataset::read::layout::LONGEST_ROW;

/// Bytes that are read in one go.
const BLOCK: usize = 1 << 16;

/// A sign or a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    BeginObject,
    EndObject,
    BeginList,
    EndList,
    Comma,
    Colon,
    Text(String),
    Number(String),
    True,
    False,
    Null,
    /// Nothing follows.
    End,
}

/// Why there is no next token.
#[derive(Debug)]
pub(super) enum Fault {
    Unreadable(io::Error),
    /// What stands there, for a sentence.
    Broken(String),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

pub(super) fn broken<T>(message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Broken(message.into()))
}

/// A JSON text on its way.
pub(super) struct Tokens {
    input: Box<dyn Read + Send>,
    block: Vec<u8>,
    at: usize,
    ahead: Option<Token>,
}

impl Tokens {
    pub(super) fn new(input: Box<dyn Read + Send>) -> Self {
        Self { input, block: Vec::with_capacity(BLOCK), at: 0, ahead: None }
    }

    /// The next token, which comes again.
    pub(super) fn peek(&mut self) -> Result<&Token, Fault> {
        let token = match self.ahead.take() {
            Some(token) => token,
            None => self.read()?,
        };
        Ok(self.ahead.insert(token))
    }

    /// The next token.
    pub(super) fn next(&mut self) -> Result<Token, Fault> {
        match self.ahead.take() {
            Some(token) => Ok(token),
            None => self.read(),
        }
    }

    /// What begins there must be this.
    pub(super) fn expect(&mut self, expected: &Token, what: &str) -> Result<(), Fault> {
        let found = self.next()?;
        if found == *expected { Ok(()) } else { broken(format!("{} stands where {what} was expected", found.named())) }
    }

    fn byte(&mut self) -> Result<Option<u8>, Fault> {
        if self.at == self.block.len() {
            self.block.clear();
            self.at = 0;
            self.input.by_ref().take(BLOCK as u64).read_to_end(&mut self.block)?;
        }
        Ok(self.block.get(self.at).copied())
    }

    fn read(&mut self) -> Result<Token, Fault> {
        loop {
            let Some(byte) = self.byte()? else { return Ok(Token::End) };
            self.at += 1;
            return Ok(match byte {
                b' ' | b'\t' | b'\n' | b'\r' | 0x1e => continue,
                b'{' => Token::BeginObject,
                b'}' => Token::EndObject,
                b'[' => Token::BeginList,
                b']' => Token::EndList,
                b',' => Token::Comma,
                b':' => Token::Colon,
                b'"' => Token::Text(self.text()?),
                b'-' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => self.word(byte)?,
                other => return broken(format!("{} stands where a value was expected", letter(other))),
            });
        }
    }

    /// A number, or a word; programs write NaN and Infinity where there is no number.
    fn word(&mut self, first: u8) -> Result<Token, Fault> {
        let mut word = vec![first];
        while let Some(byte) = self.byte()? {
            if !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')) {
                break;
            }
            if word.len() > 400 {
                return broken("a number of more than 400 digits stands there");
            }
            word.push(byte);
            self.at += 1;
        }
        let word = String::from_utf8_lossy(&word).into_owned();
        Ok(match word.as_str() {
            "true" => Token::True,
            "false" => Token::False,
            "null" | "NaN" | "Infinity" | "-Infinity" => Token::Null,
            _ if is_number(&word) => Token::Number(word),
            _ => return broken(format!("\"{word}\" stands there without quotes")),
        })
    }

    fn text(&mut self) -> Result<String, Fault> {
        let mut text = Vec::new();
        loop {
            if self.byte()?.is_none() {
                return broken("a text is never closed");
            }
            // Up to what ends the text or stands for something else, all at once.
            let rest = &self.block[self.at..];
            let length = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
            text.extend_from_slice(&rest[..length]);
            self.at += length;
            if text.len() > LONGEST_ROW {
                return broken(format!("a text of more than {} MB stands there", LONGEST_ROW >> 20));
            }
            match self.byte()? {
                Some(b'"') => {
                    self.at += 1;
                    return String::from_utf8(text).or_else(|_| broken("bytes stand there that are not UTF-8"));
                }
                Some(b'\\') => {
                    self.at += 1;
                    let letter = self.escaped()?;
                    text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                }
                _ => {}
            }
        }
    }

    fn escaped(&mut self) -> Result<char, Fault> {
        let Some(byte) = self.byte()? else { return broken("a text is never closed") };
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.unit()?;
                if !(0xD800..0xDC00).contains(&unit) {
                    return Ok(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                // A letter beyond the first 65,536 is written as two.
                if self.byte()? != Some(b'\\') {
                    return Ok(char::REPLACEMENT_CHARACTER);
                }
                self.at += 1;
                if self.byte()? != Some(b'u') {
                    return broken("half of a letter stands there (\\u)");
                }
                self.at += 1;
                let second = self.unit()?;
                let both = 0x10000 + ((unit - 0xD800) << 10) + second.wrapping_sub(0xDC00);
                char::from_u32(both).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            other => return broken(format!("\\{} stands in a text and means nothing", char::from(other))),
        })
    }

    fn unit(&mut self) -> Result<u32, Fault> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.byte()?.and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else { return broken("\\u stands in a text without four digits behind it") };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }
}

impl Token {
    /// What it is in a sentence.
    pub(super) fn named(&self) -> String {
        match self {
            Self::BeginObject => "\"{\"".to_owned(),
            Self::EndObject => "\"}\"".to_owned(),
            Self::BeginList => "\"[\"".to_owned(),
            Self::EndList => "\"]\"".to_owned(),
            Self::Comma => "a comma".to_owned(),
            Self::Colon => "a colon".to_owned(),
            Self::Text(_) => "a text".to_owned(),
            Self::Number(_) => "a number".to_owned(),
            Self::True | Self::False => "true or false".to_owned(),
            Self::Null => "null".to_owned(),
            Self::End => "the end of the file".to_owned(),
        }
    }
}

fn letter(byte: u8) -> String {
    if byte.is_ascii_graphic() {
        format!("\"{}\"", char::from(byte))
    } else {
        "a letter of another alphabet".to_owned()
    }
}

/// Digits, with a fraction and an exponent or without.
fn is_number(word: &str) -> bool {
    let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = word.strip_prefix('-').unwrap_or(word);
    let whole = digits(rest);
    let mut rest = &rest[whole..];
    if whole == 0 {
        return false;
    }
    if let Some(fraction) = rest.strip_prefix('.') {
        if digits(fraction) == 0 {
            return false;
        }
        rest = &fraction[digits(fraction)..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        return digits(exponent) > 0 && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Result<Vec<Token>, String> {
        let mut tokens = Tokens::new(Box::new(io::Cursor::new(text.as_bytes().to_vec())));
        let mut found = Vec::new();
        loop {
            match tokens.next() {
                Ok(Token::End) => return Ok(found),
                Ok(token) => found.push(token),
                Err(Fault::Broken(message)) => return Err(message),
                Err(Fault::Unreadable(error)) => return Err(error.to_string()),
            }
        }
    }

    #[test]
    fn digits_stay_as_they_are_written() {
        for number in ["1234567890123456789", "-0.10", "1.50", "12345678901234567890123", "1e-7", "2E+3", "0"] {
            assert_eq!(all(number).unwrap(), [Token::Number(number.to_owned())]);
        }
        for wrong in ["1.", "-", "1e", "01x", "1.2.3", "tru", "None"] {
            assert!(all(wrong).is_err(), "{wrong}");
        }
        assert_eq!(all("NaN, -Infinity").unwrap(), [Token::Null, Token::Comma, Token::Null]);
    }

    #[test]
    fn texts_are_what_they_mean() {
        let text = |text: &str| vec![Token::Text(text.to_owned())];
        assert_eq!(all(r#""a\"b\\c\/\n\t\u00e9\ud83d\ude00é😀""#).unwrap(), text("a\"b\\c/\n\té😀é😀"));
        let long = "é\\n".repeat(60_000);
        assert_eq!(all(&format!("\"{long}\"")).unwrap(), text(&"é\n".repeat(60_000)));
        for (wrong, expected) in [
            ("\"abc", "never closed"),
            (r#""\x""#, "means nothing"),
            (r#""\u12""#, "four digits"),
            ("@", "\"@\" stands"),
        ] {
            assert!(all(wrong).unwrap_err().contains(expected), "{wrong}");
        }
    }
}
