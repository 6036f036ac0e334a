//! Choosing parameters: scores by number of clusters, and the k-distance curve.

use plotly::common::{Line, Marker, Mode};
use plotly::{Scatter, Trace};

use super::{Chart, Table, axis, brief, briefs, layout, palette, plot};
use crate::cluster::select_k::{Consensus, KScore};
use crate::figures;

/// A criterion: name and its scores.
type Criterion<'a> = (&'a str, Vec<Option<f64>>);

/// All criteria in one picture, each scaled to its own range; high is good for silhouette and
/// Calinski-Harabasz, low for inertia and Davies-Bouldin.
pub(in crate::web) fn sweep(scores: &[KScore], consensus: Option<&Consensus>) -> Chart {
    let ks: Vec<usize> = scores.iter().map(|score| score.k).collect();
    let criteria: [Criterion<'_>; 4] = [
        ("Inertia", scores.iter().map(|s| Some(s.inertia)).collect()),
        ("Silhouette", scores.iter().map(|s| s.silhouette).collect()),
        ("Calinski-Harabasz", scores.iter().map(|s| s.calinski_harabasz).collect()),
        ("Davies-Bouldin", scores.iter().map(|s| s.davies_bouldin).collect()),
    ];
    let mut traces: Vec<Box<dyn Trace>> = criteria
        .iter()
        .enumerate()
        .map(|(position, (name, values))| {
            let finite: Vec<f64> = values.iter().flatten().copied().collect();
            let (low, high) =
                finite.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
            let scaled: Vec<Option<f64>> = values
                .iter()
                .map(|value| value.map(|value| if high > low { brief((value - low) / (high - low)) } else { 0.5 }))
                .collect();
            let hover: Vec<String> = values.iter().map(|value| value.map_or("–".to_owned(), figures::number)).collect();
            Scatter::new(ks.clone(), scaled)
                .mode(Mode::LinesMarkers)
                .name(*name)
                .hover_text_array(hover)
                .hover_template(format!("{name} %{{hovertext}}<extra>k = %{{x}}</extra>"))
                .line(Line::new().color(palette::colour(position as i32)).width(2.0)) as Box<dyn Trace>
        })
        .collect();
    if let Some(consensus) = consensus {
        traces.push(
            Scatter::new(vec![consensus.k, consensus.k], vec![0.0, 1.0])
                .mode(Mode::Lines)
                .name("suggested")
                .line(Line::new().color(palette::UNDECIDED).width(2.0).dash(plotly::common::DashType::Dash)),
        );
    }
    let rows = scores
        .iter()
        .map(|s| {
            let text = |score: Option<f64>| score.map_or("–".to_owned(), figures::number);
            vec![
                s.k.to_string(),
                figures::number(s.inertia),
                text(s.silhouette),
                text(s.calinski_harabasz),
                text(s.davies_bouldin),
            ]
        })
        .collect();
    let table = Table::new(&["k", "inertia", "silhouette", "Calinski-Harabasz", "Davies-Bouldin"], rows);
    let figure = plot(
        traces,
        layout("number of clusters", "scaled to its own range")
            .x_axis(axis("number of clusters").dtick(1.0))
            .show_legend(true),
    );
    Chart::new("sweep", "How many segments?", consensus_words(consensus), &figure, table).height(380).wide()
}

/// The consensus and its strength in words.
pub(in crate::web) fn consensus_words(consensus: Option<&Consensus>) -> String {
    let Some(consensus) = consensus else {
        return "No criterion has a preference; choose by what is useful.".to_owned();
    };
    let name = |criterion: &str| match criterion {
        "kneedle" => "the inertia's elbow",
        "silhouette" => "silhouette",
        "calinski_harabasz" => "Calinski-Harabasz",
        _ => "Davies-Bouldin",
    };
    let votes: Vec<String> = consensus
        .votes
        .iter()
        .map(|(criterion, k)| match k {
            Some(k) => format!("{} says {k}", name(criterion)),
            None => format!("{} has no preference", name(criterion)),
        })
        .collect();
    let strength = if consensus.strength > 0.75 {
        "strong agreement"
    } else if consensus.strength > 0.5 {
        "a majority"
    } else {
        "weak agreement"
    };
    format!("{} segments, with {strength}: {}.", consensus.k, votes.join(", "))
}

/// Sorted distances to the k-th neighbour, with the suggested radius.
pub(in crate::web) fn k_distance(curve: &[(usize, f64)], eps: Option<f64>, min_samples: usize, rows: usize) -> Chart {
    let ranks: Vec<usize> = curve.iter().map(|(rank, _)| *rank).collect();
    let mut traces: Vec<Box<dyn Trace>> = vec![
        Scatter::new(ranks, briefs(curve.iter().map(|(_, distance)| *distance)))
            .mode(Mode::Lines)
            .name("distance")
            .marker(Marker::new().color(palette::colour(0))),
    ];
    if let Some(eps) = eps {
        traces.push(
            Scatter::new(vec![0, rows], vec![brief(eps), brief(eps)])
                .mode(Mode::Lines)
                .name("suggested eps")
                .line(Line::new().color(palette::UNDECIDED).dash(plotly::common::DashType::Dash)),
        );
    }
    let summary = eps.map_or_else(
        || "The curve has no clear bend, so no eps is suggested.".to_owned(),
        |eps| {
            format!("The curve bends at eps {}; customers left of the bend have fewer than {min_samples} neighbours that near.", figures::number(eps))
        },
    );
    let table_rows =
        curve.iter().map(|(rank, distance)| vec![figures::count(*rank), figures::number(*distance)]).collect();
    let figure = plot(
        traces,
        layout("customers, farthest first", &format!("distance to neighbour {min_samples}")).show_legend(true),
    );
    Chart::new(
        "k-distance",
        "How far apart are neighbours?",
        summary,
        &figure,
        Table::new(&["rank", "distance"], table_rows),
    )
    .height(380)
    .wide()
}
