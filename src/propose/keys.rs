//! Which column of one table holds keys of another: told from names, from uniqueness there, and from values found there.

use std::collections::HashSet;

use crate::dataset::DatasetError;
use crate::progress::Progress;
use crate::propose::draft::{Draft, Facet};
use crate::propose::proposal::{KeyProposal, Kind};
use crate::propose::words;

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

/// What the name of a column says, worked out once: columns are compared two by two.
struct Named {
    plain: String,
    subject: Vec<String>,
    names_things: bool,
}

impl Named {
    fn of(name: &str) -> Self {
        let (plain, subject) = (words::plain(name), words::subject(name));
        Self { plain, subject, names_things: words::names_things(name) }
    }
}

/// A table with the names of its columns, and those that could be keys of it.
struct Candidate<'a> {
    draft: &'a Draft,
    subject: Vec<String>,
    names: Vec<Named>,
    keys: Vec<usize>,
}

impl<'a> Candidate<'a> {
    fn of(draft: &'a Draft) -> Self {
        let columns = &draft.proposal.columns;
        let names = columns.iter().map(|column| Named::of(&column.name)).collect();
        let keys = (0..columns.len()).filter(|at| can_be_key(columns[*at].kind) && draft.is_key(*at)).collect();
        Self { draft, subject: words::subject(&draft.proposal.name), names, keys }
    }
}

/// The most likely key between any two tables, both ways where each holds a row a key.
///
/// # Errors
/// [`DatasetError::Cancelled`].
pub(super) fn keys(tables: &[Draft], watch: &dyn Progress) -> Result<Vec<KeyProposal>, DatasetError> {
    let tables: Vec<Candidate<'_>> = tables.iter().map(Candidate::of).collect();
    let mut keys = Vec::new();
    for (position, from) in tables.iter().enumerate() {
        DatasetError::check(watch)?;
        for (other, to) in tables.iter().enumerate() {
            if position != other {
                keys.extend(best(from, to));
            }
        }
    }
    Ok(keys)
}

fn best(source: &Candidate<'_>, target: &Candidate<'_>) -> Option<KeyProposal> {
    let (from, to) = (source.draft, target.draft);
    let mut found: Option<((Likeness, bool, f64), KeyProposal)> = None;
    for (here, column) in from.proposal.columns.iter().enumerate() {
        if from.facets[here].values.len() < 2 || !can_be_key(column.kind) {
            continue;
        }
        for there in target.keys.iter().copied() {
            let key = &to.proposal.columns[there];
            let (left, right) = (&from.facets[here], &to.facets[there]);
            let likeness = likeness(&source.names[here], &target.names[there], &target.subject);
            if likeness == Likeness::None && (!left.has_letters || left.values.len() < 3) {
                continue;
            }
            let least = match likeness {
                Likeness::Same => SAME_NAME,
                Likeness::Related => RELATED_NAME,
                Likeness::None => NO_NAME,
            };
            let written = share(&left.values, &right.values, least);
            let alike = if likeness == Likeness::None { None } else { alike(left, right, least) };
            // One spelling is worth its while where it finds more.
            let is_respelt = alike.is_some_and(|alike| alike > written.unwrap_or(0.0) + 0.005);
            let Some(share) = (if is_respelt { alike } else { written }) else { continue };
            let rank = (likeness, source.names[here].names_things, share);
            if found.as_ref().is_some_and(|(best, _)| *best >= rank) {
                continue;
            }
            let names = match likeness {
                Likeness::Same => "both columns have that name",
                Likeness::Related => "the names speak of the same thing",
                Likeness::None => "the values are the same",
            };
            let reason = format!(
                "Each value of {} stands in one row of {}, {names}, and {:.0} % of the values are found there{}.",
                key.name,
                to.proposal.name,
                (share * 100.0).floor(),
                if is_respelt {
                    format!(
                        ", once both are written in one spelling (capitals, blanks, dashes, zeros in front); as they stand {:.0} % are",
                        (written.unwrap_or_else(|| found_of(&left.values, &right.values)) * 100.0).floor()
                    )
                } else {
                    String::new()
                }
            );
            let key = KeyProposal {
                from: from.proposal.name.clone(),
                column: column.name.clone(),
                to: to.proposal.name.clone(),
                key: key.name.clone(),
                share,
                reason,
                is_used: true,
                is_respelt,
            };
            found = Some((rank, key));
        }
    }
    found.map(|(_, key)| key)
}

/// Whether values of that kind can be keys.
fn can_be_key(kind: Kind) -> bool {
    matches!(kind, Kind::Whole | Kind::Flag | Kind::Text)
}

/// Share of the values that are found, when it is enough. A look at a few spares most columns the rest.
fn share(from: &HashSet<u64>, to: &HashSet<u64>, least: f64) -> Option<f64> {
    let all = from.len();
    // Of few values as many must be found as of all; of many, half as many are worth the rest.
    let wanted = if all <= PROBED { least } else { least / 2.0 };
    let probed = all.min(PROBED);
    let bearable = probed as f64 * (1.0 - wanted);
    let mut missed = 0;
    for value in from.iter().take(probed) {
        missed += usize::from(!to.contains(value));
        if missed as f64 > bearable {
            return None;
        }
    }
    Some(found_of(from, to)).filter(|share| *share >= least)
}

fn found_of(from: &HashSet<u64>, to: &HashSet<u64>) -> f64 {
    from.iter().filter(|value| to.contains(value)).count() as f64 / from.len().max(1) as f64
}

/// The same for names in one spelling, where that makes no two of them the same.
fn alike(from: &Facet, to: &Facet, least: f64) -> Option<f64> {
    let is_kept = |facet: &Facet| !facet.codes.is_empty() && facet.codes.len() == facet.values.len();
    if is_kept(from) && is_kept(to) { share(&from.codes, &to.codes, least) } else { None }
}

/// How well a column and a key of a table fit by name: `product_id` fits `product_id`, `product` fits `product_id`, and
/// `product_id` fits `id` of the table `products`.
fn likeness(column: &Named, key: &Named, table: &[String]) -> Likeness {
    // A name such as "id" or "code" says nothing about what it names.
    let speaks = !column.subject.is_empty();
    if column.plain == key.plain {
        return if speaks { Likeness::Same } else { Likeness::None };
    }
    let of_table = key.subject.is_empty() && words::share_a_word(&column.subject, table);
    let of_key = words::share_a_word(&column.subject, &key.subject) && (column.names_things || key.names_things);
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
            let found = likeness(&Named::of(column), &Named::of(key), &words::subject(table));
            assert_eq!(found, expected, "{column} {key}");
        }
    }
}
