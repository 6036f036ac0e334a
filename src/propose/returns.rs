//! Which rows take purchases back, and which are no sales at all: told from signs, from how numbers of orders begin, and from words.

use std::collections::BTreeMap;

use crate::dataset::manifest::{LeftOut, ReturnSource};
use crate::dataset::numbers;
use crate::figures;
use crate::propose::proposal::{ColumnProposal, FactsProposal, Kind, ReturnClues, TableProposal};
use crate::propose::questions::{Answers, Question, Reading};
use crate::propose::reading::{Marks, Values};
use crate::propose::words;

/// Share of the rows from which letters are no sign of a few returns.
const FEW: f64 = 0.3;

/// Letters before the numbers of credit notes.
const OF_RETURNS: &[&str] = &[
    "C", "K", "CN", "CR", "CM", "RET", "R", "RT", "RMA", "SR", "GS", "ST", "STORNO", "AV", "AVOIR", "NC", "REF", "RF",
];

/// Letters before the numbers of invoices; with other ones beside them, letters name something else, such as a shop.
const OF_PURCHASES: &[&str] = &[
    "", "I", "IN", "INV", "RE", "RG", "RN", "F", "FA", "FV", "FAC", "FACT", "A", "AB", "S", "SO", "SI", "O", "ORD",
    "ORDER", "B", "BE", "V", "VK",
];

/// What is written of a row that takes something back.
const RETURNED: &[&str] = &[
    "return",
    "returns",
    "returned",
    "refund",
    "refunds",
    "refunded",
    "credit note",
    "credit memo",
    "creditnote",
    "chargeback",
    "reversal",
    "gutschrift",
    "storno",
    "stornierung",
    "retoure",
    "rückgabe",
    "rueckgabe",
    "rücksendung",
    "erstattung",
    "avoir",
    "remboursement",
    "retour",
    "reembolso",
    "devolución",
    "devolucion",
    "devolução",
    "nota de crédito",
    "nota de credito",
    "abono",
    "reso",
    "rimborso",
    "nota di credito",
    "zwrot",
    "korekta",
    "creditnota",
    "возврат",
    "退货",
    "退款",
    "返品",
    "환불",
    "iade",
];

/// What is written of an order of which nothing was sold.
const NO_SALE: &[&str] = &[
    "cancelled",
    "canceled",
    "cancel",
    "annulled",
    "void",
    "voided",
    "failed",
    "declined",
    "rejected",
    "refunded",
    "returned",
    "storniert",
    "abgebrochen",
    "fehlgeschlagen",
    "annulé",
    "annulée",
    "annule",
    "cancelado",
    "cancelada",
    "annullato",
    "annullata",
    "geannuleerd",
    "anulowane",
    "anulowany",
    "отменен",
    "отменён",
    "отменено",
    "已取消",
    "キャンセル",
    "취소",
    "iptal",
];

/// What is written of an order that was sold and came back.
const TAKEN_BACK: &[&str] = &["refunded", "returned"];

/// Names of columns in which a return is a way to travel.
const JOURNEY: &[&str] = &["ticket", "trip", "travel", "journey", "fare", "flight", "route", "booking"];

/// Names of columns that say how an order ended.
const STATUS: &[&str] =
    &["status", "stage", "outcome", "statut", "estado", "stato", "zustand", "bestellstatus", "статус", "状态"];

/// What the values of a column say of returns.
pub(super) fn clues(column: &Values, kind: Kind, marks: &Marks) -> ReturnClues {
    let below = |text: &String| numbers::parse(text, marks.decimal, marks.thousands).is_some_and(|number| number < 0.0);
    let is_number = matches!(kind, Kind::Whole | Kind::Decimal);
    let below_zero = column.counts.iter().filter(|(text, _)| is_number && below(text)).map(|(_, count)| *count).sum();
    let prefixes = if kind == Kind::Text { prefixes(column) } else { Vec::new() };
    let is_told = |text: &String| kind == Kind::Text && means(text, RETURNED);
    let told = column.counts.iter().filter(|(text, _)| is_told(text)).map(|(_, count)| *count).sum();
    let mut unsold: BTreeMap<String, usize> = BTreeMap::new();
    let is_status = kind == Kind::Text && words::has(&column.name, STATUS);
    for (text, count) in column.counts.iter().filter(|(text, _)| is_status && means(text, NO_SALE)) {
        *unsold.entry(text.trim().to_owned()).or_default() += count;
    }
    ReturnClues { below_zero, prefixes, told, unsold }
}

