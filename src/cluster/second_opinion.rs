//! What another library, linfa-clustering, finds in the same rows: an opinion that shares no code with ours.
//!
//! Its K-Means is told one restart at a time, so that it reports and can be stopped. Both of its algorithms work on one core and
//! DBSCAN asks for time that grows with the square of the rows where the radius is wide; so it is asked about a sample.

use super::agreement::adjusted_rand_score;
use super::metrics::inertia;
use super::{ClusterError, NOISE, Progress, check_labels, check_matrix, label_of};
use linfa::DatasetBase;
use linfa::prelude::{Fit, ParamGuard, Predict, Transformer};
use ndarray::ArrayView2;
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_xoshiro::Xoshiro256Plus;
use serde::{Deserialize, Serialize};

/// Rows that the other library is asked about, at most.
pub const MOST_ROWS: usize = 20_000;

/// Restarts of its K-Means, of which the best counts.
const RESTARTS: u64 = 5;

/// How far two libraries agree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SecondOpinion {
    /// The algorithm that both were asked for, such as `K-Means`.
    pub algorithm: String,
    /// Rows that both were asked about.
    pub rows: usize,
    /// Adjusted Rand index of the two results, noise as a group of its own: 1 when they are the same, about 0 by chance.
    pub adjusted_rand: f64,
    /// Inertia of the other result divided by ours, minus 1; above 0 when ours is better. `None` where there is no inertia.
    pub inertia_above: Option<f64>,
}

impl SecondOpinion {
    /// The opinion in a sentence, where so many customers were compared; it says when the other library saw a part of them.
    #[must_use]
    pub fn sentence(&self, customers: usize) -> String {
        let agreement = match self.adjusted_rand {
            rand if rand >= 0.9995 => "finds the same segments",
            rand if rand >= 0.9 => "finds nearly the same segments",
            rand if rand >= 0.6 => "finds similar segments",
            _ => "finds other segments",
        };
        let inertia = match self.inertia_above {
            None => String::new(),
            Some(above) if above.abs() < 0.0005 => ", with the same inertia".to_owned(),
            Some(above) if above > 0.0 => format!(", with an inertia {:.1} % higher than ours", above * 100.0),
            Some(above) => format!(", with an inertia {:.1} % lower than ours", -above * 100.0),
        };
        let part = if self.rows < customers {
            format!(" on a sample of {} of {customers} customers", self.rows)
        } else {
            String::new()
        };
        format!(
            "{} of linfa-clustering, another library, {agreement}{part} (adjusted Rand index {:.3}{inertia}).",
            self.algorithm, self.adjusted_rand
        )
    }
}

/// Rows of a sample without replacement, ascending; all when there are no more than [`MOST_ROWS`].
#[must_use]
pub fn sampled_rows(rows: usize, seed: u64) -> Vec<usize> {
    if rows <= MOST_ROWS {
        return (0..rows).collect();
    }
    let mut chosen = sample(&mut Xoshiro256Plus::seed_from_u64(seed), rows, MOST_ROWS).into_vec();
    chosen.sort_unstable();
    chosen
}

/// Asks for K-Means on rows that ours were `labels` on; they must have been fitted to these very rows for inertias to compare.
///
/// # Errors
/// When the rows cannot be clustered, the labels do not fit them, or somebody cancels.
pub fn of_kmeans(
    x: ArrayView2<f64>,
    labels: &[i32],
    k: usize,
    seed: u64,
    watch: &dyn Progress,
) -> Result<SecondOpinion, ClusterError> {
    check_matrix(x)?;
    check_labels(x.nrows(), labels)?;
    let dataset = DatasetBase::from(x.to_owned());
    let mut best: Option<(f64, Vec<i32>)> = None;
    for restart in 0..RESTARTS {
        if watch.is_cancelled() {
            return Err(ClusterError::Cancelled);
        }
        let rng = Xoshiro256Plus::seed_from_u64(seed.wrapping_add(restart));
        let params = linfa_clustering::KMeans::params_with_rng(k, rng).n_runs(1).max_n_iterations(300);
        // Like ours, a restart that does not settle within its iterations is no result.
        let Ok(model) = params.fit(&dataset) else { continue };
        let found: Vec<i32> = model.predict(&dataset.records).iter().map(|label| label_of(*label)).collect();
        let reached = inertia(x, &found)?;
        if best.as_ref().is_none_or(|(lowest, _)| reached < *lowest) {
            best = Some((reached, found));
        }
    }
    let (reached, found) =
        best.ok_or_else(|| ClusterError::Library { message: "no restart of linfa-clustering settled".to_owned() })?;
    let ours = inertia(x, labels)?;
    Ok(SecondOpinion {
        algorithm: "K-Means".to_owned(),
        rows: x.nrows(),
        adjusted_rand: adjusted_rand_score(labels, &found)?,
        inertia_above: (ours > 0.0).then(|| reached / ours - 1.0),
    })
}

