//! Two versions of a data set: who moved where, and how a feature was and is spread.

use plotly::layout::BarMode;
use plotly::{Bar, Trace};
use serde::Serialize;
use serde_json::{Value, json};

use super::distribution::end;
use super::{
    Chart, DAY, PER_CENT, Table, axis, axis_of, brief, briefs, headed, layout, marker, names_axis, palette, plot,
};
use crate::dataset::{Column, Role, dates};
use crate::figures;
use crate::segment::versions::{FeatureDrift, Flow, Migration, Spread};
use crate::web::charts::style::SegmentStyle;

/// A flow chart, which the plotly crate has no type for.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
struct Sankey(Value);

impl Trace for Sankey {
    fn to_json(&self) -> String {
        self.0.to_string()
    }
}

/// A colour that lets others through.
fn veiled(colour: &str) -> String {
    match colour.strip_prefix("hsl(").and_then(|rest| rest.strip_suffix(')')) {
        Some(parts) => format!("hsla({parts}, 0.4)"),
        None => format!("{colour}66"),
    }
}

/// Customers from the segments then (left) to those now (right), with those who joined and those who left.
pub(in crate::web) fn who_moved(found: &Migration, style: &SegmentStyle, money: impl Fn(f64) -> String) -> Chart {
    // A place for each end: side, and the cluster or outside.
    let mut ends: Vec<(bool, Option<i32>)> = Vec::new();
    for segment in &found.segments {
        ends.extend([(false, Some(segment.cluster)), (true, Some(segment.cluster))]);
    }
    ends.extend([(false, None), (true, None)]);
    let used = |(now, cluster): &(bool, Option<i32>)| {
        found.flows.iter().any(|flow| (if *now { flow.to } else { flow.from }) == *cluster)
    };
    ends.retain(used);
    let place = |now: bool, cluster: Option<i32>| ends.iter().position(|end| *end == (now, cluster)).unwrap_or(0);
    // Both sides add up to the same, so that a segment then stands across from itself now, and outside stands last.
    let size = |(now, cluster): &(bool, Option<i32>)| -> usize {
        let meets = |flow: &&Flow| (if *now { flow.to } else { flow.from }) == *cluster;
        found.flows.iter().filter(meets).map(|flow| flow.customers).sum()
    };
    let all = (found.old_customers + found.joined).max(1) as f64;
    let height_of = |end: &(bool, Option<i32>)| {
        let above: usize =
            ends.iter().take_while(|other| *other != end).filter(|other| other.0 == end.0).map(size).sum();
        brief((above as f64 + size(end) as f64 / 2.0) / all).clamp(0.001, 0.999)
    };
    let colour = |cluster: Option<i32>| cluster.map_or_else(|| palette::UNDECIDED.to_owned(), |c| style.colour(c));
    let label =
        |(now, cluster): &(bool, Option<i32>)| found.name_of(*cluster, if *now { "Left" } else { "Joined" }).to_owned();
    let of_flows = |part: &dyn Fn(&Flow) -> Value| found.flows.iter().map(part).collect::<Vec<Value>>();
    let way = |flow: &Flow| format!("{} → {}", found.name_of(flow.from, "Joined"), found.name_of(flow.to, "Left"));
    let trace = Sankey(json!({
        "type": "sankey",
        "orientation": "h",
        "arrangement": "snap",
        "valueformat": ",d",
        "node": {
            "label": ends.iter().map(label).collect::<Vec<String>>(),
            "color": ends.iter().map(|(_, cluster)| colour(*cluster)).collect::<Vec<String>>(),
            "x": ends.iter().map(|(now, _)| if *now { 0.999 } else { 0.001 }).collect::<Vec<f64>>(),
            "y": ends.iter().map(height_of).collect::<Vec<f64>>(),
            "customdata": ends.iter().map(|(now, _)| if *now { "now" } else { "then" }).collect::<Vec<&str>>(),
            "hovertemplate": "%{label} %{customdata}: %{value:,} customers<extra></extra>",
            "pad": 16,
            "thickness": 16,
            "line": { "width": 0 },
        },
        "link": {
            "source": of_flows(&|flow| json!(place(false, flow.from))),
            "target": of_flows(&|flow| json!(place(true, flow.to))),
            "value": of_flows(&|flow| json!(flow.customers)),
            "color": of_flows(&|flow| json!(veiled(&colour(flow.from)))),
            "customdata": of_flows(&|flow| json!(way(flow))),
            "hovertemplate": "%{customdata}: %{value:,} customers<extra></extra>",
        },
    }));
    let followed = found.stayed + found.moved;
    let is_move = |flow: &&Flow| flow.from.is_some() && flow.to.is_some() && flow.from != flow.to;
    let largest = found.flows.iter().filter(is_move).max_by_key(|flow| flow.customers);
    let summary = if followed == 0 {
        "The versions have no customer in common; check that both use the same ids.".to_owned()
    } else {
        let most = largest.map_or_else(String::new, |flow| {
            format!(
                ", most from {} to {} ({})",
                found.name_of(flow.from, ""),
                found.name_of(flow.to, ""),
                figures::count(flow.customers)
            )
        });
        format!(
            "Of {} customers in both versions {} moved to another segment ({}){most}.",
            figures::count(followed),
            figures::count(found.moved),
            figures::percent(found.moved as f64 / followed as f64)
        )
    };
    let row = |flow: &Flow| {
        vec![
            found.name_of(flow.from, "Joined").to_owned(),
            found.name_of(flow.to, "Left").to_owned(),
            figures::count(flow.customers),
            figures::percent(flow.share),
            money(flow.value_before),
            money(flow.value_after),
        ]
    };
    let table = Table::new(
        &["from", "to", "customers", "share of from", "value then", "value now"],
        found.flows.iter().map(row).collect(),
    );
    let height = 120 + 56 * ends.len() as u32 / 2;
    let figure = plot(
        vec![Box::new(trace)],
        super::Layout::new().margin(super::Margin::new().left(8).right(8).top(8).bottom(8)),
    );
    Chart::new("who-moved", "Who moved?", summary, &figure, table).height(height.clamp(260, 640)).wide()
}

