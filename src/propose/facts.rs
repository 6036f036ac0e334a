//! Which table holds purchases: rows with a day, a customer who comes again, and an amount or what became of them.

use std::path::Path;

use crate::dataset::DatasetError;
use crate::dataset::manifest::Role;
use crate::figures;
use crate::propose::proposal::{
    ColumnProposal, DimensionProposal, FactsProposal, KeyProposal, Kind, PlaceProposal, StatusProposal, TableProposal,
};
use crate::propose::questions::{Answers, Question, Reading};
use crate::propose::reach::{Beside, beside, reach};
use crate::propose::returns::no_sales;
use crate::propose::role::LEVELS;
use crate::propose::words;

/// Share of the rows above which a customer's name is no repetition.
const REPEATS: f64 = 0.97;

/// Most columns that sales are compared by.
const DIMENSIONS: usize = 12;

/// The likeliest table of facts, if some table is one.
pub(super) fn facts(tables: &[TableProposal], keys: &[KeyProposal]) -> Option<FactsProposal> {
    let candidates = tables.iter().filter_map(|table| candidate(table, None, tables, keys));
    candidates.max_by(|left, right| left.0.total_cmp(&right.0)).map(|(_, facts)| facts)
}

/// What a table would be as facts, because people said that it holds them; `None` when no column can be the day or the
/// customer, or neither money nor a status is told.
pub(super) fn of_table(name: &str, tables: &[TableProposal], keys: &[KeyProposal]) -> Option<FactsProposal> {
    let table = tables.iter().find(|table| table.name == name)?;
    candidate(table, None, tables, keys).map(|(_, facts)| facts)
}

/// The same with the column that names the customer, as a question tells it.
pub(super) fn of_customer(
    name: &str,
    customer: &Question,
    tables: &[TableProposal],
    keys: &[KeyProposal],
) -> Option<FactsProposal> {
    let table = tables.iter().find(|table| table.name == name)?;
    candidate(table, Some(customer), tables, keys).map(|(_, facts)| facts)
}

/// Columns of a table that may name the customers of its purchases where none says so: the table has a day and an amount, and rows are
/// named by an order or by nothing; the columns hold what comes again, the most different first.
pub(super) fn may_name_customers<'a>(
    table: &'a TableProposal,
    id: Option<&str>,
    tables: &[TableProposal],
    keys: &[KeyProposal],
) -> Vec<&'a ColumnProposal> {
    let columns = beside(tables, keys, &table.name);
    let is_order = |id: &str| words::has(id, words::ORDER) && !words::names_customers(id);
    let is_bought = time(table, &columns).is_some_and(|time| !words::has(&time.column.name, words::NOT_BOUGHT));
    let money = amount(table, keys).map(|(name, _, _)| name);
    let has_numbers = money.is_some() || may_be_money(table).next().is_some();
    if !(has_numbers && is_bought && id.is_none_or(is_order)) {
        return Vec::new();
    }
    let own = table.columns.iter().filter(|column| {
        matches!(column.kind, Kind::Whole | Kind::Text)
            && Some(&column.name) != money.as_ref()
            && column.kind != Kind::Decimal
            && !column.joins_rows
            && !counts_units(&column.name)
            && !words::has(&column.name, words::DAY)
            && !words::has(&column.name, words::BOUGHT)
            && column.distinct > 1
            && column.distinct < column.filled
            && Some(column.name.as_str()) != id
    });
    let mut found: Vec<&ColumnProposal> = own.collect();
    found.sort_by_key(|column| std::cmp::Reverse(column.distinct));
    found.truncate(6);
    found
}

