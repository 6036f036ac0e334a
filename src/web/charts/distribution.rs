//! One variable: histograms, pies, bars, densities.

use plotly::common::{Mode, Orientation};
use plotly::layout::{BarMode, Margin};
use plotly::{Bar, Layout, Pie, Plot, Scatter, Trace};

use super::{Chart, DAY, Table, axis, axis_of, brief, briefs, headed, layout, marker, names_axis, palette, plot};
use crate::dataset::{Column, Role, dates};
use crate::figures;
use crate::query::distribution::Distribution;
use crate::web::charts::style::SegmentStyle;

/// Most levels drawn as a pie.
const PIE_LEVELS: usize = 6;

/// A histogram, pie or bars, as fits the variable.
pub(in crate::web) fn of_variable(column: &Column, distribution: &Distribution) -> Chart {
    let id = format!("dist-{}", column.name);
    if column.role == Role::Category || column.role == Role::Flag {
        return levels(&id, column, distribution);
    }
    let summary = distribution.summary.as_ref().map_or_else(
        || "No values.".to_owned(),
        |s| {
            format!(
                "Half of the customers lie between {} and {}; the median is {}{}.",
                figures::of_column(s.q1, column),
                figures::of_column(s.q3, column),
                figures::of_column(s.median, column),
                if distribution.missing > 0 {
                    format!("; {} unknown", figures::count(distribution.missing))
                } else {
                    String::new()
                }
            )
        },
    );
    let trace = bins(column, &distribution.edges, &distribution.counts, palette::colour(0).as_str(), 0.85);
    let figure = plot(vec![trace], layout("", "customers").bar_gap(0.03).x_axis(axis_of(column)));
    let rows = table_rows(column, &distribution.edges, &[&distribution.counts]);
    let ends = ["from", "to"].map(|end| headed(end, column));
    let table = Table::new(&[&ends[0], &ends[1], "customers"], rows);
    Chart::new(&id, column.label.clone(), summary, &figure, table).height(220)
}

/// The end of a bin as text.
pub(super) fn end(value: f64, column: &Column) -> String {
    match column.role {
        Role::Date => dates::format_iso(value),
        _ => figures::bare_of_column(value, column),
    }
}

fn bins(column: &Column, edges: &[f64], counts: &[u64], colour: &str, opacity: f64) -> Box<Bar<String, u64>> {
    let role = column.role;
    let centre = |pair: &[f64]| match role {
        Role::Date => dates::format_iso(f64::midpoint(pair[0], pair[1])),
        _ => brief(f64::midpoint(pair[0], pair[1])).to_string(),
    };
    let hover: Vec<String> =
        edges.windows(2).map(|pair| format!("{} to {}", end(pair[0], column), end(pair[1], column))).collect();
    let width = edges.windows(2).next().map_or(1.0, |pair| pair[1] - pair[0]);
    let width = if role == Role::Date { width * DAY } else { width };
    Bar::new(edges.windows(2).map(centre).collect(), counts.to_vec())
        .hover_text_array(hover)
        .hover_template("%{hovertext}: %{y:,}<extra></extra>")
        .marker(marker(colour))
        .opacity(opacity)
        .width(width)
}

fn table_rows(column: &Column, edges: &[f64], counts: &[&Vec<u64>]) -> Vec<Vec<String>> {
    edges
        .windows(2)
        .enumerate()
        .map(|(bin, pair)| {
            let mut row = vec![end(pair[0], column), end(pair[1], column)];
            row.extend(counts.iter().map(|counts| counts.get(bin).copied().unwrap_or(0).to_string()));
            row
        })
        .collect()
}

fn levels(id: &str, column: &Column, distribution: &Distribution) -> Chart {
    let total: u64 = distribution.levels.iter().map(|level| level.count).sum();
    let summary = distribution.levels.first().map_or_else(
        || "No values.".to_owned(),
        |top| {
            format!(
                "{} comes first with {} of the customers.",
                top.name,
                figures::percent(top.count as f64 / total.max(1) as f64)
            )
        },
    );
    let names: Vec<String> = distribution.levels.iter().map(|level| level.name.clone()).collect();
    let counts: Vec<u64> = distribution.levels.iter().map(|level| level.count).collect();
    let rows = names
        .iter()
        .zip(&counts)
        .map(|(name, count)| {
            vec![name.clone(), count.to_string(), figures::percent(*count as f64 / total.max(1) as f64)]
        })
        .collect();
    let table = Table::new(&["level", "customers", "share"], rows);
    let figure = if names.len() <= PIE_LEVELS {
        let colours = (0..names.len() as i32).map(palette::colour).collect();
        pie(names, counts.iter().map(|count| *count as f64).collect(), colours)
    } else {
        horizontal(names, counts.iter().map(|count| *count as f64).collect(), vec![palette::colour(0)], "customers")
    };
    Chart::new(id, column.label.clone(), summary, &figure, table).height(220)
}

