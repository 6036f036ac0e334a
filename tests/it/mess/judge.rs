//! Imports an export and says how it went: right, asked, refused, or silently wrong.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use segmenta::dataset::code::code;
use segmenta::dataset::customers::{MISSING_LEVEL, Values};
use segmenta::dataset::facts::UNKNOWN;
use segmenta::dataset::{Dataset, Facts, dates};
use segmenta::generate::mess::{Mess, Outcome, Shape, Truth};
use segmenta::library::Staging;
use segmenta::progress::Silent;
use segmenta::propose::{Answers, Proposal, Question};

/// How an import went.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// Read right without a question.
    Right,
    /// Asked, and right after the answers.
    Asked(String),
    /// Something is lost, and people are told: a column is left out with its reason, or no answer to what is asked makes it right.
    Lost(String),
    /// Refused with one sentence that names the place.
    Refused(String),
    /// Refused with a sentence that names another cause or none.
    RefusedBlindly(String),
    /// Something else than the truth, and nobody was told.
    SilentlyWrong(String),
}

impl Verdict {
    /// The place of the verdict's column in a table.
    pub(super) fn column(&self) -> usize {
        match self {
            Self::Right => 0,
            Self::Asked(_) => 1,
            Self::Lost(_) => 2,
            Self::Refused(_) => 3,
            Self::RefusedBlindly(_) => 4,
            Self::SilentlyWrong(_) => 5,
        }
    }

    /// What is worth telling.
    pub(super) fn words(&self) -> &str {
        match self {
            Self::Right => "",
            Self::Asked(words)
            | Self::Lost(words)
            | Self::Refused(words)
            | Self::RefusedBlindly(words)
            | Self::SilentlyWrong(words) => words,
        }
    }
}

/// Imports an export as the wizard and the command line do.
pub(super) fn judge(mess: &Mess) -> Verdict {
    catch_unwind(AssertUnwindSafe(|| judged(mess)))
        .unwrap_or_else(|_| Verdict::SilentlyWrong("the import panicked".to_owned()))
}

fn judged(mess: &Mess) -> Verdict {
    let data = tempfile::tempdir().unwrap();
    let mut staging = Staging::new(data.path(), "mess").unwrap();
    for file in &mess.files {
        staging.add_from(&file.name, &mut file.bytes.as_slice()).unwrap();
    }
    let (mut answers, mut is_known) = (Answers::new(), true);
    let mut proposal = match staging.propose_watched(&answers, &Silent) {
        Ok(proposal) => proposal,
        Err(error) => return refused(mess, &error.to_string()),
    };
    // An answer may bring up the next question.
    for _ in 0..8 {
        let open: Vec<&Question> = proposal.questions.iter().filter(|question| question.is_open()).collect();
        if open.is_empty() {
            break;
        }
        for question in open {
            let (answer, told) = answer(question, &mess.truth);
            is_known &= told;
            answers.insert(question.key.clone(), answer);
        }
        proposal = match staging.propose_watched(&answers, &Silent) {
            Ok(proposal) => proposal,
            Err(error) => return refused(mess, &error.to_string()),
        };
    }
    let asked: Vec<String> = answers.iter().map(|(key, answer)| format!("{key}={answer}")).collect();
    let asked = asked.join(" ");
    let dataset = match staging.finish(&proposal.manifest()) {
        Ok(dataset) => dataset,
        Err(error) => return refused(mess, &error.to_string()),
    };
    match fault(mess, &proposal, &dataset) {
        None if answers.is_empty() => Verdict::Right,
        None => Verdict::Asked(asked),
        Some(Fault::Lost(words)) => Verdict::Lost(words),
        Some(Fault::Wrong(words)) if answers.is_empty() => Verdict::SilentlyWrong(words),
        Some(Fault::Wrong(words)) if is_known => Verdict::SilentlyWrong(format!("{asked}: {words}")),
        Some(Fault::Wrong(words)) => Verdict::Lost(format!("{asked}: {words}")),
    }
}

/// The answer to a question, and whether the truth tells it.
fn answer(question: &Question, truth: &Truth) -> (String, bool) {
    let is_offered = |value: &str| question.options.iter().any(|option| option.value == value);
    let known = truth.answers.iter().find(|(start, _)| question.key.starts_with(**start)).map(|(_, answer)| answer);
    match known.filter(|answer| is_offered(answer)) {
        Some(answer) => (answer.clone(), true),
        None if is_offered("missing") => ("missing".to_owned(), false),
        // Who asks what customers are worth has settled already that rows are customers.
        None => (question.likely.clone(), question.key == "worth"),
    }
}

/// Sentences that name a cause which is never that of an export with customers, days and amounts.
const BLIND: [&str; 2] = ["holds no number that tells customers apart", "holds bytes of zero"];

/// What a refusal must name where the format is the cause.
const FORMATS: [(&str, &str); 5] = [
    ("format: JSON", "json"),
    ("format: gzip", "gz"),
    ("format: zip", "zip"),
    ("format: HTML", "html"),
    ("format: XML", "xml"),
];

