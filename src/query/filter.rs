//! Which customers: ranges, levels and segments, read from and written to a query string.

use std::collections::{BTreeMap, BTreeSet};

use crate::dataset::customers::MISSING_LEVEL;
use crate::dataset::{Column, Customers, Facts, Role, Values, dates};
use crate::query::error::{MISSING_NAME, QueryError};
use crate::query::sales::SalesFilter;

/// Word for customers without a segment in links.
pub const UNDECIDED_WORD: &str = "undecided";

/// Closed interval; an open end is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Range {
    /// Lowest value kept.
    pub min: Option<f64>,
    /// Highest value kept.
    pub max: Option<f64>,
}

/// Which customers are asked about. An empty filter keeps all.
///
/// In a query string: `min.COLUMN`, `max.COLUMN`, `in.COLUMN` (repeated) and `seg` (repeated).
/// A customer with a missing value does not pass a range on that column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Ranges by column.
    pub ranges: BTreeMap<String, Range>,
    /// Kept levels by column (for flags `0` and `1`).
    pub levels: BTreeMap<String, BTreeSet<String>>,
    /// Kept clusters; -1 is undecided.
    pub segments: BTreeSet<i32>,
    /// Kept facts, where the data set has some; it says nothing of customers.
    pub sales: SalesFilter,
}

/// One part of a filter, for a removable chip.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterPart {
    /// The part in words.
    pub text: String,
    /// The filter without this part.
    pub without: Filter,
}

impl Filter {
    /// Reads the filter's keys from decoded query pairs; other keys and empty values are left alone.
    ///
    /// # Errors
    /// [`QueryError`] for unknown columns, levels and segments and for malformed limits.
    pub fn parse(pairs: &[(String, String)], customers: &Customers, clusters: &[i32]) -> Result<Self, QueryError> {
        let mut filter = Self::default();
        for (key, text) in pairs.iter().filter(|(_, text)| !text.trim().is_empty()) {
            if key == "seg" {
                filter.segments.insert(parse_segment(text, clusters)?);
            } else if let Some(name) = key.strip_prefix("min.") {
                let limit = parse_limit(numeric(customers, name)?, text)?;
                filter.ranges.entry(name.to_owned()).or_default().min = Some(limit);
            } else if let Some(name) = key.strip_prefix("max.") {
                let limit = parse_limit(numeric(customers, name)?, text)?;
                filter.ranges.entry(name.to_owned()).or_default().max = Some(limit);
            } else if let Some(name) = key.strip_prefix("in.") {
                let column = customers.column(name).ok_or_else(|| unknown_column(customers, name))?;
                check_level(column, text)?;
                filter.levels.entry(name.to_owned()).or_default().insert(text.clone());
            }
        }
        Ok(filter)
    }

