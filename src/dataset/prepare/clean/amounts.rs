//! Money that contradicts itself, and values far from all others.

use polars::prelude::*;

use crate::dataset::manifest::rules::{Columns, Contradiction, OffenceAction};
use crate::dataset::prepare::clean::{Cleaner, Effect, Role, RuleError, number, outside};
use crate::dataset::prepare::remark::Remark;

impl Cleaner<'_> {
    /// Columns of quantity, price and amount.
    pub(super) fn consistent(
        &mut self,
        columns: [&String; 3],
        tolerance: f64,
        action: Contradiction,
    ) -> Result<Effect, RuleError> {
        let names: Vec<String> = columns.into_iter().cloned().collect();
        self.select(&Columns::Named(names.clone()), |role| role == Role::Numeric)?;
        let [quantity, price, amount] = columns.map(|name| number(name));
        let total = quantity * price;
        // The tolerance is meant in decimal; the difference is computed in binary.
        let limit = tolerance * (1.0 + 1e-9) + 1e-9;
        let difference = total.clone() - amount;
        let offence = difference.clone().gt(lit(limit)).or(difference.lt(lit(-limit))).fill_null(lit(false));
        match action {
            Contradiction::Drop => self.keep_rows(offence, names),
            Contradiction::Keep => {
                let found = self.count(&offence)?;
                self.notes.push(Remark::Counted {
                    count: found,
                    what: "amounts are not quantity times price; they are kept as they are.",
                });
                Ok(Effect { frame: self.frame.clone(), cells_changed: 0, columns: names })
            }
            Contradiction::Recompute => {
                let found = self.count(&offence)?;
                let name = columns[2].as_str();
                let change = when(offence).then(total).otherwise(number(name)).alias(name);
                self.replace(vec![change], found, names)
            }
        }
    }

    pub(super) fn outliers(&self, columns: &Columns, factor: f64, action: OffenceAction) -> Result<Effect, RuleError> {
        let names = self.select(columns, |role| role == Role::Numeric)?;
        let mut limits = Vec::with_capacity(names.len());
        for name in &names {
            let values = self.frame.column(name)?.f64()?;
            let values: Vec<f64> = values.iter().flatten().collect();
            let sorted = crate::stats::describe::sorted_finite(&values);
            let quartile = |share| crate::stats::describe::quantile_sorted(&sorted, share);
            let (low, high) = (quartile(0.25), quartile(0.75));
            limits.push((low - factor * (high - low), high + factor * (high - low)));
        }
        let offence_of = |position: usize| {
            let (low, high) = limits[position];
            outside(number(&names[position]), Some(low), Some(high)).fill_null(lit(false))
        };
        match action {
            OffenceAction::Drop => {
                let Some(offence) = crate::dataset::prepare::clean::any((0..names.len()).map(offence_of)) else {
                    return Ok(Effect { frame: self.frame.clone(), cells_changed: 0, columns: names });
                };
                self.keep_rows(offence, names)
            }
            OffenceAction::Missing => {
                let (mut changes, mut cells) = (Vec::new(), 0);
                for (position, name) in names.iter().enumerate() {
                    cells += self.count(&offence_of(position))?;
                    let name = name.as_str();
                    changes.push(when(offence_of(position)).then(lit(NULL)).otherwise(col(name)).alias(name));
                }
                self.replace(changes, cells, names)
            }
        }
    }
}
