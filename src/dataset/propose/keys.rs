//! Which column of one table holds keys of another: told from names, from uniqueness there, and from values found there.

use super::draft::{Draft, Facet};
use super::proposal::{KeyProposal, Kind};
use super::words;

/// Share of the values that must be found where both columns have the same name.
const SAME_NAME: f64 = 0.3;

/// Share of the values that must be found where the names speak of the same thing.
const RELATED_NAME: f64 = 0.7;

/// Share of the values that must be found where names say nothing. Numbers never do: small ones are found anywhere.
const NO_NAME: f64 = 0.95;

/// Values that are looked up before all are.
const PROBED: usize = 256;

/// How well the names of two columns fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    None,
    Related,
    Same,
}

/// The most likely key between any two tables, both ways where each holds a row a key.
pub(super) fn keys(tables: &[Draft]) -> Vec<KeyProposal> {
    let mut keys = Vec::new();
    for (position, from) in tables.iter().enumerate() {
        for (other, to) in tables.iter().enumerate() {
            if position != other {
                keys.extend(best(from, to));
            }
        }
    }
    keys
}

fn best(from: &Draft, to: &Draft) -> Option<KeyProposal> {
    let mut found: Option<((Likeness, bool, f64), KeyProposal)> = None;
    for (here, column) in from.proposal.columns.iter().enumerate() {
        for (there, key) in to.proposal.columns.iter().enumerate() {
            let (left, right) = (&from.facets[here], &to.facets[there]);
            if left.values.len() < 2 || !fit(column.kind, key.kind) || !to.is_key(there) {
                continue;
            }
            let likeness = likeness(&column.name, &key.name, &to.proposal.name);
            if likeness == Likeness::None && (!left.has_letters || left.values.len() < 3) {
                continue;
            }
            let least = match likeness {
                Likeness::Same => SAME_NAME,
                Likeness::Related => RELATED_NAME,
                Likeness::None => NO_NAME,
            };
            let Some(share) = share(left, right, least) else { continue };
            let rank = (likeness, words::names_things(&column.name), share);
            if found.as_ref().is_some_and(|(best, _)| *best >= rank) {
                continue;
            }
            let names = match likeness {
                Likeness::Same => "both columns have that name",
                Likeness::Related => "the names speak of the same thing",
                Likeness::None => "the values are the same",
            };
            let reason = format!(
                "Each value of {} stands in one row of {}, {names}, and {:.0} % of the values are found there.",
                key.name,
                to.proposal.name,
                (share * 100.0).floor()
            );
            let key = KeyProposal {
                from: from.proposal.name.clone(),
                column: column.name.clone(),
                to: to.proposal.name.clone(),
                key: key.name.clone(),
                share,
                reason,
                is_used: true,
            };
            found = Some((rank, key));
        }
    }
    found.map(|(_, key)| key)
}

/// Whether values of one kind can be keys of the other.
fn fit(left: Kind, right: Kind) -> bool {
    let is_key = |kind| matches!(kind, Kind::Whole | Kind::Flag | Kind::Text);
    is_key(left) && is_key(right)
}

/// Share of the values that are found, when it is enough. A look at a few spares most columns the rest.
fn share(from: &Facet, to: &Facet, least: f64) -> Option<f64> {
    let found = |values: usize| {
        let found = from.values.iter().take(values).filter(|value| to.values.contains(value)).count();
        found as f64 / values.min(from.values.len()).max(1) as f64
    };
    if found(PROBED) < least / 2.0 {
        return None;
    }
    Some(found(from.values.len())).filter(|share| *share >= least)
}

/// How well a column and a key of a table fit by name: `product_id` fits `product_id`, `product` fits `product_id`, and
/// `product_id` fits `id` of the table `products`.
fn likeness(column: &str, key: &str, table: &str) -> Likeness {
    // A name such as "id" or "code" says nothing about what it names.
    let speaks = !words::subject(column).is_empty();
    if words::plain(column) == words::plain(key) {
        return if speaks { Likeness::Same } else { Likeness::None };
    }
    let of_table = words::subject(key).is_empty() && words::shares_subject(column, table);
    let of_key = words::shares_subject(column, key) && (words::names_things(column) || words::names_things(key));
    if speaks && (of_table || of_key) { Likeness::Related } else { Likeness::None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_keys() {
        for (column, key, table, expected) in [
            ("customer_id", "CustomerID", "people", Likeness::Same),
            ("id", "id", "people", Likeness::None),
            ("product_id", "id", "products", Likeness::Related),
            ("product", "product_id", "x", Likeness::Related),
            ("gender", "gender_id", "genders", Likeness::Related),
            ("product_id", "customer_id", "customers", Likeness::None),
            ("quantity", "id", "products", Likeness::None),
        ] {
            assert_eq!(likeness(column, key, table), expected, "{column} {key}");
        }
    }
}
