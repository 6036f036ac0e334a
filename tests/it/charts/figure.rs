//! A chart as a page holds it: its figure and the table that stands under it, and numbers as tables write them.

use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

pub(super) struct Chart {
    pub(super) id: String,
    pub(super) question: String,
    pub(super) summary: String,
    pub(super) traces: Vec<Value>,
    pub(super) layout: Value,
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

fn within<'a>(element: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    let selector = Selector::parse(selector).unwrap();
    element.select(&selector).collect()
}

fn text_of(element: ElementRef<'_>) -> String {
    plain(&element.text().collect::<String>())
}

/// A text without what only lays it out: line breaks and hard spaces; `<` as it was before it was made safe.
pub(super) fn plain(text: &str) -> String {
    text.replace("<br>", " ").replace("&lt;", "<").split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Chart {
    /// The charts of a page.
    pub(super) fn all(page: &str) -> Vec<Self> {
        let page = Html::parse_document(page);
        within(page.root_element(), "figure[data-chart]").into_iter().map(Self::of).collect()
    }

    fn of(element: ElementRef<'_>) -> Self {
        let one = |selector: &str| within(element, selector).into_iter().next();
        let script: String = one("script[data-figure]").unwrap().text().collect();
        let mut figure: Value = serde_json::from_str(&script).unwrap();
        let Value::Array(traces) = figure["data"].take() else { panic!("no traces: {script}") };
        let cells = |row: ElementRef<'_>| within(row, "th, td").into_iter().map(text_of).collect::<Vec<String>>();
        Self {
            id: element.value().attr("data-chart").unwrap().to_owned(),
            question: one("h3").map(text_of).unwrap_or_default(),
            summary: one(".chart-summary").map(text_of).unwrap_or_default(),
            traces,
            layout: figure["layout"].take(),
            header: one("thead tr").map(cells).unwrap_or_default(),
            rows: within(element, "tbody tr").into_iter().map(cells).collect(),
        }
    }

    pub(super) fn column(&self, at: usize) -> Vec<&str> {
        self.rows.iter().map(|row| row.get(at).map_or("", String::as_str)).collect()
    }

    pub(super) fn title(&self, axis: &str) -> &str {
        self.layout[axis]["title"]["text"].as_str().unwrap_or("")
    }

    /// The unit that an axis says its numbers are in, empty for a plain number; nothing where it says nothing at all.
    pub(super) fn unit_of_axis(&self, axis: &str) -> Option<String> {
        let title = self.title(axis);
        if self.layout[axis]["tickformat"].as_str().is_some_and(|format| format.ends_with('%')) || title == "per cent" {
            return Some("%".to_owned());
        }
        (!title.is_empty()).then(|| in_brackets(title).unwrap_or("").to_owned())
    }

    /// Whether the figure's own numbers are per cents already, not shares of 1.
    pub(super) fn is_in_percent(&self, axis: &str) -> bool {
        self.title(axis) == "per cent" || in_brackets(self.title(axis)) == Some("%")
    }

    /// The unit that a column's header or else its cells say; nothing where there are no numbers, or days.
    pub(super) fn unit_of_column(&self, at: usize, part: fn(&str) -> &str) -> Option<String> {
        if let Some(unit) = in_brackets(&self.header[at]) {
            return Some(unit.to_owned());
        }
        let mut units: Vec<String> =
            self.column(at).into_iter().filter_map(|text| number(part(text))).map(|written| written.unit).collect();
        units.sort();
        units.dedup();
        (!units.is_empty()).then(|| units.join(", "))
    }
}

/// What stands in brackets at the end.
fn in_brackets(text: &str) -> Option<&str> {
    text.strip_suffix(')')?.rsplit_once('(').map(|(_, unit)| unit)
}

/// A field to choose from, and its choices.
pub(super) type Picker = (String, Vec<String>);

/// The forms of a page that change what is drawn.
pub(super) fn pickers(page: &str) -> Vec<Vec<Picker>> {
    let page = Html::parse_document(page);
    let attribute = |element: ElementRef<'_>, name: &str| element.value().attr(name).unwrap_or("").to_owned();
    let picker = |select: ElementRef<'_>| {
        let choices = within(select, "option").into_iter().map(|option| attribute(option, "value")).collect();
        (attribute(select, "name"), choices)
    };
    let forms = within(page.root_element(), "form.pickers[method=get]");
    forms.into_iter().map(|form| within(form, "select").into_iter().map(picker).collect()).collect()
}

/// An array of a trace as texts; a number as a person writes it.
pub(super) fn texts(array: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => plain(text),
        other => other.as_f64().map_or_else(String::new, |number| number.to_string()),
    };
    array.as_array().map_or_else(Vec::new, |values| values.iter().map(text).collect())
}