/// A refusal is one sentence that names a file, a row or a column.
fn refused(mess: &Mess, message: &str) -> Verdict {
    let names_place = mess.files.iter().any(|file| message.contains(&file.name))
        || ["column", "row", "table"].iter().any(|place| message.contains(place));
    let is_one = !message.contains('\n') && !message.contains(". ") && !message.is_empty();
    let bare = mess.files.iter().fold(message.to_lowercase(), |text, file| text.replace(&file.name, ""));
    let is_of = |start: &str| mess.kinds.iter().any(|kind| kind.starts_with(start));
    let names_format = FORMATS.iter().all(|(start, word)| !is_of(start) || bare.contains(word));
    let is_blind = BLIND.iter().any(|blind| message.contains(blind)) || !names_format;
    let message = message.to_owned();
    if names_place && is_one && !is_blind { Verdict::Refused(message) } else { Verdict::RefusedBlindly(message) }
}

/// What is not as it should be.
enum Fault {
    /// A column is lost, which is told.
    Lost(String),
    Wrong(String),
}

/// What was read, and the columns that are lost.
struct Found {
    outcome: Outcome,
    lost: Vec<String>,
}

/// What is wrong; none when an outcome that is right came, and was told where it must be.
fn fault(mess: &Mess, proposal: &Proposal, dataset: &Dataset) -> Option<Fault> {
    let mut found = match found(&mess.truth, dataset) {
        Ok(found) => found,
        Err(words) => return Some(Fault::Wrong(words)),
    };
    // Which of two spellings is the customer's nobody can say.
    let is_twice = mess.kinds.iter().any(|kind| kind.starts_with("files: customers with zeros"));
    let in_one = |customers: &BTreeMap<String, i64>| {
        let mut one = BTreeMap::new();
        for (name, cents) in customers {
            *one.entry(code(name, 0)).or_default() += cents;
        }
        one
    };
    if is_twice {
        found.outcome.by_customer = in_one(&found.outcome.by_customer);
    }
    let said = said(proposal, dataset).to_lowercase();
    let mut first = None;
    for accepted in &mess.truth.accepted {
        let mut wanted = accepted.outcome.clone();
        if is_twice {
            wanted.by_customer = in_one(&wanted.by_customer);
        }
        let difference = wanted.difference(&without(&found, &wanted, &mess.truth));
        let untold = accepted.told.iter().find(|words| !words.iter().any(|word| said.contains(&word.to_lowercase())));
        match (difference, untold) {
            (None, None) => {
                let untold = found.lost.iter().find(|column| !is_told(proposal, column));
                return match (found.lost.first(), untold) {
                    (None, _) => None,
                    (Some(_), Some(column)) => Some(Fault::Wrong(format!("{column} is lost without a word"))),
                    (Some(column), None) => Some(Fault::Lost(format!("{column} is left out"))),
                };
            }
            (None, Some(words)) => _ = first.insert(format!("nothing is told of {}", words.join(" or "))),
            (Some(difference), _) => _ = first.get_or_insert(difference),
        }
    }
    first.map(Fault::Wrong)
}

/// What was read, where what is lost counts as it should be: it is judged by itself.
fn without(found: &Found, wanted: &Outcome, truth: &Truth) -> Outcome {
    let mut outcome = found.outcome.clone();
    for column in &found.lost {
        match truth.columns.iter().find(|(_, name)| *name == column).map(|(key, _)| *key) {
            Some("place") => outcome.by_level.clone_from(&wanted.by_level),
            Some("quantity") => outcome.units = wanted.units,
            Some("customer") => {
                outcome.by_customer.clone_from(&wanted.by_customer);
                outcome.customers = wanted.customers;
            }
            Some("day") => {
                outcome.first_day.clone_from(&wanted.first_day);
                outcome.last_day.clone_from(&wanted.last_day);
                outcome.sum_of_days = wanted.sum_of_days;
            }
            _ => {}
        }
    }
    outcome
}

/// Whether a column is said to be left out, or its table not to be used.
fn is_told(proposal: &Proposal, name: &str) -> bool {
    let columns = proposal.tables.iter().flat_map(|table| &table.columns);
    let mut own = columns.filter(|column| column.name == name);
    own.any(|column| column.reason.starts_with("Left out"))
        || proposal.notes.iter().any(|note| note.contains("is not used"))
        || proposal.customers.as_ref().is_some_and(|customers| customers.reason.contains("numbered"))
}

