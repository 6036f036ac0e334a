//! Places and other levels, and what stands for a number that is not known.

use super::export::{Export, Field};
use super::kind::{Aspect, Kind};

/// Gives the last column other levels, and a name that fits them.
pub(super) fn levels(export: &mut Export, name: &str, levels: &'static [&'static str]) -> bool {
    export.places = levels;
    export.call(Field::Place, name);
    true
}

/// A kind of levels.
macro_rules! levels {
    ($what:literal, $name:literal, $levels:expr) => {
        Kind::new(concat!("levels: ", $what), Aspect::Levels, |export, _| levels(export, $name, $levels))
    };
}

/// A kind of mark of what is not known.
macro_rules! gaps {
    ($name:literal, $mark:literal) => {
        Kind::new(concat!("not known: ", $name), Aspect::Gaps, |export, _| {
            export.unknown = Some($mark);
            true
        })
    };
}

/// All of them.
pub(super) const KINDS: &[Kind] = &[
    levels!("NA is a country", "country", &["NA", "ZA", "BW", "MZ"]),
    levels!("None is a level", "promotion", &["None", "Email", "SMS"]),
    levels!("codes such as 1E5, INF and NAN", "sku", &["1E5", "100000", "2E3", "2000", "10E2", "1000", "INF", "NAN"]),
    levels!("codes with zeros in front", "department", &["01", "02", "13", "69", "75"]),
    levels!("numbers of shops", "store", &["007", "012", "100", "118"]),
    levels!("small whole numbers", "channel", &["1", "2", "3"]),
    levels!("accents", "city", &["Zürich", "Kraków", "São Paulo", "Málaga", "Ærøskøbing"]),
    levels!("separators and quotes in cells", "product", &["Cup, blue", "Pan; 12\" wide", "Mug \"Anna\"", "Tab\tlet"]),
    levels!("line ends in cells", "product", &["Cup\nblue", "Pan", "Mug\r\nred"]),
    levels!("formulas", "product", &["=1+1", "@home", "+plus", "-minus"]),
    levels!("yes and no", "gift", &["Yes", "No"]),
    levels!("days", "size", &["3-4", "5-6", "7-8"]),
    gaps!("n/a", "n/a"),
    gaps!("NULL", "NULL"),
    gaps!("-", "-"),
    gaps!("?", "?"),
    gaps!("a blank", " "),
    gaps!("#N/A", "#N/A"),
    gaps!("k.A.", "k.A."),
    gaps!("nothing", ""),
];
