//! The fields of the page as corrections of a proposal.
//!
//! Tables, columns and keys are named by their places: `t0.decimal`, `t0.c3.role`, `k1`. A box that is not ticked is not sent,
//! so that each group of fields says by a field of its own that it was on the page.

use crate::dataset::Role;
use crate::dataset::manifest::DateOrder;
use crate::propose::{
    CustomersProposal, DimensionProposal, FactsProposal, PlaceProposal, Proposal, StatusProposal, TableProposal,
};
use crate::web::address::Query;
use crate::web::error::AppError;

/// Value of the choice "units times price" for the money of a line.
pub(super) const COMPUTED: &str = "=units*price";

/// A form that this page did not make.
pub(in crate::web::pages) fn malformed() -> AppError {
    AppError::BadRequest("The form cannot be read; open the page again and repeat the correction.".to_owned())
}

/// The proposal as the fields say it should be; what is not among them stays.
pub(super) fn wanted(before: &Proposal, fields: &Query) -> Result<Proposal, AppError> {
    let mut wanted = before.clone();
    if let Some(title) = fields.get("title") {
        title.clone_into(&mut wanted.title);
    }
    if let Some(currency) = fields.given("currency") {
        currency.clone_into(&mut wanted.currency);
    }
    for question in &before.questions {
        if let Some(answer) = fields.get(&format!("q.{}", question.key)) {
            if !question.options.iter().any(|option| option.value == answer) {
                return Err(malformed());
            }
            wanted.answers.insert(question.key.clone(), answer.to_owned());
        }
    }
    for (at, table) in wanted.tables.iter_mut().enumerate() {
        read_table(table, at, fields)?;
    }
    if fields.given("keys").is_some() {
        for (at, key) in wanted.keys.iter_mut().enumerate() {
            key.is_used = fields.get(&format!("k{at}")).is_some();
        }
    }
    if let Some(table) = fields.given("customers.table") {
        let before = before.customers.as_ref().filter(|customers| customers.table == table);
        let id = fields.given("customers.id").map(str::to_owned).filter(|id| !id.is_empty());
        wanted.customers = (!table.is_empty()).then(|| match before {
            Some(before) => CustomersProposal { id, ..before.clone() },
            None => CustomersProposal { table: table.to_owned(), id: None, reason: String::new() },
        });
    }
    if let Some(table) = fields.given("facts.table") {
        wanted.facts = match before.facts.as_ref() {
            _ if table.is_empty() => None,
            Some(before) if before.table == table => Some(read_facts(before, fields)?),
            _ => Some(FactsProposal { table: table.to_owned(), ..nothing() }),
        };
    }
    if let Some(value) = fields.get("seg.value") {
        let segmentation = &mut wanted.segmentation;
        value.clone_into(&mut segmentation.value);
        segmentation.visits = fields.get("seg.visits").map(str::to_owned);
        segmentation.transform = fields.get("seg.transform").map(str::to_owned);
        let chosen: Vec<&str> = fields.all("seg.feature").collect();
        // The order of the proposal stays, so that what was not changed is the same.
        segmentation.features.retain(|feature| chosen.contains(&feature.as_str()));
        for feature in chosen {
            if !segmentation.features.iter().any(|known| known == feature) {
                segmentation.features.push(feature.to_owned());
            }
        }
        if segmentation.features.is_empty() {
            return Err(AppError::BadRequest("Choose at least one column to segment by.".to_owned()));
        }
    }
    Ok(wanted)
}

/// A mark of one letter; names stand for letters that cannot be seen.
pub(super) const MARKS: [(&str, char); 5] =
    [("tab", '\t'), ("space", ' '), ("nbsp", '\u{a0}'), ("thin", '\u{202f}'), ("comma", ',')];

fn mark(text: &str) -> Result<Option<char>, AppError> {
    if let Some((_, letter)) = MARKS.iter().find(|(name, _)| *name == text) {
        return Ok(Some(*letter));
    }
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (letter, None) => Ok(letter),
        _ => Err(AppError::BadRequest(format!("\"{text}\" is no mark of one letter; choose one of the list."))),
    }
}

/// Words for orders of dates.
pub(super) const ORDERS: [(&str, DateOrder, &str); 3] = [
    ("dmy", DateOrder::DayMonthYear, "day, month, year"),
    ("mdy", DateOrder::MonthDayYear, "month, day, year"),
    ("ymd", DateOrder::YearMonthDay, "year, month, day"),
];

