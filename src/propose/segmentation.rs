//! What customers are segmented by, told from what is proposed for the columns.

use crate::dataset::label::humanise;
use crate::dataset::manifest::Role;
use crate::propose::proposal::{
    ColumnProposal, DerivedProposal, GroupProposal, Kind, Proposal, SegmentationProposal, TableProposal,
};
use crate::propose::questions::{Answers, Question, Reading};
use crate::propose::reach::beside;
use crate::propose::words;

/// Most features: more make segments that nobody can explain.
const FEATURES: usize = 8;

/// Fewest columns that make a group.
const GROUP: usize = 3;

/// Share of the most frequent value above which a number tells customers hardly apart.
const NEARLY_CONSTANT: f64 = 0.95;

/// Share of missing values above which a number is no feature.
const MOSTLY_MISSING: f64 = 0.5;

/// Beginnings of names of money and of counts.
const MONEY: [&str; 8] = ["mnt", "amount", "spent", "spend", "sales", "monto", "revenue", "umsatz"];
const COUNTS: [&str; 3] = ["num", "n", "count"];

impl Proposal {
    /// Chooses groups, sums and features anew, after roles or the purpose of a table were corrected.
    pub fn choose_segmentation(&mut self) {
        self.derived.clear();
        self.groups.clear();
        self.questions.retain(|question| question.key != WORTH);
        if let Some(facts) = &self.facts {
            self.segmentation = match (&facts.amount, &facts.status) {
                (Some(_), _) => by_recency(),
                (None, Some(_)) => by_use(),
                (None, None) => by_visits(),
            };
            return;
        }
        let columns = self.columns_of_customers();
        let columns: Vec<ColumnProposal> = columns.into_iter().cloned().collect();
        self.groups = groups(&columns);
        let (money, purchases) = (sum(&self.groups, &columns, &MONEY), sum(&self.groups, &columns, &COUNTS));
        let value = value(&columns);
        // A column that says it is the total is better than a sum of parts.
        let total =
            money.filter(|_| value.is_none_or(|value| !words::has(&value.name, &["total", "monetary", "revenue"])));
        let visits = visits(&columns);
        // One count of several is no better than their sum.
        let count = purchases.filter(|_| visits.is_none_or(|visits| begins(&visits.name, &COUNTS)));
        let mut reasons = Vec::new();
        let mut chosen: Vec<String> = Vec::new();
        let asked = if total.is_none() && value.is_none() { worth(&columns, &self.answers) } else { None };
        let value_name = match (&total, value) {
            (Some((derived, _)), _) => derived.name.clone(),
            (None, Some(value)) => value.name.clone(),
            (None, None) => asked.as_ref().map(|question| question.taken().to_owned()).unwrap_or_default(),
        };
        reasons.push(match (&total, value) {
            (Some(_), _) => format!("{value_name} says what a customer is worth: a sum of columns of money."),
            (None, Some(_)) => format!("{value_name} says by its name what a customer is worth."),
            (None, None) if asked.as_ref().is_some_and(|question| !question.is_open()) => {
                format!("{value_name} says what a customer is worth, as was answered.")
            }
            (None, None) => "No column says what a customer is worth.".to_owned(),
        });
        self.questions.extend(asked);
        let visits_name =
            count.as_ref().map(|(derived, _)| derived.name.clone()).or(visits.map(|visits| visits.name.clone()));
        let visits_name = visits_name.filter(|name| *name != value_name);
        let parts: Vec<String> = [&total, &count].into_iter().flatten().flat_map(|(_, parts)| parts.clone()).collect();
        chosen.extend(
            [Some(value_name.clone()), visits_name.clone()].into_iter().flatten().filter(|name| !name.is_empty()),
        );
        let mut others = numbers(&columns);
        others.retain(|column| !chosen.contains(&column.name) && !parts.contains(&column.name));
        others.sort_by_key(|column| !words::has(&column.name, words::RECENCY));
        chosen.extend(others.into_iter().map(|column| column.name.clone()));
        without_totals(&mut chosen, &columns, &mut reasons);
        chosen.truncate(FEATURES);
        reasons.push("The features are numbers that tell customers apart, eight at most.".to_owned());
        self.derived = [total, count].into_iter().flatten().map(|(derived, _)| derived).collect();
        self.segmentation =
            SegmentationProposal { value: value_name, visits: visits_name, features: chosen, transform: None, reasons };
    }

