//! Kinds of cleaning rules: their words, and the fields that each is told by.
//!
//! A form and a document that lists the rules are made from this. The matches are exhaustive, so that a new rule cannot be
//! forgotten here.

use super::rules::CleaningRule;

/// A kind of rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleKind {
    /// [`CleaningRule::Missing`]
    Missing,
    /// [`CleaningRule::Negatives`]
    Negatives,
    /// [`CleaningRule::Zeros`]
    Zeros,
    /// [`CleaningRule::Range`]
    Range,
    /// [`CleaningRule::Cap`]
    Cap,
    /// [`CleaningRule::Outliers`]
    Outliers,
    /// [`CleaningRule::DuplicateRows`]
    DuplicateRows,
    /// [`CleaningRule::DuplicateIds`]
    DuplicateIds,
    /// [`CleaningRule::Merge`]
    Merge,
    /// [`CleaningRule::Normalise`]
    Normalise,
    /// [`CleaningRule::LeadingDigits`]
    LeadingDigits,
    /// [`CleaningRule::Codes`]
    Codes,
    /// [`CleaningRule::FillWithin`]
    FillWithin,
    /// [`CleaningRule::OncePer`]
    OncePer,
    /// [`CleaningRule::Consistent`]
    Consistent,
    /// [`CleaningRule::ConstantColumns`]
    ConstantColumns,
}

/// What a field of a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Names of columns, or `*` for all.
    Columns,
    /// Several texts.
    Texts,
    /// A text.
    Text,
    /// A number.
    Number,
    /// A number where it is one, else a text.
    Either,
    /// One of these, each with its words for people; the first unless somebody chose.
    Choice(&'static [(&'static str, &'static str)]),
}

/// A field of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name in a form; different where different choices have one key.
    pub name: &'static str,
    /// Its key in the manifest.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What to write.
    pub hint: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether the rule needs it.
    pub is_needed: bool,
}

impl Field {
    const fn text(key: &'static str, label: &'static str, hint: &'static str, kind: FieldKind) -> Self {
        Self { name: key, key, label, hint, kind, is_needed: true }
    }

    const fn choice(
        name: &'static str,
        key: &'static str,
        label: &'static str,
        options: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { name, key, label, hint: "", kind: FieldKind::Choice(options), is_needed: true }
    }

    const fn optional(self) -> Self {
        Self { is_needed: false, ..self }
    }
}

const COLUMNS: Field = Field::text("columns", "Columns", "a, b or *", FieldKind::Columns);
const LOW: Field = Field::text("low", "At least", "number or day", FieldKind::Either).optional();
const HIGH: Field = Field::text("high", "At most", "number or day", FieldKind::Either).optional();
const LOWEST: Field = Field { kind: FieldKind::Number, ..LOW };
const HIGHEST: Field = Field { kind: FieldKind::Number, ..HIGH };

const IF_MISSING: Field = Field::choice(
    "missing",
    "action",
    "What happens",
    &[
        ("keep", "keep, and count"),
        ("drop", "drop the row"),
        ("median", "median"),
        ("mean", "mean"),
        ("mode", "most frequent"),
        ("constant", "this value"),
    ],
);

const IF_OFFENDING: Field =
    Field::choice("offence", "action", "What happens", &[("drop", "drop the row"), ("missing", "make it missing")]);

const IF_CONTRADICTING: Field = Field::choice(
    "contradiction",
    "action",
    "What happens",
    &[("drop", "drop the row"), ("recompute", "recompute the amount"), ("keep", "keep, and count")],
);

const KEPT: Field = Field::choice("keep", "keep", "Which stays", &[("first", "the first"), ("last", "the last")]);

const CASE: Field = Field::choice(
    "case",
    "case",
    "Letters",
    &[("keep", "as they are"), ("upper", "CAPITALS"), ("lower", "small"), ("title", "Each Word")],
);

impl RuleKind {
    /// The kind of a rule.
    #[must_use]
    pub fn of(rule: &CleaningRule) -> Self {
        match rule {
            CleaningRule::Missing { .. } => Self::Missing,
            CleaningRule::Negatives { .. } => Self::Negatives,
            CleaningRule::Zeros { .. } => Self::Zeros,
            CleaningRule::Range { .. } => Self::Range,
            CleaningRule::Cap { .. } => Self::Cap,
            CleaningRule::Outliers { .. } => Self::Outliers,
            CleaningRule::DuplicateRows => Self::DuplicateRows,
            CleaningRule::DuplicateIds { .. } => Self::DuplicateIds,
            CleaningRule::Merge { .. } => Self::Merge,
            CleaningRule::Normalise { .. } => Self::Normalise,
            CleaningRule::LeadingDigits { .. } => Self::LeadingDigits,
            CleaningRule::Codes { .. } => Self::Codes,
            CleaningRule::FillWithin { .. } => Self::FillWithin,
            CleaningRule::OncePer { .. } => Self::OncePer,
            CleaningRule::Consistent { .. } => Self::Consistent,
            CleaningRule::ConstantColumns => Self::ConstantColumns,
        }
    }

