//! Returns among facts in a database: the same questions as in memory, put to the database.

use crate::dataset::database::sql::literal;
use crate::dataset::error::DatasetError;
use crate::dataset::facts::remote::base::{BOUGHT, BOUGHT_NAME};
use crate::dataset::facts::remote::{Expression, Parameters, Remote};
use crate::dataset::facts::{Candidates, Decision, Reduced, Returns, ReturnsFound, settled};
use crate::dataset::ledger::Ledger;
use crate::dataset::manifest::{FactSource, ReturnSource};

/// Small letters for capitals as the memory knows them: those of ASCII, whatever the database's language is.
const CAPITALS: (&str, &str) = ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz");

/// Finds the returns, turns the signs of those that have none, and says in the ledger what was done. `None` when no row is a return.
///
/// # Errors
/// [`DatasetError::Database`] with what to do.
pub(super) fn settle(
    remote: &mut Remote,
    source: &FactSource,
    ledger: &mut Ledger,
) -> Result<Option<Returns>, DatasetError> {
    let marked = marked(remote, source.returns.as_ref())?;
    let found = counted(remote, &marked)?;
    let decision = Decision::of(source, &found);
    ledger.notes.extend(decision.notes);
    if let Some(entry) = decision.entry {
        ledger.value_out += entry.value_changed;
        ledger.entries.push(entry);
    }
    if decision.turns_amounts {
        remote.amount = turned(&remote.amount, &marked);
    }
    if let Some(quantity) = remote.quantity.take() {
        remote.quantity = Some(if decision.turns_units { turned(&quantity, &marked) } else { quantity });
    }
    let is_below = if decision.below_zero {
        Expression::of(&[&below(remote), &marked], |sql| format!("({} AND NOT {})", sql[0], sql[1]))
    } else {
        Expression::own("false")
    };
    if found.marked == 0 && (found.below == 0 || !decision.below_zero) {
        return Ok(None);
    }
    let reduced =
        if found.below > 0 && decision.below_zero { reduced(remote, &marked, &is_below)? } else { Reduced::default() };
    ledger.notes.extend(reduced.note());
    let mut is_return = Expression::of(&[&marked, &is_below], |sql| {
        let lowers = if reduced.rows > 0 { format!(" AND NOT {BOUGHT_NAME}") } else { String::new() };
        format!("({} OR ({}{lowers}))", sql[0], sql[1])
    });
    if reduced.rows > 0 {
        is_return.needs.insert(BOUGHT);
    } else {
        remote.base.bought = None;
    }
    remote.is_return = Some(is_return);
    let found = matched(remote, source.returns.as_ref())?;
    if found.lines == 0 {
        remote.is_return = None;
        return Ok(None);
    }
    Ok(Some(Returns { is_return: Vec::new(), found }))
}

/// Whether a row is below zero: in money, or in units where it has no money.
fn below(remote: &Remote) -> Expression {
    let amount = &remote.amount;
    match &remote.quantity {
        Some(units) => Expression::of(&[amount, units], |sql| {
            format!("(({0}) < 0 OR ({0}) = 0 AND COALESCE(({1}) < 0, false))", sql[0], sql[1])
        }),
        None => amount.map(|sql| format!("(({sql}) < 0)")),
    }
}

fn turned(number: &Expression, marked: &Expression) -> Expression {
    Expression::of(&[number, marked], |sql| format!("(CASE WHEN {} THEN -({}) ELSE ({}) END)", sql[1], sql[0], sql[0]))
}

/// Which prefix an order's number has, as a condition for each.
fn prefixes(order: &Expression, returns: &ReturnSource) -> Vec<(Expression, usize)> {
    let (capitals, small) = CAPITALS;
    let of = |prefix: &String| {
        let (letters, text) = (prefix.chars().count(), literal(&prefix.to_ascii_lowercase()));
        let begins = order.map(|sql| {
            format!("COALESCE(translate(left(({sql})::text, {letters}), '{capitals}', '{small}') = {text}, false)")
        });
        (begins, letters)
    };
    returns.order_prefix.iter().map(of).collect()
}