/// What a table would be as facts, and how likely it is to be them.
fn candidate(
    table: &TableProposal,
    chosen: Option<&Question>,
    tables: &[TableProposal],
    keys: &[KeyProposal],
) -> Option<(f64, FactsProposal)> {
    let columns = beside(tables, keys, &table.name);
    let is_own = |beside: &Beside<'_>| std::ptr::eq(beside.table, table);
    if chosen.is_none() && is_a_row_a_customer(table) {
        return None;
    }
    let (customer, why_customer) = match chosen {
        Some(question) => {
            let name = question.taken();
            let found = columns.iter().find(|beside| beside.column.name == name)?;
            (*found, format!("{name} names the customer, {}.", question.by_whom()))
        }
        None => customer(table, &columns)?,
    };
    let time = time(table, &columns)?;
    let (amount, price, why) = match amount(table, keys) {
        Some((amount, price, why)) => (Some(amount), price, why),
        None => (None, None, String::new()),
    };
    // What is sold has a status too; only where there is no money does it say what the rows are about.
    let status = if amount.is_none() { status(table) } else { None };
    // Visits need neither, when a column says by its name whose they are.
    let is_named =
        (chosen.is_some() || words::names_customers(&customer.column.name)) && is_own(&time) && is_own(&customer);
    if amount.is_none() && status.is_none() && !is_named {
        return None;
    }
    let why = status.as_ref().map_or(why, |status| status.reason.clone());
    let order = order(table, &customer.column.name);
    let numbers = table.columns.iter().filter(|column| column.is_number() && Some(&column.name) != amount.as_ref());
    let quantity = numbers.map(|column| &column.name).find(|name| counts_units(name)).cloned();
    let place = place(&columns);
    let reached = reach(keys, &table.name).len();
    let own = usize::from(is_own(&customer)) + usize::from(is_own(&time)) + usize::from(order.is_some());
    let rank = amount.as_ref().and_then(|amount| words::rank(amount, words::AMOUNT));
    let rank = rank.map_or(0.0, |at| 1.0 - at as f64 / 100.0);
    let score = (2 * own + reached) as f64 + rank + (table.rows as f64).log10() / 10.0;
    let mut reasons = vec![
        format!(
            "Table {} has a day ({}), {} and a customer who comes again.",
            table.name,
            time.column.name,
            match (&amount, &status) {
                (Some(amount), _) => format!("an amount ({amount})"),
                (None, Some(_)) => "a status".to_owned(),
                (None, None) => NO_MONEY.to_owned(),
            }
        ),
        why_customer,
        why,
    ];
    reasons.push(match &order {
        Some(order) => format!("{order} names the order."),
        None => "No column names an order, so that each row is one.".to_owned(),
    });
    let mut facts = FactsProposal {
        table: table.name.clone(),
        customer: customer.column.name.clone(),
        order,
        time: time.column.name.clone(),
        amount,
        status,
        price,
        quantity,
        place,
        dimensions: Vec::new(),
        counts_all: false,
        each_line: false,
        letters_are_none: false,
        reasons,
    };
    facts.reasons.retain(|reason| !reason.is_empty());
    facts.dimensions = dimensions(&facts, &columns, keys);
    Some((score, facts))
}

/// Whether a table names customers, each in a row of its own, or in equal ones, and nothing that they order.
fn is_a_row_a_customer(table: &TableProposal) -> bool {
    let named = table.columns.iter().find(|column| {
        let is_name = matches!(column.kind, Kind::Whole | Kind::Text) && column.missing == 0 && column.distinct > 1;
        is_name && words::names_customers(&column.name) && column.distinct + table.repeated_rows >= column.filled
    });
    named.is_some_and(|column| order(table, &column.name).is_none())
}

