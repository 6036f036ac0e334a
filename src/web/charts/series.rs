//! A series, its parts, its memory, its future, and who comes back.

use plotly::common::{ColorBar, ColorScale, ColorScaleElement, DashType, Fill, Line, Marker, Mode};
use plotly::{Bar, HeatMap, Scatter, Trace};

use super::sales::Written;
use super::{Chart, Table, axis, brief, briefs, layout, palette, plot};
use crate::dataset::dates;
use crate::figures;
use crate::segment::anatomy::{Anatomy, Differencing};
use crate::segment::outlook::{Outlook, WEEK};
use crate::series::cohorts::Cohorts;
use crate::series::decompose::Form;

/// Days of the past that are drawn before a forecast.
const PAST: usize = 120;

fn texts(first: i32, count: usize) -> Vec<String> {
    (0..count as i32).map(|step| dates::format_iso(f64::from(first + step))).collect()
}

fn known(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().map(|value| Some(brief(*value)).filter(|value| value.is_finite())).collect()
}

/// The last days, the forecast and its intervals of 80 and 95 %.
pub(in crate::web) fn forecast(outlook: &Outlook, written: Written<'_>) -> Chart {
    let past = outlook.values.len().min(PAST);
    let start = outlook.values.len() - past;
    let days = texts(outlook.first_day + start as i32, past);
    let ahead = texts(outlook.first_day + outlook.values.len() as i32, outlook.forecast.point.len());
    let colour = palette::colour(0);
    // An interval is a band between two lines, the upper filled down to the lower.
    let band = |low: &[f64], high: &[f64], name: &str, fill: &str| -> [Box<dyn Trace>; 2] {
        let line = || Line::new().width(0.0).color(palette::colour(0));
        [
            Scatter::new(ahead.clone(), known(low)).mode(Mode::Lines).line(line()).show_legend(false),
            Scatter::new(ahead.clone(), known(high))
                .mode(Mode::Lines)
                .line(line())
                .fill(Fill::ToNextY)
                .fill_color(fill.to_owned())
                .name(name),
        ]
    };
    let found = &outlook.forecast;
    let mut traces: Vec<Box<dyn Trace>> = Vec::new();
    traces.extend(band(&found.low_95, &found.high_95, "95 % of days", "rgba(0,114,178,0.14)"));
    traces.extend(band(&found.low_80, &found.high_80, "80 % of days", "rgba(0,114,178,0.28)"));
    traces.push(
        Scatter::new(days, known(&outlook.values[start..]))
            .mode(Mode::Lines)
            .name("so far")
            .line(Line::new().color(palette::UNDECIDED).width(1.5)),
    );
    traces.push(
        Scatter::new(ahead.clone(), known(&found.point))
            .mode(Mode::Lines)
            .name("forecast")
            .line(Line::new().color(colour).width(2.5)),
    );
    let rows = ahead
        .iter()
        .enumerate()
        .map(|(step, day)| {
            let numbers = [&found.point, &found.low_80, &found.high_80, &found.low_95, &found.high_95];
            std::iter::once(day.clone()).chain(numbers.map(|list| written.exact(list[step]))).collect()
        })
        .collect();
    let total: f64 = found.point.iter().sum();
    let summary = if written.measure.adds_up() {
        format!("{} are expected in the next {} days ({}).", written.text(total), found.point.len(), found.name)
    } else {
        format!("The next {} days by {}.", found.point.len(), found.name)
    };
    let header = ["day", "forecast", "80 % from", "80 % to", "95 % from", "95 % to"];
    let figure = plot(traces, layout("", "").y_axis(written.axis()).show_legend(true));
    Chart::new("forecast", "What comes next?", summary, &figure, Table::new(&header, rows)).height(380).wide()
}

/// Days of a season that are drawn: four weeks, or the whole of a longer one.
const SEASON: usize = 28;

