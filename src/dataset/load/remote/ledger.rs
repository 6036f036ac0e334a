//! What cleaning does to facts in a database, in rows and money.

use crate::dataset::error::DatasetError;
use crate::dataset::facts::remote::Remote;
use crate::dataset::facts::remote::base::{Expression, Parameters};
use crate::dataset::ledger::{Ledger, LedgerEntry};
use crate::dataset::manifest::FactSource;
use crate::dataset::prepare::remark::{Remark, Remarks};

/// One pass over the facts that says which rule removes how much, and counts what the rules remark.
fn question(remote: &Remote) -> (String, Parameters<'_>) {
    let base = &remote.base;
    let mut needed: Vec<Expression> = vec![remote.amount.clone()];
    let mut gone = String::from("CASE");
    // What is still there before each rule.
    let mut alive = vec!["true".to_owned()];
    for (position, rule) in base.rules.iter().enumerate() {
        if let Some(removes) = &rule.removes {
            gone.push_str(&format!(" WHEN {} THEN {position}", removes.sql));
            alive.push(format!("({}) IS NOT TRUE", removes.sql));
            needed.push(removes.clone());
        }
    }
    gone.push_str(" ELSE -1 END");
    let mut counted: Vec<String> = Vec::new();
    let mut count = |expression: &Expression, before: &[String]| {
        needed.push(expression.clone());
        let before = before.join(" AND ");
        counted.push(format!("sum(CASE WHEN {before} THEN ({})::int ELSE 0 END)::bigint", expression.sql));
    };
    for (_, _, changes) in &base.respelt {
        count(changes, &alive[..1]);
    }
    for (_, _, _, without, unknown) in &base.joined {
        count(without, &alive[..1]);
        count(unknown, &alive[..1]);
    }
    let mut before = 1;
    for rule in &base.rules {
        for expression in rule.kept.iter().map(|(_, kept)| kept).chain(&rule.contradicts).chain(&rule.changes) {
            count(expression, &alive[..before]);
        }
        before += usize::from(rule.removes.is_some());
    }
    let mut parameters = Parameters::new();
    let needed: Vec<&Expression> = needed.iter().collect();
    let from = base.from(&needed, &mut parameters);
    let amount = format!("COALESCE(sum({}), 0)::float8", remote.amount.sql);
    let columns: Vec<String> =
        [format!("{gone} AS gone"), "count(*)".to_owned(), amount].into_iter().chain(counted).collect();
    (format!("SELECT {} FROM {from} GROUP BY 1", columns.join(", ")), parameters)
}

/// The ledger of the facts; what the rules and joins remark goes to the notes.
///
/// # Errors
/// [`DatasetError`] when the database does not answer, a rule removes every row, or a join finds no partner at all.
pub(crate) fn ledger(
    remote: &Remote,
    source: &FactSource,
    table: &str,
    notes: &mut Remarks,
) -> Result<Ledger, DatasetError> {
    let base = &remote.base;
    let (sql, parameters) = question(remote);
    let rows = remote.ask(&sql, &parameters)?;
    let of_rule = |position: i32| {
        let row = rows.iter().find(|row| row.get::<_, i32>(0) == position);
        row.map_or((0, 0.0), |row| (row.get::<_, i64>(1) as usize, row.get::<_, f64>(2)))
    };
    let mut next = 3;
    let mut counts = || {
        next += 1;
        rows.iter().map(|row| row.get::<_, i64>(next - 1) as usize).sum::<usize>()
    };
    let rows_in = rows.iter().map(|row| row.get::<_, i64>(1) as usize).sum();
    let value_in = rows.iter().map(|row| row.get::<_, f64>(2)).sum();
    for (words, columns, _) in &base.respelt {
        notes.push(Remark::Cleaned {
            table: table.to_owned(),
            rule: words.clone(),
            columns: columns.clone(),
            rows_removed: 0,
            cells_changed: counts(),
        });
    }
    for (other, here, there, ..) in &base.joined {
        let (without, unknown) = (counts(), counts());
        notes.push(Remark::NoPartner {
            file: remote.place.clone(),
            table: other.clone(),
            here: here.clone(),
            there: there.clone(),
            rows: rows_in,
            without,
            unknown,
        });
    }
    notes.check_joins()?;
    let (mut entries, mut rows_before) = (Vec::new(), rows_in);
    for (position, rule) in base.rules.iter().enumerate() {
        for (column, _) in &rule.kept {
            notes.push(Remark::Kept { column: column.clone(), cells: counts() });
        }
        if rule.contradicts.is_some() {
            let what = "amounts are not quantity times price; they are kept as they are.";
            notes.push(Remark::Counted { count: counts(), what });
        }
        let cells_changed = if rule.changes.is_some() { counts() } else { 0 };
        let (rows_removed, value_removed) = of_rule(position as i32);
        if rows_before > 0 && rows_removed == rows_before {
            return Err(crate::dataset::prepare::clean::removes_all(&remote.place, &rule.words));
        }
        // The first two lines are about days and amounts, and are told only when they did something.
        if position > 1 || rows_removed > 0 {
            entries.push(LedgerEntry {
                rule: rule.words.clone(),
                columns: rule.columns.clone(),
                rows_before,
                rows_removed,
                cells_changed,
                value_removed,
                value_changed: 0.0,
            });
        }
        rows_before -= rows_removed;
    }
    let value_out = of_rule(-1).1;
    Ok(Ledger {
        value: source.amount.clone().unwrap_or_default(),
        rows_in,
        rows_out: rows_before,
        value_in,
        value_out,
        entries,
        notes: Vec::new(),
    })
}
