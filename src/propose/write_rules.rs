//! The rules by which a proposed table is read and cleaned, as the text of a manifest.

use crate::dataset::manifest::Role;
use crate::propose::proposal::{ColumnProposal, Proposal, TableProposal};
use crate::propose::segmentation::quoted;
use crate::propose::toml_text::Text;

/// Rows that are none, days in several columns, and further files.
pub(super) fn write_lists(out: &mut Text, table: &TableProposal) {
    for rule in &table.leave_out {
        out.line("");
        out.line("[[table.leave_out]]");
        out.set("column", &rule.column);
        out.list("values", &rule.values);
    }
    for day in &table.whole_day {
        out.line("");
        out.line("[[table.whole_day]]");
        let keys = [("name", Some(&day.name)), ("year", Some(&day.year)), ("month", Some(&day.month))];
        for (key, value) in keys.into_iter().chain([("day", day.day.as_ref())]) {
            if let Some(value) = value {
                out.set(key, value);
            }
        }
    }
    for part in &table.part {
        out.line("");
        out.line("[[table.part]]");
        let format = part.format.map(|format| format.word().to_owned());
        let separator = part.separator.map(|separator| separator.to_string());
        let file = part.file.as_ref().map(|file| format!("raw/{file}"));
        for (key, value) in [
            ("file", file),
            ("sheet", part.sheet.clone()),
            ("format", format),
            ("separator", separator),
            ("encoding", part.encoding.clone()),
        ] {
            if let Some(value) = value {
                out.set(key, &value);
            }
        }
    }
}

impl Proposal {
    /// What is made and cleaned of a table, in the order in which it is done.
    pub(super) fn write_rules(&self, out: &mut Text, table: &TableProposal) {
        let priced = self.facts.as_ref().filter(|facts| facts.table == table.name);
        let parts = priced.and_then(|f| Some((f.amount.as_ref()?, f.price.as_ref()?, f.quantity.as_ref()?)));
        if let Some((amount, price, quantity)) = parts {
            out.line("");
            out.line("[[table.derive]]");
            out.set("name", amount);
            out.set("sql", &format!("{} * {}", quoted(quantity), quoted(price)));
        }
        if table.drops_duplicate_rows {
            out.line("");
            out.line("[[table.clean]]");
            out.set("rule", "duplicate-rows");
        }
        let is_padded = |column: &&ColumnProposal| column.is_padded && matches!(column.role, Role::Id | Role::Category);
        let padded: Vec<String> = table.columns.iter().filter(is_padded).map(|column| column.name.clone()).collect();
        if !padded.is_empty() {
            out.line("");
            out.comment("Blanks stand around the values.");
            out.line("[[table.clean]]");
            out.set("rule", "normalise");
            out.list("columns", &padded);
        }
        let amount =
            self.facts.as_ref().filter(|facts| facts.table == table.name && facts.price.is_none() && !facts.each_line);
        let amount = amount.and_then(|facts| table.column(facts.amount.as_ref()?));
        if let Some((amount, order)) = amount.and_then(|column| Some((column, column.per_order.as_ref()?))) {
            out.line("");
            out.comment(&format!("The {} of each {order} stands on each of its lines.", amount.name));
            out.line("[[table.clean]]");
            out.set("rule", "once-per");
            out.set("by", order);
            out.list("columns", std::slice::from_ref(&amount.name));
        }
        let mut orders: Vec<&String> =
            table.columns.iter().filter_map(|column| column.first_line_of.as_ref()).collect();
        orders.dedup();
        for order in orders {
            let is_of_order = |column: &&ColumnProposal| {
                column.first_line_of.as_ref() == Some(order)
                    && column.role != Role::Numeric
                    && self.is_read(table, column)
            };
            let names: Vec<String> =
                table.columns.iter().filter(is_of_order).map(|column| column.name.clone()).collect();
            if !names.is_empty() {
                out.line("");
                out.comment(&format!("Only the first line of each {order} has these."));
                out.line("[[table.clean]]");
                out.set("rule", "fill-within");
                out.set("by", order);
                out.list("columns", &names);
            }
        }
        for column in table.columns.iter().filter(|column| self.is_read(table, column)) {
            if let Some((low, high)) = &column.plausible {
                out.line("");
                out.comment(&format!("Other days of {} stand for none or are mistyped.", column.name));
                out.line("[[table.clean]]");
                out.set("rule", "range");
                out.list("columns", std::slice::from_ref(&column.name));
                out.set("low", low);
                out.set("high", high);
                out.set("action", "missing");
            }
        }
        let digits: Vec<String> = table
            .columns
            .iter()
            .filter(|column| column.keeps_leading_digits)
            .map(|column| column.name.clone())
            .collect();
        if !digits.is_empty() {
            out.line("");
            out.comment("Whole numbers are written with decimals, such as 17850.0.");
            out.line("[[table.clean]]");
            out.set("rule", "leading-digits");
            out.list("columns", &digits);
        }
        let respelt: Vec<&ColumnProposal> = table.columns.iter().filter(|column| column.respelt.is_some()).collect();
        if let Some(width) = respelt.first().and_then(|column| column.respelt) {
            out.line("");
            out.comment("Other tables write these names in another way.");
            out.line("[[table.clean]]");
            out.set("rule", "codes");
            out.list("columns", &respelt.iter().map(|column| column.name.clone()).collect::<Vec<_>>());
            if width > 0 {
                out.line(&format!("width = {width}"));
            }
        }
        let is_customers = self.customers.as_ref().is_some_and(|customers| customers.table == table.name);
        if table.drops_duplicate_ids && is_customers {
            out.line("");
            out.line("[[table.clean]]");
            out.set("rule", "duplicate-ids");
            out.set("keep", "last");
        }
    }
}