/// Trend, seasons and remainder, a small chart each.
pub(in crate::web) fn parts(anatomy: &Anatomy, written: Written<'_>) -> Vec<Chart> {
    let Some(parts) = &anatomy.decomposition else { return Vec::new() };
    let days = texts(anatomy.first_day, parts.trend.len());
    let factors = parts.form == Form::Multiplicative;
    // Factors and transformed values have no unit.
    let in_unit = anatomy.lambda.is_none();
    let around = in_unit && !factors;
    let small = |id: &str, question: &str, summary: String, days: &[String], values: &[f64], has_unit: bool| {
        let write = |value: f64| if has_unit { written.exact(value) } else { figures::number(value) };
        let up = if has_unit { written.axis() } else { axis("") };
        let rows = days.iter().zip(values).rev().map(|(day, value)| vec![day.clone(), write(*value)]).collect();
        let line = Line::new().color(palette::colour(0)).width(1.5);
        let trace: Box<dyn Trace> = Scatter::new(days.to_vec(), known(values)).mode(Mode::Lines).line(line);
        let figure = plot(vec![trace], layout("", "").y_axis(up).show_legend(false));
        Chart::new(id, question, summary, &figure, Table::new(&["day", "value"], rows)).height(220)
    };
    let trend = format!(
        "Trend strength {}: share of the slow movement in what is not season.",
        figures::percent(parts.trend_strength())
    );
    let mut charts = vec![small("trend", "Is there a trend?", trend, &days, &parts.trend, in_unit)];
    for (index, (period, season)) in parts.periods.iter().zip(&parts.seasonal).enumerate() {
        let from = season.len() - season.len().min(SEASON.max(*period));
        let (id, question, shown) = if *period == WEEK {
            ("season", "Is there a week?", "four weeks")
        } else {
            ("year", "Is there a year?", "year")
        };
        let unit = if factors { " Factors: 1 is an average day." } else { "" };
        let strength = figures::percent(parts.seasonal_strength(index));
        let summary =
            format!("Season strength {strength}; the last {shown} are drawn.{unit}").replace("year are", "year is");
        charts.push(small(id, question, summary, &days[from..], &season[from..], around));
    }
    let left = "What neither trend nor season explains; spikes are unusual days.".to_owned();
    charts.push(small("remainder", "What is left?", left, &days, &parts.remainder, around));
    charts
}

/// The series that the tests look at; nothing where there is none.
pub(in crate::web) fn tested(anatomy: &Anatomy, written: Written<'_>) -> Option<Chart> {
    if anatomy.tested.is_empty() {
        return None;
    }
    let days = texts(anatomy.tested_from, anatomy.tested.len());
    let in_unit = |value: f64| if anatomy.lambda.is_some() { figures::number(value) } else { written.exact(value) };
    let rows = days.iter().zip(&anatomy.tested).rev().map(|(day, value)| vec![day.clone(), in_unit(*value)]).collect();
    let line = Line::new().color(palette::colour(0)).width(1.0);
    let trace: Box<dyn Trace> = Scatter::new(days, known(&anatomy.tested)).mode(Mode::Lines).line(line);
    let what = match anatomy.choices.differencing {
        Differencing::None => "The values of each day",
        Differencing::First => "Each day's change from the day before",
        Differencing::Weekly => "Each day's change from the same weekday a week before",
    };
    let scale = if anatomy.lambda.is_some() { ", after the transform" } else { "" };
    let summary = format!("{what}{scale}; tests and correlograms are of this series.");
    let up = if anatomy.lambda.is_some() { axis("") } else { written.axis() };
    let figure = plot(vec![trace], layout("", "").y_axis(up).show_legend(false));
    Some(Chart::new("tested", "What is tested?", summary, &figure, Table::new(&["day", "value"], rows)).height(260))
}