    /// Whether the filter keeps every customer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty() && self.levels.is_empty() && self.segments.is_empty()
    }

    /// The filter as query pairs, in a fixed order.
    #[must_use]
    pub fn pairs(&self, customers: &Customers) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for (name, range) in &self.ranges {
            let role = customers.column(name).map_or(Role::Numeric, |column| column.role);
            for (end, limit) in [("min", range.min), ("max", range.max)] {
                if let Some(limit) = limit {
                    pairs.push((format!("{end}.{name}"), limit_text(limit, role)));
                }
            }
        }
        for (name, levels) in &self.levels {
            pairs.extend(levels.iter().map(|level| (format!("in.{name}"), level.clone())));
        }
        pairs.extend(self.segments.iter().map(|cluster| ("seg".to_owned(), segment_text(*cluster))));
        pairs.extend(self.sales.pairs());
        pairs
    }

    /// The rows that pass, in ascending order. `labels` holds a cluster a row; without it a segment
    /// filter keeps nobody.
    #[must_use]
    pub fn rows(&self, customers: &Customers, labels: Option<&[i32]>) -> Vec<u32> {
        let mut rows: Vec<u32> = (0..customers.len() as u32).collect();
        for (name, range) in &self.ranges {
            if let Some(numbers) = customers.numbers(name) {
                let (min, max) = (range.min.unwrap_or(f64::NEG_INFINITY), range.max.unwrap_or(f64::INFINITY));
                rows.retain(|row| (min..=max).contains(&numbers[*row as usize]));
            }
        }
        for (name, wanted) in &self.levels {
            match customers.column(name).map(|column| &column.values) {
                Some(Values::Levels { codes, names }) => {
                    let keep: Vec<bool> = names.iter().map(|name| wanted.contains(name)).collect();
                    let keep_missing = wanted.contains(MISSING_NAME);
                    rows.retain(|row| match codes[*row as usize] {
                        MISSING_LEVEL => keep_missing,
                        code => keep[code as usize],
                    });
                }
                Some(Values::Numbers(numbers)) => {
                    rows.retain(|row| wanted.contains(&numbers[*row as usize].to_string()));
                }
                None => rows.clear(),
            }
        }
        if !self.segments.is_empty() {
            match labels {
                Some(labels) => rows.retain(|row| self.segments.contains(&labels[*row as usize])),
                None => rows.clear(),
            }
        }
        rows
    }

    /// The parts of the filter of facts in words, each with the filter that remains without it.
    #[must_use]
    pub fn sales_parts(&self, facts: &Facts) -> Vec<FilterPart> {
        let day = |day: i32| dates::format_iso(f64::from(day));
        let words = match (self.sales.from, self.sales.to) {
            (Some(from), Some(to)) => Some(format!("Period {} to {}", day(from), day(to))),
            (Some(from), None) => Some(format!("Period from {}", day(from))),
            (None, Some(to)) => Some(format!("Period up to {}", day(to))),
            (None, None) => None,
        };
        let mut parts = Vec::new();
        if let Some(text) = words {
            let sales = SalesFilter { from: None, to: None, ..self.sales.clone() };
            parts.push(FilterPart { text, without: Self { sales, ..self.clone() } });
        }
        for (name, levels) in &self.sales.levels {
            let Some(dimension) = facts.dimension(name) else { continue };
            let levels: Vec<&str> = levels.iter().map(String::as_str).collect();
            let mut without = self.clone();
            without.sales.levels.remove(name);
            parts.push(FilterPart { text: format!("{}: {}", dimension.label, levels.join(", ")), without });
        }
        parts
    }

    /// The filter's parts in words, each with the filter that remains without it.
    #[must_use]
    pub fn parts(&self, customers: &Customers, segment_name: impl Fn(i32) -> String) -> Vec<FilterPart> {
        let mut parts = Vec::new();
        for (name, range) in &self.ranges {
            let Some(column) = customers.column(name) else { continue };
            let text = |limit| limit_text(limit, column.role);
            let words = match (range.min, range.max) {
                (Some(min), Some(max)) => format!("{} {} to {}", column.label, text(min), text(max)),
                (Some(min), None) => format!("{} from {}", column.label, text(min)),
                (None, Some(max)) => format!("{} up to {}", column.label, text(max)),
                (None, None) => continue,
            };
            let mut without = self.clone();
            without.ranges.remove(name);
            parts.push(FilterPart { text: words, without });
        }
        for (name, levels) in &self.levels {
            let Some(column) = customers.column(name) else { continue };
            let names: Vec<&str> = levels
                .iter()
                .map(|level| match (column.role, level.as_str()) {
                    (Role::Flag, "0") => "no",
                    (Role::Flag, "1") => "yes",
                    (_, level) => level,
                })
                .collect();
            let mut without = self.clone();
            without.levels.remove(name);
            parts.push(FilterPart { text: format!("{}: {}", column.label, names.join(", ")), without });
        }
        for cluster in &self.segments {
            let mut without = self.clone();
            without.segments.remove(cluster);
            parts.push(FilterPart { text: segment_name(*cluster), without });
        }
        parts
    }
}

/// A cluster as it stands in links.
#[must_use]
pub fn segment_text(cluster: i32) -> String {
    if cluster < 0 { UNDECIDED_WORD.to_owned() } else { cluster.to_string() }
}

fn parse_segment(text: &str, clusters: &[i32]) -> Result<i32, QueryError> {
    let cluster = if text == UNDECIDED_WORD { Some(-1) } else { text.parse().ok().filter(|c| *c >= 0) };
    cluster.filter(|cluster| clusters.contains(cluster)).ok_or_else(|| QueryError::UnknownLevel {
        column: "Segment".to_owned(),
        text: text.to_owned(),
        known: clusters.iter().map(|c| segment_text(*c)).collect::<Vec<_>>().join(", "),
    })
}

/// A limit as it stands in links and input fields.
#[must_use]
pub fn limit_text(limit: f64, role: Role) -> String {
    if role == Role::Date { dates::format_iso(limit) } else { limit.to_string() }
}

fn parse_limit(column: &Column, text: &str) -> Result<f64, QueryError> {
    let bad = |expected| QueryError::BadLimit { column: column.label.clone(), text: text.to_owned(), expected };
    if column.role == Role::Date {
        return dates::parse_iso(text).map(f64::from).ok_or_else(|| bad("day such as 2024-12-31"));
    }
    text.trim().parse().ok().filter(|limit: &f64| limit.is_finite()).ok_or_else(|| bad("number"))
}

