//! Rows of a text that have more or fewer fields than its header: what they are, and what is asked about them.

use std::path::Path;

use polars::prelude::{DataFrame, DataType};

use crate::dataset::manifest::{Table, Uneven};
use crate::dataset::read::{self, Sample, SetAside};
use crate::dataset::{DatasetError, dates, numbers};
use crate::figures;
use crate::propose::questions::{Answers, Question, Reading};

/// Rows that are looked at, at most.
pub(super) const ROWS: usize = 200_000;

/// Bytes that are looked at, at most.
const BYTES: usize = 64 << 20;

/// The first rows of a table, how it is read so that they fit, those that do not and are to be asked about, and what is worth telling.
type Sampled = (Table, Sample, Option<SetAside>, Vec<String>);

/// The first rows of a table whose rows may not all fit.
///
/// # Errors
/// [`DatasetError`], when it cannot be read.
pub(super) fn sample(folder: &Path, table: Table) -> Result<Sampled, DatasetError> {
    let once = |table: &Table| read::sample(folder, table, ROWS, BYTES);
    if table.uneven != Uneven::Refuse || table.rows.is_some() {
        let sample = once(&table)?;
        return Ok((table, sample, None, Vec::new()));
    }
    // Most files have no such rows, and are read the quicker way.
    let refusal = match once(&table) {
        Ok(sample) => return Ok((table, sample, None, Vec::new())),
        Err(error) => error,
    };
    let setting = Table { uneven: Uneven::SetAside, ..table };
    let Ok(sample) = once(&setting) else { return all_short(setting, once, refusal) };
    let Some(aside) = sample.set_aside.clone().filter(|aside| aside.rows > 0) else { return Err(refusal) };
    if aside.is_tail && sample.is_complete && is_another_table(&aside, &sample.frame) {
        let below: Vec<String> = aside.first.iter().take(2).map(read::Misfit::words).collect();
        let note = format!(
            "Below the last row {} of another kind, which are no rows of the table and left out: {}.",
            if aside.rows == 1 {
                "stands a line".to_owned()
            } else {
                format!("stand {} lines", figures::count(aside.rows))
            },
            below.join("; ")
        );
        let table = Table { rows: Some(aside.before), uneven: Uneven::Refuse, ..setting };
        let sample = once(&table)?;
        return Ok((table, sample, None, vec![note]));
    }
    // One short row among many may be cut off.
    if aside.short == aside.rows && !aside.is_bearable() && drops_empty_ends(&aside, &sample) {
        let table = Table { uneven: Uneven::Fill, ..setting };
        let sample = once(&table)?;
        let filled = sample.set_aside.as_ref().map_or(0, |aside| aside.filled);
        let note = format!(
            "{} leave out empty cells at their end, which are missing.",
            figures::counted(filled, "row", "rows")
        );
        return Ok((table, sample, None, vec![note]));
    }
    if !aside.is_bearable() {
        return Err(refusal);
    }
    Ok((setting, sample, Some(aside), Vec::new()))
}

/// A table of which no row is as long as the header, because its last columns are empty in all rows.
fn all_short(
    table: Table,
    once: impl Fn(&Table) -> Result<Sample, DatasetError>,
    refusal: DatasetError,
) -> Result<Sampled, DatasetError> {
    let filling = Table { uneven: Uneven::Fill, ..table };
    let Ok(sample) = once(&filling) else { return Err(refusal) };
    let columns = sample.frame.columns();
    let filled = columns.iter().rposition(|column| column.null_count() < column.len()).map_or(0, |at| at + 1);
    // Rows of different lengths are of another kind.
    let is_even = filled > 1 && columns[filled - 1].null_count() == 0;
    if !is_even {
        return Err(refusal);
    }
    let names: Vec<&str> = columns[filled..].iter().map(|column| column.name().as_str()).collect();
    let note = format!("All rows end before {}, which is empty throughout.", crate::words::all_of(&names));
    Ok((filling, sample, None, vec![note]))
}

/// Whether rows at the end of a file are a footer or other tables, and no row that is cut off.
fn is_another_table(aside: &SetAside, frame: &DataFrame) -> bool {
    let fields = aside.first.first().map_or(0, |misfit| misfit.fields);
    aside.rows > 1 || fields == 1 && frame.width() > 2
}

/// Whether a file leaves out empty cells at the end of its rows: no row that is whole ends in one, and the cells that the others have are
/// like those of their columns.
fn drops_empty_ends(aside: &SetAside, sample: &Sample) -> bool {
    let columns = sample.frame.columns();
    let Some(last) = columns.last() else { return false };
    if last.null_count() > 0 {
        return false;
    }
    let separator = sample.separator.unwrap_or(',');
    let is_like = |at: usize, cell: &str| {
        let Some(texts) =
            columns.get(at).filter(|column| column.dtype() == &DataType::String).and_then(|column| column.str().ok())
        else {
            return false;
        };
        let fits = |of: &dyn Fn(&str) -> bool| texts.iter().flatten().take(500).all(of);
        let cell = cell.trim();
        let is_number = |text: &str| numbers::body(text).is_some();
        let never = |of: &dyn Fn(&str) -> bool| texts.iter().flatten().take(500).all(|text| !of(text));
        let contradicts = |of: &dyn Fn(&str) -> bool| fits(of) && !of(cell) || never(of) && of(cell);
        cell.is_empty() || !contradicts(&is_number) && !contradicts(&dates::looks_like_date)
    };
    aside
        .first
        .iter()
        .all(|misfit| misfit.fields > 1 && misfit.text.split(separator).enumerate().all(|(at, cell)| is_like(at, cell)))
}

const SET_ASIDE: &str = "set-aside";
const REFUSE: &str = "refuse";

/// What is done with rows that do not fit, as it was answered.
pub(super) fn taken(question: &Question) -> Uneven {
    if question.taken() == SET_ASIDE { Uneven::SetAside } else { Uneven::Refuse }
}

/// Asks what becomes of rows that do not fit.
pub(super) fn ask(table: &str, aside: &SetAside, columns: usize, answers: &Answers) -> Question {
    let told: Vec<String> = aside.first.iter().map(read::Misfit::words).collect();
    let rows = figures::counted(aside.rows, "row", "rows");
    let they = if aside.rows == 1 { "It is" } else { "They are" };
    let options = vec![
        Reading::new(
            SET_ASIDE,
            format!("{they} set aside, and the page on the data names what is."),
            format!(
                "{rows} of {} {} left out.",
                figures::count(aside.rows + aside.fitting),
                if aside.rows == 1 { "is" } else { "are" }
            ),
        ),
        Reading::new(
            REFUSE,
            "The file is not read as it stands.",
            "Nothing is made; correct the file and bring it again.",
        ),
    ];
    let text = format!(
        "{rows} of table {table} {} not have the {columns} fields of the header: {}. What becomes of {}?",
        if aside.rows == 1 { "does" } else { "do" },
        told.join("; "),
        if aside.rows == 1 { "it" } else { "them" }
    );
    Question::new(format!("uneven.{table}"), text, options, (SET_ASIDE, 0.7), answers)
}
