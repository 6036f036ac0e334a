//! Segments beside each other: shares, means, radar, principal components, silhouettes.

use plotly::common::{Fill, Line, Marker, Mode, Title};
use plotly::layout::{AspectMode, BarMode, Camera, Eye, LayoutScene, Margin};
use plotly::{Bar, Layout, Scatter, Scatter3D, ScatterPolar, Trace};

use super::{Chart, PER_CENT, Table, axis, brief, briefs, distribution, formatted, layout, names_axis, plot};
use crate::dataset::Column;
use crate::figures;
use crate::query::view::pick;
use crate::segment::explore::Geometry;
use crate::segment::profile::VariableProfile;
use crate::web::charts::style::SegmentStyle;

/// Share of each segment in a total: (cluster, amount).
pub(in crate::web) fn shares(
    id: &str,
    question: &str,
    amounts: &[(i32, f64)],
    write: impl Fn(f64) -> String,
    style: &SegmentStyle,
) -> Chart {
    let total: f64 = amounts.iter().map(|(_, amount)| amount).sum();
    let summary = amounts.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map_or_else(String::new, |(cluster, amount)| {
        format!("{} has {} of {}.", style.name(*cluster), figures::percent(amount / total), write(total))
    });
    let rows = amounts
        .iter()
        .map(|(cluster, amount)| vec![style.name(*cluster), write(*amount), figures::percent(amount / total)])
        .collect();
    let figure = distribution::pie(
        amounts.iter().map(|(cluster, _)| style.name(*cluster)).collect(),
        amounts.iter().map(|(_, amount)| *amount).collect(),
        amounts.iter().map(|(cluster, _)| style.colour(*cluster)).collect(),
    );
    Chart::new(id, question, summary, &figure, Table::new(&["segment", "amount", "share"], rows)).height(240)
}

/// Mean of a variable in each segment.
pub(in crate::web) fn means(id: &str, column: &Column, means: &[(i32, f64)], all: f64, style: &SegmentStyle) -> Chart {
    let names: Vec<String> = means.iter().map(|(cluster, _)| style.name(*cluster)).collect();
    let colours: Vec<String> = means.iter().map(|(cluster, _)| style.colour(*cluster)).collect();
    let rows = means
        .iter()
        .map(|(cluster, mean)| {
            vec![style.name(*cluster), figures::of_column(*mean, column), figures::relative(*mean, all)]
        })
        .collect();
    let known = means.iter().filter(|(_, mean)| mean.is_finite());
    let summary = known.max_by(|a, b| a.1.total_cmp(&b.1)).map_or_else(String::new, |(cluster, mean)| {
        format!(
            "{} is highest with {} on average; all customers: {}.",
            style.name(*cluster),
            figures::of_column(*mean, column),
            figures::of_column(all, column)
        )
    });
    let trace = Bar::new(names, briefs(means.iter().map(|(_, mean)| *mean)))
        .marker(Marker::new().color_array(colours))
        .hover_template(if column.is_year() { "%{x}: %{y}<extra></extra>" } else { "%{x}: %{y:,}<extra></extra>" });
    let up = formatted(axis(&format!("mean of {}", column.axis_title())), column);
    let figure = plot(vec![trace], layout("", "").x_axis(names_axis("")).y_axis(up));
    Chart::new(
        id,
        format!("How high is {} in each segment?", column.label.to_lowercase()),
        summary,
        &figure,
        Table::new(&["segment", "mean", "against all"], rows),
    )
    .height(360)
}

/// How the values of several columns are said.
pub(in crate::web) struct Said {
    /// What they are, with their unit.
    pub title: String,
    /// A value for people.
    pub write: fn(f64, &Column) -> String,
    /// Whether they are shares of 1.
    pub are_shares: bool,
}