/// Whether an order's number or a text marks a row as a return.
fn marked(remote: &Remote, returns: Option<&ReturnSource>) -> Result<Expression, DatasetError> {
    let mut marks: Vec<Expression> = Vec::new();
    if let (Some(order), Some(returns)) = (&remote.order, returns) {
        marks.extend(prefixes(order, returns).into_iter().map(|(begins, _)| begins));
    }
    if let Some((column, returns)) = returns.and_then(|returns| Some((returns.column.as_ref()?, returns))) {
        let column = remote.base.expression(column);
        // Which spellings mean a return is told here, because databases differ in what a small letter is.
        let (sql, parameters) = lines(remote, &[&column], &format!("DISTINCT ({})::text AS spelt", column.sql));
        let rows = remote.ask_for(&(sql, parameters))?;
        let spelt = rows.iter().filter_map(|row| row.get::<_, Option<String>>(0));
        let meant: Vec<String> = spelt.filter(|text| returns.means_return(text)).map(|text| literal(&text)).collect();
        if !meant.is_empty() {
            marks.push(column.map(|sql| format!("COALESCE(({sql})::text IN ({}), false)", meant.join(", "))));
        }
    }
    let parts: Vec<&Expression> = marks.iter().collect();
    Ok(Expression::of(
        &parts,
        |sql| if sql.is_empty() { "false".to_owned() } else { format!("({})", sql.join(" OR ")) },
    ))
}

/// The cleaned rows with some columns.
fn lines<'a>(remote: &'a Remote, needed: &[&Expression], columns: &str) -> (String, Parameters<'a>) {
    let passes = remote.base.passes();
    let mut parameters = Parameters::new();
    let needed: Vec<&Expression> = needed.iter().copied().chain([&passes]).collect();
    let from = remote.base.from(&needed, &mut parameters);
    (format!("SELECT {columns} FROM {from} WHERE {}", passes.sql), parameters)
}

/// What rows hold together that may be returns.
fn counted(remote: &Remote, marked: &Expression) -> Result<Candidates, DatasetError> {
    let nothing = Expression::own("NULL::float8");
    let units = remote.quantity.as_ref().unwrap_or(&nothing);
    let (amount, marks) = (&remote.amount.sql, &marked.sql);
    let columns =
        format!("{marks} AS marked, {amount} AS amount, {} AS units, {} AS below", units.sql, below(remote).sql);
    let (inner, parameters) = lines(remote, &[marked, &remote.amount, units], &columns);
    let sql = format!(
        "SELECT count(*), count(*) FILTER (WHERE marked), count(*) FILTER (WHERE marked AND amount < 0), count(*) FILTER (WHERE marked AND amount > 0), COALESCE(sum(amount) FILTER (WHERE marked AND amount > 0), 0)::float8, count(*) FILTER (WHERE marked AND units < 0), count(*) FILTER (WHERE marked AND units > 0), count(*) FILTER (WHERE NOT marked AND below), count(*) FILTER (WHERE NOT marked AND amount > 0 AND units < 0) FROM ({inner}) AS lines"
    );
    let rows = remote.ask_for(&(sql, parameters))?;
    let Some(row) = rows.first() else { return Ok(Candidates::default()) };
    let count = |at: usize| row.get::<_, i64>(at) as usize;
    Ok(Candidates {
        rows: count(0),
        marked: count(1),
        amounts: (count(2), count(3)),
        above: settled(row.get(4)),
        units: (count(5), count(6)),
        below: count(7),
        contrary: count(8),
    })
}

/// The rows below zero that stand among rows of a purchase; leaves the question by which they are told in the facts.
fn reduced(remote: &mut Remote, marked: &Expression, is_below: &Expression) -> Result<Reduced, DatasetError> {
    let Some(order) = &remote.order else { return Ok(Reduced::default()) };
    let bought = Expression::of(&[order, &remote.day, &below(remote), marked], |sql| {
        let [order, day, below, marked] = sql else { return "false".to_owned() };
        format!(
            "(({order}) IS NOT NULL AND bool_or(NOT {below} AND NOT {marked}) OVER (PARTITION BY ({order}), ({day})))"
        )
    });
    remote.base.bought = Some(bought);
    let mut lowers = is_below.clone();
    lowers.needs.insert(BOUGHT);
    let columns = format!("count(*), COALESCE(sum({}), 0)::float8", remote.amount.sql);
    let (sql, parameters) = lines(remote, &[&lowers, &remote.amount], &columns);
    let rows = remote.ask_for(&(format!("{sql} AND {} AND {BOUGHT_NAME}", is_below.sql), parameters))?;
    Ok(rows
        .first()
        .map_or_else(Reduced::default, |row| Reduced { rows: row.get::<_, i64>(0) as usize, amount: row.get(1) }))
}