    /// Names that customers may be segmented by, each with whether it is a number: what facts make of each customer, and what
    /// is known of them.
    #[must_use]
    pub fn measures(&self) -> Vec<(String, bool)> {
        let mut names: Vec<(String, bool)> = Vec::new();
        if let Some(facts) = &self.facts {
            let mut numbers = vec!["recency_days", "frequency", "tenure_days", "days_between_orders", "weekend_share"];
            if facts.amount.is_some() {
                numbers.extend(["monetary", "average_order_value"]);
            }
            if facts.quantity.is_some() {
                numbers.push("units");
            }
            if facts.status.is_some() {
                numbers.extend(["uses", "use_rate", "active_months"]);
            }
            if facts.status.as_ref().is_some_and(|status| status.time.is_some()) {
                numbers.push("days_to_use");
            }
            names.extend(numbers.into_iter().map(|name| (name.to_owned(), true)));
            for dimension in facts.dimensions.iter().filter(|dimension| dimension.makes_features) {
                names.push((format!("distinct_{}", dimension.column), true));
                names.push((format!("preferred_{}", dimension.column), false));
            }
        }
        names.extend(self.derived.iter().map(|derived| (derived.name.clone(), true)));
        for column in self.columns_of_customers() {
            let is_number = column.role == Role::Numeric;
            let tells = is_number || matches!(column.role, Role::Flag | Role::Category);
            if tells && !names.iter().any(|(name, _)| *name == column.name) {
                names.push((column.name.clone(), is_number));
            }
        }
        names
    }

    /// Columns of the customers: of their table and those that it is joined to.
    fn columns_of_customers(&self) -> Vec<&ColumnProposal> {
        let Some(customers) = &self.customers else { return Vec::new() };
        if customers.id.is_none() {
            return self
                .table(&customers.table)
                .map(|table: &TableProposal| table.columns.iter().collect())
                .unwrap_or_default();
        }
        beside(&self.tables, &self.keys, &customers.table).into_iter().map(|beside| beside.column).collect()
    }
}

/// Takes out of the features what says the same twice: a total beside its parts, or two parts beside their total where other features
/// are left, and the twin of a column.
fn without_totals(chosen: &mut Vec<String>, columns: &[ColumnProposal], reasons: &mut Vec<String>) {
    for total in columns.iter().filter(|column| !column.parts.is_empty()) {
        let is_there = |name: &String, chosen: &[String]| chosen.contains(name);
        if !is_there(&total.name, chosen) || !total.parts.iter().all(|part| is_there(part, chosen)) {
            continue;
        }
        let parts = crate::words::all_of(&total.parts);
        let keeps_total = total.parts.len() == 2 && chosen.len() > 3;
        let left_out = if keeps_total { total.parts.clone() } else { vec![total.name.clone()] };
        chosen.retain(|name| !left_out.contains(name));
        reasons.push(if total.parts.len() == 1 {
            format!("{} is no feature: it holds the same numbers as {parts}.", total.name)
        } else if keeps_total {
            format!("{parts} are no features: they are the parts of {}.", total.name)
        } else {
            format!("{} is no feature: it is the sum of {parts}.", total.name)
        });
    }
}

fn by_recency() -> SegmentationProposal {
    SegmentationProposal {
        value: "monetary".to_owned(),
        visits: Some("frequency".to_owned()),
        features: ["recency_days", "frequency", "monetary"].map(str::to_owned).to_vec(),
        transform: Some("yeo-johnson".to_owned()),
        reasons: vec![
            "Customers are told apart by how long ago, how often and for how much they bought.".to_owned(),
            "Yeo-Johnson takes the long tail from what few customers spend and bears negative amounts.".to_owned(),
        ],
    }
}

fn by_visits() -> SegmentationProposal {
    SegmentationProposal {
        value: "frequency".to_owned(),
        visits: None,
        features: ["frequency", "recency_days", "tenure_days"].map(str::to_owned).to_vec(),
        transform: None,
        reasons: vec![
            "Customers are told apart by how often and how long ago they came, and since when.".to_owned(),
            "No column holds money, so that a customer is worth as much as the number of visits.".to_owned(),
        ],
    }
}

fn by_use() -> SegmentationProposal {
    SegmentationProposal {
        value: "uses".to_owned(),
        visits: Some("frequency".to_owned()),
        features: ["frequency", "use_rate", "recency_days"].map(str::to_owned).to_vec(),
        transform: None,
        reasons: vec![
            "Customers are told apart by how many they got, what share they used, and how long ago.".to_owned(),
        ],
    }
}

/// Numbers that may tell customers apart.
fn numbers(columns: &[ColumnProposal]) -> Vec<&ColumnProposal> {
    let tells = |column: &&ColumnProposal| {
        let rows = (column.missing + column.filled) as f64;
        column.role == Role::Numeric
            && column.is_number()
            && column.distinct > 1
            && column.most <= NEARLY_CONSTANT
            && column.missing as f64 <= MOSTLY_MISSING * rows
    };
    columns.iter().filter(tells).collect()
}

