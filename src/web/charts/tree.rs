//! The top of a hierarchy, drawn.

use std::collections::BTreeMap;

use plotly::common::{DashType, HoverInfo, Line, Mode};
use plotly::{Scatter, Trace};

use super::{Chart, Table, axis, brief, layout, palette, plot};
use crate::cluster::hierarchical::DendrogramNode;
use crate::figures;
use crate::web::charts::style::SegmentStyle;

/// Coordinates of a line with gaps.
type Path = (Vec<Option<f64>>, Vec<Option<f64>>);

/// Height at which the tree is cut: midway between the highest join within a segment and the lowest between two.
fn cut_height(nodes: &[DendrogramNode]) -> Option<f64> {
    let links = || nodes.iter().filter(|node| node.children.is_some());
    let above = links().filter(|node| node.label.is_none()).map(|node| node.height).min_by(f64::total_cmp)?;
    let below = nodes.iter().filter(|node| node.label.is_some()).map(|node| node.height).max_by(f64::total_cmp);
    Some(f64::midpoint(above, below.unwrap_or(0.0)))
}

/// A dendrogram coloured by segment, with the line where it is cut. Leaves stand for as many customers as written below.
pub(in crate::web) fn dendrogram(nodes: &[DendrogramNode], linkage: &str, style: &SegmentStyle) -> Chart {
    let mut paths: BTreeMap<Option<i32>, Path> = BTreeMap::new();
    for node in nodes {
        let Some((left, right)) = node.children else { continue };
        let foot = |child: usize| if nodes[child].children.is_some() { nodes[child].height } else { 0.0 };
        // Each leg in the colour of what is below it, the bar in that of the join.
        let mut draw = |label: Option<i32>, points: &[(f64, f64)]| {
            let (x, y) = paths.entry(label).or_default();
            x.extend(points.iter().map(|point| Some(point.0)).chain([None]));
            y.extend(points.iter().map(|point| Some(brief(point.1))).chain([None]));
        };
        for child in [left, right] {
            draw(nodes[child].label, &[(nodes[child].x, foot(child)), (nodes[child].x, node.height)]);
        }
        draw(node.label, &[(nodes[left].x, node.height), (nodes[right].x, node.height)]);
    }
    let mut traces: Vec<Box<dyn Trace>> = paths
        .into_iter()
        .map(|(label, (x, y))| {
            let colour = label.map_or_else(|| palette::UNDECIDED.to_owned(), |label| style.colour(label));
            let name = label.map_or_else(|| "above the cut".to_owned(), |label| style.name(label));
            Scatter::new(x, y)
                .mode(Mode::Lines)
                .name(name)
                .line(Line::new().color(colour).width(2.0))
                .hover_info(HoverInfo::Name)
                .connect_gaps(false) as Box<dyn Trace>
        })
        .collect();
    let leaves: Vec<&DendrogramNode> = nodes.iter().filter(|node| node.children.is_none()).collect();
    if let Some(height) = cut_height(nodes) {
        let right = leaves.len() as f64 - 0.5;
        traces.push(
            Scatter::new(vec![-0.5, right], vec![brief(height), brief(height)])
                .mode(Mode::Lines)
                .name("cut")
                .line(Line::new().color(palette::UNDECIDED).width(1.0).dash(DashType::Dash))
                .hover_info(HoverInfo::Name),
        );
    }
    let ticks = axis("customers below each end")
        .tick_values(leaves.iter().map(|leaf| leaf.x).collect())
        .tick_text(leaves.iter().map(|leaf| figures::count(leaf.rows)).collect::<Vec<_>>())
        .tick_angle(-60.0)
        .show_grid(false)
        .zero_line(false);
    let figure = plot(traces, layout("", "distance at the join").x_axis(ticks).show_legend(true));
    let rows = nodes
        .iter()
        .rev()
        .filter_map(|node| {
            let (left, right) = node.children?;
            let segment = node.label.map_or_else(|| "several".to_owned(), |label| style.name(label));
            let sides = [left, right].map(|child| figures::count(nodes[child].rows));
            Some(vec![figures::number(node.height), sides[0].clone(), sides[1].clone(), segment])
        })
        .collect();
    let summary = format!(
        "Read from the bottom: the last {} joins of {linkage} linkage. A long way up before two groups join means that they differ much; segments are what hangs below the dashed line.",
        leaves.len().saturating_sub(1)
    );
    Chart::new(
        "dendrogram",
        "Which segments are alike?",
        summary,
        &figure,
        Table::new(&["distance", "customers left", "customers right", "segment"], rows),
    )
    .height(420)
    .wide()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(x: f64, height: f64, children: Option<(usize, usize)>, label: Option<i32>) -> DendrogramNode {
        DendrogramNode { x, height, rows: 1, children, label }
    }

    #[test]
    fn the_cut_lies_between_the_segments_and_their_join() {
        let nodes = [
            node(0.0, 0.0, None, Some(0)),
            node(1.0, 0.0, None, Some(0)),
            node(2.0, 1.5, None, Some(1)),
            node(0.5, 1.0, Some((0, 1)), Some(0)),
            node(1.25, 4.5, Some((3, 2)), None),
        ];
        assert_eq!(cut_height(&nodes), Some(3.0));
        assert_eq!(cut_height(&nodes[..4]), None);
        let chart = dendrogram(&nodes, "ward", &SegmentStyle::default());
        assert_eq!(chart.table.rows.len(), 2);
        assert_eq!(chart.table.rows[0][3], "several");
    }
}