/// An array of a trace as numbers; nothing where there is a gap.
pub(super) fn numbers(array: &Value) -> Vec<Option<f64>> {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    array.as_array().map_or_else(Vec::new, |values| values.iter().map(number).collect())
}

/// An array of a trace that has no gap.
pub(super) fn known(array: &Value) -> Vec<f64> {
    numbers(array).into_iter().flatten().collect()
}

pub(super) fn name(trace: &Value) -> String {
    plain(trace["name"].as_str().unwrap_or(""))
}

pub(super) fn names_of(traces: &[Value]) -> Vec<String> {
    traces.iter().map(name).collect()
}

/// A number as a table writes it.
#[derive(Debug, PartialEq)]
pub(super) struct Written {
    pub(super) value: f64,
    /// How far rounding may have moved it.
    pub(super) half: f64,
    pub(super) unit: String,
    /// Written as less than `value`.
    pub(super) is_below: bool,
}

/// Whether a cell says that there is no number.
pub(super) fn is_nothing(cell: &str) -> bool {
    matches!(cell, "–" | "")
}

/// The number in a cell such as `−1,234.5 days`, `$1.2M`, `12 %` or `<1 %`; nothing when it is none, such as a day.
pub(super) fn number(cell: &str) -> Option<Written> {
    let (is_below, rest) = cell.strip_prefix('<').map_or((false, cell), |rest| (true, rest));
    let (sign, rest) = match rest.strip_prefix(['−', '-']) {
        Some(rest) => (-1.0, rest),
        None => (1.0, rest.strip_prefix('+').unwrap_or(rest)),
    };
    let symbol = rest.chars().next().filter(|first| "$€£¥".contains(*first));
    let rest = symbol.map_or(rest, |symbol| &rest[symbol.len_utf8()..]);
    let end = rest.find(|letter: char| !letter.is_ascii_digit() && !matches!(letter, ',' | '.')).unwrap_or(rest.len());
    let (digits, rest) = (rest[..end].replace(',', ""), &rest[end..]);
    let size: f64 = digits.parse().ok()?;
    let (times, rest) = match rest.chars().next() {
        Some('K') => (1e3, &rest[1..]),
        Some('M') => (1e6, &rest[1..]),
        Some('B') => (1e9, &rest[1..]),
        Some('e') => {
            let end = rest.find(' ').unwrap_or(rest.len());
            (10_f64.powi(rest[1..end].parse().ok()?), &rest[end..])
        }
        _ => (1.0, rest),
    };
    if !rest.is_empty() && !rest.starts_with(' ') {
        return None;
    }
    let unit = symbol.map_or_else(|| rest.trim().to_owned(), String::from);
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let mut half = 0.5 * 10_f64.powi(-(decimals as i32)) * times;
    // A number without decimals is whole: where it is small, decimals are written unless they are 0.
    if decimals == 0 && times == 1.0 && unit != "%" {
        half = half.min(match size {
            1000.0.. => 0.5,
            100.0.. => 0.05,
            1.0.. => 0.005,
            _ => 0.0005,
        });
    }
    Some(Written { value: sign * size * times, half, unit, is_below })
}

/// The value of a cell that holds a number.
pub(super) fn count(cell: &str) -> f64 {
    number(cell).map_or(f64::NAN, |written| written.value)
}

/// Days since 1970-01-01 of a day such as 2024-12-31.
pub(super) fn day(text: &str) -> Option<f64> {
    chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| f64::from(day.to_epoch_days()))
}

#[test]
fn numbers_are_read_as_tables_write_them() {
    for (cell, value, half, unit) in [
        ("1,234", 1234.0, 0.5, ""),
        ("−$1.23M", -1_230_000.0, 5000.0, "$"),
        ("12.3K R$", 12_300.0, 50.0, "R$"),
        ("12 %", 12.0, 0.5, "%"),
        ("+0.120", 0.12, 0.0005, ""),
        ("3 days", 3.0, 0.005, "days"),
        ("1.0e-5", 1e-5, 5e-7, ""),
    ] {
        let found = number(cell).unwrap();
        assert!((found.value - value).abs() < 1e-9 && (found.half - half).abs() < 1e-9, "{cell}: {found:?}");
        assert_eq!((found.unit.as_str(), found.is_below), (unit, false), "{cell}");
    }
    assert!(number("<1 %").unwrap().is_below);
    for cell in ["–", "", "2024-12-31", "– days", "Monday"] {
        assert_eq!(number(cell), None, "{cell}");
    }
    assert_eq!(day("1970-01-31"), Some(30.0));
    assert_eq!(day("1930"), None);
}