/// The column that names the customer: by name, else the one that names things and repeats.
fn customer<'a>(table: &TableProposal, columns: &[Beside<'a>]) -> Option<(Beside<'a>, String)> {
    let repeats = |beside: &&Beside<'_>| {
        let Beside { table: of, column } = **beside;
        let is_name = matches!(column.kind, Kind::Whole | Kind::Text);
        let filled = if of.name == table.name { table.rows - column.missing } else { table.rows };
        is_name && column.distinct > 1 && (column.distinct as f64) < REPEATS * filled as f64
    };
    // A shop where nearly all bought once has purchases too, when a column says by its name that it is the customer's.
    let comes_again = |beside: &&Beside<'_>| {
        let Beside { table: of, column } = **beside;
        let is_name = matches!(column.kind, Kind::Whole | Kind::Text);
        is_name
            && column.distinct > 1
            && (of.name != table.name && repeats(beside) || of.name == table.name && column.distinct < column.filled)
    };
    // Not what else is known of customers, such as customer_city.
    let is_whole = |name: &str| {
        let words = words::words(name);
        words.len() == 1 || words::has(name, &["name"]) || words.iter().all(|word| words::has(word, words::CUSTOMER))
    };
    let is_likely = |name: &str| words::names_customers(name) && (words::names_things(name) || is_whole(name));
    let likely = columns.iter().filter(comes_again).filter(|beside| is_likely(&beside.column.name));
    let likeliest = likely.min_by_key(|Beside { column, .. }| {
        let names_things = words::names_things(&column.name);
        // Where a customer has a name for each order, the one that says it is unique is meant.
        (!words::has(&column.name, &["unique"]), !names_things, column.distinct <= LEVELS, column.distinct)
    });
    if let Some(named) = likeliest {
        return Some((*named, format!("{} names the customer.", named.column.name)));
    }
    let is_else = |name: &str| {
        words::has(name, words::ORDER)
            || words::has(name, words::PRODUCT)
            || words::has(name, words::SHOP)
            || words::has(name, words::CODE) && !words::has(name, words::CONTACT)
    };
    let own = columns.iter().filter(|beside| beside.table.name == table.name).filter(repeats);
    let named = own
        .filter(|beside| {
            let name = &beside.column.name;
            (words::names_things(name) || words::has(name, words::CONTACT)) && !is_else(name)
        })
        .max_by_key(|beside| beside.column.distinct)?;
    let why =
        format!("No column says that it names customers; {} names something that comes again.", named.column.name);
    Some((*named, why))
}

/// The day of the purchase: its own before one of a joined table, and none on which something else happens.
fn time<'a>(table: &TableProposal, columns: &[Beside<'a>]) -> Option<Beside<'a>> {
    let days = columns.iter().filter(|beside| beside.column.kind == Kind::Day);
    days.min_by_key(|beside| {
        let name = &beside.column.name;
        let likely = words::rank(name, words::BOUGHT).unwrap_or(words::BOUGHT.len());
        (words::has(name, words::NOT_BOUGHT), beside.table.name != table.name, beside.column.missing, likely)
    })
    .copied()
}

/// The status of things that are handed out and used: few texts, one of which says that they were.
fn status(table: &TableProposal) -> Option<StatusProposal> {
    let is_use = |text: &&String| words::has(text, words::USED);
    let told = table.columns.iter().filter(|column| column.kind == Kind::Text && column.levels.len() > 1);
    let (column, used) = told
        .map(|column| (column, column.levels.iter().filter(is_use).cloned().collect::<Vec<_>>()))
        .filter(|(column, used)| !used.is_empty() && used.len() < column.levels.len())
        .min_by_key(|(column, _)| !words::has(&column.name, words::STATUS))?;
    let day = table.columns.iter().find(|day| day.kind == Kind::Day && words::has(&day.name, words::USED));
    let reason = format!("{} says what became of each row; {} means that it was used.", column.name, used.join(", "));
    Some(StatusProposal { column: column.name.clone(), used, time: day.map(|day| day.name.clone()), reason })
}

