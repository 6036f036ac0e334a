//! Days that stand in several columns, one each for year, month and day.

use crate::dataset::dates;
use crate::dataset::manifest::DayParts;
use crate::propose::around::Cells;
use crate::propose::words;

const YEARS: [&str; 14] =
    ["year", "yr", "jahr", "ano", "annee", "anno", "jaar", "rok", "год", "yil", "年", "年份", "yyyy", "yy"];

const MONTHS: [&str; 14] =
    ["month", "mon", "monat", "mes", "mois", "mese", "maand", "miesiac", "месяц", "ay", "月", "月份", "mm", "monthnum"];

const DAYS: [&str; 14] =
    ["day", "tag", "dia", "jour", "giorno", "dag", "dzien", "день", "gun", "日", "dd", "dayofmonth", "mday", "daynum"];

/// Rows that are looked at.
const ROWS: usize = 2_000;

/// The day that columns make up together, where no other column holds one.
pub(super) fn tell(cells: &Cells<'_>) -> Option<DayParts> {
    let filled = |column: usize| {
        let rows = cells.rows().min(ROWS);
        (0..rows).map(move |row| cells.at(column, row)).filter(|text| !text.is_empty())
    };
    let columns = 0..cells.names.len();
    // Ids such as 2023-01 are no days.
    let names_day = |at: usize| !words::names_things(cells.names[at]) && !words::names_customers(cells.names[at]);
    let is_day = |at: usize| names_day(at) && filled(at).next().is_some() && filled(at).all(dates::looks_like_date);
    if cells.rows() == 0 || columns.clone().any(is_day) {
        return None;
    }
    let find = |known: &[&str], fits: &dyn Fn(&str) -> bool| {
        columns.clone().find(|at| {
            // A name such as order_year is one as well; year_of_birth is another year.
            let own = words::words(cells.names[*at]);
            let is_last = own.last().is_some_and(|word| known.contains(&word.as_str()));
            let is_born = words::has(cells.names[*at], &["birth", "born", "geburt"]);
            is_last && !is_born && filled(*at).next().is_some() && filled(*at).all(fits)
        })
    };
    let whole = |text: &str| text.strip_suffix(".0").unwrap_or(text).parse::<u32>().ok();
    let year = find(&YEARS, &|text| whole(text).is_some_and(|year| (1900..2100).contains(&year)))?;
    let is_month = |text: &str| match whole(text) {
        Some(month) => (1..=12).contains(&month),
        None => dates::looks_like_date(&format!("1 {text} 2000")),
    };
    let month = find(&MONTHS, &is_month)?;
    let day = find(&DAYS, &|text| whole(text).is_some_and(|day| (1..=31).contains(&day)))?;
    let is_taken = |name: &String| cells.names.iter().any(|other| other.eq_ignore_ascii_case(name));
    let name = ["date", "day_of_row", "whole_date"].map(str::to_owned).into_iter().find(|name| !is_taken(name))?;
    let named = |at: usize| cells.names[at].to_owned();
    Some(DayParts { name, year: named(year), month: named(month), day: Some(named(day)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::propose::reading::Texts;

    fn told(rows: &[&str]) -> Option<DayParts> {
        let rows: Vec<Vec<&str>> = rows.iter().map(|line| line.split(',').collect()).collect();
        let column = |at: usize| -> Texts { rows[1..].iter().map(|row| Some(row[at])).collect() };
        let columns: Vec<Texts> = (0..rows[0].len()).map(column).collect();
        tell(&Cells { names: rows[0].clone(), columns: &columns })
    }

    #[test]
    fn three_columns_are_a_day_where_their_names_and_values_say_so() {
        let day = told(&["id,Year,Month,Day", "1,2023,1,31", "2,2024,12,7"]).unwrap();
        assert_eq!((day.name.as_str(), day.year.as_str(), day.day.as_deref()), ("date", "Year", Some("Day")));
        assert!(told(&["id,Jahr,Monat,Tag", "1,2023,Januar,31", "2,2024,März,7"]).is_some());
        assert!(told(&["id,order_year,order_month,order_day", "1,2023,1,31"]).is_some());
        for rows in [
            ["id,Year,Month,Day", "1,2023,13,31"],
            ["id,Year,Month,Day", "1,2023,1,Monday"],
            ["id,year_of_birth,month,day", "1,1980,1,31"],
            ["day,month,year,when", "1,2,2023,2023-02-01"],
        ] {
            assert_eq!(told(&rows), None, "{rows:?}");
        }
        {
            let rows = ["customer_id,day,month,year", "2001-02,1,2,2023"];
            assert!(told(&rows).is_some(), "{rows:?}");
        }
    }
}
