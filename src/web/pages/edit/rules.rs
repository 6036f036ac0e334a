//! A cleaning rule as fields, and fields as a rule.
//!
//! A rule goes through its own JSON form, so that what a rule may say is written down in one place only.

use serde_json::{Map, Value, json};

use crate::dataset::manifest::rule_kinds::{Field, FieldKind, RuleKind};
use crate::dataset::manifest::rules::CleaningRule;
use crate::web::error::AppError;
use crate::web::pages::parts::Picker;

/// A rule, or an empty place for one.
pub(super) struct RuleView {
    pub(super) prefix: String,
    pub(super) order: usize,
    pub(super) kind: Picker,
    pub(super) texts: Vec<TextView>,
    pub(super) choices: Vec<ChoiceView>,
}

pub(super) struct TextView {
    pub(super) name: String,
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) hint: &'static str,
    /// Kinds of rules that the field belongs to.
    pub(super) kinds: String,
}

pub(super) struct ChoiceView {
    pub(super) picker: Picker,
    pub(super) kinds: String,
}

impl RuleView {
    pub(super) fn of(prefix: &str, row: usize, rule: Option<&CleaningRule>) -> Self {
        let said = rule.and_then(|rule| serde_json::to_value(rule).ok()).unwrap_or_default();
        let kind = said["rule"].as_str().unwrap_or("").to_owned();
        let kinds = RuleKind::all().map(|kind| (kind.word(), kind.title()));
        let options =
            std::iter::once(("", if rule.is_some() { "no rule any more" } else { "add a rule" })).chain(kinds);
        let of_kind = |field: &Field| {
            let having = RuleKind::all().filter(|kind| kind.fields().iter().any(|other| other.name == field.name));
            having.map(RuleKind::word).collect::<Vec<_>>().join(" ")
        };
        let own = rule.map(|rule| RuleKind::of(rule).fields()).unwrap_or_default();
        let belongs = |field: &Field| own.iter().any(|other| other.name == field.name);
        let (mut texts, mut choices) = (Vec::new(), Vec::new());
        for field in all_fields() {
            let (name, kinds) = (format!("{prefix}.{}", field.name), of_kind(field));
            if let FieldKind::Choice(options) = field.kind {
                let chosen = if belongs(field) { said[field.key].as_str().unwrap_or("") } else { "" };
                let picker = Picker::new(&name, field.label, options.iter().copied(), chosen);
                choices.push(ChoiceView { picker, kinds });
            } else {
                let value = if belongs(field) { text(&said[field.key]) } else { String::new() };
                texts.push(TextView { name, label: field.label, value, hint: field.hint, kinds });
            }
        }
        Self {
            prefix: prefix.to_owned(),
            order: row + 1,
            kind: Picker::new(&format!("{prefix}.rule"), "Rule", options, &kind),
            texts,
            choices,
        }
    }
}

/// Fields of all kinds of rules, each once.
fn all_fields() -> Vec<&'static Field> {
    let mut fields: Vec<&Field> = Vec::new();
    for field in RuleKind::all().flat_map(RuleKind::fields) {
        if !fields.iter().any(|known| known.name == field.name) {
            fields.push(field);
        }
    }
    fields
}

impl RuleView {
    /// Names of the fields with the values that a browser sends when nothing is changed, but for the order.
    pub(super) fn fields(&self) -> impl Iterator<Item = (String, String)> {
        let chosen = |picker: &Picker| {
            let option = picker.options.iter().find(|option| option.chosen).or(picker.options.first());
            (picker.name.clone(), option.map_or_else(String::new, |option| option.value.clone()))
        };
        let texts = self.texts.iter().map(|text| (text.name.clone(), text.value.clone()));
        let choices = self.choices.iter().map(move |choice| chosen(&choice.picker));
        std::iter::once(chosen(&self.kind)).chain(texts).chain(choices)
    }
}

/// A value as it stands in a field; lists are separated by commas as in csv.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            let written = writer.write_record(&items).ok().and_then(|()| writer.into_inner().ok());
            String::from_utf8(written.unwrap_or_default()).unwrap_or_default().trim_end().to_owned()
        }
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), |number| number.to_string()),
        other => other.to_string(),
    }
}

