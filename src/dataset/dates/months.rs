//! Names of months and weekdays in the languages that exports come in: English, German, Spanish, French, Portuguese, Italian, Dutch, Polish.

/// The beginnings by which a month is known, without accents. A name is that of a month when it begins with one of them and is itself the
/// beginning of a full name, or the full name with an ending.
const MONTHS: [&[&str]; 12] = [
    &["january", "januar", "janner", "enero", "janvier", "janeiro", "gennaio", "januari", "styczen", "stycznia"],
    &["february", "februar", "feber", "febrero", "fevrier", "fevereiro", "febbraio", "februari", "luty", "lutego"],
    &["march", "marz", "maerz", "mrz", "marzo", "mars", "marco", "maart", "mrt", "marzec", "marca"],
    &["april", "abril", "avril", "aprile", "kwiecien", "kwietnia"],
    &["may", "mai", "mayo", "maio", "maggio", "mei", "maj", "maja"],
    &["june", "juni", "junio", "juin", "junho", "giugno", "czerwiec", "czerwca"],
    &["july", "juli", "julio", "juillet", "julho", "luglio", "lipiec", "lipca"],
    &["august", "agosto", "aout", "augustus", "sierpien", "sierpnia"],
    &["september", "septiembre", "setiembre", "septembre", "setembro", "settembre", "wrzesien", "wrzesnia"],
    &["october", "oktober", "octubre", "octobre", "outubro", "ottobre", "pazdziernik", "pazdziernika"],
    &["november", "noviembre", "novembre", "novembro", "listopad", "listopada"],
    &["december", "dezember", "diciembre", "decembre", "dezembro", "dicembre", "grudzien", "grudnia"],
];

/// Abbreviations that are no beginning of three letters of one month alone, and stand for one all the same.
const SHORT: [(&str, u32); 6] = [("mrz", 3), ("mrt", 3), ("juil", 7), ("jui", 6), ("sept", 9), ("gen", 1)];

const WEEKDAYS: [&str; 47] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonnabend",
    "sonntag",
    "lunes",
    "martes",
    "miercoles",
    "jueves",
    "viernes",
    "sabado",
    "domingo",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "segunda",
    "terca",
    "quarta",
    "quinta",
    "sexta",
    "lunedi",
    "martedi",
    "mercoledi",
    "giovedi",
    "venerdi",
    "domenica",
    "maandag",
    "dinsdag",
    "woensdag",
    "donderdag",
    "vrijdag",
    "zaterdag",
    "zondag",
];

const MORE_WEEKDAYS: [&str; 8] = ["poniedzialek", "wtorek", "sroda", "czwartek", "piatek", "niedziela", "sobota", "mo"];

/// A word small and without accents.
pub(super) fn folded(word: &str) -> String {
    let fold = |letter: char| match letter {
        'ä' | 'á' | 'à' | 'â' | 'ã' | 'ą' => 'a',
        'é' | 'è' | 'ê' | 'ë' | 'ę' => 'e',
        'í' | 'ì' | 'î' => 'i',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' | 'ć' => 'c',
        'ń' | 'ñ' => 'n',
        'ś' => 's',
        'ź' | 'ż' => 'z',
        'ł' => 'l',
        other => other,
    };
    word.chars().flat_map(char::to_lowercase).map(fold).collect()
}

/// The month, from 1, that a word names; a word of fewer than three letters names none.
pub(super) fn month(word: &str) -> Option<u32> {
    let word = folded(word.trim_end_matches('.'));
    if word.len() < 3 {
        return None;
    }
    if let Some((_, month)) = SHORT.into_iter().find(|(short, _)| *short == word) {
        return Some(month);
    }
    let mut found = (1..).zip(MONTHS).filter(|(_, names)| names.iter().any(|name| name.starts_with(word.as_str())));
    let (month, _) = found.next()?;
    // "mar" is March in every language, "mai" May; what begins several months names none.
    found.next().is_none().then_some(month)
}

/// Whether a word is a weekday, whole or cut to two letters or more.
pub(super) fn is_weekday(word: &str) -> bool {
    let word = folded(word.trim_end_matches('.'));
    word.len() > 1 && WEEKDAYS.iter().chain(&MORE_WEEKDAYS).any(|name| name.starts_with(word.as_str()))
}

/// Whether a word joins the parts of a date: "7 de enero de 2023", "7th of January".
pub(super) fn joins(word: &str) -> bool {
    matches!(
        folded(word).as_str(),
        "de" | "del" | "of" | "the" | "le" | "den" | "st" | "nd" | "rd" | "th" | "er" | "o" | "r"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_of_eight_languages() {
        for (words, expected) in [
            (
                &[
                    "Jan", "JAN", "January", "Januar", "enero", "janv.", "janvier", "gen", "gennaio", "styczeń",
                    "stycznia",
                ][..],
                1,
            ),
            (&["Feb", "févr.", "lutego", "fev"], 2),
            (&["Mar", "März", "Mrz", "mars", "março", "maart", "mrt", "marca"], 3),
            (&["Apr", "avr.", "abr", "kwi"], 4),
            (&["May", "Mai", "mayo", "mag", "mei", "maja"], 5),
            (&["Jun", "juin", "junho", "giu", "cze"], 6),
            (&["Jul", "juil.", "julho", "lug", "lip"], 7),
            (&["Aug", "août", "ago", "sie"], 8),
            (&["Sep", "Sept", "set", "wrz"], 9),
            (&["Oct", "Okt", "out", "ott", "paź"], 10),
            (&["Nov", "lis", "listopada"], 11),
            (&["Dec", "Dez", "dic", "déc.", "gru"], 12),
        ] {
            for word in words {
                assert_eq!(month(word), Some(expected), "{word}");
            }
        }
        for word in ["", "ma", "ju", "foo", "janx", "st"] {
            assert_eq!(month(word), None, "{word}");
        }
        assert!(is_weekday("Sat") && is_weekday("mi.") && is_weekday("Samstag") && !is_weekday("Jan"));
    }
}