/// Autocorrelation and partial autocorrelation with the band of a series without memory.
pub(in crate::web) fn memory(anatomy: &Anatomy) -> Vec<Chart> {
    let Some(found) = &anatomy.correlogram else { return Vec::new() };
    [
        ("acf", "How much does a day resemble earlier days?", &found.autocorrelation, "autocorrelation"),
        ("pacf", "And without the days in between?", &found.partial, "partial autocorrelation"),
    ]
    .into_iter()
    .map(|(id, question, values, name)| {
        let lags: Vec<usize> = (1..values.len()).collect();
        let beyond: Vec<String> =
            lags.iter().filter(|lag| values[**lag].abs() > found.band).map(ToString::to_string).collect();
        let summary = if beyond.is_empty() {
            "No lag stands out from chance.".to_owned()
        } else {
            format!("Beyond chance (±{:.2}): {} days.", found.band, beyond[..beyond.len().min(8)].join(", "))
        };
        let mut traces: Vec<Box<dyn Trace>> = vec![
            Bar::new(lags.clone(), briefs(values[1..].iter().copied()))
                .name(name)
                .marker(Marker::new().color(palette::colour(0))),
        ];
        for side in [found.band, -found.band] {
            traces.push(
                Scatter::new(vec![0.5, values.len() as f64 - 0.5], vec![brief(side), brief(side)])
                    .mode(Mode::Lines)
                    .line(Line::new().color(palette::UNDECIDED).width(1.0).dash(DashType::Dash)),
            );
        }
        let rows = lags.iter().map(|lag| vec![lag.to_string(), format!("{:+.3}", values[*lag])]).collect();
        let figure = plot(traces, layout("days before", name).show_legend(false));
        Chart::new(id, question, summary, &figure, Table::new(&["lag", name], rows)).height(260)
    })
    .collect()
}

/// Share of each month's new customers who buy again later.
pub(in crate::web) fn retention(cohorts: &Cohorts, is_part: bool) -> Chart {
    let month = |day: i32| dates::format_iso(f64::from(day))[..7].to_owned();
    let months: Vec<String> =
        cohorts.cohorts.iter().rev().map(|cohort| format!("{} ({})", month(cohort.month), cohort.size)).collect();
    let longest = cohorts.cohorts.iter().map(|cohort| cohort.retention.len()).max().unwrap_or(0);
    // The month of the first purchase is 100 % by definition and would hide the rest.
    let later: Vec<usize> = (1..longest).collect();
    let z: Vec<Vec<Option<f64>>> = cohorts
        .cohorts
        .iter()
        .rev()
        .map(|cohort| later.iter().map(|at| cohort.retention.get(*at).map(|share| brief(share * 100.0))).collect())
        .collect();
    let scale = ColorScale::Vector(vec![
        ColorScaleElement(0.0, "#eef3f8".to_owned()),
        ColorScaleElement(1.0, "#1f6fb0".to_owned()),
    ]);
    let trace = HeatMap::new(later.clone(), months, z)
        .color_scale(scale)
        .color_bar(ColorBar::new().thickness(10))
        .hover_template("%{y}, %{x} months later: %{z:.0f} %<extra></extra>");
    let mut header = vec!["first order".to_owned(), "customers".to_owned()];
    header.extend(later.iter().map(|at| format!("+{at}")));
    let rows = cohorts
        .cohorts
        .iter()
        .map(|cohort| {
            let mut row = vec![month(cohort.month), figures::count(cohort.size)];
            row.extend(
                later
                    .iter()
                    .map(|at| cohort.retention.get(*at).map_or(String::new(), |share| figures::percent(*share))),
            );
            row
        })
        .collect();
    let summary = match (cohorts.retention.get(1), cohorts.retention.get(6)) {
        (Some(one), Some(six)) => format!(
            "{} of new customers buy again in the month after, {} half a year later.",
            figures::percent(*one),
            figures::percent(*six)
        ),
        (Some(one), None) => format!("{} of new customers buy again in the month after.", figures::percent(*one)),
        _ => "There is only one month; nobody could come back yet.".to_owned(),
    } + " The last month of a row may not be over."
        + if is_part {
            " The first month is that of the first purchase within this selection; who bought before is among them."
        } else {
            ""
        };
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let figure = plot(vec![trace], layout("months after the first order", "").y_axis(axis("")));
    Chart::new("retention", "Who comes back?", summary, &figure, Table::new(&header, rows))
        .height(140 + 24 * cohorts.cohorts.len() as u32)
        .wide()
}
