//! `segmenta versions`

use serde::Serialize;

use super::label::find_model;
use super::{Failure, output};
use crate::config::Folders;
use crate::figures;
use crate::library::catalog;
use crate::library::versions::{self, Version};
use crate::segment::versions::{FeatureDrift, Level, Migration, SegmentChange, VersionComparison, compare};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Data set whose earlier versions to list and compare.
    dataset: String,
    #[command(flatten)]
    folders: Folders,
    /// Number of the earlier version; the newest when silent.
    #[arg(long)]
    with: Option<u32>,
    /// Model that puts the customers of both into segments.
    #[arg(long, default_value = "default")]
    model: String,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// An earlier version.
#[derive(Serialize)]
struct Listed {
    number: u32,
    replaced_at: Option<u64>,
    note: String,
}

#[derive(Serialize)]
struct Report {
    versions: Vec<Listed>,
    comparison: Option<VersionComparison>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let folder = catalog::folder_of(&arguments.folders.data_dir, &arguments.dataset)?;
    let all = versions::list(&folder);
    let number = arguments.with.or_else(|| all.first().map(|version| version.number));
    let comparison = number.map(|number| compared(arguments, &all, number)).transpose()?;
    if arguments.json {
        let listed =
            |version: Version| Listed { number: version.number, replaced_at: version.replaced_at, note: version.note };
        return output::json(&Report { versions: all.into_iter().map(listed).collect(), comparison });
    }
    let Some(comparison) = comparison else {
        output::line(&format!("{} has no earlier version; one is kept when new data replaces old.", arguments.dataset));
        return Ok(());
    };
    let day = |version: &Version| version.replaced_on().unwrap_or_else(|| "–".to_owned());
    let row = |version: &Version| vec![version.number.to_string(), day(version), version.note.clone()];
    output::table(&["VERSION", "REPLACED", "NOTE"], &all.iter().map(row).collect::<Vec<_>>(), &[0]);
    print(&comparison);
    Ok(())
}

fn compared(arguments: &Arguments, all: &[Version], number: u32) -> Result<VersionComparison, Failure> {
    let (dataset, model) = find_model(&arguments.folders, &format!("{}/{}", arguments.dataset, arguments.model))?;
    let old = versions::load(&dataset.folder, number)?;
    let version = all.iter().find(|version| version.number == number).ok_or("the version is gone; try again")?;
    Ok(compare(&model, version, &old, &dataset, &output::Bar::new())?)
}

fn print(comparison: &VersionComparison) {
    let level = match comparison.alarm.level {
        Level::None => "no alarm",
        Level::Watch => "watch",
        Level::Alarm => "alarm",
    };
    output::line(&format!(
        "\nCompared with version {} by model {}: {level}\n{}",
        comparison.version, comparison.model, comparison.alarm.headline
    ));
    for signal in &comparison.alarm.signals {
        output::line(&format!("  {}: {}", signal.what, signal.sentence));
    }
    output::line("");
    match &comparison.migration {
        Some(migration) => matrix(migration),
        None => output::line(comparison.no_migration.as_deref().unwrap_or_default()),
    }
    output::line("");
    let rows: Vec<Vec<String>> = comparison.features.iter().map(drift).collect();
    output::table(&["COLUMN", "MODEL", "INDEX", "CHANCE", "P", "TEST P", "VERDICT"], &rows, &[2, 3, 4, 5]);
    output::line(
        "CHANCE is what the index stays below in 95 of 100 cases without drift; P values are corrected (Holm).",
    );
}

fn matrix(found: &Migration) {
    let names: Vec<&str> = found.segments.iter().map(|segment| segment.name.as_str()).collect();
    let header: Vec<&str> =
        ["THEN \\ NOW"].into_iter().chain(names.iter().copied()).chain(["LEFT", "ALL", "STAYED"]).collect();
    let count =
        |from: Option<i32>, to: Option<i32>| figures::count(found.flow(from, to).map_or(0, |flow| flow.customers));
    let line = |segment: &SegmentChange| {
        let from = Some(segment.cluster);
        let kept = &segment.kept;
        let mut row = vec![segment.name.clone()];
        row.extend(found.segments.iter().map(|other| count(from, Some(other.cluster))));
        row.push(count(from, None));
        row.push(figures::count(segment.old.customers));
        row.push(if kept.present == 0 {
            "–".to_owned()
        } else {
            format!(
                "{} ({} to {})",
                figures::percent(kept.share),
                figures::percent(kept.low),
                figures::percent(kept.high)
            )
        });
        row
    };
    let mut rows: Vec<Vec<String>> = found.segments.iter().map(line).collect();
    let mut joined = vec!["Joined".to_owned()];
    joined.extend(found.segments.iter().map(|segment| count(None, Some(segment.cluster))));
    rows.push(joined);
    let mut now = vec!["All now".to_owned()];
    now.extend(found.segments.iter().map(|segment| figures::count(segment.new.customers)));
    rows.push(now);
    let right: Vec<usize> = (1..header.len()).collect();
    for row in &mut rows {
        row.resize(header.len(), String::new());
    }
    output::table(&header, &rows, &right);
}

fn drift(feature: &FeatureDrift) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or("–".to_owned(), figures::thousandths);
    vec![
        feature.name.clone(),
        if feature.in_model { "yes" } else { "" }.to_owned(),
        number(feature.psi.map(|psi| psi.value)),
        number(feature.psi.map(|psi| psi.limit)),
        figures::p_value(feature.psi_p_adjusted),
        figures::p_value(feature.test_p_adjusted),
        feature.verdict.words().to_owned(),
    ]
}