/// Amount and, when it is to be computed, price; with the reason.
fn amount(table: &TableProposal, keys: &[KeyProposal]) -> Option<(String, Option<String>, String)> {
    let is_key = |name: &str| keys.iter().any(|key| key.from == table.name && key.column == name);
    let numbers: Vec<&ColumnProposal> = table
        .columns
        .iter()
        .filter(|column| column.is_number() && column.role != Role::Category && !words::names_things(&column.name))
        // An amount that is always the same is one all the same, as of a subscription, if its name says so.
        .filter(|column| {
            let is_named = || words::has(&column.name, words::AMOUNT) || words::has(&column.name, words::PRICE);
            column.distinct > 1 || column.distinct == 1 && is_named()
        })
        .filter(|column| !is_key(&column.name) && !words::has(&column.name, words::CODE))
        .collect();
    let is_price = |column: &&&ColumnProposal| words::has(&column.name, words::PRICE);
    let is_quantity = |column: &&&ColumnProposal| counts_units(&column.name);
    // What is of the order counts once, not on each line.
    let of_line = |column: &&&ColumnProposal| column.per_order.is_none() && column.first_line_of.is_none();
    let priced = numbers.iter().any(|column| is_price(&column)) && numbers.iter().any(|column| is_quantity(&column));
    let has_lines = priced
        || numbers.iter().any(|column| {
            of_line(&column) && words::has(&column.name, words::AMOUNT) && !words::has(&column.name, words::NO_AMOUNT)
        });
    let named = numbers
        .iter()
        .filter(|column| !has_lines || of_line(column))
        .filter(|column| !words::has(&column.name, words::NO_AMOUNT) && !is_quantity(column))
        .filter_map(|column| Some((words::rank(&column.name, words::AMOUNT)?, column)))
        .min_by_key(|(rank, column)| (*rank, column.kind != Kind::Decimal));
    if let Some((_, column)) = named {
        return Some((column.name.clone(), None, format!("{} says by its name that it is money.", column.name)));
    }
    let price = numbers.iter().find(is_price);
    match (price, numbers.iter().find(is_quantity)) {
        (Some(price), Some(quantity)) => {
            let taken = |name: &str| table.columns.iter().any(|column| column.name == name);
            let name = ["amount", "line_amount", "quantity_times_price"].into_iter().find(|name| !taken(name))?;
            let why =
                format!("No column holds the money of a line, so that it is {} times {}.", quantity.name, price.name);
            Some((name.to_owned(), Some(price.name.clone()), why))
        }
        (Some(price), None) => {
            Some((price.name.clone(), None, format!("{} is the money of a row of one piece.", price.name)))
        }
        (None, _) => None,
    }
}

/// Columns that may hold the money of purchases although no name says so.
fn may_be_money(table: &TableProposal) -> impl Iterator<Item = &ColumnProposal> {
    table.columns.iter().filter(|column| {
        column.is_number()
            && column.role == Role::Numeric
            && column.distinct > 1
            && !counts_units(&column.name)
            && !words::names_things(&column.name)
            && !words::has(&column.name, words::NO_AMOUNT)
            && !words::has(&column.name, words::LATITUDE)
            && !words::has(&column.name, words::LONGITUDE)
    })
}

/// What is said of numbers beside purchases of which nothing says what adding them up would mean.
pub(super) const UNUSED: &str = "Left out: it is neither the money of a purchase nor its units.";

/// What is said of facts without money.
const NO_MONEY: &str = "no amount, so that visits are counted,";

/// Stands for no amount among the answers.
const NONE: &str = "none";

/// Asks which number is the money of a purchase where no name says it; and takes it into the facts.
pub(super) fn settle_amount(
    facts: &mut FactsProposal,
    tables: &[TableProposal],
    answers: &Answers,
) -> Option<Question> {
    if facts.amount.is_some() || facts.status.is_some() {
        return None;
    }
    let table = tables.iter().find(|table| table.name == facts.table)?;
    let mut numbers: Vec<&ColumnProposal> =
        may_be_money(table).filter(|column| column.name != facts.customer).collect();
    // Money has decimals, and adds up to more than what is counted.
    numbers.sort_by(|left, right| {
        let rank = |column: &ColumnProposal| (column.kind == Kind::Decimal, column.sum.unwrap_or(0.0));
        rank(right).partial_cmp(&rank(left)).unwrap_or(std::cmp::Ordering::Equal)
    });
    // Money that cannot be read must not go by unseen.
    let unread = table.columns.iter().find(|column| {
        let is_money = words::has(&column.name, words::AMOUNT) && !words::has(&column.name, words::NO_AMOUNT);
        is_money && column.kind == Kind::Text && column.filled > 0 && column.has_digits
    });
    let likely = numbers.first().map_or(NONE, |column| column.name.as_str()).to_owned();
    if numbers.is_empty() && unread.is_none() {
        return None;
    }
    let mut options: Vec<Reading> = numbers
        .iter()
        .map(|column| {
            let sum = column.sum.map_or_else(String::new, figures::number);
            Reading::new(
                &column.name,
                format!("{} is the money of a purchase.", column.name),
                format!("All purchases come to {sum}."),
            )
        })
        .collect();
    options.push(Reading::new(NONE, "None of them is money.", "Purchases are counted, and nothing is said of money."));
    let text = match unread {
        Some(column) => format!(
            "Column {} of table {} is called like money, but its values{} cannot be read as numbers. Which number is the money of a purchase?",
            column.name,
            table.name,
            column.levels.first().map_or_else(String::new, |level| format!(", such as \"{level}\","))
        ),
        None => format!(
            "No column of table {} says by its name what was paid. Which number is the money of a purchase?",
            table.name
        ),
    };
    let confidence = if unread.is_some() { 0.3 } else { 0.5 };
    let question = Question::new(format!("amount.{}", table.name), text, options, (&likely, confidence), answers);
    if question.taken() != NONE {
        facts.amount = Some(question.taken().to_owned());
        for reason in &mut facts.reasons {
            *reason = reason.replace(NO_MONEY, &format!("an amount ({})", question.taken()));
        }
        facts.reasons.push(format!("{} is the money of a purchase, {}.", question.taken(), question.by_whom()));
    }
    Some(question)
}

