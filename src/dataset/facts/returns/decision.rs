//! What is to be done with rows that are marked as returns or are below zero, told from what they hold together. Facts in memory
//! and in a database are counted each in their own way and decided alike.

use crate::dataset::facts::settled;
use crate::dataset::ledger::LedgerEntry;
use crate::dataset::manifest::{BelowZero, FactSource};

/// What rows hold together that may be returns.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::dataset) struct Candidates {
    /// All rows.
    pub(in crate::dataset) rows: usize,
    /// Rows that an order's number or a text marks as returns.
    pub(in crate::dataset) marked: usize,
    /// Those of them with an amount below zero, and above.
    pub(in crate::dataset) amounts: (usize, usize),
    /// Sum of the amounts of those above zero.
    pub(in crate::dataset) above: f64,
    /// Candidates rows with units below zero, and above.
    pub(in crate::dataset) units: (usize, usize),
    /// Rows without a mark that are below zero: in money, or in units where they have no money.
    pub(in crate::dataset) below: usize,
    /// Rows without a mark that have units below zero and an amount above.
    pub(in crate::dataset) contrary: usize,
}

/// Rows below zero that stand among rows of a purchase.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::dataset) struct Reduced {
    /// How many.
    pub(in crate::dataset) rows: usize,
    /// Sum of their amounts.
    pub(in crate::dataset) amount: f64,
}

/// What is done.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::dataset) struct Decision {
    /// Whether the amounts of marked rows change their sign.
    pub(in crate::dataset) turns_amounts: bool,
    /// Whether the units of marked rows change their sign.
    pub(in crate::dataset) turns_units: bool,
    /// Whether rows below zero are returns.
    pub(in crate::dataset) below_zero: bool,
    /// The line of the ledger on amounts that changed their sign.
    pub(in crate::dataset) entry: Option<LedgerEntry>,
    /// What is worth telling.
    pub(in crate::dataset) notes: Vec<String>,
}

impl Decision {
    /// Decides. A return without a sign, as credit notes are written, must lower money all the same.
    pub(in crate::dataset) fn of(source: &FactSource, found: &Candidates) -> Self {
        let mut notes = Vec::new();
        let (below, above) = found.amounts;
        let has_amounts = source.amount.is_some();
        let turns_amounts = has_amounts && below == 0 && above > 0;
        let turns_units = source.quantity.is_some() && found.units.0 == 0 && found.units.1 > 0;
        if turns_amounts {
            notes.push(format!(
                "{} written with an amount above zero, {} in all; the sign is turned, so that they lower money.",
                if above == 1 { "1 return is".to_owned() } else { format!("{above} returns are") },
                money(found.above)
            ));
        } else if has_amounts && above > 0 {
            notes.push(format!(
                "{} an amount above zero, {} in all, and others have one below; these keep their sign and raise money.",
                if above == 1 {
                    "1 row that is a return has".to_owned()
                } else {
                    format!("{above} rows that are returns have")
                },
                money(found.above)
            ));
        }
        let entry = turns_amounts.then(|| LedgerEntry {
            rule: "Returns: sign of the amount turned".to_owned(),
            columns: source.amount.iter().cloned().collect(),
            rows_before: found.rows,
            rows_removed: 0,
            cells_changed: above,
            value_removed: 0.0,
            value_changed: -2.0 * found.above,
        });
        if let Some(returns) = source.returns.as_ref().filter(|_| found.marked == 0) {
            let prefixes = returns.order_prefix.iter().map(|prefix| format!("an order that begins with {prefix}"));
            let texts = returns.column.iter().map(|column| format!("{column} of {}", returns.values.join(", ")));
            let marks: Vec<String> = prefixes.chain(texts).collect();
            if !marks.is_empty() {
                notes.push(format!("No row is marked as a return: none has {}.", marks.join(" or ")));
            }
        }
        if source.below_zero() != BelowZero::Purchases && found.contrary > 0 {
            notes.push(format!(
                "{} units below zero and an amount above zero, and counts as a purchase; if it is a return, say in [facts.returns] by \
                 which prefix or column that is seen.",
                if found.contrary == 1 { "1 row has".to_owned() } else { format!("Each of {} rows has", found.contrary) }
            ));
        }
        let below_zero = match source.below_zero() {
            BelowZero::Purchases => false,
            BelowZero::Returns => true,
            BelowZero::ReturnsIfFew => {
                let is_most = found.below * 2 > found.rows;
                if is_most {
                    notes.push(format!(
                        "{} of {} rows have an amount below zero, too many to be returns, so that all of them count as purchases. \
                         Write [facts.returns] with negative = true if they are returns; else turn the sign of {} in the file.",
                        found.below,
                        found.rows,
                        source.amount.as_deref().unwrap_or_default()
                    ));
                }
                !is_most
            }
        };
        Self { turns_amounts, turns_units, below_zero, entry, notes }
    }
}