/// Letters of credit notes, when every value is a number behind letters, and the others are those of invoices.
fn prefixes(column: &Values) -> Vec<String> {
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    for (text, count) in column.counts.iter().filter(|(text, _)| !text.trim().is_empty()) {
        let Some(letters) = letters(text.trim()) else { return Vec::new() };
        *rows.entry(letters).or_default() += count;
    }
    let all: usize = rows.values().sum();
    let (returns, others): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|(letters, _)| OF_RETURNS.contains(&letters.as_str()));
    let few: usize = returns.iter().map(|(_, rows)| rows).sum();
    let is_likely = others.iter().all(|(letters, _)| OF_PURCHASES.contains(&letters.as_str()))
        && !others.is_empty()
        && (few as f64) < FEW * all as f64;
    if is_likely { returns.into_iter().map(|(letters, _)| letters).collect() } else { Vec::new() }
}

/// The letters in front of a number, in capitals; `None` when a value is anything else.
fn letters(text: &str) -> Option<String> {
    let digits = text.trim_start_matches(char::is_alphabetic);
    let letters = &text[..text.len() - digits.len()];
    let number = digits.trim_start_matches(['-', '_', '/', ' ', '#']);
    let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '/' | '.'));
    (is_number && letters.chars().count() <= 6).then(|| letters.to_uppercase())
}

/// Whether a text is one of words, however it is written.
fn means(text: &str, words: &[&str]) -> bool {
    words.contains(&text.trim().to_lowercase().as_str())
}

/// Some of a column's texts, but not all, that are among words.
fn some_of(column: &ColumnProposal, words: &[&str]) -> Vec<String> {
    let is_meant = |level: &&String| means(level, words);
    let meant: Vec<String> = column.levels.iter().filter(is_meant).cloned().collect();
    if meant.len() == column.levels.len() { Vec::new() } else { meant }
}

/// The texts of a column that mean that nothing was sold.
pub(super) fn no_sales(column: &ColumnProposal) -> Vec<String> {
    if words::has(&column.name, STATUS) { some_of(column, NO_SALE) } else { Vec::new() }
}

/// What is proposed, with the reasons as sentences.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Returned {
    /// The section on returns, where something speaks of them.
    pub(super) returns: Option<ReturnSource>,
    /// Rows that are no sales.
    pub(super) left_out: Vec<LeftOut>,
    pub(super) reasons: Vec<String>,
}

/// Share of the rows from which people are asked whether orders that came to nothing are left out.
const MANY: f64 = 0.02;

const LEFT_OUT: &str = "left-out";
const SALES: &str = "sales";

const RETURNS: &str = "returns";
const PURCHASES: &str = "purchases";

/// Asks whether letters before numbers of orders are those of credit notes, where no amount below zero says so.
pub(super) fn ask_letters(facts: &mut FactsProposal, tables: &[TableProposal], answers: &Answers) -> Option<Question> {
    let table = tables.iter().find(|table| table.name == facts.table)?;
    let letters = table.column(facts.order.as_ref()?)?.returns.prefixes.join(", ");
    let signed = [facts.amount.as_ref(), facts.price.as_ref(), facts.quantity.as_ref()];
    let is_below = |name: &String| table.column(name).is_some_and(|column| column.returns.below_zero > 0);
    if letters.is_empty() || signed.into_iter().flatten().any(is_below) {
        return None;
    }
    let options = vec![
        Reading::new(
            RETURNS,
            "They are credit notes, which take money back.",
            "Their amounts lower money, and they are no purchases.",
        ),
        Reading::new(
            PURCHASES,
            "They are purchases like all others.",
            "Their amounts add up with those of the others.",
        ),
    ];
    let text = format!(
        "Some values of {} in table {} begin with {letters}, as those of credit notes do, but no amount is below zero. What are they?",
        facts.order.as_deref().unwrap_or_default(),
        table.name
    );
    let question = Question::new(format!("returns.{}", table.name), text, options, (RETURNS, 0.6), answers);
    facts.letters_are_none = question.taken() == PURCHASES;
    Some(question)
}