/// The number whose name says what a customer is worth.
fn value(columns: &[ColumnProposal]) -> Option<&ColumnProposal> {
    let is_money =
        |column: &&ColumnProposal| ![words::NO_AMOUNT, words::HOW_OFTEN].iter().any(|no| words::has(&column.name, no));
    let named = numbers(columns).into_iter().filter(is_money);
    let ranked = named.filter_map(|column| Some((words::rank(&column.name, words::AMOUNT)?, column)));
    // A name that begins like a count of purchases is no money.
    let money = ranked.filter(|(_, column)| !begins(&column.name, &COUNTS));
    money.min_by_key(|(rank, _)| *rank).map(|(_, column)| column)
}

/// Names the question of what a customer is worth.
const WORTH: &str = "worth";

/// Asks which number says what a customer is worth where no name says it. Ages, scores and the like are offered last.
fn worth(columns: &[ColumnProposal], answers: &Answers) -> Option<Question> {
    let mut candidates = numbers(columns);
    let earned = |column: &ColumnProposal| words::rank(&column.name, words::EARNED);
    candidates.sort_by_key(|column| {
        let is_no_worth = words::has(&column.name, words::NO_WORTH) && !words::has(&column.name, words::EARNED);
        (is_no_worth, earned(column).unwrap_or(usize::MAX))
    });
    let likely = candidates.first()?.name.clone();
    let confidence = if earned(candidates[0]).is_some() { 0.6 } else { 0.3 };
    let option = |column: &&ColumnProposal| {
        let words = format!("{} says what a customer is worth.", column.name);
        let effect = format!(
            "Customers with much of it are called the best, and pages show its sums; {} of {} customers have a value.",
            crate::figures::count(column.filled),
            crate::figures::count(column.filled + column.missing)
        );
        Reading::new(&column.name, words, effect)
    };
    let text =
        "No column says by its name what a customer spends or brings in. Which number says what a customer is worth?";
    Some(Question::new(
        WORTH.to_owned(),
        text.to_owned(),
        candidates.iter().map(option).collect(),
        (&likely, confidence),
        answers,
    ))
}

/// The number whose name says how often a customer came.
fn visits(columns: &[ColumnProposal]) -> Option<&ColumnProposal> {
    let whole = numbers(columns).into_iter().filter(|column| column.kind == Kind::Whole);
    whole
        .filter_map(|column| Some((words::rank(&column.name, words::VISITS)?, column)))
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, c)| c)
}

fn begins(name: &str, with: &[&str]) -> bool {
    words::words(name).first().is_some_and(|first| with.contains(&first.as_str()))
}

/// Columns whose names begin alike, such as `MntWines` and `MntFruits`, all numbers or all flags.
fn groups(columns: &[ColumnProposal]) -> Vec<GroupProposal> {
    let mut groups: Vec<(Role, GroupProposal)> = Vec::new();
    for column in
        columns.iter().filter(|column| matches!(column.role, Role::Numeric | Role::Flag) && column.distinct > 1)
    {
        let words = words::words(&column.name);
        let [first, _, ..] = words.as_slice() else { continue };
        match groups.iter_mut().find(|(_, group)| group.name == *first) {
            Some((role, group)) if *role == column.role => group.columns.push(column.name.clone()),
            // Numbers and flags do not add up.
            Some(_) => {}
            None => {
                let label = humanise(first);
                let group = GroupProposal { name: first.clone(), label, columns: vec![column.name.clone()] };
                groups.push((column.role, group));
            }
        }
    }
    groups.into_iter().map(|(_, group)| group).filter(|group| group.columns.len() >= GROUP).collect()
}

/// The sum of a group of money or of counts of purchases, with its parts.
fn sum(
    groups: &[GroupProposal],
    columns: &[ColumnProposal],
    beginnings: &[&str],
) -> Option<(DerivedProposal, Vec<String>)> {
    let group = groups.iter().find(|group| beginnings.contains(&group.name.as_str()))?;
    let is_count = COUNTS.contains(&group.name.as_str());
    let counted =
        |name: &&String| !is_count || words::words(name).last().is_some_and(|last| words::has(last, words::VISITS));
    let parts: Vec<String> = group.columns.iter().filter(counted).cloned().collect();
    if parts.len() < GROUP {
        return None;
    }
    let name = if is_count { "all_purchases" } else { "total_spent" };
    if columns.iter().any(|column| column.name == name) {
        return None;
    }
    let sql: Vec<String> = parts.iter().map(|part| quoted(part)).collect();
    let reason = format!("The sum of the {} columns whose names begin with \"{}\".", parts.len(), group.name);
    Some((DerivedProposal { name: name.to_owned(), sql: sql.join(" + "), reason }, parts))
}

/// A name in SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
