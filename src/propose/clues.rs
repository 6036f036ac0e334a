//! What one number says of the marks of its table.

/// What the marks of a number can only mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clue {
    /// No mark; so many digits.
    Plain { digits: usize },
    /// The mark stands before decimals.
    Decimal(char),
    /// The mark stands between thousands.
    Thousands(char),
    /// One of each.
    Both { thousands: char, decimal: char },
    /// One mark with three digits behind and one to three in front: `1.250`.
    Either(char),
    /// No number under any marks.
    No,
}

/// Reads digits and marks as [`Body`](crate::dataset::numbers::Body) holds them.
pub(super) fn clue(digits: &str) -> Clue {
    let number = digits.split('e').next().unwrap_or(digits);
    let marks: Vec<char> = number.chars().filter(|letter| !letter.is_ascii_digit()).collect();
    let Some(last) = marks.last().copied() else { return Clue::Plain { digits: number.len() } };
    let first = marks[0];
    let groups: Vec<&str> = number.split(first).collect();
    let is_grouped = |groups: &[&str]| {
        let [front, middle @ .., end] = groups else { return false };
        let inner = if !middle.is_empty() && middle.iter().all(|group| group.len() == 2) { 2 } else { 3 };
        (1..=3).contains(&front.len()) && middle.iter().all(|group| group.len() == inner) && end.len() == 3
    };
    if first != last {
        // Thousands all have the first mark, and the last stands once.
        let (whole, decimals) = number.rsplit_once(last).unwrap_or((number, ""));
        let fits = marks[..marks.len() - 1].iter().all(|mark| *mark == first)
            && is_grouped(&whole.split(first).collect::<Vec<_>>())
            && decimals.bytes().all(|byte| byte.is_ascii_digit())
            && matches!(last, '.' | ',');
        return if fits { Clue::Both { thousands: first, decimal: last } } else { Clue::No };
    }
    if marks.len() > 1 || matches!(first, ' ' | '\'') {
        return if is_grouped(&groups) { Clue::Thousands(first) } else { Clue::No };
    }
    let (front, behind) = (groups[0], groups[1]);
    let may_group =
        behind.len() == 3 && (1..=3).contains(&front.len()) && !front.starts_with('0') && !digits.contains('e');
    if may_group { Clue::Either(first) } else { Clue::Decimal(first) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_says_what_its_marks_can_only_mean() {
        for (digits, expected) in [
            ("980", Clue::Plain { digits: 3 }),
            ("1250", Clue::Plain { digits: 4 }),
            ("1.25", Clue::Decimal('.')),
            ("0.125", Clue::Decimal('.')),
            ("1250,500", Clue::Decimal(',')),
            ("1.250", Clue::Either('.')),
            ("1,250", Clue::Either(',')),
            ("1.250.000", Clue::Thousands('.')),
            ("1 250", Clue::Thousands(' ')),
            ("1'250.5", Clue::Both { thousands: '\'', decimal: '.' }),
            ("12,34,567.8", Clue::Both { thousands: ',', decimal: '.' }),
            ("1.250,5", Clue::Both { thousands: '.', decimal: ',' }),
            ("1.2.3", Clue::No),
            ("1,2.3,4", Clue::No),
            ("12 34", Clue::No),
            (".5", Clue::Decimal('.')),
            ("1.5e3", Clue::Decimal('.')),
        ] {
            assert_eq!(clue(digits), expected, "{digits}");
        }
    }
}
