//! A proposal as the text of a manifest, with the reasons as comments.

use std::collections::BTreeSet;
use std::path::Path;

use toml_edit::Key;

use crate::dataset::manifest::{DateOrder, Role, Table, Uneven};
use crate::dataset::read;
use crate::propose::plan::Join;
use crate::propose::proposal::{Proposal, TableProposal};
use crate::propose::returns::{Returned, returns};
use crate::propose::toml_text::Text;
use crate::propose::write_rules::write_lists;

impl Proposal {
    /// The proposal as the text of a `dataset.toml` in a folder whose files stand in `raw`.
    #[must_use]
    pub fn manifest(&self) -> String {
        let mut out = Text::default();
        let files: BTreeSet<&str> = self.tables.iter().flat_map(TableProposal::files).collect();
        let files: Vec<&str> = files.into_iter().collect();
        out.comment(&format!("Inferred from {}. Correct what is wrong and start the program again.", files.join(", ")));
        out.notes(&self.notes);
        out.set("title", &self.title);
        if !self.currency.is_empty() {
            out.set("currency", &self.currency);
        }
        let used = self.used_tables();
        out.heading("Tables");
        for table in self.tables.iter().filter(|table| used.contains(&table.name.as_str())) {
            self.write_table(&mut out, table);
        }
        self.write_customers(&mut out);
        self.write_facts(&mut out);
        self.write_columns(&mut out);
        self.write_rest(&mut out);
        out.0
    }

    fn write_table(&self, out: &mut Text, table: &TableProposal) {
        out.line("");
        out.notes(&table.reasons);
        out.line("[[table]]");
        out.set("name", &table.name);
        out.set("file", &format!("raw/{}", table.file));
        if let Some(sheet) = &table.sheet {
            out.set("sheet", sheet);
        }
        if let Some(column) = &table.part_column {
            out.set("part_column", column);
        }
        let by_ending = read::of_ending(Path::new(table.sheet.as_deref().unwrap_or(&table.file)));
        let by_ending = by_ending.or_else(|| read::of_ending(Path::new(&table.file)));
        if by_ending != Some(table.format) {
            out.set("format", table.format.word());
        }
        if table.format.is_text() {
            if let Some(separator) = table.separator {
                out.set("separator", &separator.to_string());
            }
            if let Some(encoding) = &table.encoding {
                out.set("encoding", encoding);
            }
        }
        if table.decimal != '.' {
            out.set("decimal", &table.decimal.to_string());
        }
        if let Some(thousands) = table.thousands {
            out.set("thousands", &thousands.to_string());
        }
        if let Some(zone) = &table.time_zone {
            out.set("time_zone", zone);
        }
        if let Some(order) = table.date_order {
            out.set("date_order", order_word(order));
        }
        if !(table.missing_values.is_empty() && table.levels.is_empty()) {
            let mut spellings = Table::default().missing_values;
            spellings.retain(|text| !table.levels.contains(text));
            spellings.extend(table.missing_values.iter().cloned());
            out.list("missing_values", &spellings);
        }
        if !table.levels.is_empty() {
            out.list("missing_numbers", &table.levels);
        }
        if let Some(rows) = table.limit {
            out.line(&format!("rows = {rows}"));
        }
        match table.uneven {
            Uneven::Refuse => {}
            Uneven::SetAside => out.set("uneven", "set-aside"),
            Uneven::Fill => out.set("uneven", "fill"),
        }
        write_lists(out, table);
        self.write_rules(out, table);
    }

    fn write_customers(&self, out: &mut Text) {
        let Some(customers) = &self.customers else { return };
        out.heading("Customers");
        out.line("");
        out.comment(&customers.reason);
        // A single table holds the customers without being told.
        let (Some(id), true) = (&customers.id, self.facts.is_some() || self.used_tables().len() > 1) else { return };
        out.line("[customers]");
        out.set("table", &customers.table);
        out.set("id", id);
        for join in self.customers_joins() {
            out.join("customers", &join);
        }
    }

