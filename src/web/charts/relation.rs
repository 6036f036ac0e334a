//! Several variables together: heatmap, scatter, boxes, scatter matrix.

use plotly::box_plot::BoxMean;
use plotly::common::{ColorBar, ColorScale, ColorScaleElement, Line, Marker, Mode};
use plotly::layout::{BoxMode, CategoryOrder, Layout};
use plotly::{BoxPlot, HeatMap, Scatter, Trace};

use super::{Chart, DAY, Table, axis, axis_of, brief, layout, names_axis, plot};
use crate::dataset::{Column, Role, dates};
use crate::figures;
use crate::query::relation::{BoxOf, Correlations, Part};
use crate::query::view::pick;
use crate::web::charts::style::ColourStyle;

/// Points a cell of the scatter matrix holds.
pub(in crate::web) const MATRIX_POINTS: usize = 300;

/// Correlation heatmap.
pub(in crate::web) fn heatmap(correlations: &Correlations) -> Chart {
    let n = correlations.labels.len();
    let mut strongest: Option<(usize, usize, f64)> = None;
    for i in 0..n {
        for j in 0..i {
            let r = correlations.matrix[i][j];
            if r.is_finite() && strongest.is_none_or(|(.., best)| r.abs() > best.abs()) {
                strongest = Some((i, j, r));
            }
        }
    }
    let mut summary = strongest.map_or_else(
        || "No two variables vary together.".to_owned(),
        |(i, j, r)| {
            format!(
                "Strongest: {} and {}, {}.",
                correlations.labels[i],
                correlations.labels[j],
                figures::number((r * 100.0).round() / 100.0)
            )
        },
    );
    if correlations.used < correlations.total {
        summary.push_str(&format!(
            " From a seeded sample of {} of {} customers.",
            figures::count(correlations.used),
            figures::count(correlations.total)
        ));
    }
    let z: Vec<Vec<Option<f64>>> = correlations
        .matrix
        .iter()
        .map(|row| row.iter().map(|r| Some((r * 1000.0).round() / 1000.0).filter(|r| r.is_finite())).collect())
        .collect();
    let scale = ColorScale::Vector(vec![
        ColorScaleElement(0.0, "#b2432f".to_owned()),
        ColorScaleElement(0.5, "#f2f2f0".to_owned()),
        ColorScaleElement(1.0, "#1f6fb0".to_owned()),
    ]);
    // Names count upward, and a table is read downward.
    let (upward, z): (Vec<String>, Vec<_>) = correlations.labels.iter().cloned().zip(z).rev().unzip();
    let trace = HeatMap::new(correlations.labels.clone(), upward, z)
        .zmin(-1.0)
        .zmax(1.0)
        .color_scale(scale)
        .color_bar(ColorBar::new().thickness(10))
        .hover_template("%{x} and %{y}: %{z}<extra></extra>");
    let side = (n as u32 * 22 + 170).clamp(300, 720);
    let mut header = vec![""];
    header.extend(correlations.labels.iter().map(String::as_str));
    let rows = correlations
        .labels
        .iter()
        .zip(&correlations.matrix)
        .map(|(label, row)| {
            let mut cells = vec![label.clone()];
            cells.extend(row.iter().map(|r| if r.is_finite() { format!("{r:.2}") } else { "–".to_owned() }));
            cells
        })
        .collect();
    let figure = plot(vec![trace], layout("", "").x_axis(names_axis("")).y_axis(names_axis("")));
    Chart::new("correlation", "Which variables go together?", summary, &figure, Table::new(&header, rows))
        .height(side)
        .wide()
}

/// A value on an axis of the column; days are milliseconds there.
fn coordinate(value: f64, column: &Column) -> f64 {
    if column.role == Role::Date { value.floor() * DAY } else { brief(value) }
}

/// The rows of a part that have a place on every axis.
fn placed(part: &Part, columns: &[&Column]) -> Vec<u32> {
    let known = |row: &u32| columns.iter().all(|column| !pick(column, &[*row]).iter().any(|value| value.is_nan()));
    part.group.rows.iter().copied().filter(known).collect()
}

/// Says how many are not drawn because a value is unknown.
fn left_out(drawn: usize, placed: usize) -> String {
    match drawn - placed {
        0 => String::new(),
        1 => " 1 of them is not drawn, because a value is unknown.".to_owned(),
        many => format!(" {} of them are not drawn, because a value is unknown.", figures::count(many)),
    }
}

/// Coordinates as JSON numbers, or as days.
fn points(column: &Column, rows: &[u32]) -> Vec<Coordinate> {
    pick(column, rows)
        .into_iter()
        .map(|value| match column.role {
            _ if value.is_nan() => Coordinate::Missing,
            Role::Date => Coordinate::Day(dates::format_iso(value)),
            _ => Coordinate::Number(brief(value)),
        })
        .collect()
}

