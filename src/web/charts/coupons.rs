//! Things that are handed out and used: what became of them, where, how soon.

use plotly::common::{ColorScale, ColorScaleElement, Marker, Orientation, TextPosition};
use plotly::layout::{AxisType, BarMode};
use plotly::{Bar, HeatMap, Trace};

use super::sales::{Written, shortened};
use super::{Chart, Table, axis, brief, briefs, layout, palette, plot};
use crate::dataset::dates;
use crate::dataset::facts::Uses;
use crate::figures::{self, capitalised};
use crate::query::sales::{Measure, Spread, Totals};

/// Levels that are drawn as bars.
const BARS: usize = 12;

/// What became of what was handed out, by step of time: a stack of statuses.
pub(in crate::web) fn statuses(uses: &Uses, days: &[i32], levels: &[(String, Vec<f64>)]) -> Chart {
    let x: Vec<String> = days.iter().map(|day| dates::format_iso(f64::from(*day))).collect();
    let traces: Vec<Box<dyn Trace>> = levels
        .iter()
        .enumerate()
        .map(|(position, (name, values))| {
            Bar::new(x.clone(), briefs(values.iter().copied()))
                .name(name)
                .marker(Marker::new().color(palette::colour(position as i32)))
                .hover_template("%{x}: %{y:,}<extra>%{fullData.name}</extra>") as Box<dyn Trace>
        })
        .collect();
    let sums: Vec<f64> = levels.iter().map(|(_, values)| values.iter().sum()).collect();
    let total: f64 = sums.iter().sum();
    let most = (0..sums.len()).max_by(|a, b| sums[*a].total_cmp(&sums[*b]));
    let summary = most.map_or_else(String::new, |at| {
        format!(
            "{} is the most frequent status: {} of all.",
            capitalised(&levels[at].0),
            figures::percent(sums[at] / total)
        )
    });
    let mut header = vec!["from"];
    header.extend(levels.iter().map(|(name, _)| name.as_str()));
    let rows = x.iter().enumerate().rev().map(|(at, day)| {
        std::iter::once(day.clone()).chain(levels.iter().map(|(_, values)| figures::number(values[at]))).collect()
    });
    let table = Table::new(&header, rows.collect());
    let figure =
        plot(traces, layout("", &capitalised(&format!("{}s", uses.thing))).bar_mode(BarMode::Stack).show_legend(true));
    Chart::new("statuses", format!("What becomes of {}s?", uses.thing), summary, &figure, table).height(340).wide()
}

/// Uses by level of a dimension, most first, with the share used beside each bar; the last of `totals` is of rows without one.
pub(in crate::web) fn used_by_level(
    id: &str,
    label: &str,
    names: &[String],
    totals: &[Totals],
    written: Written<'_>,
) -> Chart {
    let label = label.to_lowercase();
    let mut ranked: Vec<(String, Totals)> = names
        .iter()
        .cloned()
        .chain([format!("unknown {label}")])
        .zip(totals.iter().copied())
        .filter(|(_, totals)| totals.lines > 0)
        .collect();
    ranked.sort_by(|a, b| b.1.uses.cmp(&a.1.uses).then(b.1.lines.cmp(&a.1.lines)).then(a.0.cmp(&b.0)));
    let rate = |totals: &Totals| figures::percent(Measure::UseRate.of(totals));
    let drawn: Vec<&(String, Totals)> = ranked.iter().take(BARS).rev().collect();
    let trace = Bar::new(
        drawn.iter().map(|(_, totals)| totals.uses as f64).collect(),
        drawn.iter().map(|(name, _)| shortened(name)).collect(),
    )
    .orientation(Orientation::Horizontal)
    .text_array(drawn.iter().map(|(_, totals)| rate(totals)).collect())
    .text_position(TextPosition::Auto)
    .text_angle(0.0)
    .marker(Marker::new().color(palette::colour(0)))
    .hover_template("%{y}: %{x:,} (%{text})<extra></extra>");
    let names = Written { measure: Measure::Uses, ..written }.label();
    let share = Written { measure: Measure::UseRate, ..written }.label();
    let things = Written { measure: Measure::Things, ..written }.label();
    let mut summary = ranked.first().map_or_else(String::new, |(name, totals)| {
        format!("{name}: {} of {}, {}.", figures::count(totals.uses), figures::count(totals.lines), rate(totals))
    });
    if ranked.len() > BARS {
        summary.push_str(&format!(" The first {BARS} of {} are drawn.", figures::count(ranked.len())));
    }
    let rows = ranked
        .iter()
        .map(|(name, totals)| {
            vec![name.clone(), figures::count(totals.lines), figures::count(totals.uses), rate(totals)]
        })
        .collect();
    let table = Table::new(&[&label, &things, &names, &share], rows);
    let figure = plot(vec![trace], layout(&names, "").y_axis(axis("").type_(AxisType::Category)));
    Chart::new(id, format!("Which {label} has most {}?", names.to_lowercase()), summary, &figure, table).height(360)
}