/// A pie with the share on each slice.
pub(in crate::web) fn pie(names: Vec<String>, values: Vec<f64>, colours: Vec<String>) -> Plot {
    let trace = Pie::new(briefs(values))
        .labels(names)
        .marker(plotly::common::Marker::new().colors(colours))
        .hole(0.5)
        .sort(false)
        .text_info("percent")
        .hover_template("%{label}: %{value:,} (%{percent})<extra></extra>");
    plot(vec![trace], Layout::new().margin(Margin::new().left(8).right(8).top(8).bottom(8)).show_legend(true))
}

/// Bars from left to right, the first on top.
pub(in crate::web) fn horizontal(names: Vec<String>, values: Vec<f64>, colours: Vec<String>, title: &str) -> Plot {
    let mut colours = if colours.len() == 1 { vec![colours[0].clone(); names.len()] } else { colours };
    let (mut names, mut values) = (names, briefs(values));
    names.reverse();
    values.reverse();
    colours.reverse();
    let trace = Bar::new(values, names)
        .orientation(Orientation::Horizontal)
        .marker(plotly::common::Marker::new().color_array(colours))
        .hover_template("%{y}: %{x:,}<extra></extra>");
    plot(vec![trace], layout(title, "").y_axis(names_axis("")))
}

/// One histogram a segment over each other, on common bins.
pub(in crate::web) fn overlaid(id: &str, column: &Column, counts: &[(i32, Vec<u64>)], style: &SegmentStyle) -> Chart {
    let traces: Vec<Box<dyn Trace>> = counts
        .iter()
        .map(|(cluster, counts)| {
            bins(column, column.edges(), counts, &style.colour(*cluster), 0.55).name(style.name(*cluster))
                as Box<dyn Trace>
        })
        .collect();
    let header: Vec<String> = ["from", "to"]
        .map(|end| headed(end, column))
        .into_iter()
        .chain(counts.iter().map(|(cluster, _)| style.name(*cluster)))
        .collect();
    let columns: Vec<&Vec<u64>> = counts.iter().map(|(_, counts)| counts).collect();
    let rows = table_rows(column, column.edges(), &columns);
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    // A yes or no is one or the other, and no share.
    let x = if column.role == Role::Flag { axis(&column.axis_title()) } else { axis_of(column) };
    let figure = plot(traces, layout("", "customers").x_axis(x).bar_mode(BarMode::Overlay).bar_gap(0.03));
    let summary = format!("How many customers of each segment fall in each range of {}.", column.label);
    Chart::new(
        id,
        format!("How is {} spread over the segments?", column.label),
        summary,
        &figure,
        Table::new(&header, rows),
    )
    .height(360)
}

/// Density curves of a variable by segment: (cluster, x, y).
pub(in crate::web) fn densities(
    id: &str,
    column: &Column,
    curves: &[(i32, Vec<f64>, Vec<f64>)],
    style: &SegmentStyle,
) -> Chart {
    let traces: Vec<Box<dyn Trace>> = curves
        .iter()
        .map(|(cluster, x, y)| {
            let xs: Vec<String> = x
                .iter()
                .map(|x| if column.role == Role::Date { dates::format_iso(*x) } else { brief(*x).to_string() })
                .collect();
            Scatter::new(xs, briefs(y.iter().copied()))
                .mode(Mode::Lines)
                .name(style.name(*cluster))
                .line(plotly::common::Line::new().color(style.colour(*cluster)).width(2.0))
                as Box<dyn Trace>
        })
        .collect();
    let rows = curves
        .iter()
        .map(|(cluster, x, y)| {
            let peak = y.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(f64::NAN, |(i, _)| x[i]);
            vec![style.name(*cluster), figures::of_column(peak, column)]
        })
        .collect();
    let peaks: Vec<Vec<String>> = rows;
    let summary = format!(
        "Most common value: {}.",
        peaks.iter().map(|row| format!("{} {}", row[0], row[1])).collect::<Vec<_>>().join(", ")
    );
    let y = axis("density").show_tick_labels(false);
    let figure = plot(traces, layout("", "").x_axis(axis_of(column)).y_axis(y));
    Chart::new(id, column.label.clone(), summary, &figure, Table::new(&["segment", "most common value"], peaks))
        .height(240)
}