    fn write_facts(&self, out: &mut Text) {
        let Some(facts) = &self.facts else { return };
        out.heading("Facts");
        out.line("");
        out.notes(&facts.reasons);
        out.line("[facts]");
        out.set("table", &facts.table);
        out.set("customer", &facts.customer);
        if let Some(order) = &facts.order {
            out.set("order", order);
        }
        out.set("time", &facts.time);
        if let Some(amount) = &facts.amount {
            out.set("amount", amount);
        }
        if let Some(quantity) = &facts.quantity {
            out.set("quantity", quantity);
        }
        if let Some(place) = &facts.place {
            out.set("latitude", &place.latitude);
            out.set("longitude", &place.longitude);
        }
        if let Some(status) = &facts.status {
            out.line("");
            out.line("[facts.status]");
            out.set("column", &status.column);
            out.list("used", &status.used);
            if let Some(time) = &status.time {
                out.set("time", time);
            }
        }
        out.returns(&returns(facts, &self.tables));
        for join in self.facts_joins(facts) {
            out.join("facts", &join);
        }
        for dimension in &facts.dimensions {
            out.line("");
            out.comment(&dimension.reason);
            out.line("[[facts.dimension]]");
            out.set("column", &dimension.column);
        }
        let featured: Vec<String> = facts
            .dimensions
            .iter()
            .filter(|dimension| dimension.makes_features)
            .map(|dimension| dimension.column.clone())
            .collect();
        if !featured.is_empty() {
            out.line("");
            out.line("[facts.features]");
            out.list("distinct", &featured);
            out.list("preferred", &featured);
        }
    }

    fn write_columns(&self, out: &mut Text) {
        let columns = self.roles();
        if columns.is_empty() {
            return;
        }
        out.heading("Columns");
        for (name, role, reason) in columns {
            out.line("");
            out.comment(&reason);
            out.line(&format!("[columns.{}]", Key::new(name)));
            out.set("role", role.as_str());
            let unit = self.tables.iter().flat_map(|table| &table.columns).find(|column| column.name == name);
            if let (Role::Numeric, Some(unit)) = (role, unit.and_then(|column| column.unit.as_ref())) {
                out.set("unit", unit);
            }
        }
    }

    fn write_rest(&self, out: &mut Text) {
        if !(self.derived.is_empty() && self.groups.is_empty()) {
            out.heading("Sums and charts");
        }
        for derived in &self.derived {
            out.line("");
            out.comment(&derived.reason);
            out.line("[[derive]]");
            out.set("name", &derived.name);
            out.set("sql", &derived.sql);
        }
        for group in &self.groups {
            out.line("");
            out.line("[[group]]");
            out.set("name", &group.name);
            out.set("label", &group.label);
            out.list("columns", &group.columns);
        }
        out.heading("Segmentation");
        out.line("");
        let segmentation = &self.segmentation;
        out.notes(&segmentation.reasons);
        out.line("[segmentation]");
        out.set("value", &segmentation.value);
        if let Some(visits) = &segmentation.visits {
            out.set("visits", visits);
        }
        out.list("features", &segmentation.features);
        if let Some(transform) = &segmentation.transform {
            out.set("transform", transform);
        }
    }
}

fn order_word(order: DateOrder) -> &'static str {
    match order {
        DateOrder::DayMonthYear => "day-month-year",
        DateOrder::MonthDayYear => "month-day-year",
        DateOrder::YearMonthDay => "year-month-day",
    }
}

impl Text {
    /// What takes purchases back, and what is no sale.
    fn returns(&mut self, found: &Returned) {
        if let Some(source) = &found.returns {
            self.line("");
            self.line("[facts.returns]");
            if let Some(negative) = source.negative {
                self.line(&format!("negative = {negative}"));
            }
            if !source.order_prefix.is_empty() {
                self.list("order_prefix", &source.order_prefix);
            }
            if let Some(column) = &source.column {
                self.set("column", column);
                self.list("values", &source.values);
            }
            if let Some(purchase) = &source.purchase {
                self.set("purchase", purchase);
            }
        }
        for left in &found.left_out {
            self.line("");
            self.line("[[facts.leave_out]]");
            self.set("column", &left.column);
            self.list("values", &left.values);
        }
    }

    fn join(&mut self, of: &str, join: &Join<'_>) {
        self.line("");
        self.comment(&join.key.reason);
        self.line(&format!("[[{of}.join]]"));
        self.set("table", &join.key.to);
        if join.left == join.key.key {
            self.set("on", &join.left);
        } else {
            self.set("left", &join.left);
            self.set("right", &join.key.key);
        }
        self.list("columns", &join.columns);
    }
}