/// Share of the rows above which people are asked before rows without a day or an amount are left out.
const MANY: f64 = 0.02;

const LEFT_OUT: &str = "left-out";
const STOP: &str = "stop";

/// Asks before many rows are left out because a day or an amount is missing there.
///
/// # Errors
/// [`DatasetError::Data`] when they are not to be.
pub(super) fn settle_missing(
    facts: &FactsProposal,
    tables: &[TableProposal],
    answers: &Answers,
) -> Result<Option<Question>, DatasetError> {
    let Some(table) = tables.iter().find(|table| table.name == facts.table) else { return Ok(None) };
    // What stands on the first line of an order only is known for all of its lines.
    let needed = [Some(&facts.time), facts.amount.as_ref()].into_iter().flatten();
    let column = needed.filter_map(|name| table.column(name)).filter(|column| column.first_line_of.is_none());
    let Some(column) = column.max_by_key(|column| column.missing) else { return Ok(None) };
    if column.missing as f64 <= MANY * table.rows as f64 {
        return Ok(None);
    }
    let rows = format!("{} of {}", figures::counted(column.missing, "row", "rows"), figures::count(table.rows));
    let options = vec![
        Reading::new(LEFT_OUT, "They are left out.", format!("{rows} do not count; the ledger tells them.")),
        Reading::new(STOP, "The file is to be corrected first.", "Nothing is made."),
    ];
    let text = format!(
        "{} is empty in {rows} of table {}; such rows cannot count as purchases. What becomes of them?",
        column.name, table.name
    );
    let question = Question::new(format!("missing.{}", table.name), text, options, (LEFT_OUT, 0.7), answers);
    if question.taken() == STOP {
        let message = format!("has no {} in {rows}; fill it and bring the file again", column.name);
        return Err(DatasetError::data(Path::new(&table.file), message));
    }
    Ok(Some(question))
}

const ONCE: &str = "once";
const EACH: &str = "each-line";

/// Asks whether money that is the same on all lines of each order is that of the order, which counts once, or of each line. A name that
/// speaks of orders says it.
pub(super) fn settle_total(facts: &mut FactsProposal, tables: &[TableProposal], answers: &Answers) -> Option<Question> {
    let table = tables.iter().find(|table| table.name == facts.table)?;
    let amount = table.column(facts.amount.as_ref()?).filter(|_| facts.price.is_none())?;
    let (order, once, each) = (amount.per_order.as_ref()?, amount.sum_once?, amount.sum?);
    let options = vec![
        Reading::new(
            ONCE,
            format!("It is the money of the whole {order} and counts once."),
            format!("All purchases come to {}.", figures::number(once)),
        ),
        Reading::new(
            EACH,
            "Each line costs as much, and all of them count.",
            format!("All purchases come to {}.", figures::number(each)),
        ),
    ];
    let text = format!(
        "{} is the same on all lines of each {order} in table {}. Is it the money of the whole order, or of each line?",
        amount.name, table.name
    );
    let question = Question::new(format!("total.{}", table.name), text, options, (ONCE, 0.7), answers);
    let speaks = words::has(&amount.name, words::ORDER) || words::has(&amount.name, &["grand", "basket"]);
    let question = if speaks { question.settled() } else { question };
    facts.each_line = question.taken() == EACH;
    Some(question)
}