#[derive(Debug, Clone, serde::Serialize)]
#[serde(untagged)]
enum Coordinate {
    Number(f64),
    Day(String),
    Missing,
}

/// Scatter of a sample, a trace a colour. `size` scales the points by a third variable.
pub(in crate::web) fn scatter(
    x: &Column,
    y: &Column,
    size: Option<&Column>,
    parts: &[Part],
    total: usize,
    style: &ColourStyle,
) -> Chart {
    let drawn: usize = parts.iter().map(|part| part.group.rows.len()).sum();
    let rows: Vec<Vec<u32>> = parts.iter().map(|part| placed(part, &[x, y])).collect();
    let traces: Vec<Box<dyn Trace>> = parts
        .iter()
        .zip(&rows)
        .map(|(part, rows)| {
            let mut marker = Marker::new().color(style.colour(part)).opacity(0.6);
            marker = match size.and_then(|size| sizes(size, rows)) {
                Some(sizes) => marker.size_array(sizes),
                None => marker.size(5),
            };
            Scatter::new(points(x, rows), points(y, rows)).mode(Mode::Markers).name(style.name(part)).marker(marker)
                as Box<dyn Trace>
        })
        .collect();
    let sampled = if drawn < total {
        format!(" A seeded sample of {} of {} customers is drawn.", figures::count(drawn), figures::count(total))
    } else {
        String::new()
    };
    let figure = plot(traces, layout("", "").x_axis(axis_of(x)).y_axis(axis_of(y)).show_legend(parts.len() > 1));
    let left_out = left_out(drawn, rows.iter().map(Vec::len).sum());
    let rows = parts.iter().zip(&rows).map(|(part, rows)| vec![style.name(part), figures::count(rows.len())]).collect();
    let summary = format!("Each point is a customer.{sampled}{left_out}");
    let question = format!("How do {} and {} go together?", x.label, y.label);
    Chart::new("scatter", question, summary, &figure, Table::new(&["colour", "customers drawn"], rows)).height(420)
}

/// Point diameters of 4 to 18 pixels by the column's range over all customers.
fn sizes(column: &Column, rows: &[u32]) -> Option<Vec<usize>> {
    let summary = column.summary()?;
    let width = summary.max - summary.min;
    let diameter = |value: f64| {
        if value.is_nan() || width <= 0.0 { 4 } else { (4.0 + 14.0 * (value - summary.min) / width).round() as usize }
    };
    Some(pick(column, rows).into_iter().map(diameter).collect())
}

/// Box plots, one chart a facet.
pub(in crate::web) fn boxes(y: &Column, x: Option<&Column>, boxes: &[BoxOf], style: &ColourStyle) -> Vec<Chart> {
    let mut facets: Vec<&str> = Vec::new();
    for b in boxes {
        if !facets.contains(&b.facet.as_str()) {
            facets.push(&b.facet);
        }
    }
    facets.iter().map(|facet| box_chart(y, x, facet, boxes, style)).collect()
}