/// Takes what the columns say of returns into the facts; asks about orders of which nothing was sold, where they are many.
pub(super) fn settle(facts: &mut FactsProposal, tables: &[TableProposal], answers: &Answers) -> Option<Question> {
    let found = returns(facts, tables);
    let of_column = |left: &LeftOut| {
        let table = tables.iter().find(|table| table.column(&left.column).is_some())?;
        let unsold = &table.column(&left.column)?.returns.unsold;
        Some((left.values.iter().filter_map(|value| unsold.get(value.trim())).sum::<usize>(), table))
    };
    let counted = found.left_out.iter().filter_map(|left| Some((left, of_column(left)?)));
    let question = counted.max_by_key(|(_, (rows, _))| *rows).and_then(|(left, (rows, table))| {
        let (share, quoted) = (rows as f64 / table.rows.max(1) as f64, left.values.join("\", \""));
        let of = format!("{} of {}", figures::counted(rows, "row", "rows"), figures::count(table.rows));
        let options = vec![
            Reading::new(
                LEFT_OUT,
                "Nothing was sold; these rows are left out.",
                format!("{of} are left out, and the ledger counts them."),
            ),
            Reading::new(SALES, "They are sales like all others.", format!("{of} count as sales.")),
        ];
        let text = format!("{of} of table {} have \"{quoted}\" as {}. Are they sales?", table.name, left.column);
        (share > MANY).then(|| Question::new(format!("sales.{}", table.name), text, options, (LEFT_OUT, 0.9), answers))
    });
    facts.counts_all = question.as_ref().is_some_and(|question| question.taken() == SALES);
    facts.reasons.extend(returns(facts, tables).reasons);
    question
}

