//! Names of columns as words for people.

/// A column's name as words: `NumWebPurchases` and `num_web_purchases` become "Num web purchases".
#[must_use]
pub fn humanise(name: &str) -> String {
    let mut words = String::new();
    let mut previous_lower = false;
    for c in name.chars() {
        if c == '_' || c == '-' || c == ' ' {
            if !words.ends_with(' ') {
                words.push(' ');
            }
            previous_lower = false;
            continue;
        }
        if c.is_uppercase() && previous_lower {
            words.push(' ');
            words.extend(c.to_lowercase());
        } else if words.is_empty() {
            words.extend(c.to_uppercase());
        } else if words.ends_with(' ') {
            words.extend(c.to_lowercase());
        } else {
            words.push(c);
        }
        previous_lower = c.is_lowercase() || c.is_ascii_digit();
    }
    words.trim().to_owned()
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
            ("", ""),
        ] {
            assert_eq!(humanise(name), words);
        }
    }
}