/// Bars of several columns grouped by segment.
pub(in crate::web) fn grouped(
    id: &str,
    question: &str,
    columns: &[&Column],
    values: &[(i32, Vec<f64>)],
    said: &Said,
    style: &SegmentStyle,
) -> Chart {
    let write = said.write;
    let labels: Vec<String> = columns.iter().map(|column| column.label.clone()).collect();
    let traces: Vec<Box<dyn Trace>> = values
        .iter()
        .map(|(cluster, values)| {
            Bar::new(labels.clone(), briefs(values.iter().copied()))
                .name(style.name(*cluster))
                .marker(Marker::new().color(style.colour(*cluster))) as Box<dyn Trace>
        })
        .collect();
    let header: Vec<String> =
        std::iter::once(String::new()).chain(values.iter().map(|(cluster, _)| style.name(*cluster))).collect();
    let rows = columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let mut row = vec![column.label.clone()];
            row.extend(values.iter().map(|(_, values)| write(values[index], column)));
            row
        })
        .collect();
    let best = values
        .iter()
        .flat_map(|(cluster, values)| values.iter().enumerate().map(move |(index, value)| (*cluster, index, *value)))
        .filter(|(.., value)| value.is_finite())
        .max_by(|a, b| a.2.total_cmp(&b.2));
    let summary = best.map_or_else(String::new, |(cluster, index, value)| {
        format!("Highest: {} in {}, {}.", columns[index].label, style.name(cluster), write(value, columns[index]))
    });
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let up = axis(&said.title);
    let up = if said.are_shares { up.tick_format(PER_CENT) } else { up };
    let across = layout("", "").x_axis(names_axis("")).y_axis(up);
    let figure = plot(traces, across.bar_mode(BarMode::Group).show_legend(values.len() > 1));
    Chart::new(id, question, summary, &figure, Table::new(&header, rows)).height(340)
}

/// Radar of standardised means.
pub(in crate::web) fn radar(profiles: &[VariableProfile], style: &SegmentStyle) -> Chart {
    let clusters: Vec<i32> =
        profiles.first().map_or_else(Vec::new, |profile| profile.segments.iter().map(|s| s.cluster).collect());
    let traces: Vec<Box<dyn Trace>> = clusters
        .iter()
        .enumerate()
        .map(|(position, cluster)| {
            let mut theta: Vec<String> = profiles.iter().map(|profile| broken(&profile.label)).collect();
            let mut r = briefs(profiles.iter().map(|profile| profile.segments[position].standardised));
            theta.extend(theta.first().cloned());
            r.extend(r.first().copied());
            ScatterPolar::new(theta, r)
                .mode(Mode::LinesMarkers)
                .fill(Fill::ToSelf)
                .opacity(0.65)
                .name(style.name(*cluster))
                .line(Line::new().color(style.colour(*cluster)).width(2.0)) as Box<dyn Trace>
        })
        .collect();
    let header: Vec<String> =
        std::iter::once("variable".to_owned()).chain(clusters.iter().map(|cluster| style.name(*cluster))).collect();
    let rows =
        profiles
            .iter()
            .map(|profile| {
                let mut row = vec![profile.label.clone()];
                row.extend(profile.segments.iter().map(|s| {
                    if s.standardised.is_finite() { format!("{:+.2}", s.standardised) } else { "–".to_owned() }
                }));
                row
            })
            .collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let margin = Margin::new().left(72).right(72).top(40).bottom(40);
    let figure = plot(traces, Layout::new().show_legend(true).margin(margin));
    Chart::new(
        "radar",
        "What makes each segment different?",
        "Means in standard deviations from all customers: 0 is average, +1 clearly above, −1 clearly below.",
        &figure,
        Table::new(&header, rows),
    )
    .height(420)
}

/// Letters of a line around the radar.
const LINE: usize = 11;

/// A label in lines, because nothing makes room for a long one beside a circle.
fn broken(label: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in label.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < LINE => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("<br>")
}

/// A new customer on a chart: coordinates and a name.
pub(in crate::web) type Star = (f64, f64);

