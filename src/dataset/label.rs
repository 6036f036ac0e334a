//! Names of columns as words for people.

/// A column's name as words: `NumWebPurchases` and `num_web_purchases` become "Num web purchases", `PURCHASES_TRX` "Purchases TRX".
#[must_use]
pub fn humanise(name: &str) -> String {
    let is_shouted = !name.chars().any(char::is_lowercase);
    let mut words = String::new();
    for (at, word) in split(name).into_iter().enumerate() {
        if at > 0 {
            words.push(' ');
        }
        let stays = if is_shouted { is_abbreviation(&word) } else { is_capitals(&word) };
        if stays {
            words.push_str(&word);
            continue;
        }
        let mut letters = word.chars();
        if at == 0 {
            words.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        }
        words.extend(letters.flat_map(char::to_lowercase));
    }
    words
}

/// The words of a name: parted by `_`, `-` and blanks, before a capital behind a small letter or a digit, and before the last of
/// several capitals when a small letter follows.
fn split(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let is_next_small = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase() || before.is_ascii_digit() || before.is_uppercase() && is_next_small
            });
        let parts = matches!(letter, '_' | '-' | ' ');
        if (parts || begins) && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| !parts) {
            word.push(*letter);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn is_capitals(word: &str) -> bool {
    word.chars().filter(|letter| letter.is_alphabetic()).count() > 1 && !word.chars().any(char::is_lowercase)
}

/// Whether a word of a name that is all capitals is one for itself, such as TRX or ID: one that nobody could speak.
fn is_abbreviation(word: &str) -> bool {
    let is_known = ["ID", "IP", "URL", "SKU", "USD", "EUR", "IBAN", "EAN", "UK", "US", "EU", "TV"].contains(&word);
    is_known || is_capitals(word) && !word.chars().any(|letter| "AEIOUY".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        for (name, words) in [
            ("NumWebPurchases", "Num web purchases"),
            ("n_visitas", "N visitas"),
            ("Total_Spent", "Total spent"),
            ("ID", "ID"),
            ("CUST_ID", "Cust ID"),
            ("BALANCE_FREQUENCY", "Balance frequency"),
            ("PURCHASES_TRX", "Purchases TRX"),
            ("AGE", "Age"),
            ("MarketShare_ID", "Market share ID"),
            ("StreamingTV", "Streaming TV"),
            ("XMLFile", "XML file"),
            ("AcceptedCmp3", "Accepted cmp3"),
            ("Year_Birth", "Year birth"),
            ("K-Means", "K means"),
            ("", ""),
        ] {
            assert_eq!(humanise(name), words);
        }
    }
}