/// Asks for DBSCAN on rows that ours were `labels` on.
///
/// # Errors
/// As [`of_kmeans`].
pub fn of_dbscan(
    x: ArrayView2<f64>,
    labels: &[i32],
    eps: f64,
    min_samples: usize,
    watch: &dyn Progress,
) -> Result<SecondOpinion, ClusterError> {
    check_matrix(x)?;
    check_labels(x.nrows(), labels)?;
    if watch.is_cancelled() {
        return Err(ClusterError::Cancelled);
    }
    let params = linfa_clustering::Dbscan::params::<f64>(min_samples).tolerance(eps).check();
    let params = params.map_err(|error| ClusterError::Library { message: error.to_string() })?;
    let found: Vec<i32> = params.transform(&x.to_owned()).iter().map(|label| label.map_or(NOISE, label_of)).collect();
    Ok(SecondOpinion {
        algorithm: "DBSCAN".to_owned(),
        rows: x.nrows(),
        adjusted_rand: adjusted_rand_score(labels, &found)?,
        inertia_above: None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Silent, dbscan, kmeans};
    use super::*;
    use crate::cluster::test_points::points;

    #[test]
    fn both_libraries_find_the_same_separated_groups() {
        let x = points();
        let ours =
            kmeans::fit(x.view(), &kmeans::KMeansParams { n_clusters: 3, ..kmeans::KMeansParams::default() }, &Silent)
                .unwrap();
        let opinion = of_kmeans(x.view(), &ours.labels, 3, 1, &Silent).unwrap();
        assert!(opinion.inertia_above.unwrap() >= -1e-9, "{opinion:?}");
        assert_eq!(opinion.rows, x.nrows());
        let found = dbscan::fit(x.view(), &dbscan::DbscanParams { eps: 1.0, min_samples: 3 }, &Silent).unwrap();
        let opinion = of_dbscan(x.view(), &found.labels, 1.0, 3, &Silent).unwrap();
        assert_eq!((opinion.adjusted_rand, opinion.inertia_above), (1.0, None));
    }

    #[test]
    fn a_result_that_is_wrong_is_not_confirmed() {
        let x = points();
        let wrong: Vec<i32> = (0..x.nrows()).map(|row| (row % 3) as i32).collect();
        let opinion = of_kmeans(x.view(), &wrong, 3, 1, &Silent).unwrap();
        assert!(opinion.adjusted_rand < 0.5 && opinion.inertia_above.unwrap() < 0.0, "{opinion:?}");
    }

    #[test]
    fn an_opinion_is_a_sentence() {
        let opinion = |adjusted_rand, inertia_above| SecondOpinion {
            algorithm: "K-Means".to_owned(),
            rows: 10,
            adjusted_rand,
            inertia_above,
        };
        assert_eq!(
            opinion(0.9981, Some(0.0032)).sentence(10),
            "K-Means of linfa-clustering, another library, finds nearly the same segments (adjusted Rand index 0.998, with an inertia 0.3 % higher than ours)."
        );
        assert!(
            opinion(0.2, Some(-0.1))
                .sentence(10)
                .contains("finds other segments (adjusted Rand index 0.200, with an inertia 10.0 % lower")
        );
        assert!(
            opinion(1.0, None).sentence(99).contains("the same segments on a sample of 10 of 99 customers (adjusted")
        );
        assert!(opinion(1.0, Some(0.0)).sentence(10).contains("with the same inertia"));
    }

    #[test]
    fn samples_are_bounded_and_ascending() {
        assert_eq!(sampled_rows(5, 1), [0, 1, 2, 3, 4]);
        let rows = sampled_rows(MOST_ROWS + 1000, 7);
        assert!(rows.len() == MOST_ROWS && rows.is_sorted() && rows.iter().max() < Some(&(MOST_ROWS + 1000)));
        assert!(of_kmeans(points().view(), &[0], 2, 1, &Silent).is_err());
    }
}