/// Customers on the first two principal axes.
pub(in crate::web) fn principal_components(
    geometry: &Geometry,
    labels: &[i32],
    keep: impl Fn(u32) -> bool,
    star: Option<Star>,
    style: &SegmentStyle,
) -> Chart {
    let drawn: Vec<usize> = (0..geometry.rows.len()).filter(|i| keep(geometry.rows[*i])).collect();
    let label_of = |i: usize| labels[geometry.rows[i] as usize];
    let mut clusters: Vec<i32> = drawn.iter().map(|i| label_of(*i)).collect();
    clusters.sort_unstable_by_key(|cluster| (*cluster < 0, *cluster));
    clusters.dedup();
    let mut traces: Vec<Box<dyn Trace>> = clusters
        .iter()
        .map(|cluster| {
            let own: Vec<usize> = drawn.iter().copied().filter(|i| label_of(*i) == *cluster).collect();
            let on = |component: usize| {
                briefs(own.iter().map(|i| geometry.projected.get((*i, component)).copied().unwrap_or(0.0)))
            };
            Scatter::new(on(0), on(1))
                .mode(Mode::Markers)
                .name(style.name(*cluster))
                .marker(Marker::new().color(style.colour(*cluster)).size(5).opacity(0.6)) as Box<dyn Trace>
        })
        .collect();
    if let Some((x, y)) = star {
        traces.push(
            Scatter::new(vec![brief(x)], vec![brief(y)]).mode(Mode::Markers).name("New customer").marker(
                Marker::new()
                    .symbol(plotly::common::MarkerSymbol::Star)
                    .size(18)
                    .color("#e3b505")
                    .line(Line::new().color("#000000").width(1.5)),
            ),
        );
    }
    let ratio = |component: usize| geometry.pca.explained_variance_ratio.get(component).copied().unwrap_or(0.0);
    let rows = geometry
        .pca
        .explained_variance_ratio
        .iter()
        .enumerate()
        .map(|(component, ratio)| vec![format!("component {}", component + 1), format!("{:.1} %", ratio * 100.0)])
        .collect();
    let figure = plot(
        traces,
        layout(
            &format!("component 1 ({:.1} % of variance)", ratio(0) * 100.0),
            &format!("component 2 ({:.1} %)", ratio(1) * 100.0),
        )
        .show_legend(true),
    );
    let question = if star.is_some() {
        "Where is the new customer among the others?"
    } else {
        "How do the segments lie to each other?"
    };
    Chart::new(
        "pca",
        question,
        format!(
            "The two main directions of the model's features keep {:.0} % of their variance. {} customers drawn.",
            (ratio(0) + ratio(1)) * 100.0,
            figures::count(drawn.len())
        ),
        &figure,
        Table::new(&["component", "explained variance"], rows),
    )
    .height(420)
}

/// What the principal axes are made of.
pub(in crate::web) fn loadings(geometry: &Geometry, labels: &[String]) -> Chart {
    let components = geometry.pca.components.nrows().min(2);
    let traces: Vec<Box<dyn Trace>> = (0..components)
        .map(|component| {
            Bar::new(labels.to_vec(), briefs(geometry.pca.components.row(component).iter().copied()))
                .name(format!("component {}", component + 1))
                .marker(Marker::new().color(super::palette::colour(component as i32))) as Box<dyn Trace>
        })
        .collect();
    let rows = labels
        .iter()
        .enumerate()
        .map(|(feature, label)| {
            let mut row = vec![label.clone()];
            row.extend((0..components).map(|c| format!("{:+.3}", geometry.pca.components[(c, feature)])));
            row
        })
        .collect();
    let header = ["feature", "component 1", "component 2"];
    // Without a format, zero between ticks is written with the noise of its last digits.
    let up = axis("loading").tick_format(".2~f");
    let figure = plot(traces, layout("", "").y_axis(up).bar_mode(BarMode::Group).show_legend(true));
    Chart::new(
        "loadings",
        "What do the components mean?",
        "A long bar means that the feature shapes the component; opposite signs pull apart.",
        &figure,
        Table::new(&header[..=components], rows),
    )
    .height(420)
}