/// What the returns come to, and which purchases they take back.
fn matched(remote: &Remote, returns: Option<&ReturnSource>) -> Result<ReturnsFound, DatasetError> {
    let nothing = Expression::own("NULL::text");
    let order = remote.order.as_ref().unwrap_or(&nothing);
    let named = returns.and_then(|returns| returns.purchase.as_ref()).map(|name| remote.base.expression(name));
    let named = named.unwrap_or_else(|| nothing.clone());
    let cut: Vec<(Expression, usize)> = returns.map_or_else(Vec::new, |returns| prefixes(order, returns));
    let bare = order.map(|sql| {
        let cases: Vec<String> = cut
            .iter()
            .map(|(begins, letters)| {
                format!("WHEN {} THEN NULLIF(btrim(substring(({sql})::text FROM {})), '')", begins.sql, letters + 1)
            })
            .collect();
        if cases.is_empty() { "NULL::text".to_owned() } else { format!("CASE {} END", cases.join(" ")) }
    });
    let returned = remote.returned();
    let columns = format!(
        "({})::text AS who, ({})::text AS ord, {} AS day, {} AS amount, {} AS back, ({})::text AS named, {} AS bare",
        remote.customer.sql, order.sql, remote.day.sql, remote.amount.sql, returned.sql, named.sql, bare.sql
    );
    let needed = [&remote.customer, order, &remote.day, &remote.amount, &returned, &named];
    let (inner, parameters) = lines(remote, &needed, &columns);
    // Each row is an order of its own where no column names one.
    let (bought, all) = match &remote.order {
        Some(_) => ("(SELECT count(*) FROM bought)", "(SELECT count(DISTINCT ord) FROM facts)"),
        None => ("(SELECT count(*) FROM facts WHERE NOT back)", "(SELECT count(*) FROM facts)"),
    };
    let sql = format!(
        "WITH facts AS ({inner}), \
         bought AS (SELECT ord, sum(amount) AS gross FROM facts WHERE NOT back AND ord IS NOT NULL GROUP BY ord), \
         own AS (SELECT ord, who, min(day) AS day FROM facts WHERE NOT back AND ord IS NOT NULL AND who IS NOT NULL GROUP BY ord, who), \
         taken AS (SELECT f.ord, f.amount, COALESCE(n.ord, s.ord, b.ord) AS purchase FROM facts AS f \
           LEFT JOIN bought AS n ON n.ord = f.named LEFT JOIN bought AS s ON s.ord = f.ord \
           LEFT JOIN own AS b ON b.ord = f.bare AND b.who = f.who AND b.day <= f.day WHERE f.back), \
         back AS (SELECT purchase, sum(amount) AS amount FROM taken WHERE purchase IS NOT NULL GROUP BY purchase) \
         SELECT (SELECT count(*) FROM taken), \
         (SELECT count(DISTINCT ord) + count(*) FILTER (WHERE ord IS NULL) FROM taken), \
         (SELECT COALESCE(sum(amount), 0)::float8 FROM taken), \
         (SELECT COALESCE(sum(amount), 0)::float8 FROM facts WHERE NOT back), \
         (SELECT count(DISTINCT ord) + count(*) FILTER (WHERE ord IS NULL) FROM taken WHERE purchase IS NOT NULL), \
         {bought}, {all}, \
         (SELECT count(*) FROM back JOIN bought ON bought.ord = back.purchase WHERE round((bought.gross + back.amount)::numeric, 6) <= 0)"
    );
    let rows = remote.ask_for(&(sql, parameters))?;
    let Some(row) = rows.first() else { return Ok(ReturnsFound::default()) };
    let count = |at: usize| row.get::<_, i64>(at) as usize;
    Ok(ReturnsFound {
        lines: count(0),
        returns: count(1),
        amount: settled(row.get(2)),
        gross: settled(row.get(3)),
        matched: count(4),
        purchases: count(5),
        as_purchases: count(6),
        taken_back: count(7),
    })
}
