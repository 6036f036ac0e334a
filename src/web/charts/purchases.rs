//! What the customers of each segment buy.

use plotly::common::Marker;
use plotly::layout::BarMode;
use plotly::{Bar, Trace};

use super::sales::{Written, shortened};
use super::{Chart, PER_CENT, Table, axis, brief, briefs, layout, names_axis, plot};
use crate::dataset::facts::{FactDimension, FactNumber};
use crate::figures;
use crate::query::sales::{NumberByCluster, Totals};
use crate::web::charts::style::SegmentStyle;

/// Levels that are drawn.
const LEVELS: usize = 8;

/// How each segment's total is made up of the levels of a dimension, in per cent of the segment; the last of `totals` is of facts
/// without a level.
pub(in crate::web) fn levels_by_segment(
    dimension: &FactDimension,
    clusters: &[i32],
    totals: &[Vec<Totals>],
    written: Written<'_>,
    style: &SegmentStyle,
) -> Chart {
    let value = |level: usize, column: usize| written.measure.of(&totals[level][column]);
    let sum_of = |column: usize| (0..totals.len()).map(|level| value(level, column)).sum::<f64>();
    let sums: Vec<f64> = (0..clusters.len()).map(sum_of).collect();
    let all = |level: usize| (0..clusters.len()).map(|column| value(level, column)).sum::<f64>();
    let name = |level: usize| {
        dimension.names.get(level).cloned().unwrap_or_else(|| format!("unknown {}", dimension.label.to_lowercase()))
    };
    let mut levels: Vec<usize> =
        (0..totals.len()).filter(|level| totals[*level].iter().any(|totals| totals.lines > 0)).collect();
    levels.sort_by(|a, b| all(*b).total_cmp(&all(*a)));
    let share = |level: usize, column: usize| value(level, column) / sums[column];
    let drawn = &levels[..levels.len().min(LEVELS)];
    let names: Vec<String> = drawn.iter().map(|level| shortened(&name(*level))).collect();
    let traces: Vec<Box<dyn Trace>> = clusters
        .iter()
        .enumerate()
        .map(|(column, cluster)| {
            let values = drawn.iter().map(|level| Some(brief(share(*level, column))).filter(|value| value.is_finite()));
            Bar::new(names.clone(), values.collect())
                .name(style.name(*cluster))
                .marker(Marker::new().color(style.colour(*cluster)))
                .hover_template("%{x}: %{y:.1%}<extra>%{fullData.name}</extra>") as Box<dyn Trace>
        })
        .collect();
    // The level that stands out: where a segment's share is farthest above that of all customers.
    let total: f64 = sums.iter().sum();
    let striking = drawn
        .iter()
        .flat_map(|level| (0..clusters.len()).map(move |column| (*level, column)))
        .map(|(level, column)| (level, column, share(level, column) - all(level) / total))
        .filter(|(.., more)| more.is_finite())
        .max_by(|a, b| a.2.total_cmp(&b.2));
    let label = written.label().to_lowercase();
    let summary = striking.map_or_else(String::new, |(level, column, _)| {
        format!(
            "{}: {} of the {label} of {}, {} of all.",
            name(level),
            figures::percent(share(level, column)),
            style.name(clusters[column]),
            figures::percent(all(level) / total)
        )
    });
    let header: Vec<String> = std::iter::once(dimension.label.to_lowercase())
        .chain(clusters.iter().map(|cluster| style.name(*cluster)))
        .collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let rows = levels.iter().map(|level| {
        let cells = (0..clusters.len()).map(|column| {
            let (value, share) = (value(*level, column), share(*level, column));
            format!("{} ({})", written.text(value), figures::percent(share))
        });
        std::iter::once(name(*level)).chain(cells).collect()
    });
    let y = axis(&format!("share of the segment's {label}")).tick_format(PER_CENT);
    let figure = plot(
        traces,
        layout("", "").x_axis(names_axis("")).y_axis(y).bar_mode(BarMode::Group).show_legend(clusters.len() > 1),
    );
    let question = format!("How does {} differ between segments?", dimension.label.to_lowercase());
    Chart::new(&format!("bought-{}", dimension.name), question, summary, &figure, Table::new(&header, rows.collect()))
        .height(340)
}

/// A number of the facts by segment: a histogram each over each other, in per cent of the segment's values.
pub(in crate::web) fn number_by_segment(
    number: &FactNumber,
    clusters: &[i32],
    found: &NumberByCluster,
    style: &SegmentStyle,
) -> Chart {
    let centres: Vec<f64> = found.edges.windows(2).map(|pair| brief(f64::midpoint(pair[0], pair[1]))).collect();
    let traces: Vec<Box<dyn Trace>> = clusters
        .iter()
        .zip(&found.clusters)
        .map(|(cluster, own)| {
            let shares = own.counts.iter().map(|count| *count as f64 / own.count.max(1) as f64);
            Bar::new(centres.clone(), briefs(shares))
                .name(style.name(*cluster))
                .opacity(0.55)
                .marker(Marker::new().color(style.colour(*cluster)))
                .hover_template("%{x}: %{y:.1%}<extra>%{fullData.name}</extra>") as Box<dyn Trace>
        })
        .collect();
    let unit = number.unit.as_deref();
    let text = |value: f64| figures::with_unit(&figures::number(value), unit);
    let known = clusters.iter().zip(&found.clusters).filter(|(_, own)| own.count > 0);
    let medians: Vec<String> =
        known.clone().map(|(cluster, own)| format!("{} {}", style.name(*cluster), text(own.median))).collect();
    let rows = known
        .map(|(cluster, own)| vec![style.name(*cluster), figures::count(own.count), text(own.mean), text(own.median)])
        .collect();
    let each = if number.per_order { "orders" } else { "lines" };
    let y = axis(&format!("share of the segment's {each}")).tick_format(PER_CENT);
    let title = unit.map_or_else(|| number.label.clone(), |unit| format!("{} ({unit})", number.label));
    let figure = plot(traces, layout(&title, "").y_axis(y).bar_mode(BarMode::Overlay).bar_gap(0.03));
    let summary = format!("Median: {}.", medians.join(", "));
    let table = Table::new(&["segment", each, "mean", "median"], rows);
    let question = format!("How is {} spread in each segment?", number.label.to_lowercase());
    Chart::new(&format!("number-{}", number.name), question, summary, &figure, table).height(300)
}