fn read_table(table: &mut TableProposal, at: usize, fields: &Query) -> Result<(), AppError> {
    let field = |name: &str| fields.given(&format!("t{at}.{name}"));
    if let Some(text) = field("separator") {
        table.separator = mark(text)?;
    }
    if let Some(text) = field("encoding") {
        table.encoding = Some(text.to_owned()).filter(|text| !text.is_empty() && text != "utf-8");
    }
    if let Some(text) = field("decimal") {
        table.decimal = mark(text)?.unwrap_or('.');
    }
    if let Some(text) = field("thousands") {
        table.thousands = mark(text)?;
    }
    if table.thousands == Some(table.decimal) {
        return Err(AppError::BadRequest(format!(
            "Table {}: decimals and thousands have the same mark; choose different ones.",
            table.name
        )));
    }
    if let Some(text) = field("date_order") {
        table.date_order = ORDERS.iter().find(|(word, _, _)| *word == text).map(|(_, order, _)| *order);
    }
    if field("drops").is_some() {
        table.drops_duplicate_rows = field("drop_rows").is_some();
        table.drops_duplicate_ids = field("drop_ids").is_some();
    }
    for (place, column) in table.columns.iter_mut().enumerate() {
        if let Some(role) = fields.given(&format!("t{at}.c{place}.role")) {
            column.role = role_of(role)?;
        }
    }
    Ok(())
}

/// Roles that people choose from.
pub(in crate::web::pages) const ROLES: [(Role, &str); 6] = [
    (Role::Numeric, "number"),
    (Role::Category, "category"),
    (Role::Flag, "yes or no"),
    (Role::Date, "date"),
    (Role::Id, "identifier"),
    (Role::Ignore, "left out"),
];

/// The role that a word names.
pub(in crate::web::pages) fn role_of(word: &str) -> Result<Role, AppError> {
    let role = ROLES.iter().find(|(role, _)| role.as_str() == word).map(|(role, _)| *role);
    role.ok_or_else(|| AppError::BadRequest(format!("\"{word}\" is no role of a column; choose one of the list.")))
}

fn read_facts(before: &FactsProposal, fields: &Query) -> Result<FactsProposal, AppError> {
    let chosen = |name: &str| fields.get(&format!("facts.{name}")).map(str::to_owned);
    let needed = |name: &str, what: &str| {
        chosen(name).ok_or_else(|| AppError::BadRequest(format!("Choose the column that {what}.")))
    };
    let is_computed = fields.given("facts.amount") == Some(COMPUTED);
    let amount = if is_computed {
        let own = before.price.as_ref().and(before.amount.clone());
        Some(own.unwrap_or_else(|| "line_amount".to_owned()))
    } else {
        chosen("amount")
    };
    let status = chosen("status").map(|column| {
        let known = before.status.as_ref().filter(|status| status.column == column);
        StatusProposal {
            // Values of another column mean nothing in this one; they are chosen once they are shown.
            used: known.map_or_else(Vec::new, |_| fields.all("facts.used").map(str::to_owned).collect()),
            time: chosen("status_time"),
            reason: known.map_or_else(String::new, |status| status.reason.clone()),
            column,
        }
    });
    let place =
        chosen("latitude").zip(chosen("longitude")).map(|(latitude, longitude)| PlaceProposal { latitude, longitude });
    let dimensions: Vec<DimensionProposal> = fields
        .all("facts.dimension")
        .map(|column| {
            let known = before.dimensions.iter().find(|dimension| dimension.column == column);
            known.cloned().unwrap_or_else(|| DimensionProposal {
                column: column.to_owned(),
                makes_features: false,
                reason: "Chosen by hand.".to_owned(),
            })
        })
        .collect();
    let mut facts = FactsProposal {
        customer: needed("customer", "names the customer")?,
        order: chosen("order"),
        time: needed("time", "holds the day")?,
        amount,
        price: if is_computed { Some(needed("price", "holds the price of one")?) } else { None },
        quantity: chosen("quantity"),
        status,
        place,
        dimensions,
        ..before.clone()
    };
    // In the order of the proposal, so that what was not changed is the same.
    let order = |column: &String| before.dimensions.iter().position(|dimension| dimension.column == *column);
    facts.dimensions.sort_by_key(|dimension| order(&dimension.column).unwrap_or(usize::MAX));
    if let (Some(after), Some(known)) = (&mut facts.status, &before.status) {
        after.used.sort_by_key(|value| known.used.iter().position(|used| used == value).unwrap_or(usize::MAX));
    }
    Ok(facts)
}

/// Facts of which only the table is known.
fn nothing() -> FactsProposal {
    FactsProposal {
        table: String::new(),
        customer: String::new(),
        order: None,
        time: String::new(),
        amount: None,
        status: None,
        price: None,
        quantity: None,
        place: None,
        dimensions: Vec::new(),
        counts_all: false,
        each_line: false,
        letters_are_none: false,
        reasons: Vec::new(),
    }
}
