//! What names of columns and tables say, in the languages that exports come in.

mod days;
mod money;
mod things;

pub(super) use self::days::{BOUGHT, DAY, NOT_BOUGHT, RECENCY, VISITS};
pub(super) use self::money::{AMOUNT, COUNTING, EARNED, HOW_OFTEN, NO_AMOUNT, NO_WORTH, PRICE, QUANTITY};
pub(super) use self::things::{
    CODE, CONTACT, CUSTOMER, ID, KIND_OF_THING, LATITUDE, LONGITUDE, ORDER, PRODUCT, SHOP, STATUS, USED,
};

/// Last parts of words that German, Dutch and their like write in one.
const JOINED: [&str; 11] =
    ["nummer", "nr", "datum", "betrag", "preis", "menge", "code", "bedrag", "prijs", "name", "date"];

/// The words of a name, small and without accents: `NumWebPurchases` is num, web, purchases; `customer_id` is customer, id;
/// `Auftragsnummer` is auftrags, nummer.
pub(super) fn words(name: &str) -> Vec<String> {
    parted(name).into_iter().flat_map(unjoined).collect()
}

/// A word that is written in one with what it belongs to, as two.
fn unjoined(word: String) -> Vec<String> {
    let front = JOINED.iter().find_map(|end| word.strip_suffix(end).map(|front| (front.to_owned(), *end)));
    match front {
        Some((front, end)) if front.chars().count() > 2 && !["up", "man"].contains(&front.as_str()) => {
            vec![front, end.to_owned()]
        }
        _ => vec![word],
    }
}

/// A letter without its accent.
fn plain_letter(letter: char) -> char {
    match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => 'e',
        'ğ' => 'g',
        'ì'..='ï' | 'ī' | 'į' | 'ı' => 'i',
        'ł' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ő' => 'o',
        'ř' => 'r',
        'ś' | 'š' | 'ş' => 's',
        'ť' | 'ţ' => 't',
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        letter => letter,
    }
}

fn parted(name: &str) -> Vec<String> {
    let name = ["N°", "n°", "Nº", "nº"].iter().fold(name.to_owned(), |name, sign| name.replace(sign, "numero "));
    let mut words: Vec<String> = Vec::new();
    let (mut before, mut starts) = (' ', true);
    let letters: Vec<char> = name.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            (before, starts) = (' ', true);
            continue;
        }
        let next_is_small = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        let begins = before.is_lowercase() && letter.is_uppercase()
            || before.is_uppercase() && letter.is_uppercase() && next_is_small
            || before.is_numeric() != letter.is_numeric();
        if starts || begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase().map(plain_letter));
        }
        (before, starts) = (*letter, false);
    }
    words
}

/// A name without its spelling: `customer_id` and `CustomerID` are the same.
pub(super) fn plain(name: &str) -> String {
    words(name).concat()
}

/// Whether two words are the same but for the plural.
fn same(word: &str, known: &str) -> bool {
    word == known || word.strip_suffix('s') == Some(known) || known.strip_suffix('s') == Some(word)
}

/// Position of the likeliest of the known words that a name holds.
pub(super) fn rank(name: &str, known: &[&str]) -> Option<usize> {
    let words = words(name);
    known.iter().position(|known| words.iter().any(|word| same(word, known)))
}

/// Whether a name holds one of the known words.
pub(super) fn has(name: &str, known: &[&str]) -> bool {
    rank(name, known).is_some()
}

/// Whether a name says that its values name things: `order_id`, `InvoiceNo`, `id_cliente`, `customerid`.
pub(super) fn names_things(name: &str) -> bool {
    let words = words(name);
    let is_id = |word: &String| ID.contains(&word.as_str());
    let is_glued = |word: &String| {
        word.strip_suffix("id").is_some_and(|front| CUSTOMER.contains(&front) || ORDER.contains(&front))
    };
    words.last().is_some_and(|last| is_id(last) || is_glued(last))
        || words.len() > 1
            && words
                .first()
                .is_some_and(|first| ["id", "code", "codigo", "código", "numero", "número"].contains(&first.as_str()))
}

/// The words of a name but for those that only say that it names things.
pub(super) fn subject(name: &str) -> Vec<String> {
    words(name).into_iter().filter(|word| !ID.contains(&word.as_str())).collect()
}

/// Whether two names speak of the same thing.
pub(super) fn shares_subject(left: &str, right: &str) -> bool {
    share_a_word(&subject(left), &subject(right))
}

/// Whether a word of one name stands in another.
pub(super) fn share_a_word(left: &[String], right: &[String]) -> bool {
    left.iter().any(|word| right.iter().any(|other| same(word, other)))
}

/// Whether a name says who buys, glued to an id or not.
pub(super) fn names_customers(name: &str) -> bool {
    has(name, CUSTOMER) || words(name).iter().any(|word| word.strip_suffix("id").is_some_and(|w| CUSTOMER.contains(&w)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_words() {
        for (name, expected) in [
            ("NumWebPurchases", &["num", "web", "purchases"][..]),
            ("customer_id", &["customer", "id"]),
            ("CustomerID", &["customer", "id"]),
            ("Unit Price (€)", &["unit", "price"]),
            ("AcceptedCmp3", &["accepted", "cmp", "3"]),
            ("XMLFile", &["xml", "file"]),
            ("Auftragsnummer", &["auftrags", "nummer"]),
            ("Quantità", &["quantita"]),
            ("Ilość", &["ilosc"]),
            ("Update", &["update"]),
            ("", &[]),
        ] {
            assert_eq!(words(name), expected, "{name}");
        }
        assert_eq!(plain("Customer-Id"), plain("customerID"));
    }

    #[test]
    fn names_that_name_things() {
        for name in ["id", "order_id", "InvoiceNo", "Customer ID", "id_cliente", "customerid", "StockCode"] {
            assert!(names_things(name), "{name}");
        }
        for name in ["paid", "NumWebPurchases", "sale", "n_visitas", "humid"] {
            assert!(!names_things(name), "{name}");
        }
        assert!(shares_subject("product_id", "products") && !shares_subject("id", "products"));
        assert!(names_customers("customerid") && names_customers("id_cliente") && !names_customers("order_id"));
    }
}
