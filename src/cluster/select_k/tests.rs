use super::*;
use crate::cluster::Silent;
use ndarray::array;

fn knee(y: &[f64]) -> Option<f64> {
    let x: Vec<f64> = (1..=y.len()).map(|k| k as f64).collect();
    kneedle(&x, y, 1.0)
}

/// `KneeLocator(range(1, n + 1), y, curve="convex", direction="decreasing", S=1.0).knee`, kneed 0.9.0.
#[test]
fn kneedle_agrees_with_kneed() {
    assert_eq!(knee(&[10.0, 6.0, 3.0, 2.0, 1.5, 1.2, 1.0, 0.9]), Some(3.0));
    assert_eq!(knee(&[100.0, 60.0, 40.0, 30.0, 24.0, 20.0, 17.0, 15.0, 13.5, 12.5]), Some(4.0));
    assert_eq!(knee(&[9.0, 8.0, 8.0, 3.0, 2.5, 2.4, 1.0, 0.9]), Some(1.0));
    assert_eq!(knee(&[10.0, 9.0, 5.0, 4.5, 4.4, 2.0, 1.9, 1.8, 1.7]), Some(3.0));
    assert_eq!(knee(&[5.0, 4.0, 3.0, 2.0, 1.0]), None);
    assert_eq!(knee(&[7.0, 5.0]), None);
}

#[test]
fn curves_without_a_bend() {
    assert_eq!(knee(&[1.0; 4]), None);
    assert_eq!(knee(&[]), None);
    assert_eq!(knee(&[1.0]), None);
    assert_eq!(knee(&[3.0, f64::NAN, 1.0]), None);
    assert_eq!(kneedle(&[1.0, 2.0], &[1.0], 1.0), None);
    assert_eq!(kneedle(&[2.0, 1.0, 3.0], &[3.0, 2.0, 1.0], 1.0), None);
}

fn scores_of(swept: Result<Vec<(KScore, KMeansFit)>, ClusterError>) -> Vec<KScore> {
    let mut scores = Vec::new();
    for (score, found) in swept.unwrap() {
        assert_eq!((score.k, score.inertia), (found.counts.len(), found.inertia));
        scores.push(score);
    }
    scores
}

fn blank(k: usize) -> KScore {
    KScore {
        k,
        inertia: 1.0,
        silhouette: None,
        calinski_harabasz: None,
        davies_bouldin: None,
        bic: None,
        gap: None,
        stability: Vec::new(),
    }
}

fn blobs() -> Array2<f64> {
    Array2::from_shape_fn((90, 2), |(i, j)| ((i % 3) * (3 + 2 * j)) as f64 + ((i * (j + 5)) as f64 * 0.37).sin() * 0.3)
}

#[test]
fn a_sweep_finds_separate_clusters() {
    let params = KMeansParams { n_init: 2, ..KMeansParams::default() };
    let scores = scores_of(sweep(blobs().view(), 1..=8, &params, 1000, &Silent));
    assert_eq!(scores.iter().map(|score| score.k).collect::<Vec<_>>(), (1..=8).collect::<Vec<_>>());
    assert!(scores.windows(2).all(|pair| pair[1].inertia <= pair[0].inertia));
    assert_eq!((scores[0].silhouette, scores[0].davies_bouldin, scores[0].calinski_harabasz), (None, None, None));
    let consensus = consensus(&scores).unwrap();
    assert_eq!((consensus.k, consensus.strength), (3, 1.0));
    assert_eq!(consensus.votes.len(), 4);
}

#[test]
fn a_sweep_ends_at_the_distinct_rows() {
    let x = array![[0.0], [0.0], [5.0], [9.0]];
    let scores = scores_of(sweep(x.view(), 2..=9, &KMeansParams::default(), 100, &Silent));
    assert_eq!(scores.iter().map(|score| (score.k, score.inertia == 0.0)).collect::<Vec<_>>(), [(2, false), (3, true)]);
    let three = array![[0.0], [5.0], [9.0]];
    let scores = scores_of(sweep(three.view(), 3..=3, &KMeansParams::default(), 100, &Silent));
    assert_eq!((scores[0].silhouette, scores[0].inertia), (None, 0.0));
    let error = sweep(x.view(), 4..=9, &KMeansParams::default(), 100, &Silent);
    assert_eq!(error.unwrap_err(), ClusterError::TooFewDistinctRows { k: 4, distinct: 3 });
}

#[test]
fn rejects_ranges_and_parameters() {
    let run = |ks, params: KMeansParams, limit| sweep(blobs().view(), ks, &params, limit, &Silent).is_err();
    assert!(run(0..=3, KMeansParams::default(), 10));
    #[expect(clippy::reversed_empty_ranges, reason = "an empty range is what is rejected")]
    let empty = 4..=3;
    assert!(run(empty, KMeansParams::default(), 10));
    assert!(run(2..=3, KMeansParams { n_init: 0, ..KMeansParams::default() }, 10));
    assert!(run(2..=3, KMeansParams::default(), 0));
}

#[test]
fn ties_go_to_the_higher_silhouette() {
    let score = |k, silhouette, ch, db| KScore {
        silhouette: Some(silhouette),
        calinski_harabasz: Some(ch),
        davies_bouldin: Some(db),
        ..blank(k)
    };
    let scores = [score(2, 0.5, 1.0, 3.0), score(3, 0.4, 9.0, 2.0), score(4, 0.3, 2.0, 1.0)];
    let found = consensus(&scores).unwrap();
    assert_eq!((found.k, found.strength), (2, 1.0 / 3.0));
    assert_eq!(found.votes[0], ("kneedle".to_owned(), None));
    assert_eq!(consensus(&[]), None);
    assert_eq!(consensus(&[blank(1)]), None);
}

#[test]
fn mixtures_gaps_and_stability_vote_where_they_were_measured() {
    let score = |k: usize, bic, gap, stability: &[f64]| KScore {
        bic: Some(bic),
        gap: Some((gap, 0.05)),
        stability: stability.to_vec(),
        ..blank(k)
    };
    let scores = [score(2, 9.0, 0.1, &[0.9, 0.9]), score(3, 5.0, 0.4, &[0.8, 0.76]), score(4, 7.0, 0.42, &[0.95, 0.7])];
    let found = consensus(&scores).unwrap();
    let vote = |name: &str| found.votes.iter().find(|(criterion, _)| criterion == name).unwrap().1;
    assert_eq!([vote("bic"), vote("gap"), vote("stability")], [Some(3); 3]);
    assert_eq!((found.k, found.strength), (3, 1.0));
    let shaky = [score(2, 1.0, 0.1, &[0.5]), score(3, 2.0, 0.5, &[0.6])];
    assert!(consensus(&shaky).unwrap().votes.contains(&("stability".to_owned(), None)));
}
