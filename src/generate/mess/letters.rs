//! Separators, quotes, ends of lines, and letters as bytes.

use encoding_rs::{
    EUC_KR, GB18030, KOI8_R, MACINTOSH, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253,
};
use encoding_rs::{Encoding, WINDOWS_1254};

use super::export::{Export, Field};
use super::kind::{Aspect, Kind};
use super::style::{Letters, Quotes};

/// A kind of separator.
macro_rules! separated {
    ($name:literal, $separator:literal, $quotes:expr) => {
        Kind::new($name, Aspect::Separators, |export, _| {
            export.style.separator = $separator;
            export.style.quotes = $quotes;
            true
        })
    };
}

/// A kind of code page, with places whose names need it.
macro_rules! page {
    ($name:literal, $page:expr, $places:expr) => {
        Kind::new(concat!("letters: ", $name), Aspect::Letters, |export, _| write_in(export, $page, $places))
    };
}

/// Writes places in a code page; not where the levels are others already.
fn write_in(export: &mut Export, page: &'static Encoding, places: &'static [&'static str]) -> bool {
    export.style.letters = Letters::Page(page);
    let is_plain = export.name(Field::Place) != "product" && export.places.first() == Some(&"Berlin");
    export.places = places;
    is_plain
}

/// All of them.
pub(super) const KINDS: &[Kind] = &[
    separated!("separated by semicolons", ';', Quotes::Needed),
    separated!("separated by tabs", '\t', Quotes::Needed),
    separated!("separated by bars", '|', Quotes::Needed),
    separated!("separated by commas, all in quotes", ',', Quotes::All),
    separated!("separated by semicolons, all in quotes", ';', Quotes::All),
    separated!("separated by carets", '^', Quotes::Needed),
    separated!("separated by tildes", '~', Quotes::Needed),
    Kind::new("lines end in CR LF", Aspect::Lines, |export, _| {
        export.style.line_end = |_| "\r\n";
        true
    }),
    Kind::new("lines end in CR", Aspect::Lines, |export, _| {
        export.style.line_end = |_| "\r";
        true
    }),
    Kind::new("lines end in CR LF or LF", Aspect::Lines, |export, _| {
        export.style.line_end = |number| if number % 5 == 3 { "\r\n" } else { "\n" };
        true
    }),
    Kind::new("lines end in CR CR LF", Aspect::Lines, |export, _| {
        export.style.line_end = |_| "\r\r\n";
        true
    }),
    Kind::new("the last line does not end", Aspect::Lines, |export, _| {
        export.style.is_ended = false;
        true
    }),
    Kind::new("letters: UTF-8 with a mark", Aspect::Letters, |export, _| {
        export.style.has_mark = true;
        true
    }),
    Kind::new("letters: UTF-16 little-endian with a mark", Aspect::Letters, |export, _| {
        export.style.has_mark = true;
        export.style.letters = Letters::Utf16 { is_big: false };
        true
    }),
    Kind::new("letters: UTF-16 big-endian with a mark", Aspect::Letters, |export, _| {
        export.style.has_mark = true;
        export.style.letters = Letters::Utf16 { is_big: true };
        true
    }),
    Kind::new("letters: UTF-16 little-endian without a mark", Aspect::Letters, |export, _| {
        export.style.letters = Letters::Utf16 { is_big: false };
        true
    }),
    page!("windows-1252", WINDOWS_1252, &["Zürich", "Málaga", "Köln", "Besançon", "Århus"]),
    page!("windows-1250", WINDOWS_1250, &["Kraków", "Łódź", "Gdańsk", "Wrocław", "Brno"]),
    page!("windows-1251", WINDOWS_1251, &["Москва", "Казань", "Самара", "Томск"]),
    page!("windows-1253", WINDOWS_1253, &["Αθήνα", "Πάτρα", "Βόλος", "Χανιά"]),
    page!("windows-1254", WINDOWS_1254, &["İstanbul", "İzmir", "Muğla", "Eskişehir"]),
    page!("KOI8-R", KOI8_R, &["Москва", "Казань", "Самара", "Томск"]),
    page!("Macintosh", MACINTOSH, &["Zürich", "Málaga", "Köln", "Besançon"]),
    page!("Shift_JIS", SHIFT_JIS, &["東京", "大阪", "札幌", "京都"]),
    page!("GB18030", GB18030, &["北京", "上海", "广州", "深圳"]),
    page!("EUC-KR", EUC_KR, &["서울", "부산", "대구", "인천"]),
];