/// Whether a name says that units are counted, and not what one costs.
fn counts_units(name: &str) -> bool {
    words::has(name, words::QUANTITY) && !words::has(name, words::PRICE) && !words::names_things(name)
}

fn order(table: &TableProposal, customer: &str) -> Option<String> {
    // What is said once an order shows which column names it.
    let shown = table.columns.iter().find_map(|column| column.first_line_of.clone());
    if shown.is_some() {
        return shown;
    }
    let names = || table.columns.iter().filter(|column| matches!(column.kind, Kind::Whole | Kind::Text));
    let likely =
        names().filter(|column| column.name != customer && !words::names_customers(&column.name)).filter(|column| {
            let says_only_that = words::words(&column.name).len() == 1;
            let has_many = column.distinct > LEVELS || column.distinct * 20 > table.rows;
            has_many && words::has(&column.name, words::ORDER) && (words::names_things(&column.name) || says_only_that)
        });
    let named = likely.min_by_key(|column| words::rank(&column.name, words::ORDER));
    // Else what always has the same customer and day.
    let named = named.or_else(|| names().find(|column| column.joins_rows && column.name != customer));
    named.map(|column| column.name.clone())
}

fn place(columns: &[Beside<'_>]) -> Option<PlaceProposal> {
    let named = |known: &[&str]| {
        let numbers = columns.iter().filter(|beside| beside.column.kind == Kind::Decimal);
        numbers.filter(|beside| words::has(&beside.column.name, known)).map(|beside| beside.column.name.clone()).next()
    };
    Some(PlaceProposal { latitude: named(words::LATITUDE)?, longitude: named(words::LONGITUDE)? })
}

/// Columns of few levels, of the table and those that it is joined to; what is bought comes first.
fn dimensions(facts: &FactsProposal, columns: &[Beside<'_>], keys: &[KeyProposal]) -> Vec<DimensionProposal> {
    let taken =
        [Some(&facts.customer), facts.order.as_ref(), Some(&facts.time), facts.amount.as_ref(), facts.price.as_ref()];
    let is_join = |beside: &Beside<'_>| {
        keys.iter().any(|key| key.is_used && key.from == beside.table.name && key.column == beside.column.name)
    };
    let mut fitting: Vec<&Beside<'_>> = columns
        .iter()
        .filter(|beside| {
            let column = beside.column;
            let names_line = words::has(&column.name, words::ORDER);
            let is_named = words::names_things(&column.name) && !names_line
                || words::has(&column.name, words::SHOP)
                || column.role == Role::Category && !names_line;
            let has_levels = column.kind == Kind::Text || column.kind == Kind::Whole && is_named;
            let repeats = column.distinct < column.filled || beside.table.name != facts.table;
            has_levels
                && repeats
                && (2..=LEVELS).contains(&column.distinct)
                && !taken.iter().flatten().any(|name| **name == column.name)
                && !is_join(beside)
        })
        .collect();
    fitting.sort_by_key(|beside| !words::has(&beside.column.name, words::PRODUCT));
    fitting.truncate(DIMENSIONS);
    let of_products = fitting.iter().filter(|beside| words::has(&beside.column.name, words::PRODUCT));
    let featured = of_products.min_by_key(|beside| beside.column.distinct).map(|beside| beside.column.name.clone());
    fitting
        .into_iter()
        .map(|Beside { table, column }| {
            let of = if table.name == facts.table { String::new() } else { format!(" in table {}", table.name) };
            let what = match (words::has(&column.name, words::STATUS), no_sales(column).is_empty()) {
                (true, true) => ", which say how the order ended; all of them count as sales",
                (true, false) => ", which say how the order ended",
                _ => "",
            };
            DimensionProposal {
                column: column.name.clone(),
                makes_features: featured.as_ref() == Some(&column.name),
                reason: format!("It has {} different values{of}{what}.", column.distinct),
            }
        })
        .collect()
}
