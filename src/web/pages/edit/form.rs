//! The fields of the page as settings.

use super::rules::{RuleView, rule_of};
use crate::dataset::manifest::Derivation;
use crate::library::edit::{ColumnSettings, Settings, Steps};
use crate::web::address::Query;
use crate::web::error::AppError;
use crate::web::pages::import::{malformed, role_of};

/// Most columns, rules or places of one form.
const MOST: usize = 5_000;

pub(super) fn fields(body: &[u8]) -> Result<Query, AppError> {
    Query::parse(std::str::from_utf8(body).map_err(|_| malformed())?)
}

/// The settings that the fields say; places and columns that are not among them stay.
pub(super) fn wanted(before: &Settings, fields: &Query) -> Result<Settings, AppError> {
    let mut wanted = before.clone();
    let text = |name: &str| fields.given(name).map(|text| text.replace("\r\n", "\n"));
    // A field cannot hold line ends at the ends of a text, and one of a single line none at all.
    let kept = |old: &str, new: String| if words(old) == words(&new) { old.to_owned() } else { new };
    if let Some(title) = text("title") {
        wanted.title = kept(&before.title, title);
    }
    if let Some(description) = text("description") {
        wanted.description = kept(&before.description, description);
    }
    if let Some(currency) = text("currency") {
        wanted.currency = currency;
    }
    for at in 0..MOST {
        let Some(name) = fields.given(&format!("c{at}.name")) else { break };
        let field = |key: &str| text(&format!("c{at}.{key}")).unwrap_or_default();
        let role = Some(field("role")).filter(|role| !role.is_empty()).map(|role| role_of(&role)).transpose()?;
        let old = before.columns.get(name).cloned().unwrap_or_default();
        let column = ColumnSettings {
            role,
            label: kept(&old.label, field("label")),
            unit: kept(&old.unit, field("unit")),
            description: kept(&old.description, field("description")),
        };
        if column == ColumnSettings::default() && !before.columns.contains_key(name) {
            continue;
        }
        // A column of which only other things are said stays, because those cannot be edited here.
        wanted.columns.insert(name.to_owned(), column);
    }
    for at in 0..MOST {
        let Some(place) = fields.given(&format!("p{at}.place")) else { break };
        let Some(steps) = wanted.steps.iter_mut().find(|steps| steps.place == place) else {
            return Err(AppError::BadRequest(format!(
                "The manifest has no place \"{place}\" any more; open the page again."
            )));
        };
        read_steps(steps, at, fields)?;
    }
    Ok(wanted)
}

/// The words of a text, whatever stands between them.
fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn read_steps(steps: &mut Steps, at: usize, fields: &Query) -> Result<(), AppError> {
    let mut rules = Vec::new();
    for row in 0..MOST {
        let name = |field: &str| format!("p{at}.r{row}.{field}");
        if fields.given(&name("rule")).is_none() {
            break;
        }
        let order: f64 = fields.get(&name("at")).and_then(|text| text.parse().ok()).unwrap_or(row as f64 + 1.0);
        // A rule that was not touched stays as it is written down, also where the form cannot say all of it.
        let untouched = steps.clean.iter().find(|rule| {
            RuleView::of(&format!("p{at}.r{row}"), row, Some(rule))
                .fields()
                .all(|(field, value)| fields.given(&field).is_none_or(|given| given == value.trim()))
        });
        let rule = match untouched {
            Some(rule) => Some(rule.clone()),
            None => rule_of(row + 1, |field| fields.get(&name(field)))?,
        };
        rules.extend(rule.map(|rule| (order, rule)));
    }
    rules.sort_by(|left, right| left.0.total_cmp(&right.0));
    steps.clean = rules.into_iter().map(|(_, rule)| rule).collect();
    let mut derived = Vec::new();
    for row in 0..MOST {
        let name = |field: &str| format!("p{at}.d{row}.{field}");
        if fields.given(&name("name")).is_none() {
            break;
        }
        match (fields.get(&name("name")), fields.get(&name("sql"))) {
            (Some(column), Some(sql)) => derived.push(Derivation { name: column.to_owned(), sql: sql.to_owned() }),
            (None, _) => {}
            (Some(column), None) => {
                return Err(AppError::BadRequest(format!(
                    "Column \"{column}\" has nothing to be computed from; write an expression, or take its name away."
                )));
            }
        }
    }
    steps.derive = derived;
    Ok(())
}