/// What the columns of the facts say of returns, and of orders of which nothing was sold. `tables` are all of the proposal.
pub(super) fn returns(facts: &FactsProposal, tables: &[TableProposal]) -> Returned {
    let mut found = Returned::default();
    let Some(table) = tables.iter().find(|table| table.name == facts.table) else { return found };
    let is_known = |name: &str| facts.status.as_ref().is_some_and(|status| status.column == name);
    // What is worked out as units times price is below zero where one of the two is.
    let money =
        [facts.amount.as_ref(), facts.price.as_ref(), facts.quantity.as_ref().filter(|_| facts.price.is_some())];
    let signed = money.into_iter().flatten().filter_map(|name| table.column(name)).max_by_key(|c| c.returns.below_zero);
    let mut source = ReturnSource::default();
    if let Some(column) =
        signed.filter(|column| column.returns.below_zero > 0 && column.returns.below_zero * 2 <= table.rows)
    {
        let rows = column.returns.below_zero;
        found.reasons.push(format!("{rows} of {} rows have {} below zero; they are returns.", table.rows, column.name));
        source.negative = Some(true);
    }
    let order = facts.order.as_ref().and_then(|name| table.column(name));
    if let Some(order) = order.filter(|order| !order.returns.prefixes.is_empty() && !facts.letters_are_none) {
        source.order_prefix.clone_from(&order.returns.prefixes);
        let letters = source.order_prefix.join(", ");
        found.reasons.push(format!("Some values of {} begin with {letters}, as those of credit notes do.", order.name));
    }
    let is_text = |column: &&ColumnProposal| column.kind == Kind::Text && !is_known(&column.name);
    let is_few = |column: &ColumnProposal| (column.returns.told as f64) < FEW * table.rows as f64;
    let told = table.columns.iter().filter(is_text).filter(|column| is_few(column));
    let told = told.filter(|column| !words::has(&column.name, STATUS) && !words::has(&column.name, JOURNEY));
    if let Some((column, values)) = told.map(|c| (c, some_of(c, RETURNED))).find(|(_, values)| !values.is_empty()) {
        found.reasons.push(format!("{} says what a row is; {} takes something back.", column.name, values.join(", ")));
        (source.column, source.values) = (Some(column.name.clone()), values);
    }
    // Of other tables only what the facts are compared by is joined.
    let is_dimension = |name: &str| facts.dimensions.iter().any(|dimension| dimension.column == name);
    let others = tables.iter().filter(|other| other.name != table.name).flat_map(|other| &other.columns);
    let joined = others.filter(|column| is_dimension(&column.name));
    for column in table.columns.iter().chain(joined).filter(is_text) {
        let mut values = no_sales(column);
        if source != ReturnSource::default() {
            // A purchase with a row of its own that takes it back would be gone twice.
            values.retain(|value| !means(value, TAKEN_BACK));
        }
        if values.is_empty() || facts.counts_all {
            continue;
        }
        found.reasons.push(format!(
            "{} says how an order ended; rows that say {} are no sales and are left out, counted in the ledger.",
            column.name,
            values.join(", ")
        ));
        found.left_out.push(LeftOut { column: column.name.clone(), values });
    }
    if source != ReturnSource::default() {
        let names_purchase = |name: &str| {
            let words = words::words(name);
            let is_first = words
                .iter()
                .any(|word| ["original", "orig", "refunded", "returned", "parent"].contains(&word.as_str()));
            is_first && words::has(name, words::ORDER)
        };
        if let Some(purchase) = order.and_then(|_| table.columns.iter().find(|column| names_purchase(&column.name))) {
            source.purchase = Some(purchase.name.clone());
            found.reasons.push(format!("{} names the purchase that is taken back.", purchase.name));
        }
        found.returns = Some(source);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::propose::reading::Texts;

    fn prefixes_of(texts: &[(&str, usize)]) -> Vec<String> {
        let counts = texts.iter().map(|(text, count)| ((*text).to_owned(), *count)).collect();
        let column = Values { counts, ..Values::of("Invoice", None, &Texts::default()) };
        let marks = Marks { decimal: '.', thousands: None, missing: Vec::new() };
        clues(&column, Kind::Text, &marks).prefixes
    }

    #[test]
    fn letters_of_credit_notes_are_few_and_stand_beside_invoices() {
        assert_eq!(prefixes_of(&[("5001", 4), ("5002", 4), ("C5003", 2)]), ["C"]);
        assert_eq!(prefixes_of(&[("INV-1", 4), ("inv-2", 4), ("cn-3", 2)]), ["CN"]);
        assert!(prefixes_of(&[("5001", 4), ("C5003", 4)]).is_empty(), "too many");
        assert!(prefixes_of(&[("R1", 1), ("M2", 4), ("T3", 4)]).is_empty(), "letters of shops");
        assert!(prefixes_of(&[("c0ffee12", 1), ("12ab", 4), ("a3", 4)]).is_empty(), "letters within");
        assert!(prefixes_of(&[("C1", 1), ("C2", 1)]).is_empty(), "all alike");
    }

    #[test]
    fn numbers_below_zero_are_counted() {
        let counts = [("-1", 3), ("2", 9), ("-0.5", 1)].into_iter().map(|(text, count)| (text.to_owned(), count));
        let column = Values { counts: counts.collect(), ..Values::of("Quantity", None, &Texts::default()) };
        let marks = Marks { decimal: '.', thousands: None, missing: Vec::new() };
        assert_eq!(clues(&column, Kind::Decimal, &marks).below_zero, 4);
        assert_eq!(clues(&column, Kind::Text, &marks).below_zero, 0);
    }
}