    /// All kinds, in the order in which they are offered.
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::successors(Some(Self::Missing), |kind| kind.next())
    }

    /// The kind that is offered behind this one.
    fn next(self) -> Option<Self> {
        Some(match self {
            Self::Missing => Self::Negatives,
            Self::Negatives => Self::Zeros,
            Self::Zeros => Self::Range,
            Self::Range => Self::Cap,
            Self::Cap => Self::Outliers,
            Self::Outliers => Self::DuplicateRows,
            Self::DuplicateRows => Self::DuplicateIds,
            Self::DuplicateIds => Self::Merge,
            Self::Merge => Self::Normalise,
            Self::Normalise => Self::LeadingDigits,
            Self::LeadingDigits => Self::Codes,
            Self::Codes => Self::FillWithin,
            Self::FillWithin => Self::OncePer,
            Self::OncePer => Self::Consistent,
            Self::Consistent => Self::ConstantColumns,
            Self::ConstantColumns => return None,
        })
    }

    /// The word of the manifest.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Negatives => "negatives",
            Self::Zeros => "zeros",
            Self::Range => "range",
            Self::Cap => "cap",
            Self::Outliers => "outliers",
            Self::DuplicateRows => "duplicate-rows",
            Self::DuplicateIds => "duplicate-ids",
            Self::Merge => "merge",
            Self::Normalise => "normalise",
            Self::LeadingDigits => "leading-digits",
            Self::Codes => "codes",
            Self::FillWithin => "fill-within",
            Self::OncePer => "once-per",
            Self::Consistent => "consistent",
            Self::ConstantColumns => "constant-columns",
        }
    }

    /// What it is about, for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Missing => "missing values",
            Self::Negatives => "values below zero",
            Self::Zeros => "values of zero",
            Self::Range => "impossible values",
            Self::Cap => "values beyond a limit become the limit",
            Self::Outliers => "values far outside the quartiles",
            Self::DuplicateRows => "equal rows",
            Self::DuplicateIds => "rows of one identifier",
            Self::Merge => "levels that mean the same",
            Self::Normalise => "spellings that mean the same",
            Self::LeadingDigits => "digits in front count only",
            Self::Codes => "codes in one spelling",
            Self::FillWithin => "values on the first line only",
            Self::OncePer => "amounts repeated on each line",
            Self::Consistent => "amount = units × price",
            Self::ConstantColumns => "columns with one value are left out",
        }
    }

    /// The fields that tell a rule of this kind.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        const VALUE: Field = Field::text("value", "Value", "", FieldKind::Either).optional();
        const FACTOR: Field = Field::text("factor", "Interquartile ranges", "1.5", FieldKind::Number);
        match self {
            Self::Missing => &[COLUMNS, IF_MISSING, VALUE],
            Self::Negatives | Self::Zeros => &[COLUMNS, IF_OFFENDING],
            Self::Range => &[COLUMNS, LOW, HIGH, IF_OFFENDING],
            Self::Cap => &[COLUMNS, LOWEST, HIGHEST],
            Self::Outliers => &[COLUMNS, FACTOR, IF_OFFENDING],
            Self::DuplicateRows | Self::ConstantColumns => &[],
            Self::DuplicateIds => &[KEPT],
            Self::Merge => {
                const COLUMN: Field = Field::text("column", "Column", "", FieldKind::Text);
                const INTO: Field = Field::text("into", "Becomes", "", FieldKind::Text);
                const VALUES: Field = Field::text("values", "Levels", "a, b", FieldKind::Texts);
                &[COLUMN, INTO, VALUES]
            }
            Self::Normalise => &[COLUMNS, CASE],
            Self::LeadingDigits => &[COLUMNS],
            Self::Codes => {
                const WIDTH: Field = Field::text("width", "Digits", "5", FieldKind::Number).optional();
                &[COLUMNS, WIDTH]
            }
            Self::FillWithin | Self::OncePer => {
                const BY: Field = Field::text("by", "Lines of the same", "column", FieldKind::Text);
                &[BY, COLUMNS]
            }
            Self::Consistent => {
                const QUANTITY: Field = Field::text("quantity", "Units", "column", FieldKind::Text);
                const PRICE: Field = Field::text("price", "Price of one", "column", FieldKind::Text);
                const AMOUNT: Field = Field::text("amount", "Amount", "column", FieldKind::Text);
                const TOLERANCE: Field = Field::text("tolerance", "Tolerance", "0.01", FieldKind::Number);
                &[QUANTITY, PRICE, AMOUNT, TOLERANCE, IF_CONTRADICTING]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of serde are those of the kinds, so that what a form says is read back.
    #[test]
    fn words_and_fields_are_those_of_the_rules() {
        for kind in RuleKind::all() {
            let mut said = serde_json::Map::from_iter([("rule".to_owned(), kind.word().into())]);
            for field in kind.fields() {
                let value: serde_json::Value = match field.kind {
                    FieldKind::Columns | FieldKind::Texts => serde_json::json!(["a"]),
                    FieldKind::Text => "a".into(),
                    FieldKind::Number | FieldKind::Either => 1.into(),
                    FieldKind::Choice(options) => options[0].0.into(),
                };
                said.insert(field.key.to_owned(), value);
            }
            let rule: CleaningRule = serde_json::from_value(said.into()).unwrap();
            assert_eq!(RuleKind::of(&rule), kind);
            // And no field of the rule is missing here.
            let written = serde_json::to_value(&rule).unwrap();
            let keys: Vec<&String> = written.as_object().unwrap().keys().filter(|key| *key != "rule").collect();
            assert!(keys.iter().all(|key| kind.fields().iter().any(|field| field.key == **key)), "{kind:?}: {keys:?}");
        }
    }
}
