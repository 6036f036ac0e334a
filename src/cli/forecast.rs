//! `segmenta forecast`

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Failure, output};
use crate::config::Folders;
use crate::dataset::dates;
use crate::figures;
use crate::library::catalog::load_named;
use crate::query::sales::{Measure, SalesFilter, SalesView};
use crate::segment::anatomy::{Anatomy, Choices, Transform, take_apart};
use crate::segment::forecasts::{SavedForecast, write_csv};
use crate::segment::outlook::{Outlook, Question, check, look_ahead};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Data set with facts.
    dataset: String,
    #[command(flatten)]
    folders: Folders,
    /// What to forecast: sales (or amount), units, orders, customers, `average_order_value` or `average_price`.
    #[arg(long)]
    measure: Option<String>,
    /// Days ahead, 1 to 365.
    #[arg(long, default_value_t = 28)]
    horizon: usize,
    /// Only facts of a level of a dimension, as DIMENSION=LEVEL; can stand several times.
    #[arg(long = "on", value_name = "DIMENSION=LEVEL")]
    on: Vec<String>,
    /// Model a transform of the values: none or box-cox.
    #[arg(long, default_value = "none")]
    transform: String,
    /// File to write, .csv with the days ahead or .json with everything.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    dataset: &'a str,
    measure: &'static str,
    #[serde(flatten)]
    outlook: &'a Outlook,
    anatomy: &'a Anatomy,
}

/// Refuses other endings before the work begins.
fn writes_csv(out: &Path) -> Result<bool, Failure> {
    match out.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => Ok(true),
        Some("json") => Ok(false),
        _ => Err("--out must end in .csv or .json".into()),
    }
}

fn write(out: &Path, forecast: &SavedForecast) -> Result<(), Failure> {
    let fails = |error: &dyn std::fmt::Display| format!("{}: cannot be written ({error})", out.display());
    let file = BufWriter::new(File::create(out).map_err(|error| fails(&error))?);
    if writes_csv(out)? {
        write_csv(file, &forecast.outlook).map_err(|error| fails(&error))?;
    } else {
        serde_json::to_writer_pretty(file, forecast).map_err(|error| fails(&error))?;
    }
    output::note(&format!("wrote {}", out.display()));
    Ok(())
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    arguments.out.as_deref().map(writes_csv).transpose()?;
    let transform = Transform::parse(&arguments.transform)?;
    let dataset = load_named(&arguments.folders.data_dir, &arguments.dataset)?;
    let Some(facts) = &dataset.facts else {
        return Err(format!("data set \"{}\" has no sales; its manifest names no [facts]", dataset.name).into());
    };
    let measure = match arguments.measure.as_deref() {
        None | Some("amount") => Measure::main(facts),
        Some(other) => Measure::parse(other)?,
    };
    if !measure.fits(facts) {
        return Err(format!(
            "data set \"{}\" has nothing to work out {} from; try --measure {}",
            dataset.name,
            measure.as_str(),
            Measure::main(facts).as_str()
        )
        .into());
    }
    let pairs: Vec<(String, String)> = arguments
        .on
        .iter()
        .map(|text| match text.split_once('=') {
            Some((name, level)) => Ok((format!("on.{name}"), level.to_owned())),
            None => Err(format!("\"{text}\" is no choice; write DIMENSION=LEVEL")),
        })
        .collect::<Result<_, _>>()?;
    let view = SalesView::new(facts, &SalesFilter::parse(&pairs, facts)?, None);
    let question = Question {
        measure,
        horizon: arguments.horizon,
        box_cox: transform == Transform::BoxCox,
        filter: pairs,
        model: None,
    };
    check(&view, &question)?;
    let outlook = look_ahead(&view, &question, &output::Bar::new())?;
    let choices = Choices { transform, ..Choices::default() };
    let anatomy = take_apart(outlook.first_day, &outlook.values, choices);
    let forecast = SavedForecast::new(&dataset, question, outlook);
    if let Some(out) = &arguments.out {
        write(out, &forecast)?;
    }
    let outlook = &forecast.outlook;
    if arguments.json {
        return output::json(&Report { dataset: &dataset.name, measure: measure.as_str(), outlook, anatomy: &anatomy });
    }
    if let Some(found) = &anatomy.stationarity {
        output::line(&found.sentence);
    }
    if let Some(found) = &outlook.backtest {
        for score in &found.scores {
            let mark = if score.model == found.best { "*" } else { " " };
            output::line(&format!(
                "{mark} {:<42} MASE {:.2}  MAE {}  95 % interval held {}",
                score.name,
                score.mase,
                figures::number(score.mae),
                figures::percent(score.coverage_95)
            ));
        }
        output::line(&found.sentence);
    }
    for sentence in outlook.missing.iter().chain(&anatomy.missing).chain(&outlook.forecast.notes) {
        output::line(sentence);
    }
    let first = outlook.first_day + outlook.values.len() as i32;
    let found = &outlook.forecast;
    output::line(&format!("{:<12}{:>14}{:>14}{:>14}", found.name, "forecast", "95 % from", "95 % to"));
    for (step, point) in found.point.iter().enumerate() {
        let day = dates::format_iso(f64::from(first + step as i32));
        let [point, low, high] = [*point, found.low_95[step], found.high_95[step]].map(figures::cents);
        output::line(&format!("{day:<12}{point:>14}{low:>14}{high:>14}"));
    }
    Ok(())
}