/// Three features of a sample in space.
pub(in crate::web) fn space(geometry: &Geometry, labels: &[i32], columns: [&Column; 3], style: &SegmentStyle) -> Chart {
    let is_placed = |row: &u32| columns.iter().all(|column| !pick(column, &[*row]).iter().any(|value| value.is_nan()));
    let placed: Vec<u32> = geometry.rows.iter().copied().filter(is_placed).collect();
    let mut clusters: Vec<i32> = placed.iter().map(|row| labels[*row as usize]).collect();
    clusters.sort_unstable_by_key(|cluster| (*cluster < 0, *cluster));
    clusters.dedup();
    let traces: Vec<Box<dyn Trace>> = clusters
        .iter()
        .map(|cluster| {
            let own: Vec<u32> = placed.iter().copied().filter(|row| labels[*row as usize] == *cluster).collect();
            let [x, y, z] = columns.map(|column| briefs(pick(column, &own)));
            Scatter3D::new(x, y, z)
                .mode(Mode::Markers)
                .name(style.name(*cluster))
                .marker(Marker::new().color(style.colour(*cluster)).size(3).opacity(0.7)) as Box<dyn Trace>
        })
        .collect();
    let titled = |column: &Column| axis("").title(Title::with_text(column.axis_title()));
    let scene = LayoutScene::new()
        .camera(Camera::new().eye(Eye::from((1.5, 1.5, 1.0))))
        .aspect_mode(AspectMode::Cube)
        .x_axis(titled(columns[0]))
        .y_axis(titled(columns[1]))
        .z_axis(titled(columns[2]));
    let rows = clusters
        .iter()
        .map(|cluster| {
            let own = placed.iter().filter(|row| labels[**row as usize] == *cluster).count();
            vec![style.name(*cluster), figures::count(own)]
        })
        .collect();
    Chart::new(
        "space",
        "How do three variables separate the segments?",
        "Drag to turn, scroll to zoom.",
        &plot(
            traces,
            Layout::new().scene(scene).margin(Margin::new().left(0).right(0).top(0).bottom(24)).show_legend(true),
        ),
        Table::new(&["segment", "customers drawn"], rows),
    )
    .height(560)
}

/// Silhouettes of sampled customers, one band a segment.
pub(in crate::web) fn silhouettes(clusters: &[(i32, Vec<f64>)], style: &SegmentStyle) -> Chart {
    let mut at = 0;
    let mut traces: Vec<Box<dyn Trace>> = Vec::new();
    let mut rows = Vec::new();
    for (cluster, values) in clusters {
        let step = values.len().div_ceil(150).max(1);
        let drawn: Vec<f64> = values.iter().copied().step_by(step).collect();
        let positions: Vec<usize> = (at..at + drawn.len()).collect();
        at += drawn.len() + 4;
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let below = values.iter().filter(|value| **value < 0.0).count();
        rows.push(vec![
            style.name(*cluster),
            format!("{mean:.3}"),
            figures::percent(below as f64 / values.len() as f64),
        ]);
        traces.push(
            Bar::new(positions, briefs(drawn))
                .name(style.name(*cluster))
                .marker(Marker::new().color(style.colour(*cluster)))
                .width(1.0)
                .hover_template("silhouette %{y:.2}<extra></extra>"),
        );
    }
    let figure = plot(
        traces,
        layout("customers, by segment", "silhouette")
            .bar_gap(0.0)
            .show_legend(true)
            .x_axis(axis("customers, by segment").show_tick_labels(false)),
    );
    Chart::new(
        "silhouettes",
        "How well does each customer fit its segment?",
        "1 is a perfect fit, 0 the border to the next segment, below 0 closer to another one.",
        &figure,
        Table::new(&["segment", "mean silhouette", "below 0"], rows),
    )
    .height(320)
    .wide()
}