/// All that an import tells.
fn said(proposal: &Proposal, dataset: &Dataset) -> String {
    let tables = proposal.tables.iter().flat_map(|table| {
        table.reasons.iter().cloned().chain(table.columns.iter().map(|column| column.reason.clone()))
    });
    let facts = proposal.facts.iter().flat_map(|facts| facts.reasons.iter().cloned());
    let questions = proposal.questions.iter().map(|question| question.text.clone());
    let ledgers = [Some(&dataset.ledger), dataset.facts.as_ref().map(|facts| &facts.ledger)];
    let ledgers = ledgers
        .into_iter()
        .flatten()
        .flat_map(|ledger| ledger.notes.iter().cloned().chain(ledger.entries.iter().map(|entry| entry.rule.clone())));
    let all = tables.chain(facts).chain(questions).chain(proposal.notes.iter().cloned()).chain(ledgers);
    all.collect::<Vec<_>>().join("\n")
}

/// What was read.
fn found(truth: &Truth, dataset: &Dataset) -> Result<Found, String> {
    match (truth.shape, &dataset.facts) {
        (Shape::Purchases, Some(facts)) => Ok(of_purchases(truth, facts)),
        (Shape::Customers, None) => of_customers(truth, dataset),
        (Shape::Purchases, None) => {
            Err(format!("purchases are taken for customers, {} of them", dataset.customers.len()))
        }
        (Shape::Customers, Some(_)) => Err("customers are taken for purchases".to_owned()),
    }
}

/// The sum of what is known.
fn sum(amounts: &[f64]) -> f64 {
    amounts.iter().filter(|amount| amount.is_finite()).sum()
}

fn cents(amount: f64) -> i64 {
    (amount * 100.0).round() as i64
}

fn day(day: Option<i32>) -> String {
    day.map_or_else(String::new, |day| dates::format_iso(f64::from(day)))
}

fn of_purchases(truth: &Truth, facts: &Facts) -> Found {
    let (mut by_customer, mut by_level, mut lost) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    let place = facts.dimension(&truth.columns["place"]);
    if place.is_none() {
        lost.push(truth.columns["place"].clone());
    }
    for row in 0..facts.len() {
        let own = cents(facts.amount[row]);
        if facts.buyer[row] != UNKNOWN {
            *by_customer.entry(facts.buyers.get(facts.buyer[row] as usize).to_owned()).or_default() += own;
        }
        if let Some(place) = place {
            *by_level.entry(level_name(place.codes[row], &place.names)).or_default() += own;
        }
    }
    // A quantity under a name that says nothing is a number all the same.
    let beside = facts.numbers.iter().find(|number| number.name == truth.columns["quantity"]);
    let quantities = beside.filter(|_| facts.quantity.is_empty()).map_or(&facts.quantity, |number| &number.values);
    if quantities.is_empty() {
        lost.push(truth.columns["quantity"].clone());
    }
    let days = facts.days();
    let outcome = Outcome {
        rows: facts.len(),
        customers: by_customer.len(),
        orders: Some(facts.orders),
        cents: cents(sum(&facts.amount)),
        units: units(quantities),
        first_day: day(days.map(|days| days.0)),
        last_day: day(days.map(|days| days.1)),
        sum_of_days: facts.day.iter().map(|day| i64::from(*day)).sum(),
        by_customer,
        by_level,
    };
    Found { outcome, lost }
}

fn level_name(code: u32, names: &[String]) -> String {
    if code == MISSING_LEVEL { String::new() } else { names[code as usize].clone() }
}

fn units(quantities: &[f64]) -> i64 {
    quantities.iter().filter(|quantity| quantity.is_finite()).map(|quantity| quantity.round() as i64).sum()
}

fn of_customers(truth: &Truth, dataset: &Dataset) -> Result<Found, String> {
    let customers = &dataset.customers;
    let (mut by_customer, mut by_level, mut lost) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    let mut numbers = |key: &str| {
        let name = &truth.columns[key];
        let numbers = customers.numbers(name);
        if numbers.is_none() {
            lost.push(name.clone());
        }
        numbers.unwrap_or_default()
    };
    let (amounts, quantities, days) = (numbers("amount"), numbers("quantity"), numbers("day"));
    if amounts.is_empty() {
        return Err(format!("the money of customers, {}, is lost", truth.columns["amount"]));
    }
    let place = customers.column(&truth.columns["place"]).map(|column| &column.values);
    for row in 0..customers.len() {
        *by_customer.entry(customers.ids.get(row).to_owned()).or_default() += cents(amounts[row]);
        if let Some(Values::Levels { codes, names }) = place {
            *by_level.entry(level_name(codes[row], names)).or_default() += cents(amounts[row]);
        }
    }
    if by_level.is_empty() {
        lost.push(truth.columns["place"].clone());
    }
    if customers.numbered {
        lost.push(truth.columns["customer"].clone());
    }
    let days: Vec<i32> = days.iter().filter(|day| day.is_finite()).map(|day| *day as i32).collect();
    let outcome = Outcome {
        rows: customers.len(),
        customers: by_customer.len(),
        orders: None,
        cents: cents(sum(amounts)),
        units: units(quantities),
        first_day: day(days.iter().copied().min()),
        last_day: day(days.iter().copied().max()),
        sum_of_days: days.iter().map(|day| i64::from(*day)).sum(),
        by_customer,
        by_level,
    };
    Ok(Found { outcome, lost })
}