/// The feature then and now on common bins, as shares of the customers with a known value, because versions differ in size.
pub(in crate::web) fn then_and_now(feature: &FeatureDrift, column: &Column, spread: &Spread) -> Chart {
    let (names, old, new) = match spread {
        Spread::Bins { edges, old, new } => (ranges(edges, column), old, new),
        Spread::Levels { names, old, new } => (names.clone(), old, new),
    };
    let shares = |counts: &[u64]| {
        let total = counts.iter().sum::<u64>().max(1) as f64;
        counts.iter().map(|count| *count as f64 / total).collect::<Vec<f64>>()
    };
    let (before, after) = (shares(old), shares(new));
    let traces: Vec<Box<dyn Trace>> =
        [("then", palette::UNDECIDED.to_owned(), &before), ("now", palette::colour(0), &after)]
            .into_iter()
            .map(|(name, colour, shares)| {
                let bar = Bar::new(places(spread, column), briefs(shares.iter().copied()))
                    .name(name)
                    .hover_text_array(names.clone())
                    .hover_template(format!("%{{hovertext}}: %{{y:.1%}} {name}<extra></extra>"))
                    .marker(marker(&colour));
                match spread {
                    Spread::Bins { edges, .. } => bar.opacity(0.6).width(width(edges, column.role)) as Box<dyn Trace>,
                    Spread::Levels { .. } => bar as Box<dyn Trace>,
                }
            })
            .collect();
    let (mode, gap) = match spread {
        Spread::Bins { .. } => (BarMode::Overlay, 0.03),
        Spread::Levels { .. } => (BarMode::Group, 0.25),
    };
    let x = match spread {
        Spread::Bins { .. } => axis_of(column),
        Spread::Levels { .. } => names_axis(&column.axis_title()),
    };
    let figure = plot(
        traces,
        layout("", "")
            .x_axis(x)
            .y_axis(axis("share of customers").tick_format(PER_CENT))
            .bar_mode(mode)
            .bar_gap(gap)
            .show_legend(true),
    );
    let rows = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let count = |counts: &[u64]| figures::count(counts[at] as usize);
            vec![name.clone(), count(old), figures::percent(before[at]), count(new), figures::percent(after[at])]
        })
        .collect();
    let index = feature.psi.map_or(f64::NAN, |psi| psi.value);
    let summary = format!(
        "{}: {}, with a stability index of {}.",
        feature.label,
        feature.verdict.words(),
        figures::thousandths(index)
    );
    let table =
        Table::new(&[&headed("value", column), "customers then", "share then", "customers now", "share now"], rows);
    Chart::new("then-and-now", format!("How was {} spread, and how is it now?", feature.label), summary, &figure, table)
        .height(340)
        .wide()
}

/// Where the bars stand: centres of bins, or levels.
fn places(spread: &Spread, column: &Column) -> Vec<String> {
    match spread {
        Spread::Levels { names, .. } => names.clone(),
        Spread::Bins { edges, .. } => edges
            .windows(2)
            .map(|pair| match column.role {
                Role::Date => dates::format_iso(f64::midpoint(pair[0], pair[1])),
                _ => brief(f64::midpoint(pair[0], pair[1])).to_string(),
            })
            .collect(),
    }
}

/// The width of a bin on its axis; days are milliseconds there.
fn width(edges: &[f64], role: Role) -> f64 {
    let width = edges.windows(2).next().map_or(1.0, |pair| pair[1] - pair[0]);
    if role == Role::Date { width * DAY } else { width }
}

fn ranges(edges: &[f64], column: &Column) -> Vec<String> {
    edges.windows(2).map(|pair| format!("{} to {}", end(pair[0], column), end(pair[1], column))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_let_each_other_through_in_any_notation() {
        assert_eq!(veiled("#0072b2"), "#0072b266");
        assert_eq!(veiled("hsl(12, 55%, 48%)"), "hsla(12, 55%, 48%, 0.4)");
    }

    #[test]
    fn a_name_cannot_end_the_script_element_in_a_raw_trace() {
        let figure = super::super::figure_json(&plot(
            vec![Box::new(Sankey(json!({ "type": "sankey", "node": { "label": ["</script>"] } })))],
            layout("", ""),
        ));
        assert!(!figure.contains('<') && figure.contains("sankey"));
    }
}