fn box_chart(y: &Column, x: Option<&Column>, facet: &str, boxes: &[BoxOf], style: &ColourStyle) -> Chart {
    let here: Vec<&BoxOf> = boxes.iter().filter(|b| b.facet == facet).collect();
    let mut colours: Vec<&(i32, String)> = Vec::new();
    for b in &here {
        if !colours.contains(&&b.colour) {
            colours.push(&b.colour);
        }
    }
    let traces: Vec<Box<dyn Trace>> = colours
        .iter()
        .map(|colour| {
            let own: Vec<&&BoxOf> = here.iter().filter(|b| &&b.colour == colour).collect();
            let name = style.name_of(colour.0, &colour.1);
            let xs: Vec<String> = own.iter().map(|b| if x.is_some() { b.x.clone() } else { name.clone() }).collect();
            let values = |f: fn(&BoxOf) -> f64| own.iter().map(|b| coordinate(f(b), y)).collect::<Vec<f64>>();
            BoxPlot::<String, f64>::default()
                .x(xs)
                .name(name)
                .lower_fence(values(|b| b.stats.lower_whisker))
                .q1(values(|b| b.stats.q1))
                .median(values(|b| b.stats.median))
                .q3(values(|b| b.stats.q3))
                .upper_fence(values(|b| b.stats.upper_whisker))
                .mean(values(|b| b.stats.mean))
                .box_mean(BoxMean::True)
                .line(Line::new().color(style.colour_of(colour.0)).width(1.5)) as Box<dyn Trace>
        })
        .collect();
    let rows = here
        .iter()
        .map(|b| {
            let s = &b.stats;
            let mut row = vec![b.x.clone(), style.name_of(b.colour.0, &b.colour.1)];
            row.extend(
                [s.lower_whisker, s.q1, s.median, s.q3, s.upper_whisker, s.mean].map(|v| figures::of_column(v, y)),
            );
            row.push(figures::count(s.outliers));
            row
        })
        .collect();
    let groups = x.map_or("", |x| x.label.as_str());
    let table = Table::new(
        &[groups, "colour", "lower whisker", "q1", "median", "q3", "upper whisker", "mean", "outliers"],
        rows,
    );
    let highest = here.iter().max_by(|a, b| a.stats.median.total_cmp(&b.stats.median));
    let summary = highest.map_or_else(
        || "No values.".to_owned(),
        |b| {
            let parts = [b.x.as_str(), &style.name_of(b.colour.0, &b.colour.1)]
                .into_iter()
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join(", ");
            let who = if parts.is_empty() { "all customers".to_owned() } else { parts };
            format!(
                "Highest median: {} in {who}. Whiskers reach 1.5 interquartile ranges.",
                figures::of_column(b.stats.median, y)
            )
        },
    );
    let question = if facet.is_empty() { y.label.clone() } else { format!("{} · {facet}", y.label) };
    let grouped = if x.is_some() && colours.len() > 1 { BoxMode::Group } else { BoxMode::Overlay };
    let mut places: Vec<String> = Vec::new();
    for b in &here {
        let place = if x.is_some() { b.x.clone() } else { style.name_of(b.colour.0, &b.colour.1) };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    // Traces that lack a group must not bring the others into an order of their own.
    let across = names_axis(groups).category_order(CategoryOrder::Array).category_array(places);
    let figure = plot(
        traces,
        layout("", "")
            .x_axis(across)
            .y_axis(axis_of(y))
            .box_mode(grouped)
            .show_legend(x.is_some() && colours.len() > 1),
    );
    let chart = Chart::new(&format!("box-{}-{facet}", y.name), question, summary, &figure, table).height(320);
    if facet.is_empty() && x.is_some() { chart.wide() } else { chart }
}

/// Scatter matrix: the lower triangle of all pairs, axes shared.
pub(in crate::web) fn matrix(columns: &[&Column], parts: &[Part], style: &ColourStyle) -> Chart {
    let cells = columns.len() - 1;
    let drawn: usize = parts.iter().map(|part| part.group.rows.len()).sum();
    let rows: Vec<Vec<u32>> = parts.iter().map(|part| placed(part, columns)).collect();
    let mut traces: Vec<Box<dyn Trace>> = Vec::new();
    for (row, y) in columns.iter().enumerate().skip(1) {
        for (position, x) in columns.iter().enumerate().take(row) {
            for (part, rows) in parts.iter().zip(&rows) {
                let trace = Scatter::new(points(x, rows), points(y, rows))
                    .mode(Mode::Markers)
                    .name(style.name(part))
                    .legend_group(style.name(part))
                    .show_legend(row == 1 && position == 0)
                    .marker(Marker::new().color(style.colour(part)).size(3).opacity(0.55))
                    .x_axis(axis_name("x", position))
                    .y_axis(axis_name("y", row - 1));
                traces.push(trace);
            }
        }
    }
    let step = 1.0 / cells as f64;
    let bottom = axis_name("y", cells - 1);
    let mut layout = layout("", "").show_legend(parts.len() > 1);
    for cell in 0..cells {
        let from = cell as f64 * step;
        let x = axis(&columns[cell].label).domain(&[from, from + step * 0.92]).anchor(bottom.as_str());
        let y = axis(&columns[cell + 1].label).domain(&[1.0 - from - step * 0.92, 1.0 - from]).anchor("x");
        layout = with_axes(layout, cell, x, y);
    }
    let figure = plot(traces, layout);
    let left_out = left_out(drawn, rows.iter().map(Vec::len).sum());
    let rows = parts.iter().zip(&rows).map(|(part, rows)| vec![style.name(part), figures::count(rows.len())]).collect();
    Chart::new(
        "matrix",
        "How do all pairs look?",
        format!("Every pair of {} variables, of {} customers.{left_out}", columns.len(), figures::count(drawn)),
        &figure,
        Table::new(&["colour", "customers drawn"], rows),
    )
    .height((cells as u32 * 170).max(300))
    .wide()
}

fn axis_name(letter: &str, position: usize) -> String {
    if position == 0 { letter.to_owned() } else { format!("{letter}{}", position + 1) }
}

fn with_axes(layout: Layout, cell: usize, x: plotly::layout::Axis, y: plotly::layout::Axis) -> Layout {
    match cell {
        0 => layout.x_axis(x).y_axis(y),
        1 => layout.x_axis2(x).y_axis2(y),
        2 => layout.x_axis3(x).y_axis3(y),
        _ => layout.x_axis4(x).y_axis4(y),
    }
}