fn unknown_column(customers: &Customers, name: &str) -> QueryError {
    QueryError::UnknownColumn {
        name: name.to_owned(),
        purpose: "to filter by".to_owned(),
        known: customers.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", "),
    }
}

fn numeric<'a>(customers: &'a Customers, name: &str) -> Result<&'a Column, QueryError> {
    customers.column(name).filter(|column| column.role != Role::Category).ok_or_else(|| unknown_column(customers, name))
}

fn check_level(column: &Column, text: &str) -> Result<(), QueryError> {
    let (known, exists): (Vec<&str>, bool) = match &column.values {
        Values::Levels { names, .. } => (
            names.iter().take(10).map(String::as_str).collect(),
            text == MISSING_NAME || names.iter().any(|name| name == text),
        ),
        Values::Numbers(_) if column.role == Role::Flag => (vec!["0", "1"], matches!(text, "0" | "1")),
        Values::Numbers(_) => (vec!["a range"], false),
    };
    if exists {
        return Ok(());
    }
    Err(QueryError::UnknownLevel { column: column.label.clone(), text: text.to_owned(), known: known.join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Dataset;

    fn dataset() -> Dataset {
        let folder = tempfile::tempdir().unwrap();
        let data = "id,spent,vip,city,joined\n1,10,0,Bari,2020-01-01\n2,20,1,,2020-01-02\n3,,0,Bonn,2020-01-03\n4,40,1,Bari,\n";
        std::fs::write(folder.path().join("a.csv"), data).unwrap();
        let text = "title='t'\n[[table]]\nfile='a.csv'\n[segmentation]\nvalue='spent'\nfeatures=['spent']\n";
        std::fs::write(folder.path().join("dataset.toml"), text).unwrap();
        crate::dataset::load(folder.path()).unwrap()
    }

    fn pairs(text: &str) -> Vec<(String, String)> {
        serde_urlencoded::from_str(text).unwrap()
    }

    fn rows(query: &str) -> Vec<u32> {
        let dataset = dataset();
        let filter = Filter::parse(&pairs(query), &dataset.customers, &[0, 1, -1]).unwrap();
        filter.rows(&dataset.customers, Some(&[0, 1, -1, 0]))
    }

    #[test]
    fn each_kind_of_condition_keeps_the_right_rows() {
        for (query, expected) in [
            ("", &[0, 1, 2, 3][..]),
            ("min.spent=15", &[1, 3]),
            ("min.spent=10&max.spent=20", &[0, 1]),
            ("min.joined=2020-01-02", &[1, 2]),
            ("in.city=Bari", &[0, 3]),
            ("in.city=Bonn&in.city=(missing)", &[1, 2]),
            ("in.vip=1", &[1, 3]),
            ("seg=0", &[0, 3]),
            ("seg=undecided&seg=1", &[1, 2]),
            ("min.spent=&in.city=&other=1", &[0, 1, 2, 3]),
            ("min.spent=30&max.spent=20", &[]),
        ] {
            assert_eq!(rows(query), expected, "{query}");
        }
    }

    #[test]
    fn a_filter_survives_the_way_through_a_link() {
        let dataset = dataset();
        let query = "min.joined=2020-01-02&max.spent=1.5&in.city=Bari&seg=1&seg=undecided";
        let filter = Filter::parse(&pairs(query), &dataset.customers, &[0, 1, -1]).unwrap();
        assert_eq!(Filter::parse(&filter.pairs(&dataset.customers), &dataset.customers, &[0, 1, -1]).unwrap(), filter);
        let parts = filter.parts(&dataset.customers, |cluster| format!("segment {cluster}"));
        assert_eq!(parts.len(), 5);
        assert_eq!(parts[0].text, "Joined from 2020-01-02");
        assert!(!parts[0].without.ranges.contains_key("joined"));
    }

    #[test]
    fn nonsense_is_refused_with_the_choices() {
        let dataset = dataset();
        for (query, expected) in [
            ("min.nothing=1", "there is no column \"nothing\""),
            ("min.city=1", "there is no column \"city\""),
            ("min.spent=abc", "\"abc\" is no number for Spent"),
            ("max.spent=NaN", "\"NaN\" is no number"),
            ("max.spent=inf", "\"inf\" is no number"),
            ("min.joined=01-02-2020", "is no day such as"),
            ("in.city=Rome", "City has no value \"Rome\""),
            ("in.vip=2", "choose one of 0, 1"),
            ("in.spent=10", "choose one of a range"),
            ("seg=7", "Segment has no value \"7\""),
            ("seg=-1", "Segment has no value \"-1\""),
        ] {
            let message = Filter::parse(&pairs(query), &dataset.customers, &[0, 1, -1]).unwrap_err().to_string();
            assert!(message.contains(expected), "{query}: {message}");
        }
    }
}