/// Two dimensions against each other.
pub(in crate::web) fn crossed(
    labels: [&str; 2],
    down: &[String],
    across: &[String],
    totals: &[Vec<Totals>],
    written: Written<'_>,
) -> Chart {
    let value = |totals: &Totals| written.measure.of(totals);
    // The first row stands on top; axes count upward.
    let z: Vec<Vec<Option<f64>>> = totals
        .iter()
        .rev()
        .map(|row| row.iter().map(|totals| Some(brief(value(totals))).filter(|value| value.is_finite())).collect())
        .collect();
    let text: Vec<Vec<String>> =
        totals.iter().rev().map(|row| row.iter().map(|totals| written.text(value(totals))).collect()).collect();
    let scale = ColorScale::Vector(vec![
        ColorScaleElement(0.0, "#eef3f8".to_owned()),
        ColorScaleElement(1.0, "#1f6fb0".to_owned()),
    ]);
    let shorten = |names: &[String]| names.iter().map(|name| shortened(name)).collect::<Vec<_>>();
    let upward: Vec<String> = shorten(down).into_iter().rev().collect();
    let trace = HeatMap::new(shorten(across), upward, z)
        .text_matrix(text)
        .color_scale(scale)
        .color_bar(written.bar())
        .hover_template("%{y}, %{x}: %{text}<extra></extra>");
    let figure = plot(
        vec![trace],
        layout("", "")
            .x_axis(axis(labels[1]).type_(AxisType::Category))
            .y_axis(axis(labels[0]).type_(AxisType::Category)),
    );
    let cells = totals.iter().enumerate().flat_map(|(line, row)| row.iter().enumerate().map(move |cell| (line, cell)));
    let best = cells
        .filter(|(_, (_, totals))| value(totals).is_finite() && totals.lines > 0)
        .max_by(|a, b| value(a.1.1).total_cmp(&value(b.1.1)));
    let summary = best.map_or_else(
        || "Nothing in this selection.".to_owned(),
        |(line, (column, totals))| {
            format!("Highest: {} with {}, {}.", down[line], across[column], written.text(value(totals)))
        },
    );
    let rows = down
        .iter()
        .zip(totals)
        .map(|(name, row)| {
            std::iter::once(name.clone()).chain(row.iter().map(|totals| written.text(value(totals)))).collect()
        })
        .collect();
    let corner = labels[0].to_lowercase();
    let header: Vec<&str> = std::iter::once(corner.as_str()).chain(across.iter().map(String::as_str)).collect();
    let question = format!("{} by {} and {}", written.label(), labels[0].to_lowercase(), labels[1].to_lowercase());
    Chart::new("crossed", question, summary, &figure, Table::new(&header, rows)).height(420).wide()
}

/// A histogram of something that is no column of customers.
pub(in crate::web) fn spread(id: &str, question: &str, what: &str, counted: &str, spread: &Spread) -> Chart {
    let centres: Vec<f64> = spread.edges.windows(2).map(|pair| brief(f64::midpoint(pair[0], pair[1]))).collect();
    let width = spread.edges.windows(2).next().map_or(1.0, |pair| pair[1] - pair[0]);
    // Bins of one whole number are named by it.
    let range = |pair: &[f64]| {
        if width == 1.0 && pair[0].fract() != 0.0 {
            figures::number(f64::midpoint(pair[0], pair[1]))
        } else {
            format!("{} to {}", figures::number(pair[0]), figures::number(pair[1]))
        }
    };
    let ranges: Vec<String> = spread.edges.windows(2).map(range).collect();
    let trace = Bar::new(centres, spread.counts.clone())
        .hover_text_array(ranges.clone())
        .hover_template("%{hovertext}: %{y:,}<extra></extra>")
        .marker(Marker::new().color(palette::colour(0)))
        .width(width);
    let s = &spread.summary;
    let summary = format!(
        "Median {}, mean {}; half lie between {} and {}.",
        figures::number(s.median),
        figures::number(s.mean),
        figures::number(s.q1),
        figures::number(s.q3)
    );
    let rows =
        ranges.into_iter().zip(&spread.counts).map(|(range, count)| vec![range, figures::count(*count as usize)]);
    let figure = plot(vec![trace], layout(what, counted).bar_gap(0.03));
    Chart::new(id, question, summary, &figure, Table::new(&[what, counted], rows.collect())).height(280)
}
