//! Choosing parameters: scores by number of clusters, and the k-distance curve.

use plotly::common::{DashType, ErrorData, ErrorType, Line, Marker, MarkerSymbol, Mode};
use plotly::{Scatter, Trace};

use super::{Chart, Table, axis, brief, briefs, layout, palette, plot};
use crate::cluster::select_k::{Consensus, KScore};
use crate::cluster::stability;
use crate::figures;
use crate::segment::scores::{Score, Scored};

/// The criteria that any number of clusters has a score of.
pub(in crate::web) fn measured(scores: &[KScore]) -> Vec<Score> {
    Score::CRITERIA.into_iter().filter(|score| scores.iter().any(|tried| tried.score(*score).is_some())).collect()
}

/// Every measured criterion in a panel of its own: the number it prefers is a star, the recommended one a dashed line.
pub(in crate::web) fn panels(scores: &[KScore], consensus: Option<&Consensus>) -> Vec<Chart> {
    measured(scores).into_iter().map(|criterion| panel(criterion, scores, consensus)).collect()
}

fn panel(criterion: Score, scores: &[KScore], consensus: Option<&Consensus>) -> Chart {
    let known: Vec<(&KScore, f64)> = scores.iter().filter_map(|score| Some((score, score.score(criterion)?))).collect();
    let vote = consensus
        .and_then(|consensus| consensus.votes.iter().find(|(key, _)| key == criterion.vote()))
        .and_then(|(_, k)| *k);
    let (low, high) =
        known.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (_, v)| (low.min(*v), high.max(*v)));
    let ks: Vec<usize> = known.iter().map(|(score, _)| score.k).collect();
    let mut line = Scatter::new(ks.clone(), briefs(known.iter().map(|(_, value)| *value)))
        .mode(Mode::LinesMarkers)
        .name(criterion.title())
        .hover_template("k %{x}: %{y}<extra></extra>")
        .marker(Marker::new().color(palette::colour(0)).size(5))
        .line(Line::new().color(palette::colour(0)).width(2.0));
    if criterion == Score::Gap {
        let errors = known.iter().filter_map(|(score, _)| score.gap.map(|(_, error)| brief(error)));
        line = line.error_y(ErrorData::new(ErrorType::Data).array(errors.collect()));
    }
    let mut traces: Vec<Box<dyn Trace>> = vec![line];
    let across = |at: f64| {
        Scatter::new(vec![ks[0], ks[ks.len() - 1]], vec![at, at])
            .mode(Mode::Lines)
            .hover_template(format!("{at}: {}<extra></extra>", stability::words(at)))
            .line(Line::new().color(palette::UNDECIDED).width(1.0).dash(DashType::Dot)) as Box<dyn Trace>
    };
    if criterion == Score::Stability {
        traces.extend([0.6, 0.75, 0.85].map(across));
    }
    if let Some(consensus) = consensus {
        traces.push(
            Scatter::new(vec![consensus.k, consensus.k], vec![brief(low), brief(high)])
                .mode(Mode::Lines)
                .hover_template(format!("recommended: {}<extra></extra>", consensus.k))
                .line(Line::new().color(palette::UNDECIDED).width(1.0).dash(DashType::Dash)),
        );
    }
    if let Some((_, value)) = known.iter().find(|(score, _)| Some(score.k) == vote) {
        traces.push(
            Scatter::new(vec![vote.unwrap_or_default()], vec![brief(*value)])
                .mode(Mode::Markers)
                .hover_template("prefers k %{x}<extra></extra>")
                .marker(Marker::new().symbol(MarkerSymbol::Star).size(13).color(palette::colour(5))),
        );
    }
    let says = vote.map_or_else(|| "No preference".to_owned(), |k| format!("Prefers {k}"));
    let error = |score: &KScore| score.gap.filter(|_| criterion == Score::Gap).map(|(_, error)| figures::number(error));
    let row = |(score, value): &(&KScore, f64)| {
        [score.k.to_string(), criterion.text(Some(*value))].into_iter().chain(error(score)).collect()
    };
    let header = ["k", criterion.title(), "± standard error"];
    let header = if criterion == Score::Gap { &header[..] } else { &header[..2] };
    let figure =
        plot(traces, layout("number of segments", "").x_axis(axis("number of segments").dtick(1.0)).show_legend(false));
    Chart::new(
        &format!("criterion-{}", criterion.vote()),
        criterion.title(),
        format!("{says}; {}.", criterion.reading()),
        &figure,
        Table::new(header, known.iter().map(row).collect()),
    )
    .height(190)
}

/// The consensus and its strength in words.
pub(in crate::web) fn consensus_words(consensus: Option<&Consensus>) -> String {
    let Some(consensus) = consensus else {
        return "No criterion has a preference; choose by what is useful.".to_owned();
    };
    let name = |key: &String| Score::CRITERIA.into_iter().find(|score| score.vote() == key).map_or("", Score::voter);
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

/// How far the segments of the recommended number can be trusted, in words.
pub(in crate::web) fn stability_words(scores: &[KScore], k: usize) -> Option<String> {
    let stability = &scores.iter().find(|score| score.k == k)?.stability;
    let weakest = stability.iter().copied().min_by(f64::total_cmp)?;
    let stable = stability.iter().filter(|jaccard| **jaccard >= crate::cluster::select_k::STABLE).count();
    Some(format!(
        "When customers are drawn again and again, {stable} of {} segments are found again reliably; the least stable is {} (mean Jaccard similarity {}).",
        stability.len(),
        stability::words(weakest),
        Score::Stability.text(Some(weakest))
    ))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn score(k: usize, silhouette: f64, stability: Vec<f64>) -> KScore {
        KScore {
            k,
            inertia: 10.0 / k as f64,
            silhouette: Some(silhouette),
            calinski_harabasz: None,
            davies_bouldin: None,
            bic: None,
            gap: Some((0.1, 0.01)),
            stability,
        }
    }

    #[test]
    fn a_panel_for_each_criterion_that_was_measured() {
        let scores = [score(2, 0.5, vec![0.9, 0.8]), score(3, 0.4, vec![0.9, 0.5, 0.7])];
        let consensus = Consensus { k: 2, votes: vec![("silhouette".to_owned(), Some(2))], strength: 1.0 };
        let ids: Vec<String> = panels(&scores, Some(&consensus)).into_iter().map(|chart| chart.id).collect();
        assert_eq!(
            ids,
            ["criterion-kneedle", "criterion-silhouette", "criterion-gap", "criterion-stability"].map(str::to_owned)
        );
        let summary = &panels(&scores, Some(&consensus))[1].summary;
        assert!(summary.starts_with("Prefers 2;"), "{summary}");
    }

    #[test]
    fn words_say_how_strong_and_how_stable() {
        let scores = [score(2, 0.5, vec![0.9, 0.8]), score(3, 0.4, vec![0.9, 0.5, 0.7])];
        let votes = vec![("gap".to_owned(), None), ("stability".to_owned(), Some(2))];
        let words = consensus_words(Some(&Consensus { k: 2, votes, strength: 1.0 }));
        assert_eq!(words, "2 segments, with strong agreement: the gap statistic has no preference, stability says 2.");
        assert!(stability_words(&scores, 2).unwrap().contains("2 of 2 segments are found again reliably"));
        assert!(stability_words(&scores, 3).unwrap().contains("1 of 3"));
        assert!(stability_words(&scores, 3).unwrap().contains("not to be trusted (mean Jaccard similarity 0.50)"));
        assert_eq!(stability_words(&scores, 4), None);
    }
}