impl Reduced {
    /// What is worth telling of them.
    pub(in crate::dataset) fn note(self) -> Option<String> {
        let rows = match self.rows {
            0 => return None,
            1 => "1 row below zero stands".to_owned(),
            rows => format!("{rows} rows below zero stand"),
        };
        let amount = money(self.amount);
        Some(format!(
            "{rows} among rows of a purchase with the same order and day; such rows, {amount} in all, lower that purchase and are no returns."
        ))
    }
}

/// An amount to the cent, without a unit.
fn money(amount: f64) -> String {
    format!("{:.2}", settled(amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> FactSource {
        toml::from_str(&format!("table='t'\ncustomer='c'\ntime='d'\norder='o'\namount='a'\nquantity='q'\n{text}"))
            .unwrap()
    }

    const MARKS: &str = "[returns]\norder_prefix=['C']\ncolumn='type'\nvalues=['refund']";

    #[test]
    fn returns_without_a_sign_get_one() {
        let found =
            Candidates { rows: 9, marked: 2, amounts: (0, 2), above: 30.0, units: (0, 2), ..Candidates::default() };
        let decision = Decision::of(&source(MARKS), &found);
        assert!(decision.turns_amounts && decision.turns_units && decision.below_zero);
        assert_eq!(decision.entry.map(|entry| (entry.cells_changed, entry.value_changed)), Some((2, -60.0)));
        assert_eq!(
            decision.notes,
            [
                "2 returns are written with an amount above zero, 30.00 in all; the sign is turned, so that they lower money."
            ]
        );
        let signed = Candidates { amounts: (2, 0), above: 0.0, units: (2, 0), ..found };
        assert_eq!(
            Decision::of(&source(MARKS), &signed),
            Decision { below_zero: true, ..Decision::default() },
            "they have one"
        );
        let mixed = Candidates { amounts: (1, 1), above: 5.0, units: (1, 1), ..found };
        let decision = Decision::of(&source(MARKS), &mixed);
        assert!(!decision.turns_amounts && !decision.turns_units);
        assert!(decision.notes[0].starts_with("1 row that is a return has an amount above zero, 5.00 in all"));
    }

    #[test]
    fn marks_that_do_not_occur_are_told() {
        let notes = Decision::of(&source(MARKS), &Candidates { rows: 9, ..Candidates::default() }).notes;
        assert_eq!(notes, ["No row is marked as a return: none has an order that begins with C or type of refund."]);
    }

    #[test]
    fn most_rows_below_zero_are_no_returns_unless_somebody_says_so() {
        let found = Candidates { rows: 9, below: 5, ..Candidates::default() };
        let silent = Decision::of(&source(""), &found);
        assert!(!silent.below_zero);
        assert!(silent.notes[0].starts_with("5 of 9 rows have an amount below zero, too many to be returns"));
        assert!(Decision::of(&source("[returns]\nnegative=true"), &found).below_zero);
        assert!(!Decision::of(&source("[returns]\nnegative=false"), &found).below_zero);
        let few = Decision::of(&source(""), &Candidates { below: 4, ..found });
        assert_eq!((few.below_zero, few.notes.len()), (true, 0));
        let handed_out = source("[status]\ncolumn='s'\nused=['x']");
        assert_eq!(Decision::of(&handed_out, &found), Decision::default());
    }

    #[test]
    fn units_that_contradict_the_money_are_told() {
        let notes = Decision::of(&source(""), &Candidates { rows: 9, contrary: 2, ..Candidates::default() }).notes;
        assert!(notes[0].starts_with("Each of 2 rows has units below zero and an amount above zero"), "{notes:?}");
        let off = source("[returns]\nnegative=false");
        assert_eq!(Decision::of(&off, &Candidates { rows: 9, contrary: 2, ..Candidates::default() }).notes.len(), 0);
    }

    #[test]
    fn rows_that_lower_a_purchase_are_told() {
        assert_eq!(Reduced::default().note(), None);
        let note = Reduced { rows: 2, amount: -7.5 }.note().unwrap();
        assert!(
            note.starts_with("2 rows below zero stand among rows of a purchase") && note.contains("-7.50"),
            "{note}"
        );
    }
}
