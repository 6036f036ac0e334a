//! A proposal as the text of a manifest, with the reasons as comments.

use std::collections::BTreeSet;
use std::path::Path;

use toml_edit::{Array, Key, Value};

use crate::dataset::manifest::{DateOrder, Role, Table};
use crate::dataset::read;
use crate::propose::plan::Join;
use crate::propose::proposal::{Proposal, TableProposal};
use crate::propose::returns::{Returned, returns};
use crate::propose::segmentation::quoted;

/// Letters of a line of comment.
const WIDTH: usize = 116;

impl Proposal {
    /// The proposal as the text of a `dataset.toml` in a folder whose files stand in `raw`.
    #[must_use]
    pub fn manifest(&self) -> String {
        let mut out = Text::default();
        let files: BTreeSet<&str> = self.tables.iter().map(|table| table.file.as_str()).collect();
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
        if let Some(order) = table.date_order {
            out.set("date_order", order_word(order));
        }
        if !table.missing_values.is_empty() {
            let mut spellings = Table::default().missing_values;
            spellings.extend(table.missing_values.iter().cloned());
            out.list("missing_values", &spellings);
        }
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
        let is_customers = self.customers.as_ref().is_some_and(|customers| customers.table == table.name);
        if table.drops_duplicate_ids && is_customers {
            out.line("");
            out.line("[[table.clean]]");
            out.set("rule", "duplicate-ids");
            out.set("keep", "last");
        }
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

/// TOML, line by line.
#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn heading(&mut self, text: &str) {
        let rule = "-".repeat(WIDTH.saturating_sub(text.len() + 3));
        self.line(&format!("\n# {text} {rule}"));
    }

    /// A comment, broken into lines. Names and values in it may hold anything, also line ends.
    fn comment(&mut self, text: &str) {
        let mut line = String::from("#");
        for word in
            text.split(|letter: char| letter.is_whitespace() || letter.is_control()).filter(|word| !word.is_empty())
        {
            if line.chars().count() + word.chars().count() >= WIDTH && line.len() > 1 {
                self.line(&line);
                "#".clone_into(&mut line);
            }
            line.push(' ');
            line.push_str(word);
        }
        self.line(&line);
    }

    fn notes(&mut self, notes: &[String]) {
        for note in notes {
            self.comment(note);
        }
    }

    fn set(&mut self, key: &str, value: &str) {
        self.line(&format!("{key} = {}", Value::from(value)));
    }

    fn list(&mut self, key: &str, values: &[String]) {
        let list: Array = values.iter().map(String::as_str).collect();
        self.line(&format!("{key} = {list}"));
    }

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