/// Names separated by commas; one that holds a comma stands in quotes.
fn list(text: &str) -> Vec<String> {
    // People write a space behind a comma, also before a quote.
    let text = text.replace(", \"", ",\"");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(text.as_bytes());
    let record = reader.records().next().and_then(Result::ok).unwrap_or_default();
    record.iter().filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The rule of a row of fields; none when the row says so.
///
/// # Errors
/// `AppError::BadRequest` for a field that cannot be read, with the number of the rule.
pub(super) fn rule_of<'a>(
    number: usize,
    field: impl Fn(&str) -> Option<&'a str>,
) -> Result<Option<CleaningRule>, AppError> {
    let Some(kind) = field("rule") else { return Ok(None) };
    let mut said = Map::from_iter([("rule".to_owned(), json!(kind))]);
    let wrong = |what: &str| AppError::BadRequest(format!("Rule {number} ({kind}): {what}."));
    let Some(known) = RuleKind::all().find(|known| known.word() == kind) else {
        return Err(wrong("there is no such rule; choose one of the list"));
    };
    for Field { name, key, label, kind, is_needed, .. } in known.fields() {
        let Some(text) = field(name) else {
            if let FieldKind::Choice(options) = kind {
                said.insert((*key).to_owned(), json!(options[0].0));
            } else if *is_needed {
                return Err(wrong(&format!("{label} is empty; say which")));
            }
            continue;
        };
        let value = match kind {
            FieldKind::Columns if text == "*" => json!("*"),
            FieldKind::Columns | FieldKind::Texts => json!(list(text)),
            FieldKind::Number => json!(number_of(text).ok_or_else(|| wrong(&format!("\"{text}\" is no number")))?),
            FieldKind::Either => number_of(text).map_or_else(|| json!(text), |number| json!(number)),
            FieldKind::Text | FieldKind::Choice(_) => json!(text),
        };
        said.insert((*key).to_owned(), value);
    }
    serde_json::from_value(Value::Object(said)).map(Some).map_err(|error| wrong(&error.to_string()))
}

fn number_of(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(rule: Option<&CleaningRule>) -> Option<CleaningRule> {
        let fields: Vec<(String, String)> = RuleView::of("p0.r0", 0, rule).fields().collect();
        let field = |name: &str| {
            let found = fields.iter().find(|(key, _)| *key == format!("p0.r0.{name}"));
            found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
        };
        rule_of(1, field).unwrap()
    }

    #[test]
    fn every_rule_comes_back_from_its_fields() {
        for text in [
            r#"{"rule":"missing","columns":"*","action":"median"}"#,
            r#"{"rule":"missing","columns":["a","b, c","d \"e\""],"action":"constant","value":2.5}"#,
            r#"{"rule":"missing","columns":["a"],"action":"constant","value":"none"}"#,
            r#"{"rule":"negatives","columns":["a"],"action":"missing"}"#,
            r#"{"rule":"zeros","columns":["a"],"action":"drop"}"#,
            r#"{"rule":"range","columns":["a"],"low":"2020-01-01","high":7,"action":"drop"}"#,
            r#"{"rule":"cap","columns":["a"],"low":-1.5,"high":100}"#,
            r#"{"rule":"outliers","columns":["a"],"factor":1.5,"action":"missing"}"#,
            r#"{"rule":"duplicate-rows"}"#,
            r#"{"rule":"duplicate-ids","keep":"last"}"#,
            r#"{"rule":"merge","column":"a","into":"x","values":["y","z"]}"#,
            r#"{"rule":"normalise","columns":["a"],"case":"title"}"#,
            r#"{"rule":"leading-digits","columns":["a"]}"#,
            r#"{"rule":"consistent","quantity":"q","price":"p","amount":"a","tolerance":0.01,"action":"recompute"}"#,
            r#"{"rule":"constant-columns"}"#,
        ] {
            let rule: CleaningRule = serde_json::from_str(text).unwrap();
            assert_eq!(back(Some(&rule)).as_ref(), Some(&rule), "{text}");
        }
        assert_eq!(back(None), None);
        assert_eq!(list(" a, b ,\"c, d\", \"e\",,"), ["a", "b", "c, d", "e"]);
    }

    /// A kind of rule that the form does not offer would be taken for no rule, and lost on saving.
    #[test]
    fn the_form_offers_every_kind_of_rule() {
        let offered = RuleView::of("p0.r0", 0, None).kind.options;
        for kind in RuleKind::all() {
            assert!(offered.iter().any(|option| option.value == kind.word()), "{kind:?}");
        }
    }

    #[test]
    fn what_cannot_be_a_rule_is_named_by_its_number() {
        let with = |fields: &'static [(&'static str, &'static str)]| {
            let field = |name: &str| fields.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
            rule_of(3, field).unwrap_err().to_string()
        };
        assert_eq!(with(&[("rule", "zeros")]), "Rule 3 (zeros): Columns is empty; say which.");
        assert!(with(&[("rule", "cap"), ("columns", "a"), ("low", "much")]).contains("\"much\" is no number"));
        assert!(with(&[("rule", "nonsense")]).contains("there is no such rule"));
        assert!(with(&[("rule", "zeros"), ("columns", "a"), ("offence", "x")]).contains("Rule 3"));
    }
}
